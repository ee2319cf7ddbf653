//! Where a detector's boxes are counted from: a grid of points for each of its layers.
//! [SsdAnchorsCalculator with `fixed_anchor_size`]

use glam::Vec2;

/// Boxes that each layer has at each point.
const PER_LAYER: usize = 2;

/// The centres, in [0, 1] of the detector's input, in the order of its outputs.
///
/// Layers of equal stride that follow each other share a grid: each point has the boxes of all of them.
pub(super) fn anchors(side_px: usize, strides_px: &[usize]) -> Vec<Vec2> {
    let layers = strides_px.chunk_by(|a, b| a == b);
    layers.flat_map(|layer| grid(side_px.div_ceil(layer[0]), layer.len() * PER_LAYER)).collect()
}

fn grid(cells: usize, boxes: usize) -> impl Iterator<Item = Vec2> {
    let place = move |cell: usize| (cell as f32 + 0.5) / cells as f32;
    let points = (0..cells * cells).map(move |cell| Vec2::new(place(cell % cells), place(cell / cells)));
    points.flat_map(move |point| std::iter::repeat_n(point, boxes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_as_the_detectors_have_boxes() {
        assert_eq!(anchors(224, &[8, 16, 32, 32, 32]).len(), 2254);
        assert_eq!(anchors(128, &[8, 16, 16, 16]).len(), 896);
    }

    #[test]
    fn layers_of_one_stride_share_their_points() {
        let points = anchors(128, &[8, 16, 16, 16]);
        assert_eq!(points[..2], [Vec2::splat(0.5 / 16.0); 2]);
        assert_eq!(points[2], Vec2::new(1.5, 0.5) / 16.0);
        assert_eq!(points[512..518], [Vec2::splat(0.5 / 8.0); 6]);
        assert_eq!(points[895], Vec2::splat(7.5 / 8.0));
    }
}
