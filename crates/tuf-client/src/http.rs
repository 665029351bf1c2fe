//! A repository behind HTTP.

use std::{io::Read, time::Duration};

use crate::{Cause, Request, Transport, Tree};

/// A repository behind HTTP, read by blocking requests.
///
/// A file is not there if the server says 403, 404 or 410: servers that hide what they hold answer a request for the next
/// root, which is usually not there, with 403. Every other status is a failure, after at most 5 redirects. Neither a
/// proxy nor anything else is taken from the environment.
///
/// No TLS is chosen here, and TUF needs none: `https` works if the application turns a TLS feature of `ureq` on.
///
/// ```
/// # use tuf_client::HttpTransport;
/// let transport = HttpTransport::new("http://example.org/metadata/", "http://example.org/targets/")?;
/// assert!(HttpTransport::new("example.org", "http://example.org/?targets=").is_err());
/// # Ok::<(), tuf_client::HttpError>(())
/// ```
#[derive(Debug)]
pub struct HttpTransport {
    agent: ureq::Agent,
    metadata: String,
    targets: String,
    timeouts: Timeouts,
}

/// How long a server may take, so that one that sends a byte now and then cannot hold a client up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Timeouts {
    /// To accept a connection: 10 seconds by default.
    pub connect: Duration,
    /// For one metadata file, from the first byte sent to the last received: 60 seconds by default, 167 KB a second
    /// for the longest.
    pub metadata: Duration,
    /// For one target: an hour by default, as their sizes differ most.
    pub target: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            metadata: Duration::from_secs(60),
            target: Duration::from_secs(60 * 60),
        }
    }
}

/// Why a file could not be fetched.
#[non_exhaustive]
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum HttpError {
    /// The server answered with a status that is neither success nor absence.
    #[error("{url} answers with status {status}")]
    Status {
        /// The URL.
        url: String,
        /// The status.
        status: u16,
    },
    /// There was no answer.
    #[error("{url} cannot be read")]
    Failed {
        /// The URL.
        url: String,
        /// What went wrong.
        source: Cause,
    },
    /// A text that is no URL to which a path can be added.
    #[error(
        "{url:?} is not a base URL: it must begin with http:// or https:// and have no query or fragment"
    )]
    BaseUrl {
        /// The text.
        url: String,
    },
}

impl HttpTransport {
    /// A repository with its metadata and its targets below these URLs.
    ///
    /// # Errors
    ///
    /// [`HttpError::BaseUrl`] if a path cannot be added to one of them.
    pub fn new(metadata: &str, targets: &str) -> Result<Self, HttpError> {
        Self::with_timeouts(metadata, targets, Timeouts::default())
    }

    /// The same with other timeouts.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_timeouts(
        metadata: &str,
        targets: &str,
        timeouts: Timeouts,
    ) -> Result<Self, HttpError> {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(timeouts.connect))
            .max_redirects(5)
            .proxy(None)
            .accept_encoding("identity")
            .build();
        Ok(Self {
            agent: config.new_agent(),
            metadata: base(metadata)?,
            targets: base(targets)?,
            timeouts,
        })
    }
}

impl Transport for HttpTransport {
    type Error = HttpError;

    fn fetch(&mut self, request: &Request<'_>) -> Result<Option<Box<dyn Read + '_>>, HttpError> {
        let (base, timeout) = match request.tree {
            Tree::Metadata => (&self.metadata, self.timeouts.metadata),
            Tree::Targets => (&self.targets, self.timeouts.target),
        };
        let url = format!("{base}{}", request.url_path());
        let response = self
            .agent
            .get(&url)
            .config()
            .timeout_global(Some(timeout))
            .build()
            .call();
        let response = match response {
            Ok(response) => response,
            Err(error) => {
                return Err(HttpError::Failed {
                    url,
                    source: Cause::new(error),
                });
            }
        };
        match response.status().as_u16() {
            200 => Ok(Some(Box::new(response.into_body().into_reader()))),
            403 | 404 | 410 => Ok(None),
            status => Err(HttpError::Status { url, status }),
        }
    }
}

fn base(url: &str) -> Result<String, HttpError> {
    let after_scheme = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"));
    match after_scheme {
        Some(rest) if !rest.is_empty() && !rest.contains(['?', '#']) => {
            Ok(format!("{}/", url.strip_suffix('/').unwrap_or(url)))
        }
        _ => Err(HttpError::BaseUrl {
            url: url.to_owned(),
        }),
    }
}
