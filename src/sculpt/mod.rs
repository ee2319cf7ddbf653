//! The generator of our own avatars: signed distances are sculpted, skinned and given 52 face
//! shapes by formula, and written as one GLB.
//!
//! The file: metres, y up, facing +z, nodes in the T-pose with identity rotations and VRM 1.0's bone
//! names (`VRMC_vrm` map included); modelled with arms lowered, which the inverse bind matrices say.
//! Two meshes share one skin: `face` carries the 52 ARKit targets (`mesh.extras.targetNames`), `body`
//! none. Materials are told apart by name: `skin`, `eye`, `lash`, `brow`, `teeth`, `tongue`, `mouth`,
//! `scarf`, `hair`, `cloth`. `COLOR_0` is linear: rgb is the albedo without any shadow, alpha is baked
//! ambient occlusion (1 open, 0 hidden) and **not** transparency. There are no textures.
//!
//! Helper joints are described in the skeleton's file: a node with `extras {"twistOf", "share",
//! "swing"}` takes `share` of the roll (about the limb) and `swing` of the rest of the named bone's
//! local rotation. The eyeballs follow the eye bones; the `eyeLook*` targets move only the lids.
//!
//! The same input gives the same bytes: nothing depends on thread count or hash order.

mod build;
mod clothes;
mod ear;
mod eyes;
mod features;
mod glb;
mod hair;
mod hands;
mod head;
mod lips;
mod mesh;
mod morphs;
mod mouth;
mod paint;
mod people;
mod scarf;
mod sdf;
mod skeleton;
mod skin;
mod studio;
mod surface;

#[cfg(test)]
mod shapes_test;

pub use build::{Detail, Presenter, build};
