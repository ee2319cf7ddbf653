//! What every signing command takes: flags, over the environment, over the file, over the defaults.

use super::shared::{self, Switch};
use super::sources::SourceFlags;
use crate::app::{self, Quality};
use crate::avatar::Model;
use crate::config::Config;
use crate::interpreter::{Interpreter, InterpreterConfig};
use crate::lexicon::{Lexicon, LexiconConfig};
use crate::stage::{Background, Captions};
use anyhow::anyhow;
use bevy::math::UVec2;
use clap::ValueEnum;
use std::path::PathBuf;
use std::sync::Arc;

/// Flags of every signing command.
#[derive(clap::Args)]
pub(super) struct Flags {
    /// Signing speed, 0.25 to 2 [default: 1].
    #[arg(long, value_parser = shared::speed, env = "NASHRA_SPEED")]
    speed: Option<f64>,
    /// Varies what may vary, such as blinks; the same seed gives the same motion [default: 0].
    #[arg(long, env = "NASHRA_SEED")]
    seed: Option<u64>,
    /// Refuse practice signs, which are of no language: spell or caption instead.
    #[arg(long)]
    on_air: bool,
    /// Show captions [default: on].
    #[arg(long, value_enum)]
    captions: Option<Switch>,
    /// Mouth the Arabic word with each sign [default: on].
    #[arg(long, value_enum, env = "NASHRA_MOUTHING")]
    mouthing: Option<Switch>,
    /// The picture's size [default: 1280x720].
    #[arg(long, value_name = "WxH", value_parser = shared::size, env = "NASHRA_SIZE")]
    size: Option<(u32, u32)>,
    /// Behind the signer: #RRGGBB, green, alpha (pictures only), or default.
    #[arg(long, value_name = "COLOUR", env = "NASHRA_BACKGROUND")]
    background: Option<Background>,
    /// How finely the avatar is drawn [default: auto].
    #[arg(long, value_enum, env = "NASHRA_QUALITY")]
    quality: Option<Quality>,
    /// The avatar: `woman`, `man`, or a .glb or .vrm file [default: woman].
    #[arg(long, value_name = "FILE", env = "NASHRA_AVATAR")]
    avatar: Option<PathBuf>,
    /// Folders of recorded signs; they take precedence. May be given several times.
    #[arg(long, value_name = "DIR")]
    lexicon: Vec<PathBuf>,
    /// Read settings from this file instead of the user's.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    sources: SourceFlags,
}

/// The flags, and what the file says where they say nothing.
pub(super) struct Settings {
    flags: Flags,
    /// The file's settings.
    pub(super) file: Config,
}

impl Flags {
    /// Reads the file.
    pub(super) fn resolve(self) -> anyhow::Result<Settings> {
        let file = Config::load(self.config.as_deref())?;
        Ok(Settings { flags: self, file })
    }
}

impl Settings {
    /// The signing speed.
    pub(super) fn speed(&self) -> f64 {
        self.flags.speed.or(self.file.speed.map(f64::from)).unwrap_or(1.0)
    }

    /// The picture's size, pixels.
    pub(super) fn size(&self) -> anyhow::Result<UVec2> {
        let from_file = self.file.size.as_deref().map(shared::size).transpose();
        let from_file = from_file.map_err(|message| anyhow!("the configuration's size: {message}"))?;
        Ok(self.flags.size.or(from_file).unwrap_or((1280, 720)).into())
    }

    /// What is behind the signer.
    pub(super) fn background(&self) -> anyhow::Result<Background> {
        let from_file = self.file.background.as_deref().map(str::parse::<Background>).transpose();
        let from_file = from_file.map_err(|message| anyhow!("the configuration's background: {message}"))?;
        Ok(self.flags.background.or(from_file).unwrap_or_default())
    }

    /// How finely the avatar is drawn.
    fn quality(&self) -> anyhow::Result<Quality> {
        let from_file = self.file.quality.as_deref().map(|name| Quality::from_str(name, true)).transpose();
        let from_file = from_file.map_err(|_| {
            let found = self.file.quality.as_deref().unwrap_or_default();
            anyhow!("the configuration's quality is {found:?}: expected auto, low, medium or high")
        })?;
        Ok(self.flags.quality.or(from_file).unwrap_or_default())
    }

    /// What may vary is varied by this.
    pub(super) fn seed(&self) -> u64 {
        self.flags.seed.or(self.file.seed).unwrap_or(0)
    }

    /// Whether practice signs are refused.
    pub(super) fn on_air(&self) -> bool {
        self.flags.on_air || self.file.on_air.unwrap_or(false)
    }

    /// The interpreter, which signs at the given pace.
    pub(super) fn interpreter(&self, speed: f64) -> anyhow::Result<Interpreter> {
        let (seed, on_air) = (self.seed(), self.on_air());
        let folders = self.file.lexicon.iter().flatten().chain(&self.flags.lexicon).cloned().collect();
        let lexicon = Lexicon::load(&LexiconConfig { folders, ..LexiconConfig::from_environment() })?;
        let (sources, planner) = self.flags.sources.sources(&self.file, seed, on_air, &lexicon)?;
        let mouthing = self.flags.mouthing.map(Switch::is_on).or(self.file.mouthing).unwrap_or(true);
        let defaults = InterpreterConfig::default();
        let config = InterpreterConfig { speed: speed as f32, seed, on_air, mouthing, ..defaults };
        Ok(Interpreter::new(planner, Arc::new(lexicon), config).with_sources(sources))
    }

    /// The avatar, and what is shown around it.
    pub(super) fn stage(&self) -> anyhow::Result<app::Options> {
        let named = self.flags.avatar.clone().or_else(|| self.file.avatar.clone());
        let mut stage = app::Options::new(Arc::new(Model::load(shared::avatar(named)?)?));
        stage.background = self.background()?;
        stage.quality = self.quality()?;
        let visible = self.flags.captions.map(Switch::is_on).or(self.file.captions).unwrap_or(true);
        stage.captions = Captions { visible, ..Captions::default() };
        Ok(stage)
    }
}
