//! Asking the hub for a file, and following it to the host that has it.
//!
//! The hub answers a large file with a redirect to a host for content, and says on the redirect itself,
//! not on the content, what the file is: `x-linked-etag` is its SHA-256, `x-linked-size` its size,
//! `x-repo-commit` the commit. The content host's own etag may look like a SHA-256 and be another hash.
//! So redirects are followed here, step by step; what is said is believed of the hub alone, and the token
//! is shown to the hub alone.

use super::PullError;
use crate::models::weights::manifest::is_sha256;
use std::time::Duration;
use ureq::http::{HeaderMap, Uri};
use ureq::{Agent, Body};

const MOST_REDIRECTS: usize = 10;

/// A server that has models, and who asks it.
pub(super) struct Hub {
    endpoint: Uri,
    token: Option<String>,
    agent: Agent,
}

/// What the hub says a file is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Promise {
    /// Changes with the content.
    pub(super) etag: Option<String>,
    pub(super) bytes: Option<u64>,
    pub(super) commit: Option<String>,
}

impl Promise {
    /// The SHA-256 that the hub promises: the etag of a file that it keeps by that.
    pub(super) fn sha256(&self) -> Option<&str> {
        self.etag.as_deref().filter(|etag| is_sha256(etag))
    }
}

/// From where a partial file goes on, and by what it is known to be the same file.
pub(super) struct Resume {
    pub(super) from: u64,
    /// The etag that the hub gave it.
    pub(super) promised: Option<String>,
    /// The strong etag, quotes and all, of the host that sent the bytes.
    pub(super) etag: Option<String>,
}

/// An answer that is no redirect.
pub(super) struct Answer {
    pub(super) url: String,
    pub(super) status: u16,
    pub(super) promise: Promise,
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
}

impl Hub {
    /// A hub by its address; `token` is sent to it and to nobody else.
    pub(super) fn new(endpoint: &str, token: Option<String>) -> Result<Self, PullError> {
        let bad = || {
            let text = format!("HF_ENDPOINT: expected http:// or https:// and a host; found {endpoint:?}");
            PullError::Setting(text)
        };
        let parsed: Uri = endpoint.trim_end_matches('/').parse().map_err(|_| bad())?;
        if !matches!(parsed.scheme_str(), Some("http" | "https")) || parsed.host().is_none() {
            return Err(bad());
        }
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            // A compressed body has another length than the file, and cannot be resumed.
            .accept_encoding("identity")
            .user_agent(concat!("nashra/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(Duration::from_secs(15)))
            .timeout_recv_response(Some(Duration::from_secs(60)))
            .timeout_per_read(Some(Duration::from_secs(60)))
            .build();
        Ok(Self { endpoint: parsed, token, agent: config.new_agent() })
    }

    /// Where a file of a repository is.
    pub(super) fn url(&self, repository: &str, revision: &str, name: &str) -> String {
        let endpoint = self.endpoint.to_string();
        let name: Vec<_> = name.split('/').map(encoded).collect();
        let endpoint = endpoint.trim_end_matches('/');
        format!("{endpoint}/{repository}/resolve/{}/{}", encoded(revision), name.join("/"))
    }

    /// Asks for a file, or for the rest of it where `resume` is given and the hub promises the same file.
    pub(super) fn get(&self, url: &str, mut resume: Option<Resume>) -> Result<Answer, PullError> {
        let redirect = |reason: String| PullError::Redirect { url: url.to_owned(), reason };
        let mut at: Uri = url.parse().map_err(|_| redirect("it is no address".to_owned()))?;
        let mut promise = Promise::default();
        for _ in 0..=MOST_REDIRECTS {
            let response = self.ask(&at, resume.as_ref()).map_err(|error| PullError::Connection {
                url: without_query(&at),
                source: Box::new(error),
            })?;
            let (parts, body) = response.into_parts();
            let (status, headers) = (parts.status.as_u16(), parts.headers);
            if is_same_host(&at, &self.endpoint) {
                promise.hear(&headers);
                // Another file than the one that was begun: all of it is wanted.
                if resume.as_ref().is_some_and(|resume| promise.contradicts(resume)) {
                    resume = None;
                }
            }
            let location = header(&headers, "location");
            if !matches!((status, location), (301 | 302 | 303 | 307 | 308, Some(_))) {
                return Ok(Answer { url: without_query(&at), status, promise, headers, body });
            }
            at = follow(&at, location.unwrap_or_default()).map_err(redirect)?;
        }
        Err(redirect(format!("there are more than {MOST_REDIRECTS}")))
    }

    fn ask(&self, at: &Uri, resume: Option<&Resume>) -> Result<ureq::http::Response<Body>, ureq::Error> {
        let mut request = self.agent.get(at.clone());
        if let Some(token) = self.token.as_ref().filter(|_| is_same_host(at, &self.endpoint)) {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(Resume { from, etag, .. }) = resume {
            request = request.header("range", format!("bytes={from}-"));
            if let Some(etag) = etag {
                request = request.header("if-range", etag);
            }
        }
        request.call()
    }

    /// Whether an address is the hub's own.
    pub(super) fn is_own(&self, url: &str) -> bool {
        url.parse().is_ok_and(|url| is_same_host(&url, &self.endpoint))
    }
}

impl Promise {
    /// Takes what an answer of the hub says; an earlier answer counts more.
    fn hear(&mut self, headers: &HeaderMap) {
        let etag = header(headers, "x-linked-etag").map(bare);
        self.etag = self.etag.take().or(etag);
        let bytes = header(headers, "x-linked-size").and_then(|text| text.parse().ok());
        self.bytes = self.bytes.or(bytes);
        self.commit = self.commit.take().or(header(headers, "x-repo-commit").map(str::to_owned));
    }

    fn contradicts(&self, resume: &Resume) -> bool {
        matches!((&self.etag, &resume.promised), (Some(now), Some(then)) if now != then)
    }
}

/// A header as text.
pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// An etag without its quotes.
fn bare(etag: &str) -> String {
    etag.trim_start_matches("W/").trim_matches('"').to_owned()
}

/// An address as it may be shown: a content host's query holds signatures.
fn without_query(at: &Uri) -> String {
    let text = at.to_string();
    text.split('?').next().unwrap_or_default().to_owned()
}

/// Same scheme, host and port: what a token may be shown to.
fn is_same_host(a: &Uri, b: &Uri) -> bool {
    let of = |uri: &Uri| {
        let scheme = uri.scheme_str().map(str::to_owned);
        let port = uri.port_u16().or(if scheme.as_deref() == Some("https") { Some(443) } else { Some(80) });
        (scheme, uri.host().map(str::to_lowercase), port)
    };
    of(a) == of(b)
}

/// Where a `Location` leads.
fn follow(from: &Uri, location: &str) -> Result<Uri, String> {
    let scheme = from.scheme_str().unwrap_or("https");
    let authority = from.authority().map(ToString::to_string).unwrap_or_default();
    let target = match location {
        _ if location.contains("://") => location.to_owned(),
        _ if location.starts_with("//") => format!("{scheme}:{location}"),
        _ if location.starts_with('/') => format!("{scheme}://{authority}{location}"),
        _ => {
            let folder = from.path().rsplit_once('/').map_or("", |(folder, _)| folder);
            format!("{scheme}://{authority}{folder}/{location}")
        }
    };
    let target: Uri = target.parse().map_err(|_| format!("{location:?} is no address"))?;
    match target.scheme_str() {
        Some("https") => Ok(target),
        Some("http") if scheme == "http" => Ok(target),
        _ => Err(format!("from {scheme} to {location:?}")),
    }
}

/// A path segment with everything but plain letters percent-encoded, slashes too.
fn encoded(segment: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    segment.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_the_hubs_with_revisions_encoded() {
        let hub = Hub::new("https://hub.example/mirror/", None).unwrap();
        assert_eq!(
            hub.url("org/name", "refs/pr/1", "a b/c.bin"),
            "https://hub.example/mirror/org/name/resolve/refs%2Fpr%2F1/a%20b/c.bin"
        );
        let plain = Hub::new("https://hub.example", None).unwrap();
        assert_eq!(plain.url("n", "main", "c"), "https://hub.example/n/resolve/main/c");
        for bad in ["", "hub.example", "ftp://hub.example", "https://"] {
            assert!(Hub::new(bad, None).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn only_the_same_scheme_host_and_port_is_the_hub() {
        let hub = Hub::new("https://Hub.example", None).unwrap();
        assert!(hub.is_own("https://hub.example:443/x"));
        for other in [
            "http://hub.example/x",
            "https://hub.example:8443/x",
            "https://hub.example.org/x",
            "https://evil.example/hub.example",
        ] {
            assert!(!hub.is_own(other), "{other}");
        }
    }

    #[test]
    fn redirects_are_followed_as_they_are_written_but_not_out_of_encryption() {
        let from: Uri = "https://hub.example/a/b?c".parse().unwrap();
        let to = |location: &str| follow(&from, location).map(|uri| uri.to_string());
        assert_eq!(to("https://cdn.example/x?y=%22"), Ok("https://cdn.example/x?y=%22".to_owned()));
        assert_eq!(to("//cdn.example/x"), Ok("https://cdn.example/x".to_owned()));
        assert_eq!(to("/api/x"), Ok("https://hub.example/api/x".to_owned()));
        assert_eq!(to("x"), Ok("https://hub.example/a/x".to_owned()));
        assert!(to("http://cdn.example/x").is_err());
        assert!(to("file:///etc/passwd").is_err());
    }
}
