//! A hub for tests: a server on this machine that answers as it is told and remembers what it was asked.

#![allow(dead_code, reason = "the unit tests and the command's tests use their own parts of this file")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// With the query.
    pub(crate) path: String,
    /// By names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
}

impl Seen {
    /// A header; empty where it was not sent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The file's own name.
    pub(crate) fn file(&self) -> &str {
        let path = self.path.split('?').next().unwrap_or_default();
        path.rsplit('/').next().unwrap_or_default()
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    /// The connection is cut after so many bytes of the body.
    cut: usize,
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), cut: usize::MAX }
    }

    pub(crate) fn of(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    pub(crate) fn redirect(to: impl Into<String>) -> Self {
        Self::status(302).with("location", to)
    }

    /// A file, or the part of it that is asked for where `If-Range` allows.
    pub(crate) fn file(seen: &Seen, content: &[u8], etag: &str) -> Self {
        let if_range = seen.header("if-range");
        let from = seen.header("range").strip_prefix("bytes=").and_then(|range| range.strip_suffix('-'));
        let from: Option<usize> = from.and_then(|from| from.parse().ok());
        let from = from.filter(|_| if_range.is_empty() || if_range == etag);
        let total = content.len();
        let reply = match from {
            None => Self::status(200).of(content),
            Some(from) if from >= total => {
                return Self::status(416).with("content-range", format!("bytes */{total}"));
            }
            Some(from) => Self::status(206)
                .of(&content[from..])
                .with("content-range", format!("bytes {from}-{}/{total}", total - 1)),
        };
        reply.with("etag", etag)
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn cut_after(mut self, bytes: usize) -> Self {
        self.cut = bytes;
        self
    }

    fn send(&self, stream: &mut TcpStream) -> std::io::Result<()> {
        let mut head = format!("HTTP/1.1 {} X\r\nconnection: close\r\n", self.status);
        head += &format!("content-length: {}\r\n", self.body.len());
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        stream.write_all(head.as_bytes())?;
        stream.write_all(b"\r\n")?;
        stream.write_all(&self.body[..self.cut.min(self.body.len())])?;
        stream.flush()
    }
}

/// The server. It ends when it is dropped.
pub(crate) struct TestHub {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl TestHub {
    /// Answers by what is asked and by how often anything was asked before.
    pub(crate) fn start(answer: impl Fn(&Seen, usize) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (seen, ends) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (asked, ending) = (Arc::clone(&seen), Arc::clone(&ends));
        let serve = move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if ending.load(Ordering::SeqCst) {
                    break;
                }
                // A test that hung up early is no failure of the server's.
                let _ = serve_one(stream, &asked, &answer);
            }
        };
        let thread = std::thread::Builder::new().name("test-hub".into()).spawn(serve).expect("a thread");
        Self { address, seen, ends, thread: Some(thread) }
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All that was asked so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often a file was asked for.
    pub(crate) fn asked_for(&self, file: &str) -> usize {
        self.seen().iter().filter(|seen| seen.file() == file).count()
    }
}

fn serve_one(
    mut stream: TcpStream,
    asked: &Mutex<Vec<Seen>>,
    answer: &impl Fn(&Seen, usize) -> Reply,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let mut seen =
        Seen { path: first.split(' ').nth(1).unwrap_or_default().to_owned(), headers: BTreeMap::new() };
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(": ") else { break };
        seen.headers.insert(name.to_lowercase(), value.to_owned());
    }
    let before = {
        let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push(seen.clone());
        asked.len() - 1
    };
    answer(&seen, before).send(&mut stream)
}

impl Drop for TestHub {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        // Wakes the server, so that it sees that it is to end.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            // A server that panicked has failed its test already.
            let _ = thread.join();
        }
    }
}
