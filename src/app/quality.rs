//! How finely the avatar is drawn: what a machine can afford.
//!
//! A software rasteriser pays for every triangle and, with smooth edges, four times for every pixel on
//! an edge; a graphics card hardly notices either. So the choice is one word, and by default the
//! driver makes it.

use super::Adapter;
use bevy::render::view::Msaa;

/// How finely the avatar is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Quality {
    /// What the graphics driver can afford: in a window low without a GPU, medium on a processor's own
    /// graphics, high on a card; for files never below medium, since they may take their time.
    #[default]
    Auto,
    /// Thin meshes and hard edges, for machines without a GPU.
    Low,
    /// Thin meshes and smooth edges.
    Medium,
    /// Every triangle and smooth edges.
    High,
}

impl Quality {
    /// What is drawn on that driver; never [`Quality::Auto`]. `live` is whether the picture must keep
    /// up with the clock.
    pub(super) fn on(self, adapter: &Adapter, live: bool) -> Quality {
        match self {
            Quality::Auto if adapter.is_software() && live => Quality::Low,
            Quality::Auto if adapter.is_card() => Quality::High,
            Quality::Auto => Quality::Medium,
            chosen => chosen,
        }
    }

    /// The share of an avatar's triangles that is drawn.
    pub(super) fn detail(self) -> f32 {
        match self {
            // At 720 lines most triangles are smaller than a pixel.
            Quality::Auto | Quality::Low | Quality::Medium => 0.3,
            Quality::High => 1.0,
        }
    }

    /// How edges are smoothed.
    pub(super) fn msaa(self) -> Msaa {
        if self == Quality::Low { Msaa::Off } else { Msaa::Sample4 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_driver_chooses_unless_somebody_does() {
        use wgpu::DeviceType::{Cpu, DiscreteGpu, IntegratedGpu};
        let auto = |kind, live| Quality::Auto.on(&Adapter::of_kind(kind), live);
        assert_eq!(auto(Cpu, true), Quality::Low);
        assert_eq!(auto(Cpu, false), Quality::Medium);
        assert_eq!(auto(IntegratedGpu, true), Quality::Medium);
        assert_eq!(auto(DiscreteGpu, true), Quality::High);
        for chosen in [Quality::Low, Quality::Medium, Quality::High] {
            assert_eq!(chosen.on(&Adapter::of_kind(Cpu), true), chosen);
        }
    }
}
