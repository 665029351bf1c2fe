//! A repository behind HTTP, on loopback.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use tuf_client::{
    Client, Error, HttpError, HttpTransport, MemoryStore, Request, Timeouts, Transport, Tree,
};

use crate::simulator::{NOW, Simulator, at, path};

/// Answers one request: its path, and where the answer goes.
type Answer = Box<dyn FnOnce(&str, &mut TcpStream) + Send>;

/// Answers as many requests as there are answers, and says which paths were asked for.
fn serve(answers: Vec<Answer>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/repository", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let path = line.split(' ').nth(1).unwrap().to_owned();
            while reader.read_line(&mut line).unwrap() > 2 {}
            answer(&path, &mut stream);
            asked.push(path);
        }
        asked
    });
    (base, thread)
}

fn status(line: &'static str) -> Answer {
    Box::new(move |_, stream| {
        write!(
            stream,
            "HTTP/1.1 {line}\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody"
        )
        .unwrap();
    })
}

const FILE: Request<'_> = Request {
    tree: Tree::Metadata,
    path: "1.a%2Fb.json",
    limit: 100,
};

fn fetched(answers: Vec<Answer>) -> Result<Option<String>, HttpError> {
    let (base, thread) = serve(answers);
    let mut transport = HttpTransport::new(&base, &base).unwrap();
    let result = transport.fetch(&FILE).map(|reader| {
        reader.map(|mut reader| {
            let mut text = String::new();
            reader.read_to_string(&mut text).unwrap();
            text
        })
    });
    thread.join().unwrap();
    result
}

#[test]
fn absence_is_three_statuses_and_nothing_else() {
    assert_eq!(fetched(vec![status("200 OK")]), Ok(Some("body".into())));
    for absent in ["403 Forbidden", "404 Not Found", "410 Gone"] {
        assert_eq!(fetched(vec![status(absent)]), Ok(None));
    }
    for failure in [
        "204 No Content",
        "206 Partial",
        "400 Bad",
        "401 Who",
        "429 Slow down",
        "500 Oops",
        "503 Later",
    ] {
        let refused = fetched(vec![status(failure)]);
        assert!(
            matches!(refused, Err(HttpError::Status { .. })),
            "{failure}: {refused:?}"
        );
    }
}

#[test]
fn a_server_that_is_not_there_is_a_failure() {
    let base = format!(
        "http://{}",
        TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
    );
    let mut transport = HttpTransport::new(&base, &base).unwrap();
    assert!(matches!(
        transport.fetch(&FILE).map(|_| ()),
        Err(HttpError::Failed { .. })
    ));
}

#[test]
fn redirects_are_followed_and_do_not_go_on_for_ever() {
    fn redirect() -> Answer {
        Box::new(|path, stream| {
            write!(stream, "HTTP/1.1 302 Found\r\nLocation: {path}x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
                .unwrap();
        })
    }
    assert_eq!(
        fetched(vec![redirect(), status("200 OK")]),
        Ok(Some("body".into()))
    );
    let refused = fetched((0..6).map(|_| redirect()).collect());
    assert!(
        matches!(refused, Err(HttpError::Failed { .. })),
        "{refused:?}"
    );
}

#[test]
fn a_server_that_stalls_is_given_up() {
    let (base, thread) = serve(vec![Box::new(|_, stream| {
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin"
        )
        .unwrap();
        // Until the client has gone.
        let _ = stream.read(&mut [0]);
    })]);
    let timeouts = Timeouts {
        metadata: Duration::from_millis(200),
        ..Timeouts::default()
    };
    let mut transport = HttpTransport::with_timeouts(&base, &base, timeouts).unwrap();
    let mut reader = transport.fetch(&FILE).unwrap().unwrap();
    assert!(reader.read_to_end(&mut Vec::new()).is_err());
    drop(reader);
    drop(transport);
    thread.join().unwrap();
}

#[test]
fn a_server_that_goes_on_sending_is_given_up() {
    let (base, thread) = serve(vec![Box::new(|_, stream| {
        write!(stream, "HTTP/1.1 200 OK\r\n\r\n").unwrap();
        // Every byte is soon enough, and there is always another, until the client has gone.
        while stream.write_all(b" ").is_ok() {}
    })]);
    let timeouts = Timeouts {
        metadata: Duration::from_millis(200),
        ..Timeouts::default()
    };
    let mut transport = HttpTransport::with_timeouts(&base, &base, timeouts).unwrap();
    let mut reader = transport.fetch(&FILE).unwrap().unwrap();
    assert!(std::io::copy(&mut reader, &mut std::io::sink()).is_err());
    drop(reader);
    drop(transport);
    thread.join().unwrap();
}

#[test]
fn a_file_that_is_cut_short_is_a_failure() {
    for head in [
        "Content-Length: 100\r\n\r\nbegin",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nbegin\r\n",
    ] {
        let (base, thread) = serve(vec![Box::new(move |_, stream| {
            write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n{head}").unwrap();
        })]);
        let mut transport = HttpTransport::new(&base, &base).unwrap();
        let mut reader = transport.fetch(&FILE).unwrap().unwrap();
        assert!(reader.read_to_end(&mut Vec::new()).is_err(), "{head}");
        drop(reader);
        thread.join().unwrap();
    }
}

#[test]
fn nothing_is_asked_for_or_taken_in_a_compressed_form() {
    // "content", by gzip.
    let packed = [
        0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3, 0x4b, 0xce, 0xcf, 0x2b, 0x49, 0xcd, 0x2b, 1, 0, 0xa9,
        0x30, 0xc5, 0xfe, 7, 0, 0, 0,
    ];
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = BufReader::new(stream.try_clone().unwrap());
        let mut head = String::new();
        while asked.read_line(&mut head).unwrap() > 2 {}
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
            packed.len()
        )
        .unwrap();
        stream.write_all(&packed).unwrap();
        head
    });
    let mut transport = HttpTransport::new(&base, &base).unwrap();
    let mut taken = Vec::new();
    transport
        .fetch(&FILE)
        .unwrap()
        .unwrap()
        .read_to_end(&mut taken)
        .unwrap();
    assert_eq!(taken, packed);
    let head = thread.join().unwrap().to_lowercase();
    assert!(head.contains("accept-encoding: identity\r\n"), "{head}");
}

#[test]
fn an_update_and_a_download_ask_for_encoded_paths() {
    let mut simulator = Simulator::new();
    simulator.add_target("targets", "dir/ü ?#%.txt", b"odd");
    simulator.publish();
    let files = simulator.files.clone();
    let mut answers: Vec<Answer> = Vec::new();
    for _ in 0..5 {
        let files = files.clone();
        answers.push(Box::new(move |asked, stream| {
            let name = asked.rsplit('/').next().unwrap();
            let odd = name
                .ends_with(".%C3%BC%20%3F%23%25.txt")
                .then_some(b"odd".as_slice());
            let file = files
                .files()
                .find(|(_, path, _)| *path == name)
                .map(|(.., bytes)| bytes)
                .or(odd);
            let (line, body) =
                file.map_or(("404 Not Found", b"".as_slice()), |bytes| ("200 OK", bytes));
            write!(
                stream,
                "HTTP/1.1 {line}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                body.len()
            )
            .unwrap();
            stream.write_all(body).unwrap();
        }));
    }
    let (base, thread) = serve(answers);
    let transport =
        HttpTransport::new(&format!("{base}/metadata/"), &format!("{base}/targets")).unwrap();
    let mut client = Client::new(
        simulator.first_root(),
        at(NOW),
        transport,
        MemoryStore::new(),
    )
    .unwrap();
    let target = client.target(&path("dir/ü ?#%.txt")).unwrap().unwrap();
    assert_eq!(client.read(&target), Ok::<_, Error>(b"odd".to_vec()));
    let asked = thread.join().unwrap();
    assert_eq!(
        asked[..2],
        [
            "/repository/metadata/2.root.json",
            "/repository/metadata/timestamp.json"
        ]
    );
    let digest = target
        .file()
        .digests()
        .hex(crypto_keys::Algorithm::Sha256)
        .unwrap();
    assert_eq!(
        asked[4],
        format!("/repository/targets/dir/{digest}.%C3%BC%20%3F%23%25.txt")
    );
}

#[test]
fn a_base_that_cannot_be_added_to_is_refused() {
    for base in [
        "",
        "example.org",
        "ftp://example.org",
        "http://",
        "http://e/?a",
        "http://e/#a",
    ] {
        let refused = HttpTransport::new(base, "http://example.org").unwrap_err();
        assert_eq!(refused, HttpError::BaseUrl { url: base.into() });
    }
}
