//! Headlines over WebSocket: a text message each, answered in JSON.
//!
//! The port is for programs on this machine. Any web page that a browser here has open could connect
//! to it as well, so a connection that names an origin is taken from local pages only.

use super::message::{Reply, Status};
use super::{Feed, FeedError, HeadlineQueue, IncomingMessage, LONGEST_HEADLINE, PushOutcome};
use crate::interpreter::Headline;
use crossbeam_channel::{Receiver, Sender, bounded};
use serde_json::Value;
use std::collections::VecDeque;
use std::io::{ErrorKind, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;
use tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tungstenite::http::StatusCode;
use tungstenite::protocol::{CloseFrame, WebSocketConfig, frame::coding::CloseCode};
use tungstenite::{Error, Message, WebSocket};

/// How many senders may be connected at once.
pub const MOST_CONNECTIONS: usize = 32;

/// How often closing and drops are looked for.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How long a peer may take to say hello, or to take an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A socket that listens until the queue is closed.
#[derive(Debug)]
pub struct Listener {
    address: SocketAddr,
    feed: Feed,
}

impl Listener {
    /// The address that it listens on, with the port that the system chose if 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether it has stopped listening.
    pub fn is_finished(&self) -> bool {
        self.feed.is_finished()
    }
}

/// Listens on `HOST:PORT` on its own thread, with a thread for each connection.
pub fn spawn(address: &str, queue: HeadlineQueue) -> Result<Listener, FeedError> {
    let failed = |reason| FeedError::Listen { address: address.into(), reason };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    if !bound.ip().is_loopback() {
        tracing::warn!(%bound, "anybody who reaches this machine can send headlines");
    }
    let feed = Feed::spawn("feed-listen", move || accept(&listener, &queue))?;
    Ok(Listener { address: bound, feed })
}

fn accept(listener: &TcpListener, queue: &HeadlineQueue) {
    let slots = Arc::new(());
    while !queue.is_closed() {
        match listener.accept() {
            Ok((stream, peer)) => take(stream, peer, queue.clone(), &slots),
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(LOOK_EVERY),
            Err(error) => {
                tracing::warn!(%error, "a connection failed before it was taken");
                std::thread::sleep(LOOK_EVERY);
            }
        }
    }
}

/// Gives a connection a thread; `slots` counts them by its clones.
fn take(mut stream: TcpStream, peer: SocketAddr, queue: HeadlineQueue, slots: &Arc<()>) {
    if Arc::strong_count(slots) > MOST_CONNECTIONS {
        tracing::warn!(%peer, "refused: {MOST_CONNECTIONS} senders are connected already");
        // The peer is turned away either way.
        let _ = stream.set_nonblocking(true);
        let _ = stream.write_all(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
        return;
    }
    let slot = slots.clone();
    let run = move || {
        let _slot = slot;
        match connect(stream) {
            Ok(socket) => Connection::new(socket, peer, queue).run(),
            Err(reason) => tracing::warn!(%peer, reason, "no WebSocket"),
        }
    };
    if let Err(error) = Feed::spawn("feed-socket", run) {
        tracing::error!(%peer, "{error}");
    }
}

fn connect(stream: TcpStream) -> Result<WebSocket<TcpStream>, String> {
    let set = |stream: &TcpStream| {
        stream.set_nonblocking(false)?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_read_timeout(Some(PATIENCE))
    };
    set(&stream).map_err(|e| e.to_string())?;
    let config = WebSocketConfig::default()
        .read_buffer_size(4 << 10)
        .max_message_size(Some(LONGEST_HEADLINE))
        .max_frame_size(Some(LONGEST_HEADLINE));
    let socket = tungstenite::accept_hdr_with_config(stream, check_origin, Some(config));
    let socket = socket.map_err(|e| e.to_string())?;
    socket.get_ref().set_read_timeout(Some(LOOK_EVERY)).map_err(|e| e.to_string())?;
    Ok(socket)
}

#[expect(clippy::result_large_err, reason = "the handshake asks for this signature")]
fn check_origin(request: &Request, response: Response) -> Result<Response, ErrorResponse> {
    let Some(origin) = request.headers().get("origin") else { return Ok(response) };
    if origin.to_str().is_ok_and(is_local_origin) {
        return Ok(response);
    }
    let mut refusal = ErrorResponse::new(Some("headlines are taken from local pages only".into()));
    *refusal.status_mut() = StatusCode::FORBIDDEN;
    Err(refusal)
}

/// Whether `scheme://host[:port]` is a page of this machine.
fn is_local_origin(origin: &str) -> bool {
    let host = origin.split_once("://").map_or("", |(_, rest)| rest);
    let host = match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => host,
    };
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

struct Connection {
    socket: WebSocket<TcpStream>,
    source: String,
    queue: HeadlineQueue,
    /// Ids as the sender wrote them, by the ids of the headlines, while a drop can still come.
    sent: VecDeque<(String, Value)>,
    tell: Sender<Headline>,
    told: Receiver<Headline>,
}

impl Connection {
    fn new(socket: WebSocket<TcpStream>, peer: SocketAddr, queue: HeadlineQueue) -> Self {
        let (tell, told) = bounded(queue.capacity() + 1);
        Self { socket, source: format!("socket {peer}"), queue, sent: VecDeque::new(), tell, told }
    }

    fn run(mut self) {
        loop {
            let done = match self.socket.read() {
                Ok(message) => self.answer(message),
                Err(Error::Io(e)) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    Ok(())
                }
                Err(Error::Capacity(_)) => {
                    let reason = format!("longer than {LONGEST_HEADLINE} bytes");
                    self.reply(&Reply::refused(Value::Null, &reason)).ok();
                    return self.close(CloseCode::Size, &reason);
                }
                Err(error) => Err(error),
            };
            match done.and_then(|()| self.tell_drops()) {
                Ok(()) if self.queue.is_closed() => return self.close(CloseCode::Away, "shutting down"),
                Ok(()) => {}
                Err(Error::ConnectionClosed | Error::AlreadyClosed) => return,
                Err(error) => return tracing::debug!(source = self.source, %error, "connection lost"),
            }
        }
    }

    fn answer(&mut self, message: Message) -> Result<(), Error> {
        let reply = match message {
            Message::Text(text) => self.enqueue(&text),
            Message::Binary(_) => Reply::refused(Value::Null, "expected a text message, found a binary one"),
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => return Ok(()),
        };
        if reply.status == Status::Refused {
            let reason = reply.reason.as_deref().unwrap_or_default();
            tracing::warn!(source = self.source, reason, "message refused");
        }
        self.reply(&reply)
    }

    fn enqueue(&mut self, text: &str) -> Reply {
        let message = match IncomingMessage::parse(text) {
            Ok(message) => message,
            Err((id, error)) => return Reply::refused(id, error),
        };
        let id = message.id_text().unwrap_or_else(|| self.queue.next_id());
        // Who sent no id learns the number that the headline got.
        let shown = if message.id.is_null() { Value::from(id.as_str()) } else { message.id };
        let headline = Headline::new(id.as_str(), message.text, self.source.as_str());
        let outcome = self.queue.try_push_watched(headline, self.tell.clone());
        if matches!(outcome, PushOutcome::Accepted | PushOutcome::Queued { .. }) {
            self.sent.push_back((id, shown.clone()));
            // At most a queue full of them can still be dropped.
            let surplus = self.sent.len().saturating_sub(self.queue.capacity() + 1);
            self.sent.drain(..surplus);
        }
        Reply::to_push(shown, &outcome)
    }

    fn tell_drops(&mut self) -> Result<(), Error> {
        while let Ok(headline) = self.told.try_recv() {
            let at = self.sent.iter().position(|(id, _)| *id == headline.id);
            let shown = at.and_then(|at| self.sent.remove(at)).map(|(_, shown)| shown);
            let id = shown.unwrap_or_else(|| Value::from(headline.id));
            let reason = Some("newer headlines took its place".into());
            self.reply(&Reply::new(id, Status::Dropped, reason))?;
        }
        Ok(())
    }

    fn reply(&mut self, reply: &Reply) -> Result<(), Error> {
        self.socket.send(Message::text(reply.to_json()))
    }

    fn close(mut self, code: CloseCode, reason: &str) {
        // The connection ends here whether the peer hears it or not.
        let _ = self.socket.close(Some(CloseFrame { code, reason: reason.into() }));
        let _ = self.socket.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::QueuePolicy;
    use tungstenite::client::IntoClientRequest;
    use tungstenite::stream::MaybeTlsStream;

    const LONG: Duration = Duration::from_secs(20);
    type Client = WebSocket<MaybeTlsStream<TcpStream>>;

    fn listening(policy: QueuePolicy, capacity: usize) -> (HeadlineQueue, Listener) {
        let queue = HeadlineQueue::new(policy, capacity);
        let listener = spawn("127.0.0.1:0", queue.clone()).unwrap();
        (queue, listener)
    }

    fn client(listener: &Listener) -> Client {
        tungstenite::connect(format!("ws://{}", listener.address())).unwrap().0
    }

    fn receive(client: &mut Client) -> Value {
        loop {
            if let Message::Text(text) = client.read().unwrap() {
                return serde_json::from_str(&text).unwrap();
            }
        }
    }

    fn say(client: &mut Client, message: &str) -> Value {
        client.send(Message::text(message)).unwrap();
        receive(client)
    }

    #[test]
    fn headlines_are_answered_and_arrive_in_order() {
        let (queue, listener) = listening(QueuePolicy::Hold, 2);
        let mut client = client(&listener);
        let first = say(&mut client, r#"{"id": 41, "text": "خبر أول"}"#);
        assert_eq!(
            (&first["id"], &first["status"], &first["protocol"]),
            (&41.into(), &"accepted".into(), &1.into())
        );
        let second = say(&mut client, "خبر ثان");
        assert_eq!(
            (&second["id"], &second["status"], &second["ahead"]),
            (&"1".into(), &"queued".into(), &1.into())
        );
        let third = say(&mut client, r#"{"id": "c", "text": "خبر ثالث"}"#);
        assert_eq!((&third["status"], &third["reason"]), (&"refused".into(), &"queue full".into()));
        assert_eq!(queue.pop(LONG).unwrap().id, "41");
        assert_eq!(queue.pop(LONG).unwrap().text, "خبر ثان");
    }

    #[test]
    fn who_sent_a_headline_that_is_dropped_is_told() {
        let (queue, listener) = listening(QueuePolicy::DropOldest, 1);
        let (mut old, mut new) = (client(&listener), client(&listener));
        say(&mut old, r#"{"id": 5, "text": "قديم"}"#);
        say(&mut new, r#"{"id": "new", "text": "جديد"}"#);
        let told = receive(&mut old);
        assert_eq!((&told["id"], &told["status"]), (&5.into(), &"dropped".into()));
        assert_eq!(queue.pop(LONG).unwrap().id, "new");
        assert_eq!(queue.dropped().len(), 1);
    }

    #[test]
    fn what_is_no_headline_is_refused_and_the_connection_goes_on() {
        let (queue, listener) = listening(QueuePolicy::Hold, 2);
        let mut client = client(&listener);
        for bad in ["", "   ", "{", r#"{"text": 4}"#] {
            assert_eq!(say(&mut client, bad)["status"], "refused", "{bad}");
        }
        client.send(Message::binary(vec![0, 255])).unwrap();
        assert_eq!(receive(&mut client)["status"], "refused");
        assert_eq!(say(&mut client, "خبر\0")["status"], "accepted");
        assert_eq!(queue.depth(), 1);
    }

    #[test]
    fn an_endless_message_is_refused() {
        let (_queue, listener) = listening(QueuePolicy::Hold, 2);
        let mut client = client(&listener);
        // The server may have hung up before all of it was sent.
        let _ = client.send(Message::text("x".repeat(LONGEST_HEADLINE + 1)));
        let ended = loop {
            match client.read() {
                Ok(Message::Text(text)) => assert!(text.contains("longer than"), "{text}"),
                Ok(Message::Close(_)) => {}
                Ok(other) => panic!("{other}"),
                Err(_) => break true,
            }
        };
        assert!(ended);
        assert_eq!(say(&mut super::tests::client(&listener), "خبر")["status"], "accepted");
    }

    #[test]
    fn a_port_in_use_is_named() {
        let (_queue, listener) = listening(QueuePolicy::Hold, 1);
        let address = listener.address().to_string();
        let error = spawn(&address, HeadlineQueue::new(QueuePolicy::Hold, 1)).unwrap_err().to_string();
        assert!(error.contains(&address) && error.contains("choose another port"), "{error}");
        let error = spawn("no port", HeadlineQueue::new(QueuePolicy::Hold, 1)).unwrap_err().to_string();
        assert!(error.contains("no port") && error.contains("HOST:PORT"), "{error}");
    }

    #[test]
    fn pages_of_other_machines_are_turned_away() {
        let (_queue, listener) = listening(QueuePolicy::Hold, 1);
        let knock = |origin: &'static str| {
            let mut request = format!("ws://{}", listener.address()).into_client_request().unwrap();
            request.headers_mut().insert("origin", origin.parse().unwrap());
            tungstenite::connect(request).is_ok()
        };
        assert!(knock("http://localhost:8080") && knock("http://127.0.0.1"));
        assert!(!knock("https://example.org") && !knock("null") && !knock("http://localhost.example.org"));
    }

    #[test]
    fn one_sender_too_many_is_turned_away_until_another_leaves() {
        let (_queue, listener) = listening(QueuePolicy::Hold, 1);
        let url = format!("ws://{}", listener.address());
        let mut clients: Vec<Client> = (0..MOST_CONNECTIONS).map(|_| client(&listener)).collect();
        assert!(tungstenite::connect(url.as_str()).is_err());
        clients.clear();
        while tungstenite::connect(url.as_str()).is_err() {
            std::thread::sleep(LOOK_EVERY);
        }
    }

    #[test]
    fn closing_the_queue_ends_connections_and_listening() {
        let (queue, listener) = listening(QueuePolicy::Hold, 1);
        let mut client = client(&listener);
        queue.close();
        assert!(
            matches!(client.read().unwrap(), Message::Close(Some(frame)) if frame.code == CloseCode::Away)
        );
        while !listener.is_finished() {
            std::thread::sleep(LOOK_EVERY);
        }
    }
}
