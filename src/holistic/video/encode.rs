//! Pictures into an MP4, for looking at.

use super::messages::Complaints;
use super::process::{Guarded, listen};
use super::{Ffmpeg, VideoError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::JoinHandle;

/// A video being written. It appears under its name when it is finished, and never otherwise.
#[derive(Debug)]
pub struct Encoder {
    path: PathBuf,
    unfinished: PathBuf,
    process: Guarded,
    listener: Option<JoinHandle<Complaints>>,
}

impl Encoder {
    /// Starts an encoder for pictures of `width` × `height` pixels, red, green and blue, at a constant rate.
    /// Odd sides get a line of black, because the colours of most players' video come in pairs.
    ///
    /// # Errors
    /// If ffmpeg cannot be started.
    pub fn create(
        ffmpeg: &Ffmpeg,
        path: &Path,
        (width, height): (u32, u32),
        fps: f64,
    ) -> Result<Self, VideoError> {
        let unfinished = unfinished(path);
        let mut command = Command::new(&ffmpeg.decoder);
        command.args(["-hide_banner", "-nostdin", "-nostats", "-loglevel", "error", "-y"]);
        command.args(["-f", "rawvideo", "-pixel_format", "rgb24"]);
        command.args(["-video_size", &format!("{width}x{height}"), "-framerate", &format!("{fps:.6}")]);
        command.args(["-i", "pipe:0", "-vf"]);
        command.arg("pad=ceil(iw/2)*2:ceil(ih/2)*2,scale=out_range=tv:out_color_matrix=bt709,format=yuv420p");
        command.args(ffmpeg.encoding());
        command.args(["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709"]);
        command.args(["-movflags", "+faststart", "-f", "mp4"]).arg(super::probe::input(&unfinished));
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = Guarded::spawn(&mut command)?;
        let listener = listen(process.stderr.take(), Complaints::default(), |complaints, line| {
            complaints.add(line);
        });
        let listener = listener.map_err(|source| VideoError::Io {
            path: path.to_owned(),
            action: "encoding",
            source,
        })?;
        Ok(Self { path: path.to_owned(), unfinished, process, listener: Some(listener) })
    }

    /// Takes the next picture: `width · height · 3` bytes.
    ///
    /// # Errors
    /// If the encoder has given up.
    pub fn write(&mut self, pixels: &[u8]) -> Result<(), VideoError> {
        let written = self.process.stdin.as_mut().map(|stdin| stdin.write_all(pixels));
        match written {
            Some(Ok(())) => Ok(()),
            // A closed pipe means that the process has ended; why, it said itself.
            _ => Err(self.failed()),
        }
    }

    /// Completes the file.
    ///
    /// # Errors
    /// If the encoder failed, or the file cannot get its name.
    pub fn finish(mut self) -> Result<(), VideoError> {
        drop(self.process.stdin.take());
        if !self.process.wait().is_ok_and(|status| status.success()) {
            return Err(self.failed());
        }
        std::fs::rename(&self.unfinished, &self.path).map_err(|source| VideoError::Io {
            path: self.path.clone(),
            action: "naming the finished video",
            source,
        })
    }

    fn failed(&mut self) -> VideoError {
        drop(self.process.stdin.take());
        let ended = self.process.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        let complaints = self.listener.take().and_then(|listener| listener.join().ok()).unwrap_or_default();
        let problem = format!("ffmpeg ended with {ended}; it said: {}", complaints.text());
        VideoError::Encode { path: self.path.clone(), problem }
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        self.process.kill();
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
        // Gone already when finished.
        let _ = std::fs::remove_file(&self.unfinished);
    }
}

/// The name under which a file is written until it is whole: always the same, so that what a killed
/// program left is replaced.
fn unfinished(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".partial");
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::super::testing::ffmpeg;
    use super::super::{Shape, VideoInfo};
    use super::*;

    #[test]
    fn a_video_of_odd_sides_has_every_picture_and_an_unfinished_one_leaves_nothing() {
        let Some(ffmpeg) = ffmpeg() else { return };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.mp4");
        let pixels = vec![200; 63 * 47 * 3];
        let mut encoder = Encoder::create(&ffmpeg, &path, (63, 47), 29.97).unwrap();
        encoder.write(&pixels).unwrap();
        drop(encoder);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);

        let mut encoder = Encoder::create(&ffmpeg, &path, (63, 47), 29.97).unwrap();
        (0..7).for_each(|_| encoder.write(&pixels).unwrap());
        encoder.finish().unwrap();
        let info = VideoInfo::of(&ffmpeg, &path).unwrap();
        assert_eq!((Shape::default().size(&info), info.frames), ((64, 48), Some(7)));
    }

    #[test]
    fn an_encoder_that_cannot_write_says_why() {
        let Some(ffmpeg) = ffmpeg() else { return };
        let mut encoder = Encoder::create(&ffmpeg, Path::new("/nowhere/at/all.mp4"), (64, 64), 25.0).unwrap();
        let written = (0..2000).try_for_each(|_| encoder.write(&[0; 64 * 64 * 3]));
        let error = written.and_then(|()| encoder.finish()).unwrap_err().to_string();
        assert!(error.contains("No such file"), "{error}");
    }
}
