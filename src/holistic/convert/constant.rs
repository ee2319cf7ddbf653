//! Weights, read into memory.

use super::ConvertError;
use super::sparse;
use super::tflite::{Element, Tensor, inconsistent};
use half::f16;
use half::slice::HalfFloatSliceExt;

/// Numbers and their shape, the last axis fastest.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::holistic) struct Constant {
    pub(in crate::holistic) shape: Vec<usize>,
    pub(in crate::holistic) numbers: Vec<f32>,
}

type Result<T> = std::result::Result<T, ConvertError>;

impl Constant {
    /// Reads a tensor of singles or halves, dense or sparse.
    pub(in crate::holistic) fn read(tensor: &Tensor<'_>) -> Result<Self> {
        let stored = stored(tensor)?;
        let count = tensor.shape.iter().product();
        let check = |expected: usize| match stored.len() == expected {
            true => Ok(()),
            false => {
                let what = format!("the numbers of tensor {:?}", tensor.name);
                Err(inconsistent(what, expected.to_string(), stored.len().to_string()))
            }
        };
        let numbers = match tensor.sparsity {
            Some(sparsity) => {
                let places = sparse::places(&sparsity, &tensor.shape, tensor.name)?;
                check(places.len())?;
                let mut dense = vec![0.0; count];
                places.into_iter().zip(&stored).for_each(|(place, number)| dense[place] = *number);
                dense
            }
            None => {
                check(count)?;
                stored
            }
        };
        Ok(Self { shape: tensor.shape.clone(), numbers })
    }

    /// The same numbers with ones before the lengths of its axes, as broadcasting reads it.
    pub(in crate::holistic) fn with_axes(mut self, axes: usize) -> Self {
        let missing = axes.saturating_sub(self.shape.len());
        self.shape.splice(0..0, std::iter::repeat_n(1, missing));
        self
    }

    /// With axis `order[i]` as the new axis `i`. `order` names each axis once.
    pub(in crate::holistic) fn permuted(&self, order: &[usize]) -> Self {
        let stride = |axis: usize| self.shape[axis + 1..].iter().product::<usize>();
        let strides: Vec<usize> = order.iter().map(|axis| stride(*axis)).collect();
        let shape: Vec<usize> = order.iter().map(|axis| self.shape[*axis]).collect();
        let mut index = vec![0; shape.len()];
        let mut from = 0;
        let numbers = (0..self.numbers.len()).map(|_| {
            let number = self.numbers[from];
            for axis in (0..shape.len()).rev() {
                index[axis] += 1;
                from += strides[axis];
                if index[axis] < shape[axis] {
                    break;
                }
                from -= strides[axis] * shape[axis];
                index[axis] = 0;
            }
            number
        });
        let numbers = numbers.collect();
        Self { shape, numbers }
    }
}

/// The numbers in the order in which they are stored.
fn stored(tensor: &Tensor<'_>) -> Result<Vec<f32>> {
    match tensor.element {
        Element::F32 => {
            Ok(tensor.data.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
        }
        Element::F16 => {
            let halves = tensor.data.as_chunks().0.iter().map(|bytes| f16::from_le_bytes(*bytes));
            Ok(halves.collect::<Vec<_>>().to_f32_vec())
        }
        other => Err(wrong_type(tensor, "numbers with a point", other)),
    }
}

/// Reads a tensor of whole numbers.
pub(in crate::holistic) fn integers(tensor: &Tensor<'_>) -> Result<Vec<i32>> {
    match tensor.element {
        Element::I32 => {
            Ok(tensor.data.as_chunks().0.iter().map(|bytes| i32::from_le_bytes(*bytes)).collect())
        }
        other => Err(wrong_type(tensor, "whole numbers of 32 bits", other)),
    }
}

fn wrong_type(tensor: &Tensor<'_>, expected: &str, found: Element) -> ConvertError {
    inconsistent(format!("the type of tensor {:?}", tensor.name), expected, format!("{found:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn filters_turn_from_channels_last_to_channels_first() {
        let numbers = (0..24).map(|i| i as f32).collect();
        let turned = Constant { shape: vec![2, 2, 2, 3], numbers }.permuted(&[0, 3, 1, 2]);
        assert_eq!(turned.shape, [2, 3, 2, 2]);
        assert_eq!(turned.numbers[..5], [0.0, 3.0, 6.0, 9.0, 1.0]);
        assert_eq!(turned.numbers[12], 12.0);
    }

    proptest! {
        #[test]
        fn turning_there_and_back_changes_nothing(shape in prop::collection::vec(1_usize..4, 4)) {
            let numbers = (0..shape.iter().product()).map(|i| i as f32).collect();
            let constant = Constant { shape, numbers };
            prop_assert_eq!(constant.permuted(&[0, 3, 1, 2]).permuted(&[0, 2, 3, 1]), constant);
        }
    }
}
