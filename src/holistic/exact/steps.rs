//! The steps of a network, each from tensors `[height, width, channels]` to one.

use super::kernels::{Clamp, Filter, Inside, Packed, Rows, multiply};
use super::lanes::Lanes;
use std::ops::Range;

/// Height, width, channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels: usize,
}

impl Shape {
    fn row(self) -> usize {
        self.width * self.channels
    }
}

/// A window that moves over a picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) input: Shape,
    pub(super) output: Shape,
    /// Height and width.
    pub(super) size: [usize; 2],
    /// Down and right.
    pub(super) stride: [usize; 2],
    /// Above and left of the picture.
    pub(super) outside: [usize; 2],
}

impl Window {
    /// Where the input of an output's window place begins; none outside the picture.
    #[inline]
    fn source(&self, [y, x]: [usize; 2], [down, right]: [usize; 2]) -> Option<usize> {
        let row = (y * self.stride[0] + down).checked_sub(self.outside[0])?;
        let column = (x * self.stride[1] + right).checked_sub(self.outside[1])?;
        let is_inside = row < self.input.height && column < self.input.width;
        is_inside.then_some((row * self.input.width + column) * self.input.channels)
    }

    /// Its places, down and right, column by column: the order in which filters add them.
    fn places(&self) -> impl Iterator<Item = [usize; 2]> + use<> {
        let [height, width] = self.size;
        (0..width).flat_map(move |right| (0..height).map(move |down| [down, right]))
    }

    /// Along an axis: the outputs whose windows are inside.
    fn inside(&self, axis: usize, input: usize, output: usize) -> Range<usize> {
        let (size, stride, outside) = (self.size[axis], self.stride[axis], self.outside[axis]);
        let start = outside.div_ceil(stride);
        let end = (input + outside).checked_sub(size).map_or(0, |last| last / stride + 1).min(output);
        start.min(end)..end
    }

    /// The same for a tensor to which zeros were added first: `before` above, left and before the channels.
    pub(super) fn without_pad(self, input: Shape, before: [usize; 3]) -> Option<Self> {
        let [above, left, channels] = before;
        let is_plain = self.outside == [0, 0] && channels == 0 && input.channels == self.input.channels;
        is_plain.then_some(Self { input, outside: [above, left], ..self })
    }

    /// Whether each output sees just the pixel at its own place.
    pub(super) fn is_point(&self) -> bool {
        self.size == [1, 1] && self.stride == [1, 1] && self.outside == [0, 0]
    }
}

/// A step.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// All channels of a window to each channel.
    Convolve { window: Window, weights: Packed, clamp: Clamp },
    /// Each channel of a window to the same channel.
    Depthwise { window: Window, filter: Filter },
    /// Each number times its channel's weight, plus its channel's bias.
    Scale { weights: Vec<f32>, bias: Vec<f32>, clamp: Clamp },
    /// Two tensors, number by number.
    Add { clamp: Clamp },
    /// Negative numbers times their channel's slope.
    Prelu { slopes: Vec<f32> },
    /// Number by number.
    Clamped { clamp: Clamp },
    /// Number by number.
    Sigmoid,
    /// The largest of a window.
    MaxPool { window: Window },
    /// Zeros around: above, left, before the channels.
    Pad { input: Shape, output: Shape, before: [usize; 3] },
    /// A part: from a row, a column, a channel on.
    Slice { input: Shape, output: Shape, from: [usize; 3] },
    /// To another size, between the centres of pixels.
    Resize { input: Shape, output: Shape },
    /// The mean over all pixels.
    Mean { input: Shape },
    /// Channels to blocks of pixels.
    DepthToSpace { input: Shape, block: usize },
    /// One after another: how many numbers of each make a run.
    Concatenate { runs: Vec<usize> },
}

/// Numbers of a step's own, kept between runs.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    numbers: Vec<f32>,
    sources: Vec<Option<usize>>,
    offsets: Vec<usize>,
}

impl Step {
    /// Computes `output` of `inputs`; lengths were checked when the plan was made.
    pub(super) fn run(&self, lanes: Lanes, inputs: &[&[f32]], output: &mut [f32], scratch: &mut Scratch) {
        let Some(&input) = inputs.first() else { return };
        match self {
            Self::Convolve { window, weights, clamp } => {
                let count = window.output.height * window.output.width;
                let numbers = &mut scratch.numbers;
                if window.is_point() {
                    let rows = Points { input, length: weights.rows };
                    multiply(lanes, &rows, count, weights, *clamp, numbers, output);
                } else {
                    let rows = Windows { input, window };
                    multiply(lanes, &rows, count, weights, *clamp, numbers, output);
                }
            }
            Self::Depthwise { window, filter } => filtered(lanes, input, window, filter, scratch, output),
            simple => lanes.simple(simple, inputs, output),
        }
    }

    /// Computes what moves or combines numbers one by one.
    #[inline(always)]
    pub(super) fn run_simple(&self, inputs: &[&[f32]], output: &mut [f32]) {
        let Some(&input) = inputs.first() else { return };
        match self {
            Self::Convolve { .. } | Self::Depthwise { .. } => {}
            Self::Scale { weights, bias, clamp } => scale(input, weights, bias, *clamp, output),
            Self::Add { clamp } => add(input, inputs.get(1).copied().unwrap_or_default(), *clamp, output),
            Self::Prelu { slopes } => prelu(input, slopes, output),
            Self::Clamped { clamp } => each(input, output, |value| clamp.of(value)),
            Self::Sigmoid => each(input, output, |value| 1.0 / (1.0 + (-value).exp())),
            Self::MaxPool { window } => max_pool(input, window, output),
            Self::Pad { input: from, output: to, before } => pad(input, *from, *to, *before, output),
            Self::Slice { input: from, output: to, from: start } => slice(input, *from, *to, *start, output),
            Self::Resize { input: from, output: to } => resize(input, *from, *to, output),
            Self::Mean { input: from } => mean(input, *from, output),
            Self::DepthToSpace { input: from, block } => depth_to_space(input, *from, *block, output),
            Self::Concatenate { runs } => concatenate(inputs, runs, output),
        }
    }
}

/// Pixels as they lie.
struct Points<'a> {
    input: &'a [f32],
    length: usize,
}

impl Rows for Points<'_> {
    fn rows<'a>(&'a self, first: usize, count: usize, _: &'a mut [f32]) -> &'a [f32] {
        &self.input[first * self.length..(first + count) * self.length]
    }
}

/// Windows, gathered place by place.
struct Windows<'a> {
    input: &'a [f32],
    window: &'a Window,
}

impl Rows for Windows<'_> {
    fn rows<'a>(&'a self, first: usize, count: usize, scratch: &'a mut [f32]) -> &'a [f32] {
        let window = self.window;
        let channels = window.input.channels;
        let places = window.size[0] * window.size[1];
        let row = window.size[1] * channels;
        let mut to = scratch.chunks_exact_mut(row);
        for pixel in first..first + count {
            let at = [pixel / window.output.width, pixel % window.output.width];
            for down in 0..window.size[0] {
                let Some(to) = to.next() else { return &[] };
                let ends = [0, window.size[1] - 1].map(|right| window.source(at, [down, right]));
                if let [Some(from), Some(_)] = ends {
                    to.copy_from_slice(&self.input[from..from + row]);
                    continue;
                }
                for (right, to) in to.chunks_exact_mut(channels).enumerate() {
                    match window.source(at, [down, right]) {
                        Some(from) => to.copy_from_slice(&self.input[from..from + channels]),
                        None => to.fill(0.0),
                    }
                }
            }
        }
        &scratch[..count * places * channels]
    }
}

fn filtered(
    lanes: Lanes,
    input: &[f32],
    window: &Window,
    filter: &Filter,
    scratch: &mut Scratch,
    output: &mut [f32],
) {
    let Scratch { sources, offsets, .. } = scratch;
    let channels = window.output.channels;
    offsets.clear();
    offsets.extend(window.places().map(|[down, right]| (down * window.input.width + right) * channels));
    let columns = window.inside(1, window.input.width, window.output.width);
    let rows = window.inside(0, window.input.height, window.output.height);
    let mut checked = |y: usize, columns: Range<usize>, outputs: &mut [f32]| {
        sources.clear();
        let places = |x: usize| window.places().map(move |place| window.source([y, x], place));
        columns.for_each(|x| sources.extend(places(x)));
        lanes.depthwise(input, sources, filter, outputs);
    };
    for (y, outputs) in output.chunks_exact_mut(window.output.row()).enumerate() {
        let start = window.source([y, columns.start], [0, 0]);
        let Some(first) = start.filter(|_| rows.contains(&y) && !columns.is_empty()) else {
            checked(y, 0..window.output.width, outputs);
            continue;
        };
        let (left, rest) = outputs.split_at_mut(columns.start * channels);
        let (middle, right) = rest.split_at_mut(columns.len() * channels);
        checked(y, 0..columns.start, left);
        let step = window.stride[1] * channels;
        lanes.depthwise_inside(input, Inside { first, step, offsets }, filter, middle);
        checked(y, columns.end..window.output.width, right);
    }
}

#[inline(always)]
fn each(input: &[f32], output: &mut [f32], of: impl Fn(f32) -> f32) {
    for (output, input) in output.iter_mut().zip(input) {
        *output = of(*input);
    }
}

#[inline(always)]
fn add(left: &[f32], right: &[f32], clamp: Clamp, output: &mut [f32]) {
    for ((output, left), right) in output.iter_mut().zip(left).zip(right) {
        *output = clamp.of(*left + *right);
    }
}

/// Not fused, unlike everything else: the reference has an operator of its own for it.
#[inline(always)]
fn scale(input: &[f32], weights: &[f32], bias: &[f32], clamp: Clamp, output: &mut [f32]) {
    let pixels = output.chunks_exact_mut(weights.len()).zip(input.chunks_exact(weights.len()));
    for (output, input) in pixels {
        for (((output, value), weight), bias) in output.iter_mut().zip(input).zip(weights).zip(bias) {
            *output = clamp.of(*value * *weight + *bias);
        }
    }
}

#[inline(always)]
fn prelu(input: &[f32], slopes: &[f32], output: &mut [f32]) {
    let pixels = output.chunks_exact_mut(slopes.len()).zip(input.chunks_exact(slopes.len()));
    for (output, input) in pixels {
        for ((output, value), slope) in output.iter_mut().zip(input).zip(slopes) {
            *output = if *value < 0.0 { *value * *slope } else { *value };
        }
    }
}

#[inline(always)]
fn max_pool(input: &[f32], window: &Window, output: &mut [f32]) {
    let channels = window.output.channels;
    for (pixel, output) in output.chunks_exact_mut(channels).enumerate() {
        let at = [pixel / window.output.width, pixel % window.output.width];
        output.fill(f32::NEG_INFINITY);
        for place in 0..window.size[0] * window.size[1] {
            let Some(from) = window.source(at, [place / window.size[1], place % window.size[1]]) else {
                continue;
            };
            for (output, value) in output.iter_mut().zip(&input[from..from + channels]) {
                *output = if *value > *output { *value } else { *output };
            }
        }
    }
}

#[inline(always)]
fn pad(input: &[f32], from: Shape, to: Shape, [above, left, before]: [usize; 3], output: &mut [f32]) {
    output.fill(0.0);
    for (y, row) in input.chunks_exact(from.row()).enumerate() {
        let start = ((y + above) * to.width + left) * to.channels;
        if from.channels == to.channels {
            output[start..start + from.row()].copy_from_slice(row);
            continue;
        }
        for (pixel, to) in row.chunks_exact(from.channels).zip(output[start..].chunks_exact_mut(to.channels))
        {
            to[before..before + from.channels].copy_from_slice(pixel);
        }
    }
}

#[inline(always)]
fn slice(input: &[f32], from: Shape, to: Shape, [row, column, channel]: [usize; 3], output: &mut [f32]) {
    for (pixel, output) in output.chunks_exact_mut(to.channels).enumerate() {
        let (y, x) = (pixel / to.width + row, pixel % to.width + column);
        let start = (y * from.width + x) * from.channels + channel;
        output.copy_from_slice(&input[start..start + to.channels]);
    }
}

/// The two neighbours of an output along one axis, and how far it is from the first.
#[inline(always)]
fn neighbours(at: usize, from: usize, to: usize) -> (usize, usize, f32) {
    let scale = from as f32 / to as f32;
    let place = at as f32 * scale + (0.5 * scale - 0.5);
    let place = place.clamp(0.0, (from - 1) as f32);
    let first = place as usize;
    (first, (first + 1).min(from - 1), place - first as f32)
}

#[inline(always)]
fn resize(input: &[f32], from: Shape, to: Shape, output: &mut [f32]) {
    let channels = from.channels;
    for (pixel, output) in output.chunks_exact_mut(channels).enumerate() {
        let (top, bottom, down) = neighbours(pixel / to.width, from.height, to.height);
        let (left, right, along) = neighbours(pixel % to.width, from.width, to.width);
        let corner = |y: usize, x: usize| &input[(y * from.width + x) * channels..][..channels];
        let (tl, tr, bl, br) =
            (corner(top, left), corner(top, right), corner(bottom, left), corner(bottom, right));
        let corners = tl.iter().zip(tr).zip(bl.iter().zip(br));
        for (output, ((tl, tr), (bl, br))) in output.iter_mut().zip(corners) {
            *output = mixed(mixed(*tl, *tr, along), mixed(*bl, *br, along), down);
        }
    }
}

#[inline(always)]
fn mixed(first: f32, second: f32, share: f32) -> f32 {
    (second - first) * share + first
}

/// The mean over all pixels, added one after another.
#[inline(always)]
fn mean(input: &[f32], from: Shape, output: &mut [f32]) {
    let pixels = from.height * from.width;
    output.fill(0.0);
    for pixel in input.chunks_exact(from.channels) {
        for (sum, value) in output.iter_mut().zip(pixel) {
            *sum += *value;
        }
    }
    let scale = 1.0 / pixels as f32;
    output.iter_mut().for_each(|sum| *sum *= scale);
}

#[inline(always)]
fn depth_to_space(input: &[f32], from: Shape, block: usize, output: &mut [f32]) {
    let channels = from.channels / (block * block);
    for (pixel, input) in input.chunks_exact(from.channels).enumerate() {
        let (y, x) = (pixel / from.width, pixel % from.width);
        for (place, input) in input.chunks_exact(channels).enumerate() {
            let (row, column) = (y * block + place / block, x * block + place % block);
            let start = (row * from.width * block + column) * channels;
            output[start..start + channels].copy_from_slice(input);
        }
    }
}

#[inline(always)]
fn concatenate(inputs: &[&[f32]], runs: &[usize], output: &mut [f32]) {
    let whole: usize = runs.iter().sum();
    let mut start = 0;
    for (input, run) in inputs.iter().zip(runs) {
        for (output, input) in output.chunks_exact_mut(whole).zip(input.chunks_exact(*run)) {
            output[start..start + run].copy_from_slice(input);
        }
        start += run;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(step: &Step, inputs: &[&[f32]], count: usize) -> Vec<f32> {
        let mut output = vec![f32::NAN; count];
        step.run(Lanes::of_this_processor(), inputs, &mut output, &mut Scratch::default());
        output
    }

    const fn shape(height: usize, width: usize, channels: usize) -> Shape {
        Shape { height, width, channels }
    }

    #[test]
    fn a_convolution_sees_zeros_outside() {
        let window = Window {
            input: shape(2, 2, 1),
            output: shape(2, 2, 1),
            size: [3, 3],
            stride: [1, 1],
            outside: [1, 1],
        };
        let weights = Packed::new(&[1.0; 9], &[0.5]);
        let step = Step::Convolve { window, weights, clamp: Clamp::NONE };
        assert_eq!(run(&step, &[&[1.0, 2.0, 3.0, 4.0]], 4), [10.5; 4]);
    }

    #[test]
    fn a_filter_sees_its_own_channel() {
        let window = Window {
            input: shape(1, 3, 2),
            output: shape(1, 2, 2),
            size: [1, 2],
            stride: [1, 1],
            outside: [0, 0],
        };
        let filter = Filter { weights: vec![1.0, 10.0, 2.0, 20.0], bias: vec![0.0, 1.0], clamp: Clamp::NONE };
        let step = Step::Depthwise { window, filter };
        assert_eq!(run(&step, &[&[1.0, 1.0, 2.0, 2.0, 3.0, 3.0]], 4), [5.0, 51.0, 8.0, 81.0]);
    }

    #[test]
    fn numbers_are_moved_to_where_they_belong() {
        let pad = Step::Pad { input: shape(1, 1, 2), output: shape(2, 2, 3), before: [1, 0, 1] };
        let padded = run(&pad, &[&[7.0, 8.0]], 12);
        assert_eq!(padded, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 7.0, 8.0, 0.0, 0.0, 0.0]);
        let slice = Step::Slice { input: shape(2, 2, 3), output: shape(1, 1, 2), from: [1, 0, 1] };
        assert_eq!(run(&slice, &[&padded], 2), [7.0, 8.0]);
        let blocks = Step::DepthToSpace { input: shape(1, 1, 4), block: 2 };
        assert_eq!(run(&blocks, &[&[1.0, 2.0, 3.0, 4.0]], 4), [1.0, 2.0, 3.0, 4.0]);
        let joined = Step::Concatenate { runs: vec![1, 2] };
        assert_eq!(run(&joined, &[&[1.0, 4.0], &[2.0, 3.0, 5.0, 6.0]], 6), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    }

    #[test]
    fn twice_the_size_is_a_quarter_from_each_centre() {
        let step = Step::Resize { input: shape(1, 2, 1), output: shape(1, 4, 1) };
        assert_eq!(run(&step, &[&[0.0, 4.0]], 4), [0.0, 1.0, 3.0, 4.0]);
    }

    #[test]
    fn slopes_are_for_negative_numbers_and_the_largest_wins() {
        let prelu = Step::Prelu { slopes: vec![0.5, 2.0] };
        assert_eq!(run(&prelu, &[&[-2.0, -2.0, 3.0, 3.0]], 4), [-1.0, -4.0, 3.0, 3.0]);
        let window = Window {
            input: shape(2, 2, 1),
            output: shape(1, 1, 1),
            size: [2, 2],
            stride: [2, 2],
            outside: [0, 0],
        };
        assert_eq!(run(&Step::MaxPool { window }, &[&[-3.0, -1.0, -2.0, -4.0]], 1), [-1.0]);
        assert_eq!(run(&Step::Mean { input: shape(2, 2, 1) }, &[&[1.0, 2.0, 3.0, 6.0]], 1), [3.0]);
    }
}
