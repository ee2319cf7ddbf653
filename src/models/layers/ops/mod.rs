//! What training on a processor does most, each as one operation with a gradient of its own.
//!
//! candle can differentiate anything that is made of its operations, but every one of them reads and writes
//! all its numbers, its gradient does so several times more, and a view that is not contiguous is walked
//! number by number. A norm is nine such operations, attention with its heads about twenty. Here each is one
//! or two passes forward and back.
//!
//! Only f32 on a processor; everything else, and what nobody trains, goes the ways that the callers had
//! before. Sums are taken in an order that does not depend on the number of threads.

mod attention;
mod conv;
mod curve;
mod distance;
mod dropout;
mod linear;
mod norm;
mod softmax;

pub(crate) use attention::{Attend, Sizes};
pub(crate) use conv::Convolve;
pub(crate) use curve::{Curve, curve};
pub(crate) use distance::{Delta, SmoothL1};
pub(crate) use dropout::{Dropout, Mask};
pub(crate) use linear::{Project, ProjectWithBias};
pub(crate) use norm::Normalise;
pub(crate) use softmax::Softmax;

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, DType, Layout, Result, Storage, Tensor, bail};
use rayon::prelude::*;

/// Numbers that one thread takes at a time; less is not worth a second thread.
const SHARE: usize = 1 << 15;

/// Whether there is something to train, and these operations can do it.
pub(crate) fn is_trained(tensors: &[&Tensor]) -> bool {
    let is_plain = |tensor: &&Tensor| tensor.device().is_cpu() && tensor.dtype() == DType::F32;
    tensors.iter().all(is_plain) && tensors.iter().any(|tensor| tensor.track_op())
}

/// The numbers of a contiguous f32 tensor.
fn numbers<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let numbers = match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((from, to))) => values.get(from..to),
        _ => None,
    };
    match numbers {
        Some(numbers) => Ok(numbers),
        None => bail!("expected contiguous f32 on a processor"),
    }
}

/// Calls with the numbers of a tensor, contiguous.
fn with<T>(tensor: &Tensor, call: impl FnOnce(&[f32]) -> Result<T>) -> Result<T> {
    let tensor = tensor.detach().contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => call(numbers(storage, layout)?),
        _ => bail!("expected a tensor on a processor"),
    }
}

fn is_serial(count: usize) -> bool {
    count <= SHARE || rayon::current_num_threads() == 1
}

/// `f` of each number.
fn map(x: &[f32], f: impl Fn(f32) -> f32 + Sync) -> Vec<f32> {
    if is_serial(x.len()) {
        return x.iter().map(|&x| f(x)).collect();
    }
    let mut made = vec![0.0; x.len()];
    made.par_chunks_mut(SHARE)
        .zip(x.par_chunks(SHARE))
        .for_each(|(made, x)| made.iter_mut().zip(x).for_each(|(made, &x)| *made = f(x)));
    made
}

/// `f` of each pair of numbers.
fn map_pairs(x: &[f32], y: &[f32], f: impl Fn(f32, f32) -> f32 + Sync) -> Vec<f32> {
    if is_serial(x.len()) {
        return x.iter().zip(y).map(|(&x, &y)| f(x, y)).collect();
    }
    let mut made = vec![0.0; x.len()];
    let pieces = made.par_chunks_mut(SHARE).zip(x.par_chunks(SHARE).zip(y.par_chunks(SHARE)));
    pieces.for_each(|(made, (x, y))| {
        made.iter_mut().zip(x.iter().zip(y)).for_each(|(made, (&x, &y))| *made = f(x, y));
    });
    made
}

/// Calls with each row of so many numbers and its place.
fn each_row(rows: &mut [f32], width: usize, call: impl Fn(usize, &mut [f32]) + Sync) {
    let width = width.max(1);
    if is_serial(rows.len()) {
        rows.chunks_mut(width).enumerate().for_each(|(at, row)| call(at, row));
    } else {
        let least = SHARE.div_ceil(width);
        rows.par_chunks_mut(width).enumerate().with_min_len(least).for_each(|(at, row)| call(at, row));
    }
}

/// How many numbers are added side by side: a sum of one after the other would wait for each.
const LANES: usize = 16;

/// The sum of `f` over numbers, in a fixed order.
#[inline(always)]
fn sum(x: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0f32; LANES];
    let (chunks, rest) = x.as_chunks::<LANES>();
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, &x)| *lane += f(x));
    }
    lanes.iter().sum::<f32>() + rest.iter().map(|&x| f(x)).sum::<f32>()
}

/// The sum of `f` over pairs of numbers, in a fixed order.
#[inline(always)]
fn sum_pairs(x: &[f32], y: &[f32], f: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [0f32; LANES];
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks::<LANES>(), y.as_chunks::<LANES>());
    for (x, y) in x.iter().zip(y) {
        lanes.iter_mut().zip(x.iter().zip(y)).for_each(|(lane, (&x, &y))| *lane += f(x, y));
    }
    lanes.iter().sum::<f32>() + x_rest.iter().zip(y_rest).map(|(&x, &y)| f(x, y)).sum::<f32>()
}

/// `[rows, width]` → `[width]`: the sum of all rows.
fn sum_rows(rows: &[f32], width: usize) -> Vec<f32> {
    let mut sum = vec![0f32; width];
    // By blocks, so that rounding grows with their number and not with the rows'.
    for block in rows.chunks(64 * width.max(1)) {
        let mut part = vec![0f32; width];
        for row in block.chunks_exact(width.max(1)) {
            part.iter_mut().zip(row).for_each(|(part, row)| *part += row);
        }
        sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
    }
    sum
}

/// A factor of a product: `[count, rows, columns]`, contiguous, and whether its matrices are turned first.
struct Factor<'a>(&'a CpuStorage, [usize; 3], bool);

/// The products of two batches of matrices.
fn product(left: Factor, right: Factor) -> Result<CpuStorage> {
    let layout = |factor: &Factor| -> Result<Layout> {
        let layout = Layout::contiguous(&factor.1[..]);
        if factor.2 { layout.transpose(1, 2) } else { Ok(layout) }
    };
    let layouts = [layout(&left)?, layout(&right)?];
    let [(count, rows, inner), (_, _, columns)] = [layouts[0].shape().dims3()?, layouts[1].shape().dims3()?];
    left.0.matmul(right.0, (count, rows, columns, inner), &layouts[0], &layouts[1])
}

/// The numbers of a result.
fn into_numbers(storage: CpuStorage) -> Result<Vec<f32>> {
    match storage {
        CpuStorage::F32(numbers) => Ok(numbers),
        _ => bail!("expected f32"),
    }
}

#[cfg(test)]
mod testing;
