//! Every decoded picture of a video once, in order, with its own time.
//!
//! ffmpeg writes raw pictures into a pipe and says each one's time on standard error. One thread
//! listens, one reads pictures into buffers that go round, so memory is bounded by three pictures; the
//! caller waits with a limit, sees a wish to stop, and is never blocked by a decoder that hangs. A
//! stream that breaks off gives the frames before, and [`Ending`] says what happened.

use super::messages::{Complaints, Stamp, Stamps};
use super::probe::input;
use super::process::{Guarded, listen};
use super::{Ffmpeg, Shape, VideoError, VideoInfo};
use crate::holistic::{Rgb, Stop};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often a waiting caller looks whether it should stop.
const GLANCE: Duration = Duration::from_millis(100);

/// How long a picture that is there waits for its time, which was said before it.
const STAMP_PATIENCE: Duration = Duration::from_secs(2);

/// Times that may be ahead of their pictures.
const STAMPS_AHEAD: usize = 1024;

/// Frames a second where neither the container nor the frames say it.
const ASSUMED_FPS: f64 = 30.0;

/// ffmpeg's exit code where SIGTERM or SIGINT ended it: it catches them and closes its files.
const CODE_OF_SIGNALS: i32 = 255;

/// How a video is read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// In which form pictures come.
    pub shape: Shape,
    /// Threads of the decoder; each may hold a picture.
    pub threads: usize,
    /// How long no frame may come before the video is given up.
    pub patience: Duration,
    /// Whether to end early.
    pub stop: Stop,
}

impl Default for Reading {
    fn default() -> Self {
        Self { shape: Shape::default(), threads: 1, patience: Duration::from_secs(60), stop: Stop::new() }
    }
}

/// A picture at its time.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// The picture.
    pub image: Rgb<'a>,
    /// Since the first frame; each frame is later than the one before.
    pub time: Duration,
}

/// How a video ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ending {
    /// Frames that were decoded.
    pub frames: u64,
    /// What is wrong with the file, in ffmpeg's words and ours; nothing where all is well.
    pub damage: Vec<String>,
    /// Frames whose time was missing or not after the one before, and was made up from the rate.
    pub guessed_times: u64,
}

/// A video that is being decoded.
#[derive(Debug)]
pub struct Frames {
    path: PathBuf,
    reading: Reading,
    size: (u32, u32),
    expected: Option<u64>,
    clock: Clock,
    current: Vec<u8>,
    stamps: Receiver<Stamp>,
    next_stamp: Option<Stamp>,
    /// `None` once the stream has ended. Dropped before the process is waited for, so that the reader ends.
    pictures: Option<(Receiver<Picture>, Sender<Vec<u8>>)>,
    process: Guarded,
    listener: Option<JoinHandle<Complaints>>,
    reader: Option<JoinHandle<()>>,
    ending: Ending,
}

/// What the reading thread sends.
enum Picture {
    Whole(Vec<u8>),
    /// The stream ended after so many bytes of a picture.
    Part(usize),
}

impl Frames {
    /// Starts to decode a file that was described.
    ///
    /// # Errors
    /// If ffmpeg cannot be started.
    pub fn open(
        ffmpeg: &Ffmpeg,
        path: &Path,
        info: &VideoInfo,
        reading: &Reading,
    ) -> Result<Self, VideoError> {
        let size = reading.shape.decoded_size(info);
        let failed = |source| VideoError::Io { path: path.to_owned(), action: "decoding", source };
        let mut process = Guarded::spawn(&mut command(ffmpeg, path, info, reading))?;
        let (say, stamps) = bounded(STAMPS_AHEAD);
        let listener = listener(&mut process, say).map_err(failed)?;
        let (send, pictures) = bounded(1);
        let (give_back, spare) = bounded(2);
        let bytes = size.0 as usize * size.1 as usize * 3;
        let stdout = process.stdout.take();
        let read = move || read_pictures(stdout, bytes, &send, &spare);
        let reader =
            std::thread::Builder::new().name("ffmpeg pictures".into()).spawn(read).map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            reading: reading.clone(),
            size,
            expected: info.frames,
            clock: Clock::new(info.mean_rate.map_or(ASSUMED_FPS, |rate| rate.fps())),
            current: Vec::new(),
            stamps,
            next_stamp: None,
            pictures: Some((pictures, give_back)),
            process,
            listener: Some(listener),
            reader: Some(reader),
            ending: Ending::default(),
        })
    }

    /// The next frame; none after the last one, when [`Self::ending`] is complete.
    ///
    /// # Errors
    /// If there is no frame at all, the decoder hangs or crashes, or somebody wishes to stop.
    pub fn next_frame(&mut self) -> Result<Option<Frame<'_>>, VideoError> {
        let Some(picture) = self.wait_for_picture()? else { return Ok(None) };
        match picture {
            Picture::Whole(pixels) => self.current = pixels,
            Picture::Part(bytes) => {
                self.ending.damage.push(format!("the last picture was cut off after {bytes} bytes"));
                return self.end().map(|()| None);
            }
        }
        let stamp = self.stamp_of(self.ending.frames);
        let time = self.clock.time(stamp);
        self.ending.frames += 1;
        self.ending.guessed_times = self.clock.guessed;
        let (width, height) = (self.size.0 as usize, self.size.1 as usize);
        let image = Rgb::new(width, height, &self.current).map_err(|error| VideoError::Program {
            program: "ffmpeg".to_owned(),
            problem: error.to_string(),
            said: "nothing".to_owned(),
        })?;
        Ok(Some(Frame { image, time }))
    }

    /// How it ended; complete after the last frame.
    pub fn ending(&self) -> &Ending {
        &self.ending
    }

    fn wait_for_picture(&mut self) -> Result<Option<Picture>, VideoError> {
        let Some((pictures, give_back)) = &self.pictures else { return Ok(None) };
        let used = std::mem::take(&mut self.current);
        if !used.is_empty() {
            // Full only if the reader has enough of them.
            let _ = give_back.try_send(used);
        }
        let began = Instant::now();
        loop {
            if self.reading.stop.is_asked() {
                return Err(VideoError::Interrupted);
            }
            match pictures.recv_timeout(GLANCE.min(self.reading.patience)) {
                Ok(picture) => return Ok(Some(picture)),
                Err(RecvTimeoutError::Disconnected) => return self.end().map(|()| None),
                Err(RecvTimeoutError::Timeout) if began.elapsed() >= self.reading.patience => {
                    let (path, frames) = (self.path.clone(), self.ending.frames);
                    return Err(VideoError::Stalled { path, frames, waited: self.reading.patience });
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// The time that was said for a frame.
    fn stamp_of(&mut self, index: u64) -> Option<i64> {
        loop {
            let stamp = match self.next_stamp.take() {
                Some(stamp) => stamp,
                None => self.stamps.recv_timeout(STAMP_PATIENCE).ok()?,
            };
            if stamp.index == index {
                return stamp.nanos;
            }
            if stamp.index > index {
                self.next_stamp = Some(stamp);
                return None;
            }
        }
    }

    /// The stream is over: reaps the process and judges how it went.
    fn end(&mut self) -> Result<(), VideoError> {
        self.pictures = None;
        let status = self.wait_for_end()?;
        let mut complaints =
            self.listener.take().and_then(|listener| listener.join().ok()).unwrap_or_default();
        self.join_reader();
        if self.reading.stop.is_asked() {
            return Err(VideoError::Interrupted);
        }
        let (path, frames) = (self.path.clone(), self.ending.frames);
        if matches!(status.code(), None | Some(CODE_OF_SIGNALS)) {
            let (status, said) = (format!("ended with {status}"), complaints.text());
            return Err(VideoError::Crashed { path, frames, status, said });
        }
        if !status.success() && complaints.is_empty() {
            complaints.add(&format!("ffmpeg ended with {status}"));
        }
        if frames == 0 {
            return Err(VideoError::NoFrames { path, said: complaints.text() });
        }
        self.ending.damage.extend(complaints.into_texts());
        // Containers count frames that edit lists or broken references leave out, so a few are no loss.
        let missing = self.expected.unwrap_or(0).saturating_sub(frames);
        if missing > 2 + self.expected.unwrap_or(0) / 50 {
            let expected = self.expected.unwrap_or(0);
            self.ending.damage.insert(0, format!("{frames} of {expected} frames could be decoded"));
        }
        Ok(())
    }

    /// Waits for the process, which may have closed its pipe and yet not end.
    fn wait_for_end(&mut self) -> Result<ExitStatus, VideoError> {
        let (path, frames, waited) = (self.path.clone(), self.ending.frames, self.reading.patience);
        let deadline = Instant::now().checked_add(waited);
        loop {
            if self.reading.stop.is_asked() {
                return Err(VideoError::Interrupted);
            }
            let glance = Instant::now() + GLANCE;
            let until = deadline.map_or(glance, |deadline| deadline.min(glance));
            match self.process.wait_until(Some(until)) {
                Ok(Some(status)) => return Ok(status),
                Ok(None) if deadline.is_some_and(|deadline| Instant::now() >= deadline) => {
                    return Err(VideoError::Stalled { path, frames, waited });
                }
                Ok(None) => {}
                Err(error) => {
                    let status = format!("was lost: {error}");
                    return Err(VideoError::Crashed { path, frames, status, said: "nothing".to_owned() });
                }
            }
        }
    }

    fn join_reader(&mut self) {
        if let Some(reader) = self.reader.take() {
            // It only fails by panicking, and has nothing to tell.
            let _ = reader.join();
        }
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        // In this order: with nobody to send to and no process to read from, both threads end.
        self.pictures = None;
        self.process.kill();
        self.stamps = crossbeam_channel::never();
        self.join_reader();
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

fn command(ffmpeg: &Ffmpeg, path: &Path, info: &VideoInfo, reading: &Reading) -> Command {
    let mut command = Command::new(&ffmpeg.decoder);
    command.args(["-hide_banner", "-nostdin", "-nostats", "-loglevel", "repeat+level+info"]);
    command.args(["-threads", &reading.threads.max(1).to_string()]);
    if !reading.shape.upright {
        command.arg("-noautorotate");
    }
    command.args(["-protocol_whitelist", "file", "-i"]).arg(input(path));
    command.args(["-map", &format!("0:{}", info.stream), "-an", "-sn", "-dn"]);
    command.args(ffmpeg.each_frame_once());
    command.args(["-vf", &format!("{},showinfo=checksum=0", reading.shape.filters(info))]);
    command.args(["-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn listener(process: &mut Guarded, say: Sender<Stamp>) -> std::io::Result<JoinHandle<Complaints>> {
    let mut stamps = Stamps::default();
    listen(process.stderr.take(), Complaints::default(), move |complaints: &mut Complaints, line| {
        if let Some(stamp) = stamps.hear(line) {
            // Nobody needs times where nobody waits for pictures.
            let _ = say.send(stamp);
        }
        complaints.hear(line);
    })
}

/// Reads pictures of so many bytes until the stream ends or nobody wants them.
fn read_pictures(
    stdout: Option<ChildStdout>,
    bytes: usize,
    send: &Sender<Picture>,
    spare: &Receiver<Vec<u8>>,
) {
    let Some(mut stdout) = stdout else { return };
    loop {
        let mut pixels = spare.try_recv().unwrap_or_default();
        pixels.clear();
        pixels.reserve_exact(bytes);
        // A pipe that breaks has ended, as one that is closed.
        let _ = stdout.by_ref().take(bytes as u64).read_to_end(&mut pixels);
        let picture = match pixels.len() {
            0 => return,
            read if read == bytes => Picture::Whole(pixels),
            read => Picture::Part(read),
        };
        let is_last = matches!(picture, Picture::Part(_));
        if send.send(picture).is_err() || is_last {
            return;
        }
    }
}

/// Times since the first frame, each after the one before.
#[derive(Debug)]
struct Clock {
    interval_nanos: i128,
    first_nanos: Option<i128>,
    /// Wider than a stamp: every new count begins where the one before ended.
    last_nanos: Option<i128>,
    guessed: u64,
}

/// A stream that goes back further than this has begun a new count: broadcasts do.
const NEW_COUNT_NANOS: i128 = 1_000_000_000;

/// Times beyond this, 73 years, are none.
const FURTHEST_NANOS: u64 = 1 << 61;

impl Clock {
    fn new(fps: f64) -> Self {
        // Half of it is at least a nanosecond, and sums of it stay within the type.
        let interval_nanos = (1e9 / fps).round().clamp(2.0, 1e18) as i128;
        Self { interval_nanos, first_nanos: None, last_nanos: None, guessed: 0 }
    }

    fn time(&mut self, stamp: Option<i64>) -> Duration {
        let nanos = self.nanos(stamp);
        self.last_nanos = Some(nanos);
        let nanos = nanos.unsigned_abs();
        Duration::new((nanos / 1_000_000_000) as u64, (nanos % 1_000_000_000) as u32)
    }

    fn nanos(&mut self, stamp: Option<i64>) -> i128 {
        let next = self.last_nanos.map_or(0, |last| last + self.interval_nanos);
        let Some(stamp) = stamp.filter(|stamp| stamp.unsigned_abs() < FURTHEST_NANOS) else {
            self.guessed += 1;
            return next;
        };
        let stamp = i128::from(stamp);
        let first = *self.first_nanos.get_or_insert(stamp - next);
        let nanos = stamp - first;
        let Some(last) = self.last_nanos.filter(|last| nanos <= *last) else { return nanos.max(0) };
        self.guessed += 1;
        if last - nanos > NEW_COUNT_NANOS {
            self.first_nanos = Some(stamp - next);
            return next;
        }
        // Half an interval leaves the frames that follow at their own times.
        last + self.interval_nanos / 2
    }
}

#[cfg(test)]
mod tests;
