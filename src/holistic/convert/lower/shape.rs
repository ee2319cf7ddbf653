//! Operators that move numbers without changing them.

use super::{FIRST_FROM_LAST, Layout, Lowering, Result, State};
use crate::holistic::convert::onnx_file::Attribute;
use crate::holistic::convert::tflite::Operator;

/// A list with an entry for each axis, in a layout's order.
fn in_layout<T: Copy>(list: &[T], layout: Layout) -> Vec<T> {
    match layout {
        Layout::Plain => list.to_vec(),
        Layout::ChannelsFirst => FIRST_FROM_LAST.iter().filter_map(|axis| list.get(*axis)).copied().collect(),
    }
}

impl Lowering<'_> {
    /// Zeros around a value: `[axes, 2]` numbers of them, before and behind.
    pub(super) fn pad(&mut self, operator: &Operator<'_>) -> Result<()> {
        let (input, output) = (operator.input(0)?, operator.output()?);
        let layout = self.usual_layout(input);
        let shape = self.shape(input);
        let pads = self.integers(operator, 1, 2 * shape.len())?;
        let pads: Vec<[i64; 2]> =
            pads.as_chunks().0.iter().map(|[before, behind]| [*before, *behind].map(i64::from)).collect();
        let lengths =
            shape.iter().zip(&pads).map(|(length, [before, behind])| *length as i64 + before + behind);
        if !lengths.eq(self.shape(output).iter().map(|length| *length as i64))
            || pads.as_flattened().iter().any(|pad| *pad < 0)
        {
            let expected = format!("{shape:?} with {pads:?} around it");
            return Err(operator.inconsistent(expected, format!("{:?}", self.shape(output))));
        }
        let pads = in_layout(&pads, layout);
        let pads = [0, 1].iter().flat_map(|side| pads.iter().map(|pads| pads[*side])).collect();
        let inputs = vec![self.operand(operator, input, layout)?, self.integer_input(pads)];
        self.finish(operator, layout, 0, "Pad", inputs, vec![("mode", Attribute::Text("constant"))])
    }

    /// Forwards only; a negative begin or end counts from the axis' end.
    pub(super) fn strided_slice(&mut self, operator: &Operator<'_>) -> Result<()> {
        let input = operator.input(0)?;
        let layout = self.usual_layout(input);
        let axes = self.shape(input).len();
        for (field, name) in [(2, "ellipsis_mask"), (3, "new_axis_mask"), (4, "shrink_axis_mask")] {
            if operator.option_i32(field, 0)? != 0 {
                return Err(operator.unsupported(name));
            }
        }
        if operator.option_flag(5)? {
            return Err(operator.unsupported("an end that is an offset"));
        }
        let [begins, ends, steps] = [1, 2, 3].map(|position| self.integers(operator, position, axes));
        let (mut begins, mut ends, steps) = (begins?, ends?, steps?);
        if steps.iter().any(|step| *step < 1) {
            return Err(operator.unsupported(format!("the strides {steps:?}")));
        }
        let (begin_mask, end_mask) = (operator.option_i32(0, 0)?, operator.option_i32(1, 0)?);
        for axis in 0..axes {
            if begin_mask >> axis & 1 == 1 {
                begins[axis] = 0;
            }
            if end_mask >> axis & 1 == 1 {
                ends[axis] = i32::MAX;
            }
        }
        let mut inputs = vec![self.operand(operator, input, layout)?];
        for list in [begins, ends, (0..axes as i32).collect(), steps] {
            // The axes are numbered in the order of the layout, so that they stay as they are.
            let is_axes = inputs.len() == 3;
            let list: Vec<i64> = list.into_iter().map(i64::from).collect();
            let list = if is_axes { list } else { in_layout(&list, layout) };
            inputs.push(self.integer_input(list));
        }
        self.finish(operator, layout, 0, "Slice", inputs, vec![])
    }

    /// To the shape of the output, which is the file's.
    pub(super) fn reshape(&mut self, operator: &Operator<'_>) -> Result<()> {
        let (input, output) = (operator.input(0)?, operator.output()?);
        let (from, to) = (self.shape(input), self.shape(output));
        if from.iter().product::<usize>() != to.iter().product::<usize>() {
            return Err(operator.inconsistent(format!("as many numbers as in {from:?}"), format!("{to:?}")));
        }
        // A single pixel's numbers lie in the same order in both layouts.
        let first = matches!(self.states[input], State::Computed { first: true, .. });
        let layout = match from {
            [_, 1, 1, _] if first => Layout::ChannelsFirst,
            _ => Layout::Plain,
        };
        let shape = to.iter().map(|length| *length as i64).collect();
        let inputs = vec![self.operand(operator, input, layout)?, self.integer_input(shape)];
        self.finish(operator, Layout::Plain, 0, "Reshape", inputs, vec![])
    }

    pub(super) fn concatenation(&mut self, operator: &Operator<'_>) -> Result<()> {
        let output = operator.output()?;
        let layout = self.usual_layout(output);
        let axes = self.shape(output).len();
        let given = operator.option_i32(0, 0)?;
        let axis = if given < 0 { given.saturating_add(axes as i32) } else { given };
        let axis = usize::try_from(axis).ok().filter(|axis| *axis < axes);
        let axis =
            axis.ok_or_else(|| operator.inconsistent(format!("one of {axes} axes"), given.to_string()))?;
        let order: Vec<usize> = in_layout(&(0..axes).collect::<Vec<_>>(), layout);
        let axis = order.iter().position(|from| *from == axis).unwrap_or(axis);
        let tensors: Vec<usize> = operator.inputs().collect();
        let inputs = tensors.iter().map(|tensor| self.operand(operator, *tensor, layout));
        let inputs = inputs.collect::<Result<_>>()?;
        let attributes = vec![("axis", Attribute::Int(axis as i64))];
        self.finish(operator, layout, operator.option_i8(1)?, "Concat", inputs, attributes)
    }
}
