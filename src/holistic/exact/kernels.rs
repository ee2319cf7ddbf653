//! Sums of products, in the order in which the reference adds them up.
//!
//! XNNPACK begins each output with its bias and adds one product after another, filter places first, then input
//! channels, each by one fused operation. Which outputs are computed side by side does not matter to the result,
//! so they are computed in tiles of pixels × channels that processors hold in registers. The code is generic over
//! the width of a tile and is compiled once for each kind of processor (`lanes.rs`); compilers make vectors of
//! its innermost loops.

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
        value.max(self.low).min(self.high)
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
#[inline(always)]
pub(super) fn multiply<const TILE: usize>(
    left: &impl Rows,
    count: usize,
    right: &Packed,
    clamp: Clamp,
    scratch: &mut [f32],
    outputs: &mut [f32],
) {
    let mut weights = &right.weights[..];
    for (start, width) in blocks(right.columns) {
        let (block, rest) = weights.split_at(width * right.rows);
        weights = rest;
        let bias = &right.bias[start..start + width];
        let place = Place { start, columns: right.columns, clamp };
        match width {
            WIDE => stripe::<TILE, WIDE>(left, count, block, bias, place, scratch, outputs),
            _ => stripe::<TILE, NARROW>(left, count, block, bias, place, scratch, outputs),
        }
    }
}

/// Where a stripe's results go.
#[derive(Clone, Copy)]
struct Place {
    /// The first column.
    start: usize,
    columns: usize,
    clamp: Clamp,
}

/// All rows of one block of columns.
#[inline(always)]
fn stripe<const TILE: usize, const WIDTH: usize>(
    left: &impl Rows,
    count: usize,
    block: &[f32],
    bias: &[f32],
    place: Place,
    scratch: &mut [f32],
    outputs: &mut [f32],
) {
    let (block, _) = block.as_chunks::<WIDTH>();
    let Some(bias) = bias.first_chunk::<WIDTH>() else { return };
    let mut row = 0;
    while count - row >= TILE {
        let sums = tile::<TILE, WIDTH>(left.rows(row, TILE, scratch), block, bias);
        store(&sums, row, place, outputs);
        row += TILE;
    }
    if row < count && count >= TILE {
        // The last tile is moved back over rows that are done, and makes them once more.
        row = count - TILE;
        let sums = tile::<TILE, WIDTH>(left.rows(row, TILE, scratch), block, bias);
        store(&sums, row, place, outputs);
        return;
    }
    for row in row..count {
        let sums = tile::<1, WIDTH>(left.rows(row, 1, scratch), block, bias);
        store(&sums, row, place, outputs);
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
    let rows: [&[f32]; ROWS] = std::array::from_fn(|row| &left[row * length..(row + 1) * length]);
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
    place: Place,
    outputs: &mut [f32],
) {
    let width = WIDTH.min(place.columns - place.start);
    for (row, sums) in sums.iter().enumerate() {
        let start = (first + row) * place.columns + place.start;
        let outputs = &mut outputs[start..start + width];
        for (output, sum) in outputs.iter_mut().zip(sums) {
            *output = place.clamp.of(*sum);
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

/// A row of pixels through a [`Filter`]: `sources(pixel, place)` is where an output's inputs begin, each of
/// `channels` numbers of `inputs`; none outside the picture.
#[inline(always)]
pub(super) fn depthwise<const LANES: usize>(
    inputs: &[f32],
    sources: &[Option<usize>],
    filter: &Filter,
    outputs: &mut [f32],
) {
    let channels = filter.bias.len();
    let places = filter.weights.len() / channels;
    let pixels = outputs.len() / channels;
    let mut first = 0;
    while first < pixels {
        let count = NEIGHBOURS.min(pixels - first);
        let sources = &sources[first * places..(first + count) * places];
        let outputs = &mut outputs[first * channels..(first + count) * channels];
        let mut channel = 0;
        while channels - channel >= LANES {
            match count {
                NEIGHBOURS => lanes::<NEIGHBOURS, LANES>(inputs, sources, filter, channel, outputs),
                3 => lanes::<3, LANES>(inputs, sources, filter, channel, outputs),
                2 => lanes::<2, LANES>(inputs, sources, filter, channel, outputs),
                _ => lanes::<1, LANES>(inputs, sources, filter, channel, outputs),
            }
            channel += LANES;
        }
        while channel < channels {
            for pixel in 0..count {
                let sources = &sources[pixel * places..(pixel + 1) * places];
                let outputs = &mut outputs[pixel * channels..(pixel + 1) * channels];
                lanes::<1, 1>(inputs, sources, filter, channel, outputs);
            }
            channel += 1;
        }
        first += count;
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
        for (pixel, sums) in sums.iter_mut().enumerate() {
            let source = sources[pixel * places + place];
            let source = source.and_then(|start| inputs.get(start + channel..)?.first_chunk::<LANES>());
            let source = source.unwrap_or(&zeros);
            for lane in 0..LANES {
                sums[lane] = source[lane].mul_add(weights[lane], sums[lane]);
            }
        }
    }
    for (pixel, sums) in sums.iter().enumerate() {
        let start = pixel * channels + channel;
        for (output, sum) in outputs[start..start + LANES].iter_mut().zip(sums) {
            *output = filter.clamp.of(*sum);
        }
    }
}
