//! `nashra sign`: headlines signed in a window.

use super::shared::{self, Switch};
use crate::app::{self, Sources, WindowOptions, window};
use crate::avatar::Model;
use crate::config::Config;
use crate::feed::{HeadlineQueue, QueuePolicy};
use crate::interpreter::{Interpreter, InterpreterConfig, Planner, PlannerConfig};
use crate::lexicon::{Lexicon, LexiconConfig};
use crate::stage::{Background, Captions};
use anyhow::{Context, anyhow};
use bevy::app::AppExit;
use bevy::math::UVec2;
use clap::ValueEnum;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Arguments of `nashra sign`.
///
/// The window stays open when its sources have ended: headlines can be typed into it.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Headlines, each an argument; `-` reads them from standard input, one a line.
    #[arg(value_name = "TEXT|-")]
    text: Vec<String>,
    /// Sign the lines that are added to this file.
    #[arg(long, value_name = "FILE")]
    follow: Option<PathBuf>,
    /// Take headlines from WebSocket clients at this address, such as 127.0.0.1:8765.
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<String>,
    /// What happens to headlines that come faster than they are signed [default: hold].
    #[arg(long, value_enum, env = "NASHRA_QUEUE")]
    queue: Option<QueuePolicy>,
    /// How many headlines may wait [default: 64].
    #[arg(long, value_name = "N", env = "NASHRA_QUEUE_SIZE")]
    queue_size: Option<usize>,
    /// Signing speed, 0.25 to 2 [default: 1].
    #[arg(long, value_parser = shared::speed, env = "NASHRA_SPEED")]
    speed: Option<f64>,
    /// Varies what may vary, such as blinks [default: 0].
    #[arg(long, env = "NASHRA_SEED")]
    seed: Option<u64>,
    /// Refuse practice signs, which are of no language: spell or caption instead.
    #[arg(long)]
    on_air: bool,
    /// Show captions [default: on].
    #[arg(long, value_enum)]
    captions: Option<Switch>,
    /// The window's size [default: 1280x720].
    #[arg(long, value_name = "WxH", value_parser = shared::size)]
    size: Option<(u32, u32)>,
    /// Behind the signer: #RRGGBB, green, or default.
    #[arg(long, value_name = "COLOUR")]
    background: Option<Background>,
    /// The avatar: a .glb or .vrm file [default: our own].
    #[arg(long, value_name = "FILE", env = "NASHRA_AVATAR")]
    avatar: Option<PathBuf>,
    /// Folders of recorded signs; they take precedence.
    #[arg(long, value_name = "DIR")]
    lexicon: Vec<PathBuf>,
    /// Show the operator's panel at the start.
    #[arg(long, value_enum, default_value_t = Switch::On)]
    panel: Switch,
    /// Close the window when all sources have ended and everything is signed.
    #[arg(long)]
    exit_when_done: bool,
    /// Read settings from this file instead of the user's.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let config = Config::load(args.config.as_deref())?;
    let interpreter = interpreter(&args, &config)?;
    let queue = queue(&args, &config)?;
    let options = options(&args, &config)?;
    let stdin = args.text.iter().any(|text| text == "-");
    let arguments = args.text.into_iter().filter(|text| text != "-").collect();
    let sources = Sources { arguments, stdin, follow: args.follow, listen: args.listen };
    let exit = window::run(options, sources, queue, interpreter)?;
    Ok(match exit {
        AppExit::Success => ExitCode::SUCCESS,
        AppExit::Error(code) => ExitCode::from(code.get()),
    })
}

fn interpreter(args: &Args, config: &Config) -> anyhow::Result<Interpreter> {
    let on_air = args.on_air || config.on_air.unwrap_or(false);
    let seed = args.seed.or(config.seed).unwrap_or(0);
    let folders = config.lexicon.iter().flatten().chain(&args.lexicon).cloned().collect();
    let lexicon = Lexicon::load(&LexiconConfig { folders, ..LexiconConfig::from_environment() })?;
    let planner = Planner::new(PlannerConfig { on_air, ..PlannerConfig::default() });
    let settings = InterpreterConfig { on_air, seed, ..InterpreterConfig::default() };
    Ok(Interpreter::new(planner, Arc::new(lexicon), settings))
}

fn queue(args: &Args, config: &Config) -> anyhow::Result<HeadlineQueue> {
    let from_file = config.queue.as_deref().map(|name| QueuePolicy::from_str(name, true)).transpose();
    let from_file = from_file.map_err(|_| {
        anyhow!("the configuration's queue is {:?}: expected hold, drop-oldest or catch-up", config.queue)
    })?;
    let policy = args.queue.or(from_file).unwrap_or_default();
    Ok(HeadlineQueue::new(policy, args.queue_size.or(config.queue_size).unwrap_or(64)))
}

fn options(args: &Args, config: &Config) -> anyhow::Result<WindowOptions> {
    let size = config.size.as_deref().map(shared::size).transpose();
    let size = size.map_err(|message| anyhow!("the configuration's size: {message}"))?;
    let (width, height) = args.size.or(size).unwrap_or((1280, 720));
    let background = config.background.as_deref().map(str::parse::<Background>).transpose();
    let background = background.map_err(|message| anyhow!("the configuration's background: {message}"))?;
    let path = shared::avatar(args.avatar.clone().or_else(|| config.avatar.clone()))?;
    let model = Model::load(&path).with_context(|| format!("avatar {}", path.display()))?;
    let mut stage = app::Options::new(Arc::new(model));
    stage.background = args.background.or(background).unwrap_or_default();
    let captions = args.captions.map(Switch::is_on).or(config.captions).unwrap_or(true);
    stage.captions = Captions { visible: captions, ..Captions::default() };
    Ok(WindowOptions {
        stage,
        size: UVec2::new(width, height),
        speed: args.speed.or(config.speed.map(f64::from)).unwrap_or(1.0),
        panel: args.panel.is_on(),
        exit_when_done: args.exit_when_done,
    })
}
