//! `nashra render`: headlines into a video, a folder of pictures, or a `.pose` file.

use crate::app::{Headless, Options};
use crate::avatar::Model;
use crate::body::{Articulation, HandShape, Motion, Side};
use crate::interpreter::{Coverage, Plan, PlannedSign, SignKind, SignSpan, Utterance};
use crate::lexicon::Provenance;
use crate::output::{Frames, Mp4, Sink};
use crate::stage::{Background, Captions, Framing};
use anyhow::Context;
use bevy::math::UVec2;
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Arguments of `nashra render`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The headline; `-` reads headlines from standard input, one a line.
    text: String,
    /// What to write: `x.mp4`, `x.pose`, or a folder for PNG files.
    #[arg(short, long, value_name = "FILE|FOLDER")]
    out: PathBuf,
    /// Frames a second.
    #[arg(long, default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..=120))]
    fps: u32,
    /// Size of the picture, pixels.
    #[arg(long, default_value = "1280x720", value_parser = parse_size, value_name = "WxH")]
    size: UVec2,
    /// Signing speed, 0.25 to 2.
    #[arg(long, default_value_t = 1.0)]
    speed: f32,
    /// Behind the signer: #RRGGBB, green, alpha, or default.
    #[arg(long, default_value = "default")]
    background: Background,
    /// Captions.
    #[arg(long, value_enum, default_value_t = Switch::On)]
    captions: Switch,
    /// What the picture shows.
    #[arg(long, value_enum, default_value_t = Framing::Interpreter)]
    framing: Framing,
    /// Varies what may vary, such as blinks; the same seed gives the same frames.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// One picture of that moment instead of all; the output is a PNG file.
    #[arg(long, value_name = "SECONDS")]
    still: Option<f64>,
    /// The avatar: a `.glb` or `.vrm` file.
    #[arg(long, value_name = "FILE")]
    avatar: PathBuf,
}

/// On or off.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    /// Shown.
    On,
    /// Not shown.
    Off,
}

fn parse_size(text: &str) -> Result<UVec2, String> {
    let expected = || format!("expected WIDTHxHEIGHT in pixels, as in 1280x720, found {text:?}");
    let (width, height) = text.split_once(['x', 'X', '×']).ok_or_else(expected)?;
    let side = |text: &str| text.parse::<u32>().ok().filter(|side| (16..=8192).contains(side));
    match (side(width), side(height)) {
        (Some(width), Some(height)) => Ok(UVec2::new(width, height)),
        _ => Err(format!("{}; each side 16 to 8192", expected())),
    }
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let model = Model::load(&args.avatar)?;
    let utterance = demo(&args.text);
    let mut options = Options::new(Arc::new(model));
    options.background = args.background;
    options.framing = args.framing;
    options.captions = Captions { visible: args.captions == Switch::On, scale: 1.0 };
    options.smooth_edges = Some(true);
    let t = std::time::Instant::now();
    let mut headless = Headless::new(args.size, options)?;
    eprintln!("ready after {:?}", t.elapsed());
    headless.playback().push(Arc::new(utterance));
    headless.playback().set_speed(args.speed.into());
    if let Some(seconds) = args.still {
        headless.playback().advance(seconds);
        headless.draw()?.write_png(&args.out)?;
        return Ok(ExitCode::SUCCESS);
    }
    let duration = headless.playback().duration() / headless.playback().speed();
    let frames = (duration * f64::from(args.fps)).round() as u64;
    let mut sink: Box<dyn Sink> = match args.out.extension().and_then(|e| e.to_str()) {
        Some("mp4") => Box::new(Mp4::create(&args.out, args.size.x, args.size.y, args.fps)?),
        _ => Box::new(Frames::create(&args.out)?),
    };
    let t = std::time::Instant::now();
    for frame in 0..frames {
        if frame > 0 {
            headless.playback().advance(1.0 / f64::from(args.fps));
        }
        sink.write(&headless.draw()?)?;
    }
    eprintln!("{frames} frames in {:?}: {} fps", t.elapsed(), frames as f64 / t.elapsed().as_secs_f64());
    sink.finish()?;
    Ok(ExitCode::SUCCESS)
}

fn demo(text: &str) -> Utterance {
    let mut frames = Vec::new();
    for i in 0..240 {
        let t = i as f32 / 60.0;
        let mut a = Articulation::neutral();
        let k = crate::body::maths::minimum_jerk((t / 0.6).min((4.0 - t) / 0.6));
        for side in Side::BOTH {
            let s = side.sign();
            let arm = a.arm_mut(side);
            let up = crate::body::Arm {
                wrist: glam::Vec3::new(0.35 * s, -0.35 + 0.2 * (t * 3.0 + s).sin(), 0.75),
                palm: glam::Quat::from_rotation_y(0.3 * s)
                    * glam::Quat::from_rotation_z(s * 1.2)
                    * glam::Quat::from_rotation_x(-1.2),
                swivel: 0.4,
                shape: if s > 0.0 { HandShape::FLAT } else { HandShape::relaxed() },
            };
            *arm = arm.lerp(&up, k);
        }
        a.face[crate::body::ArKit::JawOpen] = 0.3 * k * (t * 6.0).sin().abs();
        a.face[crate::body::ArKit::BrowInnerUp] = k;
        frames.push(a);
    }
    let mut signs = Vec::new();
    let mut spans = Vec::new();
    let mut at = 0;
    let words: Vec<&str> = text.split_inclusive(' ').collect();
    for (i, w) in words.iter().enumerate() {
        let prov = match i % 3 {
            0 => Provenance::Practice,
            1 => Provenance::Letter {
                source: "x".into(),
                language: "jos".into(),
                review: crate::lexicon::Review::NotReviewed,
            },
            _ => Provenance::Recorded {
                source: "x".into(),
                language: "jos".into(),
                review: crate::lexicon::Review::NotReviewed,
            },
        };
        signs.push(PlannedSign {
            gloss: (*w).into(),
            span: at..at + w.trim_end().len(),
            kind: if i % 3 == 1 { SignKind::Spelled } else { SignKind::Lexical },
            signs: vec![],
            pause_millis: 0,
            non_manuals: vec![],
            rule: "R1",
            provenance: Some(prov.clone()),
        });
        spans.push(SignSpan {
            sign: i,
            part: 0,
            frames: i * 240 / words.len()..(i + 1) * 240 / words.len(),
            provenance: Some(prov),
            passed_over: vec![],
        });
        at += w.len();
    }
    let coverage = Coverage { content_words: 0, signed_words: 0, spelled_words: 0 };
    Utterance {
        plan: Arc::new(Plan { text: text.into(), signs, omitted: vec![], coverage, notices: vec![] }),
        motion: Arc::new(Motion { fps: 60.0, frames }),
        spans,
    }
}
