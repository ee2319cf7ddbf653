//! Sums of products, in the order in which the reference adds them up.
//!
//! XNNPACK begins each output with its bias and adds one product after another, filter places first, then input
//! channels, each by one fused operation. Which outputs are computed side by side does not matter to the result,
//! so they are computed in tiles of pixels × channels that processors hold in registers. The code is generic over
//! the size of a tile and is compiled once for each kind of processor (`lanes.rs`); compilers make vectors of
//! its innermost loops.

use super::lanes::Lanes;

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
    let narrow = (filled % WIDE != 0).then_some((wide * WIDE, NARROW));
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

/// Computes a stripe in tiles of `TILE` rows.
#[inline(always)]
pub(super) fn stripe<const TILE: usize, const WIDTH: usize>(
    left: &impl Rows,
    stripe: Stripe,
    scratch: &mut [f32],
    outputs: &mut [f32],
) {
    let (block, _) = stripe.block.as_chunks::<WIDTH>();
    let Some(bias) = stripe.bias.first_chunk::<WIDTH>() else { return };
    if stripe.count < TILE {
        for row in 0..stripe.count {
            let sums = tile::<1, WIDTH>(left.rows(row, 1, scratch), block, bias);
            store(&sums, row, stripe, outputs);
        }
        return;
    }
    for row in (0..stripe.count).step_by(TILE) {
        // The last tile is moved back over rows that are done, and makes them once more.
        let row = row.min(stripe.count - TILE);
        let sums = tile::<TILE, WIDTH>(left.rows(row, TILE, scratch), block, bias);
        store(&sums, row, stripe, outputs);
    }
}

/// The sums of a few rows and a block of columns.
#[inline(always)]
fn tile<const ROWS: usize, const WIDTH: usize>(
    left: &[f32],
    block: &[[f32; WIDTH]],
    bias: &[f32; WIDTH],
) -> [[f32; WIDTH]; ROWS] {
    let length = block.len();
    // Lengths that compilers can see to be right: a check inside the loop would take the sums out of registers.
    let rows: [&[f32]; ROWS] = std::array::from_fn(|row| &left[row * length..][..length]);
    let mut sums = [*bias; ROWS];
    for k in 0..length {
        let weights = &block[k];
        for row in 0..ROWS {
            let factor = rows[row][k];
            for column in 0..WIDTH {
                sums[row][column] = factor.mul_add(weights[column], sums[row][column]);
            }
        }
    }
    sums
}

#[inline(always)]
fn store<const ROWS: usize, const WIDTH: usize>(
    sums: &[[f32; WIDTH]; ROWS],
    first: usize,
    stripe: Stripe,
    outputs: &mut [f32],
) {
    let width = WIDTH.min(stripe.columns - stripe.start);
    for row in 0..ROWS {
        let start = (first + row) * stripe.columns + stripe.start;
        let outputs = &mut outputs[start..start + width];
        let mut clamped = sums[row];
        for sum in &mut clamped {
            *sum = stripe.clamp.of(*sum);
        }
        match outputs.first_chunk_mut::<WIDTH>() {
            Some(outputs) => *outputs = clamped,
            None => outputs.copy_from_slice(&clamped[..width]),
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

/// A row of pixels through a [`Filter`] of at least `LANES` channels: `[pixel, place]` of `sources` is where an
/// output's inputs begin, each of as many numbers as there are channels; none outside the picture.
#[inline(always)]
pub(super) fn depthwise<const LANES: usize>(
    inputs: &[f32],
    sources: &[Option<usize>],
    filter: &Filter,
    outputs: &mut [f32],
) {
    let channels = filter.bias.len();
    let places = filter.weights.len() / channels;
    let outputs = outputs.chunks_mut(NEIGHBOURS * channels).zip(sources.chunks(NEIGHBOURS * places));
    for (outputs, sources) in outputs {
        let mut channel = 0;
        while channel < channels {
            // The last lanes are moved back over channels that are done, and make them once more.
            let start = channel.min(channels - LANES);
            match outputs.len() / channels {
                NEIGHBOURS => lanes::<NEIGHBOURS, LANES>(inputs, sources, filter, start, outputs),
                3 => lanes::<3, LANES>(inputs, sources, filter, start, outputs),
                2 => lanes::<2, LANES>(inputs, sources, filter, start, outputs),
                _ => lanes::<1, LANES>(inputs, sources, filter, start, outputs),
            }
            channel += LANES;
        }
    }
}

/// A few pixels and a few channels.
#[inline(always)]
fn lanes<const PIXELS: usize, const LANES: usize>(
    inputs: &[f32],
    sources: &[Option<usize>],
    filter: &Filter,
    channel: usize,
    outputs: &mut [f32],
) {
    let channels = filter.bias.len();
    let places = filter.weights.len() / channels;
    let Some(bias) = filter.bias[channel..].first_chunk::<LANES>() else { return };
    let zeros = [0.0; LANES];
    let mut sums = [*bias; PIXELS];
    for place in 0..places {
        let Some(weights) = filter.weights[place * channels + channel..].first_chunk::<LANES>() else { return };
        let mut rows = [&zeros; PIXELS];
        for (pixel, row) in rows.iter_mut().enumerate() {
            if let Some(start) = sources[pixel * places + place] {
                *row = inputs[start + channel..].first_chunk().unwrap_or(&zeros);
            }
        }
        for pixel in 0..PIXELS {
            for lane in 0..LANES {
                sums[pixel][lane] = rows[pixel][lane].mul_add(weights[lane], sums[pixel][lane]);
            }
        }
    }
    for pixel in 0..PIXELS {
        let mut clamped = sums[pixel];
        for sum in &mut clamped {
            *sum = filter.clamp.of(*sum);
        }
        outputs[pixel * channels + channel..][..LANES].copy_from_slice(&clamped);
    }
}
