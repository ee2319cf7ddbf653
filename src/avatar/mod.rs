//! Avatars: reading one from its file, and (with feature `app`) putting it on the stage.

mod about;
pub mod alike;
mod anatomy;
mod error;
mod expressions;
mod finish;
mod humanoid;
#[cfg(test)]
mod kinds_test;
mod model;
mod names;
mod normalise;
mod puppet;
mod read;
mod recognise;
pub mod report;
mod structure;
#[cfg(test)]
mod test_names;
#[cfg(test)]
pub(crate) mod test_people;
#[cfg(test)]
pub(crate) mod test_rig;
mod tree;
mod vrm;

#[cfg(feature = "app")]
mod face;
#[cfg(feature = "app")]
mod material;
#[cfg(feature = "app")]
mod occlusion;
#[cfg(feature = "app")]
mod picture;
mod places;
#[cfg(feature = "app")]
mod plugin;
#[cfg(feature = "app")]
mod simplify;
#[cfg(feature = "app")]
mod split;

pub use about::{About, Kind};
pub use error::AvatarError;
pub use expressions::Expressions;
pub use humanoid::{How, Humanoid};
pub use model::{Alpha, Finish, Model, Morph, Node, Part, Skin, Surface, Texture, Twist};
pub use normalise::Rest;
#[cfg(feature = "app")]
pub use plugin::{AvatarPlugin, AvatarPose, AvatarSystems, Prepared};
pub use puppet::Puppet;
