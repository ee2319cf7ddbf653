//! `nashra pose`: what is in a `.pose` file, and the same landmarks in another form.

use crate::pose::{Interpolation, Layout, PoseFile, PoseSequence};
use anyhow::{Context, ensure};
use serde::Serialize;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Arguments of `nashra pose`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Print components, points, rate, length, and how often each part is seen.
    Info {
        /// The file.
        file: PathBuf,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Write the landmarks in another layout, at another rate, or in shoulder widths.
    Convert(Convert),
}

#[derive(clap::Args)]
struct Convert {
    /// The file to read: version 0, 0.1 or 0.2.
    input: PathBuf,
    /// The file to write: version 0.2.
    output: PathBuf,
    /// Which points to write; points that the file lacks are written as unseen.
    #[arg(long, value_enum)]
    layout: Option<NamedLayout>,
    /// Frames a second to write, along a cubic spline.
    #[arg(long, value_parser = parse_rate)]
    fps: Option<f32>,
    /// Move and scale to shoulder widths, with the origin between the shoulders.
    #[arg(long, alias = "normalize")]
    normalise: bool,
    /// Which person to take, from 0, where the file has several.
    #[arg(long)]
    person: Option<usize>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum NamedLayout {
    /// MediaPipe Holistic: 543 points.
    Holistic,
    /// SyriSign's paper: 193 points.
    Syrisign,
    /// SignCLIP: 203 points.
    Signclip,
    /// pose-format's reduce_holistic: 178 points.
    Reduced,
}

impl NamedLayout {
    fn layout(self) -> Arc<Layout> {
        match self {
            Self::Holistic => Layout::holistic_543(),
            Self::Syrisign => Layout::syrisign_193(),
            Self::Signclip => Layout::signclip_203(),
            Self::Reduced => Layout::reduced_178(),
        }
    }
}

fn parse_rate(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(rate) if (0.1..=1000.0).contains(&rate) => Ok(rate),
        _ => Err("expected frames a second from 0.1 to 1000".into()),
    }
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Info { file, json } => info(&file, json)?,
        Command::Convert(args) => convert(&args)?,
    }
    Ok(ExitCode::SUCCESS)
}

#[derive(Serialize)]
struct Info {
    file: PathBuf,
    frames: usize,
    fps: f32,
    seconds: f64,
    people: usize,
    width: u16,
    height: u16,
    depth: u16,
    points: usize,
    components: Vec<ComponentInfo>,
}

#[derive(Serialize)]
struct ComponentInfo {
    name: String,
    format: String,
    points: usize,
    limbs: usize,
    /// Share of frames in which any of its points is seen, for each person.
    seen: Vec<f32>,
}

impl Info {
    fn of(path: &Path, file: &PoseFile) -> anyhow::Result<Self> {
        let people = (0..file.people).map(|person| Ok(file.person(person)?.seen_shares()));
        let shares = people.collect::<anyhow::Result<Vec<_>>>()?;
        let component = |(i, component): (usize, &crate::pose::Component)| ComponentInfo {
            name: component.name.clone(),
            format: component.format.clone(),
            points: component.points.len(),
            limbs: component.limbs.len(),
            seen: shares.iter().filter_map(|person| person.get(i)).map(|(_, share)| *share).collect(),
        };
        Ok(Self {
            file: path.into(),
            frames: file.frames,
            fps: file.fps,
            seconds: file.frames as f64 / f64::from(file.fps),
            people: file.people,
            width: file.size.width,
            height: file.size.height,
            depth: file.size.depth,
            points: file.layout.point_count(),
            components: file.layout.components.iter().enumerate().map(component).collect(),
        })
    }

    fn print(&self, mut out: impl Write) -> std::io::Result<()> {
        let Self { frames, fps, seconds, people, width, height, depth, points, .. } = self;
        writeln!(out, "{}", self.file.display())?;
        writeln!(out, "{frames} frames at {fps} a second: {seconds:.2} s; people: {people}")?;
        writeln!(out, "picture {width}×{height}, depth {depth}; {points} points")?;
        let name_width = self.components.iter().map(|c| c.name.chars().count()).max().unwrap_or(0);
        for ComponentInfo { name, format, points, limbs, seen } in &self.components {
            let seen: Vec<_> = seen.iter().map(|share| format!("{:.0} %", 100.0 * share)).collect();
            let seen = seen.join(", ");
            writeln!(
                out,
                "  {name:name_width$}  {format:5}  {points:3} points  {limbs:4} limbs  seen {seen}"
            )?;
        }
        Ok(())
    }
}

fn info(path: &Path, json: bool) -> anyhow::Result<()> {
    let info = Info::of(path, &PoseFile::read(path)?).with_context(|| path.display().to_string())?;
    let mut out = std::io::stdout().lock();
    if json {
        serde_json::to_writer_pretty(&mut out, &info)?;
        writeln!(out)?;
    } else {
        info.print(out)?;
    }
    Ok(())
}

fn convert(args: &Convert) -> anyhow::Result<()> {
    let mut clip = read_person(args)?;
    if let Some(layout) = args.layout {
        clip = bring_to(&clip, &layout.layout()).with_context(|| args.input.display().to_string())?;
    }
    if let Some(fps) = args.fps {
        clip = clip.resample(fps, Interpolation::Cubic)?;
    }
    if args.normalise {
        clip.normalise().with_context(|| args.input.display().to_string())?;
    }
    clip.write(&args.output)?;
    Ok(())
}

fn read_person(args: &Convert) -> anyhow::Result<PoseSequence> {
    let file = PoseFile::read(&args.input)?;
    let input = args.input.display();
    let person = match args.person {
        Some(person) => person,
        None => {
            ensure!(file.people == 1, "{input}: {} people: choose one with --person", file.people);
            0
        }
    };
    ensure!(person < file.people, "{input}: no person {person}: it has {}", file.people);
    file.person(person).with_context(|| input.to_string())
}

/// The clip in another layout; says which parts it does not have.
fn bring_to(clip: &PoseSequence, layout: &Arc<Layout>) -> anyhow::Result<PoseSequence> {
    let has = |component: &&crate::pose::Component| {
        component.points.iter().any(|point| clip.layout.point(&component.name, point).is_some())
    };
    let (found, missing): (Vec<_>, Vec<_>) = layout.components.iter().partition(has);
    ensure!(!found.is_empty(), "none of the layout's points are in the file");
    for component in missing {
        tracing::warn!("the file has no {}: written as unseen", component.name);
    }
    Ok(clip.to_layout(layout))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pose::ImageSize;

    fn clip() -> PoseSequence {
        let size = ImageSize { width: 640, height: 480, depth: 0 };
        let mut clip = PoseSequence::unseen(Layout::holistic_543(), size, 30.0, 31);
        for frame in 0..31 {
            for (point, x) in [(11, 400.0), (12, 200.0)] {
                let at = frame * clip.point_count() + point;
                clip.positions[at].x = x;
                clip.confidences[at] = 1.0;
            }
        }
        clip
    }

    #[test]
    fn converting_changes_layout_rate_and_scale() {
        let folder = tempfile::tempdir().unwrap();
        let (input, output) = (folder.path().join("a.pose"), folder.path().join("b.pose"));
        clip().write(&input).unwrap();
        let args = Convert {
            input,
            output: output.clone(),
            layout: Some(NamedLayout::Reduced),
            fps: Some(60.0),
            normalise: true,
            person: None,
        };
        convert(&args).unwrap();
        let converted = PoseSequence::read(output).unwrap();
        assert_eq!((converted.point_count(), converted.fps, converted.frame_count()), (178, 60.0, 61));
        assert_eq!((converted.frame(60)[0].x, converted.frame(60)[1].x), (0.5, -0.5));
    }

    #[test]
    fn info_says_what_is_seen() {
        let file = PoseFile::from_bytes(&clip().to_bytes().unwrap()).unwrap();
        let info = Info::of(Path::new("a.pose"), &file).unwrap();
        assert_eq!((info.points, info.frames), (543, 31));
        assert_eq!(info.components.iter().map(|c| c.seen[0]).collect::<Vec<_>>(), [1.0, 0.0, 0.0, 0.0]);
        let mut text = Vec::new();
        info.print(&mut text).unwrap();
        assert!(String::from_utf8(text).unwrap().contains("31 frames at 30 a second: 1.03 s"));
    }

    #[test]
    fn a_rate_is_above_zero_and_a_number() {
        assert_eq!(parse_rate("29.97"), Ok(29.97));
        for bad in ["0", "-5", "NaN", "inf", "x"] {
            assert!(parse_rate(bad).is_err(), "{bad}");
        }
    }
}
