//! `nashra render`: headlines into a video, a folder of pictures, or a `.pose` file.

use super::settings::Flags;
use crate::app::Headless;
use crate::app::film::{self, FilmError};
use crate::interpreter::{Headline, Interpreter, Utterance};
use crate::output::{Frames, Mp4, Sink, Transcript};
use crate::stage::{Background, Framing, Playback};
use anyhow::{Context, bail, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Arguments of `nashra render`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The headline; `-` reads headlines from standard input, one a line.
    #[arg(value_name = "TEXT|-")]
    text: String,
    /// What to write: a video `x.mp4`, landmarks `x.pose`, or a folder of PNG files. Beside it, in
    /// `x.signs.json`, is written which sign is made when, and where it comes from.
    #[arg(short, long, value_name = "FILE|FOLDER")]
    out: PathBuf,
    /// Frames a second [default: 25].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=120), env = "NASHRA_FPS")]
    fps: Option<u32>,
    /// What the picture shows.
    #[arg(long, value_enum, default_value_t = Framing::Interpreter)]
    framing: Framing,
    /// Draw only this moment, into a PNG file.
    #[arg(long, value_name = "SECONDS")]
    still: Option<f64>,
    #[command(flatten)]
    flags: Flags,
}

/// What is written, by the output's name.
enum Kind {
    Still(f64),
    Video,
    Landmarks,
    Folder,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args { text, out, fps, framing, still, flags } = args;
    let settings = flags.resolve()?;
    let kind = kind(&out, still, settings.background()?)?;
    let fps = fps.or(settings.file.fps).unwrap_or(25);
    let utterances = utterances(&text, &settings.interpreter(settings.speed())?)?;
    let utterances: Vec<_> = utterances.into_iter().map(Arc::new).collect();
    if let Kind::Landmarks = kind {
        return write_landmarks(&out, fps, utterances);
    }
    let mut options = settings.stage()?;
    options.framing = framing;
    let size = settings.size()?;
    let mut headless = Headless::new(size, options)?;
    for utterance in &utterances {
        headless.playback().push(Arc::clone(utterance));
    }
    let sink: Box<dyn Sink> = match kind {
        Kind::Still(seconds) => {
            headless.playback().advance(seconds);
            headless.draw()?.write_png(&out)?;
            return Ok(ExitCode::SUCCESS);
        }
        Kind::Video => Box::new(Mp4::create(&out, size.x, size.y, fps)?),
        Kind::Folder | Kind::Landmarks => Box::new(Frames::create(&out)?),
    };
    let gap_seconds = headless.playback().gap_seconds;
    let exit = film(&mut headless, &out, fps, sink)?;
    if exit == ExitCode::SUCCESS {
        Transcript::new(&utterances, gap_seconds).write_beside(&out)?;
    }
    Ok(exit)
}

fn kind(out: &Path, still: Option<f64>, background: Background) -> anyhow::Result<Kind> {
    let extension = out.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
    let kind = match (still, extension.as_deref()) {
        (Some(seconds), Some("png")) if (0.0..=86_400.0).contains(&seconds) => Kind::Still(seconds),
        (Some(seconds), Some("png")) => {
            bail!("--still {seconds}: expected seconds from the start, 0 or more")
        }
        (Some(_), _) => bail!("--still writes one picture: expected -o FILE.png, found {out:?}"),
        (None, Some("mp4")) => Kind::Video,
        (None, Some("pose")) => Kind::Landmarks,
        (None, Some("png")) => {
            bail!("a .png holds one picture: add --still SECONDS, or name a folder for all")
        }
        (None, Some(other @ ("mov" | "webm" | "mkv" | "avi" | "gif"))) => {
            bail!("cannot write .{other}: expected -o FILE.mp4, FILE.pose or a folder")
        }
        (None, _) => Kind::Folder,
    };
    if let (Kind::Video, Background::Alpha) = (&kind, background) {
        bail!("H.264 video has no transparency: name a folder for PNG files, or use --background green");
    }
    Ok(kind)
}

/// The headlines as motion. One that cannot be signed is reported and left out.
fn utterances(text: &str, interpreter: &Interpreter) -> anyhow::Result<Vec<Utterance>> {
    if text != "-" {
        return Ok(vec![interpreter.interpret(&Headline::new("1", text, "argument"))?]);
    }
    let mut utterances = Vec::new();
    for (number, line) in std::io::stdin().lock().split(b'\n').enumerate() {
        // A line that is not UTF-8 is read as far as it goes.
        let line = line.context("standard input")?;
        let text = String::from_utf8_lossy(&line);
        if text.trim().is_empty() {
            continue;
        }
        match interpreter.interpret(&Headline::new((number + 1).to_string(), text.trim(), "stdin")) {
            Ok(utterance) => utterances.push(utterance),
            Err(error) => eprintln!("nashra: {error}"),
        }
    }
    ensure!(!utterances.is_empty(), "standard input has no headline that can be signed: expected one a line");
    Ok(utterances)
}

fn write_landmarks(out: &Path, fps: u32, utterances: Vec<Arc<Utterance>>) -> anyhow::Result<ExitCode> {
    let mut playback = Playback::default();
    let transcript = Transcript::new(&utterances, playback.gap_seconds);
    utterances.into_iter().for_each(|utterance| playback.push(utterance));
    let utterance = film::as_one(playback, fps).context("there is nothing to sign")?;
    Interpreter::landmarks(&utterance).write(out)?;
    transcript.write_beside(out)?;
    report(utterance.motion.frames.len() as u64, out);
    Ok(ExitCode::SUCCESS)
}

fn film(headless: &mut Headless, out: &Path, fps: u32, mut sink: Box<dyn Sink>) -> anyhow::Result<ExitCode> {
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    ctrlc::set_handler(move || asked.store(true, Ordering::Relaxed))
        .context("Ctrl-C cannot be listened to")?;
    let frames = film::frame_count(&headless.playback(), fps);
    let progress = Progress::new(frames);
    let drawn = film::draw(headless, fps, |frame, picture| {
        if stop.load(Ordering::Relaxed) {
            return Err(FilmError::Stopped);
        }
        progress.at(frame);
        Ok(sink.write(picture)?)
    });
    progress.bar.finish_and_clear();
    match drawn {
        Ok(frames) => {
            sink.finish()?;
            report(frames, out);
            Ok(ExitCode::SUCCESS)
        }
        Err(FilmError::Stopped) => {
            eprintln!("nashra: {}", FilmError::Stopped);
            Ok(ExitCode::from(130))
        }
        Err(error) => Err(error.into()),
    }
}

fn report(frames: u64, out: &Path) {
    eprintln!("{frames} frames in {}", out.display());
}

/// A bar on a terminal, a line every tenth of the way elsewhere.
struct Progress {
    bar: ProgressBar,
    frames: u64,
}

impl Progress {
    fn new(frames: u64) -> Self {
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} frames, {per_sec}, {eta} left");
        let bar = ProgressBar::new(frames).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar, frames }
    }

    fn at(&self, frame: u64) {
        self.bar.set_position(frame);
        let tenth = (self.frames / 10).max(1);
        if self.bar.is_hidden() && frame > 0 && frame.is_multiple_of(tenth) {
            eprintln!("{frame} of {} frames", self.frames);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn kind_of(line: &[&str]) -> anyhow::Result<Kind> {
        let line = ["render", "text", "-o"].iter().chain(line);
        let args = Line::try_parse_from(line)?.args;
        let (out, still) = (args.out, args.still);
        kind(&out, still, args.flags.resolve()?.background()?)
    }

    #[test]
    fn the_outputs_name_says_what_is_written() {
        assert!(matches!(kind_of(&["x.MP4"]), Ok(Kind::Video)));
        assert!(matches!(kind_of(&["x.pose"]), Ok(Kind::Landmarks)));
        assert!(matches!(kind_of(&["frames"]), Ok(Kind::Folder)));
        assert!(matches!(kind_of(&["x.png", "--still", "1.5"]), Ok(Kind::Still(1.5))));
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        for line in [
            &["x.png"][..],
            &["x.mov"],
            &["x.mp4", "--still", "1"],
            &["x.png", "--still", "NaN"],
            &["x.mp4", "--background", "alpha"],
            &["x.mp4", "--fps", "0"],
            &["x.mp4", "--size", "12"],
            &["x.mp4", "--speed", "9"],
        ] {
            assert!(kind_of(line).is_err(), "{line:?}");
        }
    }
}
