//! Avatars: reading one from its file, and (with feature `app`) putting it on the stage.

mod error;
mod humanoid;
mod model;
mod placed;
mod read;
#[cfg(test)]
pub(crate) mod test_rig;

#[cfg(feature = "app")]
mod face;
#[cfg(feature = "app")]
mod material;
#[cfg(feature = "app")]
mod occlusion;
#[cfg(feature = "app")]
mod plugin;
#[cfg(feature = "app")]
mod simplify;
#[cfg(feature = "app")]
mod split;

pub use error::AvatarError;
pub use humanoid::{Humanoid, bone_of};
pub use model::{Model, Morph, Node, Part, Skin, Surface, Twist};
pub use placed::Placed;
#[cfg(feature = "app")]
pub use plugin::{AvatarPlugin, AvatarPose, AvatarSystems};
