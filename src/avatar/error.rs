//! What can be wrong with an avatar's file.

/// Why an avatar was not loaded.
#[derive(Debug, thiserror::Error)]
pub enum AvatarError {
    /// The file cannot be read.
    #[error("avatar {file:?} cannot be read: {source}; give another with --avatar FILE")]
    Read {
        /// The file.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not glTF, or cut short.
    #[error("avatar {file:?} is not a whole glTF 2.0 file (.glb, .gltf, .vrm): {source}")]
    Format {
        /// The file.
        file: String,
        /// What the parser says.
        source: gltf::Error,
    },
    /// The file is glTF but says something impossible.
    #[error("avatar {file:?}: {thing}: expected {expected}, found {found}; export it again")]
    Content {
        /// The file.
        file: String,
        /// Which part of the file.
        thing: String,
        /// What belongs there.
        expected: String,
        /// What is there.
        found: String,
    },
    /// The file is packed in a way that is not read here.
    #[error(
        "avatar {file:?} needs the glTF extension {extension}, which is not read here; export it again \
         without compression (no Draco, no meshopt, textures as PNG or JPEG)"
    )]
    Extension {
        /// The file.
        file: String,
        /// Its name in glTF's registry.
        extension: String,
    },
    /// A picture that cannot be read.
    #[error("avatar {file:?}: texture {image} cannot be read: {source}; expected PNG or JPEG")]
    Picture {
        /// The file.
        file: String,
        /// Its index or name.
        image: String,
        /// What the decoder says.
        source: gltf::Error,
    },
    /// Bones without which nobody can sign.
    #[error(
        "avatar {file:?} has no node for {missing} (found {found} of 55 humanoid bones); name the nodes as \
         VRM 1.0 does (leftUpperArm, …) or export it as VRM"
    )]
    MissingBones {
        /// The file.
        file: String,
        /// VRM names of the missing bones.
        missing: String,
        /// How many bones were recognised.
        found: usize,
    },
}
