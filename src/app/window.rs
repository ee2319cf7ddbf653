//! The app in a window: headlines come in, are planned on the interpreter's thread, and are signed.
//! The interpreter is made on that thread too, so that the window is there while models load.
//!
//! The window keeps going when its sources have ended, because headlines can also be typed.

use super::bulletin::{Bulletin, Event};
use super::sources::{Running, Sources};
use super::{AppError, Options, Surface, build};
use crate::feed::{FeedError, HeadlineQueue, PushOutcome};
use crate::interpreter::{Interpreter, Worker};
use crate::panel::{Action, PanelPlugin, QueueView, Requested, Submitted};
use crate::stage::{Playback, StageSystems};
use bevy::diagnostic::{DiagnosticsStore, FrameTimeDiagnosticsPlugin};
use bevy::prelude::*;
use bevy::window::{PrimaryWindow, WindowResolution};
use bevy::winit::{UpdateMode, WinitSettings};
use clap::ValueEnum;
use crossbeam_channel::{Receiver, TryRecvError};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Time between two frames while nothing is signed, enough for a signer who breathes and blinks.
const IDLE_FRAME: Duration = Duration::from_millis(33);
/// How long the signer rests before a window that is done closes.
const AFTERGLOW_SECONDS: f32 = 0.6;

/// What a window shows and does.
pub struct WindowOptions {
    /// The stage.
    pub stage: Options,
    /// The window's size, logical pixels.
    pub size: UVec2,
    /// Signing speed, 0.25 to 2.
    pub speed: f64,
    /// Whether the operator's panel is shown at the start.
    pub panel: bool,
    /// Whether the window closes when its sources have ended and all is signed.
    pub exit_when_done: bool,
    /// The seed of the interpreter, for show.
    pub seed: u64,
    /// Whether the interpreter refuses practice signs, for show.
    pub on_air: bool,
}

/// Why the interpreter could not be made.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Why a window did not open.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// There is nothing to open a window on.
    #[error(
        "no display to open a window on: {found}; start it in a desktop session, or make a video without a \
         display: nashra render \"…\" -o bulletin.mp4"
    )]
    NoDisplay {
        /// What was found instead of one.
        found: String,
    },
    /// The stage cannot be built.
    #[error(transparent)]
    App(#[from] AppError),
    /// A source of headlines cannot be read.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// The system gives no thread to the interpreter.
    #[error("cannot start the thread `interpreter`: {0}")]
    Thread(#[from] std::io::Error),
    /// The interpreter cannot be made: its models or its lexicon.
    #[error(transparent)]
    Interpreter(Failure),
}

/// Opens the window and signs until it is closed. `interpreter` makes the interpreter, on its thread.
///
/// # Errors
/// If there is no display, no driver, no font, a source cannot be read, or there is no interpreter; that
/// closes the window.
pub fn run(
    options: WindowOptions,
    sources: Sources,
    queue: HeadlineQueue,
    interpreter: impl FnOnce() -> Result<Interpreter, Failure> + Send + 'static,
) -> Result<AppExit, WindowError> {
    super::display::find().map_err(|found| WindowError::NoDisplay { found })?;
    let view = QueueView {
        policy: queue
            .policy()
            .to_possible_value()
            .map_or_else(String::new, |value| value.get_name().to_owned()),
        capacity: queue.capacity(),
        seed: options.seed,
        on_air: options.on_air,
        loading: true,
        ..QueueView::default()
    };
    let window = Window {
        title: "Nashra · نشرة".into(),
        name: Some("nashra".into()),
        resolution: WindowResolution::new(options.size.x, options.size.y),
        ..default()
    };
    let mut app = build(Surface::Window(Box::new(window)), options.stage)?;
    let mut playback = Playback::with_idle(crate::interpreter::stitch::idle);
    playback.set_speed(options.speed);
    let (worker, made) = Worker::start_with(interpreter)?;
    let failure = Arc::new(Mutex::new(None));
    app.insert_resource(playback)
        .add_plugins(PanelPlugin { shown: options.panel })
        .insert_resource(view)
        .insert_resource(Interrupted::on_signal())
        .insert_resource(News {
            bulletin: Bulletin::new(queue.clone(), worker),
            sources: sources.start(&queue)?,
            exit_when_done: options.exit_when_done,
            done_for: 0.0,
        })
        .insert_resource(Loading { made: Some(made), failure: failure.clone(), has_failed: false })
        .insert_resource(WinitSettings::continuous())
        .add_systems(
            Update,
            (await_interpreter, take_typed, clear, sign.run_if(can_sign), show)
                .chain()
                .before(StageSystems::Advance),
        )
        .add_systems(Update, (pace, note_rate, leave));
    let exit = app.run();
    queue.close();
    match failure.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(failure) => Err(WindowError::Interpreter(failure)),
        None => Ok(exit),
    }
}

/// The interpreter while it is made.
#[derive(Resource)]
struct Loading {
    /// What becomes of it; none when that is known.
    made: Option<Receiver<Result<(), Failure>>>,
    failure: Arc<Mutex<Option<Failure>>>,
    has_failed: bool,
}

fn can_sign(loading: Res<Loading>) -> bool {
    !loading.has_failed
}

/// Notes when the interpreter is there, and ends the program where it cannot be.
fn await_interpreter(
    mut loading: ResMut<Loading>,
    mut view: ResMut<QueueView>,
    mut exit: MessageWriter<AppExit>,
) {
    let Some(made) = &loading.made else { return };
    let failure = match made.try_recv() {
        Err(TryRecvError::Empty) => return,
        Ok(Ok(())) => None,
        Ok(Err(failure)) => Some(failure),
        Err(TryRecvError::Disconnected) => Some("making the interpreter panicked; please report it".into()),
    };
    loading.made = None;
    view.loading = false;
    match failure {
        None => tracing::info!("the interpreter is ready"),
        Some(failure) => {
            loading.has_failed = true;
            *loading.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
            exit.write(AppExit::error());
        }
    }
}

/// The headlines and where they come from.
#[derive(Resource)]
struct News {
    bulletin: Bulletin,
    sources: Running,
    exit_when_done: bool,
    /// Seconds since there was nothing more to do.
    done_for: f32,
}

fn take_typed(mut typed: MessageReader<Submitted>, news: Res<News>, mut view: ResMut<QueueView>) {
    for Submitted(text) in typed.read() {
        match news.bulletin.type_in(text) {
            PushOutcome::Accepted | PushOutcome::Queued { .. } => {}
            PushOutcome::Full(headline) => view.drop_headline(headline.text, "the queue is full and holds"),
            PushOutcome::Closed(headline) => view.drop_headline(headline.text, "the program is ending"),
        }
    }
}

fn clear(
    mut requests: MessageReader<Requested>,
    mut news: ResMut<News>,
    mut playback: ResMut<Playback>,
    mut view: ResMut<QueueView>,
) {
    if requests.read().any(|request| *request == Requested(Action::Clear)) {
        for event in news.bulletin.clear(&mut playback) {
            report(&event, &mut view);
        }
    }
}

fn sign(mut news: ResMut<News>, mut playback: ResMut<Playback>, mut view: ResMut<QueueView>) {
    for event in news.bulletin.step(&mut playback) {
        report(&event, &mut view);
    }
}

/// Says in the log and on the panel what happened.
fn report(event: &Event, view: &mut QueueView) {
    match event {
        Event::Begun { headline, took } => {
            let (id, source, millis) = (&headline.id, &headline.source, took.as_secs_f32() * 1e3);
            tracing::info!(id, source, "first sign after {millis:.1} ms");
            view.report(format!("{id} ({source}): first sign after {millis:.0} ms"));
        }
        Event::Planned { headline, utterance, took } => {
            let (percent, millis) = (utterance.plan.coverage.percent(), took.as_secs_f32() * 1e3);
            let (id, source) = (&headline.id, &headline.source);
            tracing::info!(
                id,
                source,
                "planned: {percent:.0} % signed, {} signs, finished after {millis:.1} ms",
                utterance.plan.signs.len()
            );
            view.report(format!("{id} ({source}): finished after {millis:.0} ms, {percent:.0} % signed"));
        }
        Event::Refused { headline, error } => {
            tracing::warn!(id = headline.id, source = headline.source, "not signed: {error}");
            view.drop_headline(&headline.text, error.to_string());
        }
        Event::Signing { headline, waited } => {
            let millis = waited.as_millis();
            tracing::info!(
                id = headline.id,
                source = headline.source,
                "first signing frame {millis} ms after it was received"
            );
            view.report(format!("{} ({}): signing {millis} ms after it came", headline.id, headline.source));
        }
        Event::Dropped { headline, reason } => {
            tracing::warn!(id = headline.id, source = headline.source, "dropped: {reason}");
            view.drop_headline(&headline.text, *reason);
        }
    }
}

/// Keeps the panel's view of the queue; compared first, because the texts are copied.
fn show(news: Res<News>, mut view: ResMut<QueueView>) {
    let bulletin = &news.bulletin;
    let planning = bulletin.planning().map(|headline| headline.text.clone());
    if view.planning != planning {
        view.planning = planning;
    }
    let waiting: Vec<String> = bulletin.queue().waiting().into_iter().map(|headline| headline.text).collect();
    if view.waiting != waiting {
        view.waiting = waiting;
    }
}

/// Draws as often as it can while signing, and less often while the signer rests.
fn pace(playback: Res<Playback>, news: Res<News>, mut settings: ResMut<WinitSettings>) {
    let busy = !news.bulletin.is_idle(&playback) && !playback.paused;
    let mode = if busy { UpdateMode::Continuous } else { UpdateMode::reactive(IDLE_FRAME) };
    if settings.focused_mode != mode {
        // Also without focus: the window may be what a broadcast captures.
        settings.focused_mode = mode;
        settings.unfocused_mode = mode;
    }
}

/// Notes the frame rate every few seconds, for whoever runs without the panel.
fn note_rate(diagnostics: Res<DiagnosticsStore>, time: Res<Time<Real>>, mut last: Local<f32>) {
    const EVERY_SECONDS: f32 = 5.0;
    if time.elapsed_secs() - *last > EVERY_SECONDS {
        *last = time.elapsed_secs();
        let fps = diagnostics.get(&FrameTimeDiagnosticsPlugin::FPS).and_then(|fps| fps.average());
        tracing::debug!("drawing at {:.1} frames/s", fps.unwrap_or_default());
    }
}

/// Closes the window on Ctrl-C, and when all is done if that was asked for.
fn leave(
    mut news: ResMut<News>,
    playback: Res<Playback>,
    interrupted: Res<Interrupted>,
    time: Res<Time<Real>>,
    window: Query<(), With<PrimaryWindow>>,
    mut exit: MessageWriter<AppExit>,
) {
    let done = news.exit_when_done && news.sources.are_finished() && news.bulletin.is_idle(&playback);
    news.done_for = if done { news.done_for + time.delta_secs() } else { 0.0 };
    if interrupted.0.load(Ordering::Relaxed) || news.done_for > AFTERGLOW_SECONDS || window.is_empty() {
        exit.write(AppExit::Success);
    }
}

/// Whether the program was asked to end from outside.
#[derive(Resource)]
struct Interrupted(Arc<AtomicBool>);

impl Interrupted {
    fn on_signal() -> Self {
        let flag = Arc::new(AtomicBool::new(false));
        let raised = flag.clone();
        let handler = move || {
            // The second time at once: the window may be hanging.
            if raised.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
        };
        if let Err(error) = ctrlc::set_handler(handler) {
            tracing::warn!("Ctrl-C ends the program at once: {error}");
        }
        Self(flag)
    }
}
