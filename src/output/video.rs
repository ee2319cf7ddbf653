//! H.264 video in MP4, encoded by an `ffmpeg` process that pictures are piped to.
//!
//! The process lives no longer than its [`Mp4`]: dropped before [`Sink::finish`], it is killed and
//! reaped, and the unfinished file is removed. What it last said is kept for the error.

use super::{OutputError, Picture, Sink, unfinished};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

/// How much of ffmpeg's last words an error repeats, bytes.
const TAIL_BYTES: usize = 600;

/// An MP4 file being written.
pub struct Mp4 {
    path: PathBuf,
    unfinished: PathBuf,
    size: [u32; 2],
    /// `None` once it is reaped.
    child: Option<Child>,
    /// Reads the process's messages and keeps their end.
    listener: Option<JoinHandle<String>>,
}

impl Mp4 {
    /// Starts an encoder for pictures of `width` × `height` pixels at `fps` a second.
    ///
    /// # Errors
    /// If a side is odd (4:2:0 colour halves both), or ffmpeg cannot be started.
    pub fn create(path: &Path, width: u32, height: u32, fps: u32) -> Result<Mp4, OutputError> {
        let file = path.display().to_string();
        if !width.is_multiple_of(2) || !height.is_multiple_of(2) {
            let (even_width, even_height) = (width.next_multiple_of(2), height.next_multiple_of(2));
            let problem =
                format!("video needs even sides, found {width}x{height}; try {even_width}x{even_height}");
            return Err(OutputError::Unsuitable { file, problem });
        }
        let unfinished = unfinished(path);
        let mut child = command(&unfinished, width, height, fps)
            .spawn()
            .map_err(|source| OutputError::NoFfmpeg { file: file.clone(), source })?;
        let stderr = child.stderr.take();
        let listener = std::thread::Builder::new().name("ffmpeg messages".into()).spawn(move || tail(stderr));
        let listener = listener.map_err(|source| OutputError::Write { file, source })?;
        let path = path.to_owned();
        Ok(Mp4 { path, unfinished, size: [width, height], child: Some(child), listener: Some(listener) })
    }

    /// Waits for the process, whose input is closed, and says how it ended.
    fn reap(&mut self) -> (Option<std::process::ExitStatus>, String) {
        let status = self.child.take().and_then(|mut child| {
            drop(child.stdin.take());
            child.wait().ok()
        });
        let said = self.listener.take().and_then(|listener| listener.join().ok()).unwrap_or_default();
        (status, said)
    }

    fn failed(&mut self, problem: &str) -> OutputError {
        let (status, said) = self.reap();
        let ended = status.map_or_else(|| "was lost".to_owned(), |status| format!("ended with {status}"));
        let said = if said.trim().is_empty() { "nothing".to_owned() } else { said.trim().to_owned() };
        OutputError::Ffmpeg {
            file: self.path.display().to_string(),
            problem: format!("{problem}{ended}"),
            said,
        }
    }
}

fn command(output: &Path, width: u32, height: u32, fps: u32) -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-loglevel", "warning", "-nostdin", "-y"]);
    command.args(["-f", "rawvideo", "-pixel_format", "rgba"]);
    command.args([
        "-video_size",
        &format!("{width}x{height}"),
        "-framerate",
        &fps.to_string(),
        "-i",
        "pipe:0",
    ]);
    // Television's colours: converted, and tagged so that players need not guess.
    command.args(["-vf", "scale=in_range=pc:out_range=tv:out_color_matrix=bt709,format=yuv420p"]);
    command.args(["-c:v", "libx264", "-preset", "veryfast", "-crf", "18"]);
    command.args(["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709"]);
    command.args(["-color_range", "tv", "-movflags", "+faststart", "-f", "mp4"]);
    command.arg(output);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// The end of what a process says, until it says no more.
fn tail(stream: Option<impl Read>) -> String {
    let Some(mut stream) = stream else { return String::new() };
    let mut kept: Vec<u8> = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        kept.extend_from_slice(&buffer[..count]);
        let surplus = kept.len().saturating_sub(TAIL_BYTES);
        kept.drain(..surplus);
    }
    String::from_utf8_lossy(&kept).into_owned()
}

impl Sink for Mp4 {
    fn write(&mut self, picture: &Picture) -> Result<(), OutputError> {
        if [picture.width, picture.height] != self.size {
            let problem = format!(
                "expected pictures of {}x{}, found {}x{}",
                self.size[0], self.size[1], picture.width, picture.height
            );
            return Err(OutputError::Unsuitable { file: self.path.display().to_string(), problem });
        }
        let stdin = self.child.as_mut().and_then(|child| child.stdin.as_mut());
        match stdin.map(|stdin| stdin.write_all(&picture.rgba)) {
            Some(Ok(())) => Ok(()),
            // A closed pipe means that the process has ended; why, it said itself.
            _ => Err(self.failed("took no more pictures and ")),
        }
    }

    fn finish(mut self: Box<Self>) -> Result<(), OutputError> {
        if let Some(child) = &mut self.child {
            drop(child.stdin.take());
            match child.wait() {
                Ok(status) if status.success() => {}
                _ => return Err(self.failed("")),
            }
        }
        self.reap();
        std::fs::rename(&self.unfinished, &self.path)
            .map_err(|source| OutputError::Write { file: self.path.display().to_string(), source })
    }
}

impl Drop for Mp4 {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Both fail only if the process is already gone.
            let _ = child.kill();
            let _ = child.wait();
        }
        // Gone already when finished.
        let _ = std::fs::remove_file(&self.unfinished);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_sizes_are_refused_with_the_next_even_one() {
        let error = Mp4::create(Path::new("x.mp4"), 641, 360, 25).err().unwrap();
        assert!(error.to_string().contains("642x360"), "{error}");
    }

    #[test]
    fn the_end_of_long_messages_is_kept() {
        let long = "a".repeat(10_000) + "the end";
        let kept = tail(Some(long.as_bytes()));
        assert_eq!(kept.len(), TAIL_BYTES);
        assert!(kept.ends_with("the end"));
    }

    #[test]
    fn an_encoder_that_cannot_write_says_so_and_leaves_nothing() {
        let Ok(mut video) = Mp4::create(Path::new("/nowhere/at/all.mp4"), 64, 64, 25) else {
            eprintln!("skipped: no ffmpeg here");
            return;
        };
        let picture = Picture { width: 64, height: 64, rgba: vec![128; 64 * 64 * 4] };
        let written = (0..2000).try_for_each(|_| video.write(&picture));
        let error = written.and_then(|()| Box::new(video).finish()).unwrap_err();
        assert!(error.to_string().contains("No such file"), "{error}");
    }

    #[test]
    fn a_video_has_every_picture_and_a_dropped_one_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.mp4");
        let picture = Picture { width: 64, height: 64, rgba: vec![200; 64 * 64 * 4] };
        let Ok(mut video) = Mp4::create(&path, 64, 64, 25) else {
            eprintln!("skipped: no ffmpeg here");
            return;
        };
        video.write(&picture).unwrap();
        drop(video);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);

        let mut video = Box::new(Mp4::create(&path, 64, 64, 25).unwrap());
        for _ in 0..7 {
            video.write(&picture).unwrap();
        }
        video.finish().unwrap();
        let counted = Command::new("ffprobe")
            .args([
                "-v",
                "error",
                "-count_frames",
                "-show_entries",
                "stream=nb_read_frames",
                "-of",
                "csv=p=0",
            ])
            .arg(&path)
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&counted.stdout).trim(), "7");
    }
}
