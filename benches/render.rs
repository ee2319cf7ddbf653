//! Pictures a second at 1280×720, without a window: `cargo bench --bench render -- FILE.glb`.
//!
//! The goal is 25 a second on two cores without a GPU, at low quality as the window then uses it.

use bevy::math::UVec2;
use nashra::app::{Headless, Options, Quality};
use nashra::avatar::Model;
use nashra::interpreter::{Headline, Interpreter, InterpreterConfig, Planner};
use nashra::lexicon::Lexicon;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

const FRAMES: u32 = 100;
const HEADLINE: &str = "وزارة الصحة تعلن افتتاح مشفى جديد في حلب يوم الخميس";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let named = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let file = named.map_or_else(|| PathBuf::from("assets/avatars/woman.glb"), PathBuf::from);
    let model = Arc::new(Model::load(file)?);
    println!("{} vertices", model.vertex_count());
    let lexicon = Arc::new(Lexicon::builtin()?);
    let interpreter = Interpreter::new(Planner::default(), lexicon, InterpreterConfig::default());
    let utterance = Arc::new(interpreter.interpret(&Headline::new("1", HEADLINE, "bench"))?);
    for quality in [Quality::Low, Quality::Medium, Quality::High] {
        let options = Options { quality, ..Options::new(Arc::clone(&model)) };
        let start = Instant::now();
        let mut headless = Headless::new(UVec2::new(1280, 720), options)?;
        let ready = start.elapsed();
        headless.playback().push(Arc::clone(&utterance));
        let start = Instant::now();
        for _ in 0..FRAMES {
            headless.playback().advance(1.0 / 25.0);
            headless.draw()?;
        }
        let rate = f64::from(FRAMES) / start.elapsed().as_secs_f64();
        println!("{quality:?}: ready in {ready:.2?}, {rate:.1} pictures a second");
    }
    Ok(())
}
