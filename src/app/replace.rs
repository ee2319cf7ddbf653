//! Another avatar while the signer signs: a file dropped on the window.
//!
//! All or nothing. The file is read, checked and made ready on a thread of its own; only an avatar that
//! can sign reaches the stage, whole, between two frames, and goes on at the same moment of the same
//! sign. Of any other file the log and the operator's panel say why it is not used, and the old avatar
//! goes on. Nothing is written on the picture, which may be on air.

use crate::avatar::{AvatarError, AvatarSystems, Model, Prepared};
use crate::panel::QueueView;
use crate::retarget::{RetargetError, RigSolver};
use crate::stage::frame_avatar;
use bevy::prelude::*;
use bevy::window::FileDragAndDrop;
use crossbeam_channel::{Receiver, TryRecvError, bounded};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Takes avatars that are dropped on the window.
pub(super) struct ReplacePlugin {
    /// The share of an avatar's triangles that is drawn.
    pub(super) detail: f32,
}

impl Plugin for ReplacePlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(Loading { detail: self.detail, latest: None })
            .add_systems(First, (take_dropped, swap).chain().before(AvatarSystems::Replace));
    }
}

/// Why a dropped file is not used.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error(transparent)]
    File(#[from] AvatarError),
    #[error("avatar {file:?} cannot sign: {source}")]
    Body { file: String, source: RetargetError },
    #[error("cannot start the thread `avatar`: {0}")]
    Thread(#[from] std::io::Error),
}

/// An avatar that can take the stage.
struct Ready {
    file: String,
    model: Arc<Model>,
    solver: RigSolver,
    prepared: Prepared,
}

/// What is being read; of several files dropped the last one counts.
#[derive(Resource)]
struct Loading {
    detail: f32,
    latest: Option<Receiver<Result<Ready, Unusable>>>,
}

fn take_dropped(mut dropped: MessageReader<FileDragAndDrop>, mut loading: ResMut<Loading>) {
    for event in dropped.read() {
        if let FileDragAndDrop::DroppedFile { path_buf, .. } = event {
            loading.latest = Some(load(path_buf.clone(), loading.detail));
        }
    }
}

/// Reads an avatar on a thread; the result comes over the channel.
fn load(path: PathBuf, detail: f32) -> Receiver<Result<Ready, Unusable>> {
    let (sender, receiver) = bounded(1);
    let failed = sender.clone();
    // Where nobody waits any more, another file was dropped since.
    let work = move || drop(sender.send(ready(&path, detail)));
    if let Err(error) = std::thread::Builder::new().name("avatar".into()).spawn(work) {
        drop(failed.send(Err(error.into())));
    }
    receiver
}

fn ready(path: &Path, detail: f32) -> Result<Ready, Unusable> {
    let file = path.display().to_string();
    let model = Arc::new(Model::load(path)?);
    let solver = RigSolver::new(&model.proportions())
        .map_err(|source| Unusable::Body { file: file.clone(), source })?;
    let prepared = Prepared::new(model.clone(), detail);
    Ok(Ready { file, model, solver, prepared })
}

/// Puts what is ready on the stage.
fn swap(mut commands: Commands, mut loading: ResMut<Loading>, mut view: Option<ResMut<QueueView>>) {
    let Some(receiver) = &loading.latest else { return };
    let line = match receiver.try_recv() {
        Err(TryRecvError::Empty) => return,
        Err(TryRecvError::Disconnected) => "the avatar's file could not be read: its thread ended".into(),
        Ok(Err(error)) => {
            tracing::warn!("the avatar stays as it is: {error}");
            format!("the avatar stays as it is: {error}")
        }
        Ok(Ok(Ready { file, model, solver, prepared })) => {
            frame_avatar(&mut commands, &model, solver);
            commands.insert_resource(prepared);
            tracing::info!("the avatar is now {file}");
            format!("the avatar is now {file}")
        }
    };
    loading.latest = None;
    if let Some(view) = &mut view {
        view.report(line);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Headless;
    use super::super::headless::tests::of;
    use super::*;
    use crate::avatar::test_people::{Dialect, person};
    use crate::output::Picture;
    use crate::stage::test_utterance;
    use std::time::{Duration, Instant};

    fn stage(bytes: &[u8]) -> Option<Headless> {
        of(Model::from_slice(bytes, "first.glb").unwrap(), |_| ())
    }

    /// Drops a file and draws until it was taken or refused.
    fn drop_on(headless: &mut Headless, path: &Path) -> Picture {
        let event = FileDragAndDrop::DroppedFile { window: Entity::PLACEHOLDER, path_buf: path.to_owned() };
        headless.world_mut().write_message(event);
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let picture = headless.draw().unwrap();
            if headless.world_mut().resource::<Loading>().latest.is_none() {
                // What was put on the stage is drawn by the frames to come.
                headless.draw().unwrap();
                return headless.draw().unwrap();
            }
            assert!(Instant::now() < deadline, "the file was never taken, last picture {}", picture.width);
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn a_dropped_avatar_takes_the_stage_at_the_same_moment_and_a_bad_file_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let good = folder.path().join("other.glb");
        std::fs::write(&good, person(Dialect::Mixamo, &["jawOpen"])).unwrap();
        let bad = folder.path().join("bad.glb");
        std::fs::write(&bad, b"glTF nonsense").unwrap();

        let (root, binary) = crate::avatar::test_rig::parts();
        let Some(mut headless) = stage(&crate::avatar::test_rig::glb(&root, &binary)) else { return };
        headless.playback().push(test_utterance("وزارة الصحة", 60));
        headless.playback().advance(0.25);
        headless.world_mut().insert_resource(QueueView::default());
        let position = headless.playback().articulation();
        let before = headless.draw().unwrap();
        assert!(drop_on(&mut headless, &bad) == before, "a bad file changed the picture");
        let reports = headless.world_mut().resource::<QueueView>().reports.clone();
        assert!(reports[0].contains("stays as it is") && reports[0].contains("bad.glb"), "{reports:?}");

        let after = drop_on(&mut headless, &good);
        assert!(after != before, "nothing changed");
        assert_eq!(headless.playback().articulation(), position);
        let Some(mut fresh) = stage(&std::fs::read(&good).unwrap()) else { return };
        fresh.playback().push(test_utterance("وزارة الصحة", 60));
        fresh.playback().advance(0.25);
        assert!(fresh.draw().unwrap() == after, "it is drawn otherwise than when it is there from the start");
    }
}
