//! Sums of products, in the order in which the reference adds them up.
//!
//! XNNPACK begins each output with its bias and adds one product after another, filter places first, then input
//! channels, each by one fused operation. Which outputs are computed side by side does not matter to the result,
//! so they are computed in tiles of pixels × channels that processors hold in registers. The code is generic over
//! them and is compiled once for each kind of processor (`lanes.rs`).

use super::lanes::Lanes;
use super::vector::Vector;

/// What an output is clamped to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Clamp {
    pub(super) low: f32,
    pub(super) high: f32,
}

impl Clamp {
    /// Nothing is clamped.
    pub(super) const NONE: Self = Self { low: f32::NEG_INFINITY, high: f32::INFINITY };

    #[inline(always)]
    pub(super) fn of(self, value: f32) -> f32 {
        // One instruction each, unlike `max` and `min`, which think of numbers that are none.
        let value = if value < self.low { self.low } else { value };
        if value > self.high { self.high } else { value }
    }
}

/// A matrix of weights, columns in blocks that lie together: `[block, row, column]`.
#[derive(Clone, Debug)]
pub(super) struct Packed {
    /// Products of an output.
    pub(super) rows: usize,
    /// Outputs.
    pub(super) columns: usize,
    /// Wide blocks first, then narrow ones; the last is filled with zeros.
    weights: Vec<f32>,
    bias: Vec<f32>,
}

/// Columns of a wide and of a narrow block.
pub(super) const WIDE: usize = 32;
pub(super) const NARROW: usize = 16;

impl Packed {
    /// Of weights `[columns, rows]`, as convolutions are stored, and a bias for each column.
    pub(super) fn new(weights: &[f32], bias: &[f32]) -> Self {
        let columns = bias.len();
        let rows = weights.len() / columns.max(1);
        let filled = columns.next_multiple_of(NARROW);
        let mut packed = Vec::with_capacity(filled * rows);
        for (start, width) in blocks(columns) {
            for row in 0..rows {
                let column = |column: usize| weights.get(column * rows + row).copied();
                packed.extend((start..start + width).map(|at| column(at).unwrap_or(0.0)));
            }
        }
        let mut bias = bias.to_vec();
        bias.resize(filled, 0.0);
        Self { rows, columns, weights: packed, bias }
    }
}

/// First column and width of each block.
fn blocks(columns: usize) -> impl Iterator<Item = (usize, usize)> {
    let filled = columns.next_multiple_of(NARROW);
    let wide = filled / WIDE;
    let narrow = (!filled.is_multiple_of(WIDE)).then_some((wide * WIDE, NARROW));
    (0..wide).map(|block| (block * WIDE, WIDE)).chain(narrow)
}

/// Where the rows of a product's left side are.
pub(super) trait Rows {
    /// `count` rows from `first` on, each of `Packed::rows` numbers, one after another in a slice.
    fn rows<'a>(&'a self, first: usize, count: usize, scratch: &'a mut [f32]) -> &'a [f32];
}

/// `outputs[row, column] = clamp(bias[column] + Σ left[row, k] · weights[k, column])` for `count` rows.
pub(super) fn multiply(
    lanes: Lanes,
    left: &impl Rows,
    count: usize,
    right: &Packed,
    clamp: Clamp,
    scratch: &mut Vec<f32>,
    outputs: &mut [f32],
) {
    scratch.resize(MOST_ROWS * right.rows, 0.0);
    let mut weights = &right.weights[..];
    for (start, width) in blocks(right.columns) {
        let (block, rest) = weights.split_at(width * right.rows);
        weights = rest;
        let bias = &right.bias[start..start + width];
        let stripe = Stripe { count, block, bias, start, columns: right.columns, clamp };
        match width {
            WIDE => lanes.stripe::<WIDE>(left, stripe, scratch, outputs),
            _ => lanes.stripe::<NARROW>(left, stripe, scratch, outputs),
        }
    }
}

/// The most rows that a tile has.
pub(super) const MOST_ROWS: usize = 8;

/// A block of columns, of all rows.
#[derive(Clone, Copy)]
pub(super) struct Stripe<'a> {
    /// Rows.
    count: usize,
    block: &'a [f32],
    bias: &'a [f32],
    /// The first column.
    start: usize,
    /// Of all blocks.
    columns: usize,
    clamp: Clamp,
}

/// Computes a stripe in tiles of `TILE` rows and `VECTORS` vectors, which are the stripe's width.
#[inline(always)]
pub(super) fn stripe<V: Vector, const TILE: usize, const VECTORS: usize>(
    left: &impl Rows,
    stripe: Stripe,
    scratch: &mut [f32],
    outputs: &mut [f32],
) {
    if stripe.count < TILE {
        for row in 0..stripe.count {
            tile::<V, 1, VECTORS>(left.rows(row, 1, scratch), stripe, row, outputs);
        }
        return;
    }
    for row in (0..stripe.count).step_by(TILE) {
        // The last tile is moved back over rows that are done, and makes them once more.
        let row = row.min(stripe.count - TILE);
        tile::<V, TILE, VECTORS>(left.rows(row, TILE, scratch), stripe, row, outputs);
    }
}

/// A few rows, from `first` on, of a block of columns.
#[inline(always)]
#[expect(unsafe_code, reason = "a check of each factor takes as long as the products")]
fn tile<V: Vector, const ROWS: usize, const VECTORS: usize>(
    left: &[f32],
    stripe: Stripe,
    first: usize,
    outputs: &mut [f32],
) {
    let length = left.len() / ROWS;
    let width = VECTORS * V::COUNT;
    let mut sums = [[V::splat(0.0); VECTORS]; ROWS];
    for sums in &mut sums {
        for (vector, sum) in sums.iter_mut().enumerate() {
            *sum = V::load(&stripe.bias[vector * V::COUNT..]);
        }
    }
    for (k, weights) in stripe.block.chunks_exact(width).take(length).enumerate() {
        let mut factors = [V::splat(0.0); VECTORS];
        for (vector, factor) in factors.iter_mut().enumerate() {
            *factor = V::load(&weights[vector * V::COUNT..]);
        }
        for (row, sums) in sums.iter_mut().enumerate() {
            // SAFETY: `k` is below `length`, and `left` has `ROWS` times as many numbers.
            let number = V::splat(unsafe { *left.get_unchecked(row * length + k) });
            for (sum, factor) in sums.iter_mut().zip(factors) {
                *sum = number.times_plus(factor, *sum);
            }
        }
    }
    let (low, high) = (V::splat(stripe.clamp.low), V::splat(stripe.clamp.high));
    for (row, sums) in sums.into_iter().enumerate() {
        let start = (first + row) * stripe.columns + stripe.start;
        let outputs = &mut outputs[start..];
        let wanted = width.min(stripe.columns - stripe.start);
        for (vector, sum) in sums.into_iter().enumerate() {
            let sum = sum.clamped(low, high);
            let at = vector * V::COUNT;
            if at + V::COUNT <= wanted {
                sum.store(&mut outputs[at..]);
            } else if at < wanted {
                let mut spilled = [0.0; WIDE];
                sum.store(&mut spilled);
                outputs[at..wanted].copy_from_slice(&spilled[..wanted - at]);
            }
        }
    }
}

/// Pixels of a depthwise tile: as many as share the weights that were read.
const NEIGHBOURS: usize = 4;

/// A filter that sees one channel each.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    /// `[places, channels]`, in the order in which places are added.
    pub(super) weights: Vec<f32>,
    /// `[channels]`.
    pub(super) bias: Vec<f32>,
    pub(super) clamp: Clamp,
}

/// A row of pixels through a [`Filter`] of at least as many channels as a vector has numbers: `[pixel, place]` of
/// `sources` is where an output's inputs begin, each of as many numbers as there are channels; none outside the
/// picture.
#[inline(always)]
pub(super) fn depthwise<V: Vector>(
    inputs: &[f32],
    sources: &[Option<usize>],
    filter: &Filter,
    outputs: &mut [f32],
) {
    let channels = filter.bias.len();
    let places = filter.weights.len() / channels;
    let pixels = NEIGHBOURS * channels;
    let mut rest = sources.chunks(NEIGHBOURS * places);
    for (outputs, sources) in outputs.chunks_mut(pixels).zip(&mut rest) {
        if outputs.len() == pixels && channels >= 2 * V::COUNT {
            channel_by_channel::<V, NEIGHBOURS, 2>(inputs, sources, filter, outputs);
        } else if outputs.len() == pixels {
            channel_by_channel::<V, NEIGHBOURS, 1>(inputs, sources, filter, outputs);
        } else {
            for (output, sources) in outputs.chunks_mut(channels).zip(sources.chunks(places)) {
                channel_by_channel::<V, 1, 1>(inputs, sources, filter, output);
            }
        }
    }
}

/// A few pixels, `VECTORS` vectors of channels at once.
#[inline(always)]
fn channel_by_channel<V: Vector, const PIXELS: usize, const VECTORS: usize>(
    inputs: &[f32],
    sources: &[Option<usize>],
    filter: &Filter,
    outputs: &mut [f32],
) {
    let (channels, width) = (filter.bias.len(), VECTORS * V::COUNT);
    for channel in (0..channels).step_by(width) {
        // The last vectors are moved back over channels that are done, and make them once more.
        let channel = channel.min(channels - width);
        pixels::<V, PIXELS, VECTORS>(inputs, sources, filter, channel, outputs);
    }
}

/// A few pixels and a few vectors of channels.
#[inline(always)]
fn pixels<V: Vector, const PIXELS: usize, const VECTORS: usize>(
    inputs: &[f32],
    sources: &[Option<usize>],
    filter: &Filter,
    channel: usize,
    outputs: &mut [f32],
) {
    let (channels, width) = (filter.bias.len(), VECTORS * V::COUNT);
    let places = filter.weights.len() / channels;
    let zeros = [V::splat(0.0); VECTORS];
    let load = |numbers: &[f32]| {
        let numbers = &numbers[..width];
        let mut vectors = zeros;
        for (at, vector) in vectors.iter_mut().enumerate() {
            *vector = V::load(&numbers[at * V::COUNT..]);
        }
        vectors
    };
    let mut sums = [load(&filter.bias[channel..]); PIXELS];
    for (place, weights) in filter.weights.chunks_exact(channels).enumerate() {
        let weights = load(&weights[channel..]);
        for (pixel, sums) in sums.iter_mut().enumerate() {
            let source = sources[pixel * places + place];
            let source = source.map_or(zeros, |start| load(&inputs[start + channel..]));
            for ((sum, source), weight) in sums.iter_mut().zip(source).zip(weights) {
                *sum = source.times_plus(weight, *sum);
            }
        }
    }
    let (low, high) = (V::splat(filter.clamp.low), V::splat(filter.clamp.high));
    for (pixel, sums) in sums.into_iter().enumerate() {
        let outputs = &mut outputs[pixel * channels + channel..];
        for (at, sum) in sums.into_iter().enumerate() {
            sum.clamped(low, high).store(&mut outputs[at * V::COUNT..]);
        }
    }
}

/// Pixels of a row whose places are all inside the picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inside<'a> {
    /// Where the first pixel's first place begins in the inputs.
    pub(super) first: usize,
    /// From one pixel's to the next one's.
    pub(super) step: usize,
    /// From the first place's to each place's, in the filter's order.
    pub(super) offsets: &'a [usize],
}

/// What [`depthwise`] does, for pixels whose places are all inside.
#[inline(always)]
pub(super) fn depthwise_inside<V: Vector>(
    inputs: &[f32],
    inside: Inside,
    filter: &Filter,
    outputs: &mut [f32],
) {
    let channels = filter.bias.len();
    let count = outputs.len() / channels;
    let last = inside
        .offsets
        .iter()
        .max()
        .map_or(0, |offset| inside.first + count.saturating_sub(1) * inside.step + offset + channels);
    assert!(last <= inputs.len(), "places inside the picture");
    assert_eq!(inside.offsets.len() * channels, filter.weights.len(), "as many places as the filter's");
    if count < NEIGHBOURS {
        for (pixel, output) in outputs.chunks_exact_mut(channels).enumerate() {
            let inside = Inside { first: inside.first + pixel * inside.step, ..inside };
            channels_inside::<V, 1, 1>(inputs, inside, filter, output);
        }
        return;
    }
    for pixel in (0..count).step_by(NEIGHBOURS) {
        let pixel = pixel.min(count - NEIGHBOURS);
        let inside = Inside { first: inside.first + pixel * inside.step, ..inside };
        let outputs = &mut outputs[pixel * channels..][..NEIGHBOURS * channels];
        if channels >= 2 * V::COUNT {
            channels_inside::<V, NEIGHBOURS, 2>(inputs, inside, filter, outputs);
        } else {
            channels_inside::<V, NEIGHBOURS, 1>(inputs, inside, filter, outputs);
        }
    }
}

/// A few pixels, `VECTORS` vectors of channels at once.
#[inline(always)]
#[expect(unsafe_code, reason = "a check of each load takes longer than what is loaded is used for")]
fn channels_inside<V: Vector, const PIXELS: usize, const VECTORS: usize>(
    inputs: &[f32],
    inside: Inside,
    filter: &Filter,
    outputs: &mut [f32],
) {
    let (channels, width) = (filter.bias.len(), VECTORS * V::COUNT);
    let (low, high) = (V::splat(filter.clamp.low), V::splat(filter.clamp.high));
    for channel in (0..channels).step_by(width) {
        let channel = channel.min(channels - width);
        let mut sums = [[V::splat(0.0); VECTORS]; PIXELS];
        for sums in &mut sums {
            for (at, sum) in sums.iter_mut().enumerate() {
                *sum = V::load(&filter.bias[channel + at * V::COUNT..]);
            }
        }
        for (place, offset) in inside.offsets.iter().enumerate() {
            for at in 0..VECTORS {
                let lane = channel + at * V::COUNT;
                // SAFETY: `depthwise_inside` has checked the filter's length and the last load of all.
                let weights = unsafe { V::load_from(&filter.weights, place * channels + lane) };
                for (pixel, sums) in sums.iter_mut().enumerate() {
                    let start = inside.first + pixel * inside.step + offset + lane;
                    // SAFETY: as above.
                    let input = unsafe { V::load_from(inputs, start) };
                    sums[at] = input.times_plus(weights, sums[at]);
                }
            }
        }
        for (pixel, sums) in sums.into_iter().enumerate() {
            let outputs = &mut outputs[pixel * channels + channel..];
            for (at, sum) in sums.into_iter().enumerate() {
                sum.clamped(low, high).store(&mut outputs[at * V::COUNT..]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Numbers that look random and are the same each time.
    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        let mixed = |at: usize| (at as u32).wrapping_add(seed).wrapping_mul(2_654_435_761) >> 8;
        (0..count).map(|at| mixed(at) as f32 / (1 << 23) as f32 - 1.0).collect()
    }

    struct Lying<'a>(&'a [f32], usize);

    impl Rows for Lying<'_> {
        fn rows<'a>(&'a self, first: usize, count: usize, _: &'a mut [f32]) -> &'a [f32] {
            &self.0[first * self.1..(first + count) * self.1]
        }
    }

    /// What every processor must find, to the last bit.
    fn added_in_order(left: &[f32], weights: &[f32], bias: &[f32], clamp: Clamp) -> Vec<f32> {
        let length = weights.len() / bias.len();
        let row = |row: &[f32]| {
            let sum = |(column, bias): (usize, &f32)| {
                let weights = &weights[column * length..(column + 1) * length];
                row.iter().zip(weights).fold(*bias, |sum, (a, b)| a.mul_add(*b, sum))
            };
            bias.iter().enumerate().map(sum).map(|sum| clamp.of(sum)).collect::<Vec<f32>>()
        };
        left.chunks_exact(length).flat_map(row).collect()
    }

    fn bits(numbers: &[f32]) -> Vec<u32> {
        numbers.iter().map(|number| number.to_bits()).collect()
    }

    proptest! {
        #[test]
        fn products_are_added_in_order_on_every_processor(
            rows in 1_usize..20, length in 1_usize..40, columns in 1_usize..80, seed: u32,
        ) {
            let (left, weights) = (numbers(rows * length, seed), numbers(columns * length, seed ^ 77));
            let (bias, clamp) = (numbers(columns, seed ^ 99), Clamp { low: 0.0, high: 6.0 });
            let wanted = bits(&added_in_order(&left, &weights, &bias, clamp));
            for lanes in Lanes::all_of_this_processor() {
                let mut outputs = vec![f32::NAN; rows * columns];
                let packed = Packed::new(&weights, &bias);
                multiply(lanes, &Lying(&left, length), rows, &packed, clamp, &mut Vec::new(), &mut outputs);
                prop_assert_eq!(&bits(&outputs), &wanted, "{:?}", lanes);
            }
        }

        #[test]
        fn filters_are_added_place_by_place_on_every_processor(
            pixels in 1_usize..10, places in 1_usize..10, channels in 1_usize..70, seed: u32,
        ) {
            let inputs = numbers((pixels + places) * channels, seed);
            let (weights, bias) = (numbers(places * channels, seed ^ 5), numbers(channels, seed ^ 6));
            let filter = Filter { weights, bias, clamp: Clamp::NONE };
            // Every fifth place is outside the picture.
            let source = |pixel: usize, place: usize| {
                ((pixel + place) % 5 != 4).then_some((pixel + place) * channels)
            };
            let sources: Vec<_> =
                (0..pixels * places).map(|at| source(at / places, at % places)).collect();
            let wanted = (0..pixels * channels).map(|at| {
                let (pixel, channel) = (at / channels, at % channels);
                (0..places).fold(filter.bias[channel], |sum, place| {
                    let input = source(pixel, place).map_or(0.0, |start| inputs[start + channel]);
                    input.mul_add(filter.weights[place * channels + channel], sum)
                })
            });
            let wanted = bits(&wanted.collect::<Vec<f32>>());
            for lanes in Lanes::all_of_this_processor() {
                let mut outputs = vec![f32::NAN; pixels * channels];
                lanes.depthwise(&inputs, &sources, &filter, &mut outputs);
                prop_assert_eq!(&bits(&outputs), &wanted, "{:?}", lanes);
            }
        }

        #[test]
        fn inside_the_picture_filters_find_the_same(
            pixels in 1_usize..10, places in 1_usize..10, channels in 1_usize..70, seed: u32,
        ) {
            let inputs = numbers((2 * pixels + places) * channels, seed);
            let (weights, bias) = (numbers(places * channels, seed ^ 5), numbers(channels, seed ^ 6));
            let filter = Filter { weights, bias, clamp: Clamp { low: -0.5, high: 0.5 } };
            let source = |at: usize| Some((2 * (at / places) + at % places) * channels);
            let sources: Vec<_> = (0..pixels * places).map(source).collect();
            let offsets: Vec<usize> = (0..places).map(|place| place * channels).collect();
            let inside = Inside { first: 0, step: 2 * channels, offsets: &offsets };
            for lanes in Lanes::all_of_this_processor() {
                let [mut checked, mut unchecked] = [(); 2].map(|()| vec![f32::NAN; pixels * channels]);
                lanes.depthwise(&inputs, &sources, &filter, &mut checked);
                lanes.depthwise_inside(&inputs, inside, &filter, &mut unchecked);
                prop_assert_eq!(bits(&unchecked), bits(&checked), "{:?}", lanes);
            }
        }
    }
}
