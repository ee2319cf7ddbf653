//! What can keep the app from starting or drawing.

use crate::retarget::RetargetError;
use crate::stage::NoArabicFont;

/// Why the app did not start, or a picture was not drawn.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// No graphics driver.
    #[error(
        "no Vulkan driver was found to draw with ({looked_for}); without a GPU install Mesa's software \
         driver: `apt install mesa-vulkan-drivers` on Debian and Ubuntu, `dnf install mesa-vulkan-drivers` \
         on Fedora"
    )]
    NoAdapter {
        /// Which kinds of driver were looked for.
        looked_for: String,
    },
    /// No font for the captions.
    #[error(transparent)]
    Font(#[from] NoArabicFont),
    /// An avatar that cannot sign.
    #[error("the avatar cannot sign: {0}; give another with --avatar FILE")]
    Avatar(#[from] RetargetError),
    /// A picture size that cannot be drawn.
    #[error("cannot draw {width}x{height}: each side must be 16 to {most} pixels; choose another --size")]
    Size {
        /// Asked for, pixels.
        width: u32,
        /// Asked for, pixels.
        height: u32,
        /// What the driver can do.
        most: u32,
    },
    /// The renderer did not become ready or gave no picture.
    #[error("the renderer {problem}; RUST_LOG=warn shows what its driver says")]
    Renderer {
        /// What happened.
        problem: String,
    },
}
