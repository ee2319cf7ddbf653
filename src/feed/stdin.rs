//! A headline a line from standard input.

use super::lines::{LineSplitter, enqueue};
use super::{Feed, FeedError, HeadlineQueue};
use std::io::{ErrorKind, Read};

/// Reads standard input on its own thread until it ends. A read that waits cannot be interrupted:
/// after the queue is closed, the thread ends with the next line or with the process.
pub fn spawn(queue: HeadlineQueue) -> Result<Feed, FeedError> {
    Feed::spawn("feed-stdin", move || pump(std::io::stdin().lock(), "stdin", &queue))
}

/// Moves lines from a reader to the queue until either ends.
fn pump(mut reader: impl Read, source: &str, queue: &HeadlineQueue) {
    let mut splitter = LineSplitter::default();
    let mut each = |line| enqueue(queue, source, line);
    let mut chunk = vec![0; 64 << 10];
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => {
                let bytes = chunk.get(..count).unwrap_or_default();
                if !splitter.push(bytes, &mut each) {
                    return;
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => {
                tracing::error!(source, %error, "the input ended with an error");
                break;
            }
        }
    }
    splitter.finish(&mut each);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::QueuePolicy;
    use std::time::Duration;

    #[test]
    fn every_line_becomes_a_numbered_headline() {
        let queue = HeadlineQueue::new(QueuePolicy::Hold, 8);
        pump("خبر أول\n\nخبر ثان".as_bytes(), "stdin", &queue);
        let first = queue.pop(Duration::ZERO).unwrap();
        assert_eq!(
            (first.id.as_str(), first.text.as_str(), first.source.as_str()),
            ("1", "خبر أول", "stdin")
        );
        assert_eq!(queue.pop(Duration::ZERO).unwrap().id, "2");
    }

    #[test]
    fn a_closed_queue_ends_the_feed() {
        let queue = HeadlineQueue::new(QueuePolicy::Hold, 8);
        queue.close();
        pump(std::io::Cursor::new("خبر\n".repeat(100)), "stdin", &queue);
        assert_eq!(queue.depth(), 0);
    }
}
