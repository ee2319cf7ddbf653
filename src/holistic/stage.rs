//! A network between its crop and the numbers that it gives, with every size checked.

use super::crop::{Corners, Crop, Input};
use super::network::{Model, Network, Runtime};
use super::pipeline::HolisticError;
use super::rgb::Rgb;

/// A network and the crop that it sees.
pub(super) struct Stage {
    model: Model,
    network: Box<dyn Network>,
    crop: Crop,
    /// How many numbers each output has; none where it is not read.
    outputs: &'static [Option<usize>],
}

impl Stage {
    /// Opens a network that sees `input` and gives `outputs`.
    pub(super) fn open(
        runtime: &dyn Runtime,
        model: Model,
        input: Input,
        outputs: &'static [Option<usize>],
    ) -> Result<Self, HolisticError> {
        let network = runtime.open(model).map_err(|source| HolisticError::Network { model, source })?;
        Ok(Self { model, network, crop: Crop::new(input), outputs })
    }

    /// Runs it on a part of the picture.
    pub(super) fn run(&mut self, image: Rgb, corners: Corners) -> Result<Vec<Vec<f32>>, HolisticError> {
        let model = self.model;
        let input = self.crop.cut(image, corners);
        let given = self.network.run(input).map_err(|source| HolisticError::Network { model, source })?;
        if given.len() < self.outputs.len() {
            return Err(HolisticError::Outputs { model, expected: self.outputs.len(), found: given.len() });
        }
        for (output, (expected, given)) in self.outputs.iter().zip(&given).enumerate() {
            if let Some(expected) = expected.filter(|expected| *expected != given.len()) {
                return Err(HolisticError::Length { model, output, expected, found: given.len() });
            }
        }
        Ok(given)
    }
}

/// Points as a landmark network gives them, `width` numbers each, brought from pixels of the crop into [0, 1].
/// [TensorsToLandmarksCalculator]
pub(super) fn points(values: &[f32], width: usize, side_px: f32) -> impl Iterator<Item = glam::Vec3> {
    values.chunks_exact(width).map(move |point| glam::Vec3::new(point[0], point[1], point[2]) / side_px)
}
