//! One file, brought from the hub as often as it takes.
//!
//! What has come stays on disk through cut connections and ended processes, and is gone on with where the
//! hub and the sending host say that it is still the same file. What is whole is held against the hash
//! that the manifest or the hub promises before it gets its name.

use super::PullError;
use super::hub::{Answer, Hub, Promise, header};
use super::partial::{Beginning, Partial};
use crate::models::weights::{HashSource, KnownFile, Progress};
use std::io::Read;
use std::path::Path;
use std::time::Duration;

/// So many bytes between two failures, and the failures are counted anew.
const GOOD_STRETCH: u64 = 8 << 20;

/// The longest wait that a server may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// How often a file is tried, and how long is waited in between.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    pub(super) tries: u32,
    /// Before the second try; doubled before each further one.
    pub(super) first_wait: Duration,
}

/// What to bring where.
pub(super) struct Job<'a> {
    pub(super) name: &'a str,
    pub(super) url: String,
    pub(super) target: &'a Path,
    /// What the manifest knows of it.
    pub(super) known: Option<&'a KnownFile>,
}

/// A file that is whole and has its name.
pub(super) struct Fetched {
    pub(super) bytes: u64,
    pub(super) sha256: String,
    /// Who promised its hash.
    pub(super) hash_from: Option<HashSource>,
    pub(super) commit: Option<String>,
}

/// Brings a file.
pub(super) fn fetch(
    hub: &Hub,
    patience: Patience,
    job: &Job,
    progress: &mut dyn Progress,
) -> Result<Fetched, PullError> {
    let mut partial = Partial::open(job.target)?;
    let brought = bring(hub, patience, job, &mut partial, progress);
    progress.end();
    match brought {
        Ok(promise) => finish(job, partial, promise),
        Err(error) => {
            if partial.done == 0 {
                // The first error is the one to tell.
                let _ = partial.discard();
            }
            Err(error)
        }
    }
}

/// Tries until the partial file has all bytes; what the hub promised of them.
fn bring(
    hub: &Hub,
    patience: Patience,
    job: &Job,
    partial: &mut Partial,
    progress: &mut dyn Progress,
) -> Result<Promise, PullError> {
    if partial.resume().is_some() && partial.beginning.bytes == Some(partial.done) {
        let Beginning { promised, bytes, .. } = partial.beginning.clone();
        return Ok(Promise { etag: promised, bytes, commit: None });
    }
    let mut failures = 0;
    loop {
        let before = partial.done;
        let error = match attempt(hub, job, partial, progress) {
            Ok(promise) => return Ok(promise),
            Err(error) => error,
        };
        if partial.done > before.saturating_add(GOOD_STRETCH) {
            failures = 0;
        }
        failures += 1;
        let wait = error.is_transient().filter(|_| failures < patience.tries);
        let Some(asked) = wait else { return Err(error) };
        let doubled = patience.first_wait.saturating_mul(1 << (failures - 1).min(5));
        let wait = asked.map_or(doubled, Duration::from_secs).min(LONGEST_WAIT);
        let reason = match &error {
            PullError::Cut { done, .. } => format!("{}: the connection was cut at {done} bytes", job.name),
            other => other.to_string(),
        };
        progress.note(&format!("{reason}; trying again in {:.1} s", wait.as_secs_f64()));
        std::thread::sleep(wait);
    }
}

/// Asks once and takes what comes.
fn attempt(
    hub: &Hub,
    job: &Job,
    partial: &mut Partial,
    progress: &mut dyn Progress,
) -> Result<Promise, PullError> {
    let mut answer = hub.get(&job.url, partial.resume())?;
    if answer.status == 416 || answer.status == 206 && !goes_on(partial, &answer) {
        // The rest is not to be had, or is the rest of something else: all of it, then.
        partial.start_over(Beginning::default())?;
        answer = hub.get(&job.url, None)?;
    }
    match answer.status {
        200 => begin(job, partial, &answer)?,
        206 if goes_on(partial, &answer) => {}
        _ => return Err(refusal(hub, job, &answer)),
    }
    progress.begin(job.name, partial.done, partial.beginning.bytes);
    take(job, partial, answer.body.into_reader(), progress)?;
    Ok(answer.promise)
}

/// The answer is the whole file.
fn begin(job: &Job, partial: &mut Partial, answer: &Answer) -> Result<(), PullError> {
    let name = job.name.to_owned();
    let told = header(&answer.headers, "content-length").and_then(|text| text.parse().ok());
    let bytes = told.or(answer.promise.bytes);
    for expected in [job.known.and_then(|known| known.bytes), answer.promise.bytes].into_iter().flatten() {
        if let Some(found) = bytes.filter(|bytes| *bytes != expected) {
            return Err(PullError::WrongSize { name, expected, found });
        }
    }
    let known = job.known.and_then(|known| known.sha256.as_deref());
    if let Some((expected, found)) = known.zip(answer.promise.sha256()).filter(|(known, told)| known != told)
    {
        return Err(PullError::Changed { name, expected: expected.to_owned(), found: found.to_owned() });
    }
    let etag = header(&answer.headers, "etag").filter(|etag| etag.starts_with('"'));
    let (promised, etag) = (answer.promise.etag.clone(), etag.map(str::to_owned));
    partial.start_over(Beginning { promised, etag, bytes })
}

/// Whether the answer is the rest of what was begun.
fn goes_on(partial: &Partial, answer: &Answer) -> bool {
    let Beginning { promised, etag, bytes } = &partial.beginning;
    let range = header(&answer.headers, "content-range").and_then(content_range);
    let Some((first, total)) = range else { return false };
    let same_promise = answer.promise.etag == *promised;
    let same_etag = match (header(&answer.headers, "etag"), etag) {
        // What the hub promises is enough: a file may come from another host this time.
        _ if promised.is_some() => true,
        (Some(now), Some(then)) => now == then,
        (None, Some(_)) => true,
        (_, None) => false,
    };
    first == partial.done && same_promise && same_etag && bytes.is_none_or(|bytes| Some(bytes) == total)
}

/// First byte and whole size of `bytes FIRST-LAST/TOTAL`.
fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    let total = total.parse().ok();
    // A range that ends before the file does is not the rest.
    total.is_none_or(|total: u64| last.checked_add(1) == Some(total)).then_some((first, total))
}

fn take(
    job: &Job,
    partial: &mut Partial,
    mut body: impl Read,
    progress: &mut dyn Progress,
) -> Result<(), PullError> {
    let mut buffer = vec![0; 256 << 10];
    let total = partial.beginning.bytes;
    let cut = |done, reason: String| PullError::Cut { name: job.name.to_owned(), done, total, reason };
    loop {
        match body.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => partial.write(buffer.get(..read).unwrap_or_default())?,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(cut(partial.done, error.to_string())),
        }
        progress.at(partial.done);
        if let Some(expected) = total.filter(|total| partial.done > *total) {
            let (name, found) = (job.name.to_owned(), partial.done);
            partial.start_over(Beginning::default())?;
            return Err(PullError::WrongSize { name, expected, found });
        }
    }
    match total {
        Some(total) if partial.done < total => Err(cut(partial.done, "it ended".to_owned())),
        _ => Ok(()),
    }
}

fn refusal(hub: &Hub, job: &Job, answer: &Answer) -> PullError {
    let (url, status) = (answer.url.clone(), answer.status);
    let advice = match status {
        401 => "set HF_TOKEN to a token of an account that may read it (or there is no such repository)",
        403 => "accept the model's terms on its page with the account of HF_TOKEN",
        _ => "",
    };
    if !advice.is_empty() && hub.is_own(&url) {
        return PullError::Refused { url, status, advice };
    }
    let wait_seconds = header(&answer.headers, "retry-after").and_then(|text| text.parse().ok());
    // Who asked for a file need not know which host was to send it, except to see that it was one.
    let url = if hub.is_own(&url) { job.url.clone() } else { url };
    PullError::Status { url, status, wait_seconds }
}

/// All bytes are there: are they the right ones?
fn finish(job: &Job, mut partial: Partial, promise: Promise) -> Result<Fetched, PullError> {
    let sha256 = partial.sha256()?;
    let manifest = job.known.and_then(|known| known.sha256.as_deref());
    let expected =
        manifest.map(|hash| (hash, HashSource::Manifest)).or(promise.sha256().map(|h| (h, HashSource::Hub)));
    if let Some((expected, told_by)) = expected.filter(|(expected, _)| *expected != sha256) {
        let (name, expected) = (job.name.to_owned(), expected.to_owned());
        partial.discard()?;
        return Err(PullError::WrongHash { name, expected, found: sha256, told_by });
    }
    let (bytes, hash_from) = (partial.done, expected.map(|(_, source)| source));
    partial.finish()?;
    Ok(Fetched { bytes, sha256, hash_from, commit: promise.commit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_range_is_the_rest_only_to_the_end() {
        assert_eq!(content_range("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(content_range("bytes 5-9/*"), Some((5, None)));
        for bad in ["bytes 5-8/10", "bytes */10", "5-9/10", "bytes 5/10", "bytes x-9/10", ""] {
            assert_eq!(content_range(bad), None, "{bad:?}");
        }
        assert_eq!(content_range(&format!("bytes 0-{}/10", u64::MAX)), None);
    }
}
