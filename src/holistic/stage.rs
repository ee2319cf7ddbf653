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
}

impl Stage {
    /// Opens a network that sees `input`.
    pub(super) fn open(runtime: &dyn Runtime, model: Model, input: Input) -> Result<Self, HolisticError> {
        Ok(Self { model, network: runtime.open(model)?, crop: Crop::new(input) })
    }

    /// Runs it on a part of the picture, to the outputs of [`Model::outputs`].
    pub(super) fn run(&mut self, image: Rgb, corners: Corners) -> Result<Vec<Vec<f32>>, HolisticError> {
        let model = self.model;
        let expected = model.outputs();
        let given = self.network.run(self.crop.cut(image, corners))?;
        let lengths = || given.iter().map(Vec::len);
        let is_right = expected.len() == given.len()
            && expected
                .iter()
                .zip(lengths())
                .all(|(output, found)| !output.is_needed || output.length == found);
        if is_right { Ok(given) } else { Err(HolisticError::Outputs { model, found: lengths().collect() }) }
    }
}

/// Points as a landmark network gives them, `width` numbers each, brought from pixels of the crop into [0, 1].
/// [TensorsToLandmarksCalculator]
pub(super) fn points(values: &[f32], width: usize, side_px: f32) -> impl Iterator<Item = glam::Vec3> {
    values.chunks_exact(width).map(move |point| glam::Vec3::new(point[0], point[1], point[2]) / side_px)
}
