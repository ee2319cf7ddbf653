//! Where a window's headlines come from besides the keyboard: the command line, standard input, a
//! file, a socket.

use crate::feed::{Feed, FeedError, HeadlineQueue, follow, listen, stdin};
use crate::interpreter::Headline;
use std::path::PathBuf;
use std::thread::JoinHandle;

/// What is to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// Headlines given at the start.
    pub arguments: Vec<String>,
    /// Whether standard input is read, a headline a line.
    pub stdin: bool,
    /// A file that grows.
    pub follow: Option<PathBuf>,
    /// An address to listen on for WebSocket clients, `HOST:PORT`.
    pub listen: Option<String>,
}

/// The sources at work.
#[derive(Debug, Default)]
pub struct Running {
    feeds: Vec<Feed>,
    arguments: Option<JoinHandle<()>>,
    listener: Option<listen::Listener>,
}

impl Sources {
    /// Starts reading them into the queue, each on a thread of its own.
    ///
    /// # Errors
    /// An address or file that cannot be used, and a system without threads to give.
    pub fn start(self, queue: &HeadlineQueue) -> Result<Running, FeedError> {
        let mut running = Running::default();
        if let Some(address) = &self.listen {
            running.listener = Some(listen::spawn(address, queue.clone())?);
        }
        if let Some(path) = self.follow {
            running.feeds.push(follow::spawn(path, queue.clone())?);
        }
        if self.stdin {
            running.feeds.push(stdin::spawn(queue.clone())?);
        }
        if !self.arguments.is_empty() {
            running.arguments = Some(push_arguments(self.arguments, queue.clone())?);
        }
        Ok(running)
    }
}

/// More headlines than the queue holds wait here, not in the window's loop.
fn push_arguments(texts: Vec<String>, queue: HeadlineQueue) -> Result<JoinHandle<()>, FeedError> {
    let thread = "feed-arguments".to_owned();
    let push = move || {
        for text in texts {
            queue.push(Headline::new(queue.next_id(), text, "argument"));
        }
    };
    std::thread::Builder::new()
        .name(thread.clone())
        .spawn(push)
        .map_err(|reason| FeedError::Thread { thread, reason })
}

impl Running {
    /// Whether all have ended: then nothing comes any more but what is typed.
    pub fn are_finished(&self) -> bool {
        self.feeds.iter().all(Feed::is_finished)
            && self.arguments.as_ref().is_none_or(JoinHandle::is_finished)
            && self.listener.as_ref().is_none_or(listen::Listener::is_finished)
    }

    /// Where clients are listened for.
    pub fn address(&self) -> Option<std::net::SocketAddr> {
        self.listener.as_ref().map(listen::Listener::address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::QueuePolicy;
    use std::time::{Duration, Instant};

    #[test]
    fn arguments_are_headlines_in_their_order_even_if_the_queue_is_short() {
        let queue = HeadlineQueue::new(QueuePolicy::Hold, 1);
        let texts: Vec<String> = (0..5).map(|i| format!("عنوان {i}")).collect();
        let running = Sources { arguments: texts.clone(), ..Sources::default() }.start(&queue).unwrap();
        let got: Vec<String> =
            texts.iter().map(|_| queue.pop(Duration::from_secs(20)).unwrap().text).collect();
        assert_eq!(got, texts);
        let deadline = Instant::now() + Duration::from_secs(20);
        while !running.are_finished() && Instant::now() < deadline {
            std::thread::yield_now();
        }
        assert!(running.are_finished());
    }

    #[test]
    fn without_sources_all_have_ended() {
        let queue = HeadlineQueue::new(QueuePolicy::Hold, 1);
        assert!(Sources::default().start(&queue).unwrap().are_finished());
    }
}
