//! A real HTTP server on the loopback interface, which can be told to misbehave.

use std::{
    fs::File,
    io,
    net::SocketAddr,
    path::{Component, Path, PathBuf},
    sync::{Arc, RwLock},
    thread::{self, JoinHandle},
};

use tiny_http::{Request, Response, StatusCode};

use crate::failure::{Explain as _, Failure};

/// Serves a directory until it is dropped.
pub(super) struct Server {
    address: SocketAddr,
    http: Arc<tiny_http::Server>,
    state: Arc<RwLock<State>>,
    workers: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct State {
    directory: PathBuf,
    /// The file of which there is no end.
    endless: Option<String>,
}

impl Server {
    pub(super) fn start(directory: &Path) -> Result<Self, Failure> {
        let what = || "cannot serve HTTP on the loopback interface".to_owned();
        let http = Arc::new(tiny_http::Server::http("127.0.0.1:0").or_unable(what)?);
        let address = http
            .server_addr()
            .to_ip()
            .ok_or_else(|| Failure::unable(what()).because("no IP address"))?;
        let state = State {
            directory: directory.to_owned(),
            endless: None,
        };
        let state = Arc::new(RwLock::new(state));
        // Two: one may be busy with a file that has no end.
        let workers = (0..2)
            .map(|_| {
                let (http, state) = (Arc::clone(&http), Arc::clone(&state));
                thread::spawn(move || {
                    for request in http.incoming_requests() {
                        // A client that hangs up is its own affair.
                        let _ = answer(request, &state);
                    }
                })
            })
            .collect();
        Ok(Self {
            address,
            http,
            state,
            workers,
        })
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// From here on the file never ends; `None` ends that.
    pub(super) fn make_endless(&self, file: Option<&str>) {
        if let Ok(mut state) = self.state.write() {
            state.endless = file.map(str::to_owned);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for _ in &self.workers {
            self.http.unblock();
        }
        for worker in self.workers.drain(..) {
            let _ = worker.join();
        }
    }
}

fn answer(request: Request, state: &RwLock<State>) -> io::Result<()> {
    let path = request.url().trim_start_matches('/').to_owned();
    let Ok((file, is_endless)) = state.read().map(|state| {
        let is_endless = state
            .endless
            .as_deref()
            .is_some_and(|endless| path.ends_with(endless));
        (state.directory.join(&path), is_endless)
    }) else {
        return request.respond(Response::empty(500));
    };
    if is_endless {
        let endless = io::repeat(b' ');
        return request.respond(Response::new(
            StatusCode(200),
            Vec::new(),
            endless,
            None,
            None,
        ));
    }
    let inside = Path::new(&path)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    match inside.then(|| File::open(file)) {
        Some(Ok(file)) => request.respond(Response::from_file(file)),
        _ => request.respond(Response::empty(404)),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn files_inside_are_served_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("1.root.json"), "{}").unwrap();
        let server = Server::start(directory.path()).unwrap();
        let get = |path: &str| {
            ureq::get(server.url(path))
                .call()
                .map(|mut answer| answer.body_mut().read_to_string().unwrap())
        };
        assert_eq!(get("1.root.json").unwrap(), "{}");
        assert!(matches!(
            get("2.root.json"),
            Err(ureq::Error::StatusCode(404))
        ));
        assert!(matches!(
            get("../Cargo.toml"),
            Err(ureq::Error::StatusCode(404))
        ));
        server.make_endless(Some("1.root.json"));
        let mut answer = ureq::get(server.url("1.root.json")).call().unwrap();
        let mut beginning = vec![0; 1 << 20];
        answer
            .body_mut()
            .as_reader()
            .read_exact(&mut beginning)
            .unwrap();
    }
}
