//! Headlines in: from standard input, a growing file, a WebSocket, into one queue.
//!
//! Each feed has its own named thread and pushes into the [`HeadlineQueue`], whose
//! [`QueuePolicy`] says what a burst of news does. Closing the queue ends the feeds. A line or
//! message that cannot be a headline is refused with its reason, and the stream goes on.

pub mod follow;
pub mod listen;
pub mod stdin;

mod lines;
mod message;
mod queue;

pub use message::{IncomingMessage, MessageError};
pub use queue::{DroppedHeadline, HeadlineQueue, PushOutcome, QueuePolicy};

use std::path::PathBuf;
use std::thread::JoinHandle;

/// The longest headline that is taken, in bytes; longer ones are refused.
pub const LONGEST_HEADLINE: usize = 1 << 20;

/// Why a feed cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The address is taken, not ours, or no address.
    #[error("cannot listen on {address}: {reason}{}", hint(reason))]
    Listen {
        /// The address asked for.
        address: String,
        /// Why not.
        reason: std::io::Error,
    },
    /// The path to follow is a folder.
    #[error("{}: expected a file to follow, found a folder", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The system gives no more threads.
    #[error("cannot start the thread `{thread}`: {reason}")]
    Thread {
        /// The thread's name.
        thread: String,
        /// Why not.
        reason: std::io::Error,
    },
}

fn hint(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => "; stop the program that has the port, or choose another port",
        std::io::ErrorKind::PermissionDenied => "; ports below 1024 need rights, choose a higher one",
        std::io::ErrorKind::InvalidInput => "; expected HOST:PORT, such as 127.0.0.1:8765",
        _ => "",
    }
}

/// A running feed. It ends with its source, or when the queue is closed; dropping this does not end
/// it.
#[derive(Debug)]
pub struct Feed {
    thread: JoinHandle<()>,
}

impl Feed {
    fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<Self, FeedError> {
        let thread = std::thread::Builder::new()
            .name(name.into())
            .spawn(run)
            .map_err(|reason| FeedError::Thread { thread: name.into(), reason })?;
        Ok(Self { thread })
    }

    /// Whether the source has ended: what it pushed may still be in the queue.
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }
}
