//! The stage: camera, background, captions, the label, and the playback that moves the signer.
//!
//! The stage knows nothing of windows or files: whoever draws it (see [`crate::app`]) decides where
//! the picture goes and how time passes.

mod camera;
mod caption_text;
mod captions;
mod fonts;
mod highlight;
mod label;
mod playback;

pub use camera::{Background, CAPTION_SHARE, CloseUp, Figure, Framing, Lens, StageCamera, View};
pub use captions::Captions;
pub use fonts::{NoArabicFont, StageFont, SystemFonts};
pub use label::LabelCorner;
pub use playback::Playback;
#[cfg(test)]
pub(crate) use playback::tests::utterance as test_utterance;

use crate::avatar::{AvatarPose, AvatarSystems, Model};
use crate::body::Articulation;
use crate::retarget::RigSolver;
use bevy::camera::RenderTarget;
use bevy::prelude::*;
use bevy::ui::UiSystems;
use std::sync::Arc;

/// How time passes.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// By the real clock.
    Real,
    /// Only as somebody calls [`Playback::advance`].
    Driven,
}

/// When the stage does what, in `Update`.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StageSystems {
    /// [`Playback`] is advanced.
    Advance,
    /// Captions, framing and the avatar's pose follow it.
    Follow,
}

/// A pose that the avatar holds instead of what is played.
#[derive(Resource, Clone, Debug, Default)]
pub struct Held(pub Option<Articulation>);

/// Everything that is seen but the avatar itself.
pub struct StagePlugin {
    /// The avatar, to frame it.
    pub model: Arc<Model>,
    /// From articulations to the avatar's joints.
    pub solver: RigSolver,
    /// The fonts of captions and label.
    pub fonts: SystemFonts,
    /// What is drawn to.
    pub target: RenderTarget,
    /// Antialiasing.
    pub msaa: Msaa,
}

/// From articulations to this avatar's joints.
#[derive(Resource)]
struct Solver(RigSolver);

/// Frames another avatar, and puts articulations onto its joints, from the next frame on.
pub fn frame_avatar(commands: &mut Commands, model: &Model, solver: RigSolver) {
    commands.insert_resource(Figure::of(model));
    commands.insert_resource(Solver(solver));
}

/// What the camera is made of when the stage is set.
#[derive(Resource, Clone)]
struct CameraSetup {
    target: RenderTarget,
    msaa: Msaa,
}

impl Plugin for StagePlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Playback>()
            .init_resource::<Held>()
            .init_resource::<Framing>()
            .init_resource::<CloseUp>()
            .init_resource::<Background>()
            .init_resource::<Captions>()
            .init_resource::<LabelCorner>()
            .insert_resource(Figure::of(&self.model))
            .insert_resource(Solver(self.solver.clone()))
            .insert_resource(CameraSetup { target: self.target.clone(), msaa: self.msaa })
            .configure_sets(Update, (StageSystems::Advance, StageSystems::Follow).chain())
            .add_systems(Startup, spawn_camera)
            .add_systems(Update, advance.in_set(StageSystems::Advance))
            .add_systems(Update, (camera::paint_background, pose_avatar).in_set(StageSystems::Follow))
            .add_systems(PostUpdate, camera::frame_signer.before(AvatarSystems::Wear));
        fonts::install(app, self.fonts.clone());
        add_text(app);
    }
}

fn add_text(app: &mut App) {
    let follow = (
        captions::take_headline,
        captions::turn_page,
        captions::highlight,
        captions::show_tag,
        label::place,
        label::clear_for_close_ups,
        label::show_practice,
    );
    app.init_resource::<captions::Shown>()
        .add_systems(Startup, (captions::spawn, label::spawn))
        .add_systems(Update, follow.chain().in_set(StageSystems::Follow))
        .add_systems(PostUpdate, highlight::place_boxes.after(UiSystems::PostLayout));
}

fn spawn_camera(mut commands: Commands, background: Res<Background>, setup: Res<CameraSetup>) {
    commands.spawn((camera::camera(*background, setup.msaa), setup.target.clone()));
}

fn advance(clock: Res<Clock>, time: Res<Time<Real>>, mut playback: ResMut<Playback>) {
    if *clock == Clock::Real {
        playback.advance(time.delta_secs_f64());
    }
}

fn pose_avatar(playback: Res<Playback>, held: Res<Held>, solver: Res<Solver>, mut pose: ResMut<AvatarPose>) {
    pose.0 = match &held.0 {
        Some(held) => solver.0.solve(held),
        None => solver.0.solve_in(|seconds| playback.articulation_at(seconds)),
    };
}
