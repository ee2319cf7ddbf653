//! Convolutions, pooling, fully connected layers.

use super::{FIRST_FROM_LAST, Layout, Lowering, Result, ints};
use crate::holistic::convert::onnx_file::Attribute;
use crate::holistic::convert::tflite::Operator;

/// What a convolution or a pooling sees of its input at once, and how it moves: heights, then widths.
#[derive(Clone, Copy, Debug)]
struct Window {
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
}

/// Where the settings of an operator are among its options.
struct Fields {
    stride_width: usize,
    stride_height: usize,
    dilation_width: usize,
    dilation_height: usize,
}

const CONVOLUTION: Fields =
    Fields { stride_width: 1, stride_height: 2, dilation_width: 4, dilation_height: 5 };
const DEPTHWISE: Fields = Fields { stride_width: 1, stride_height: 2, dilation_width: 5, dilation_height: 6 };

/// Pixels before and behind one axis, and how long the output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Padded {
    before: usize,
    behind: usize,
    output: usize,
}

/// `VALID` adds nothing; `SAME` as much as the output needs to be `input / stride` long, rounded up, of
/// which the odd pixel lies behind.
fn padded(is_valid: bool, input: usize, kernel: usize, stride: usize, dilation: usize) -> Padded {
    let reach = (kernel - 1) * dilation + 1;
    if is_valid {
        return Padded { before: 0, behind: 0, output: (input + stride).saturating_sub(reach) / stride };
    }
    let output = input.div_ceil(stride);
    let missing = ((output - 1) * stride + reach).saturating_sub(input);
    Padded { before: missing / 2, behind: missing - missing / 2, output }
}

impl Window {
    fn read(operator: &Operator<'_>, kernel: [usize; 2], fields: &Fields) -> Result<Self> {
        let stride = [
            operator.option_count(fields.stride_height, 0, "a stride")?,
            operator.option_count(fields.stride_width, 0, "a stride")?,
        ];
        let dilation = [
            operator.option_count(fields.dilation_height, 1, "a dilation")?,
            operator.option_count(fields.dilation_width, 1, "a dilation")?,
        ];
        Ok(Self { kernel, stride, dilation })
    }

    /// The attributes of the node that moves it, once its output has been found to be the file's.
    fn attributes(
        &self,
        operator: &Operator<'_>,
        input: [usize; 4],
        output: [usize; 4],
    ) -> Result<Vec<(&'static str, Attribute)>> {
        let is_valid = match operator.option_i8(0)? {
            0 => false,
            1 => true,
            other => return Err(operator.unsupported(format!("the padding {other}"))),
        };
        let Self { kernel, stride, dilation } = *self;
        let [rows, columns] =
            [0, 1].map(|axis| padded(is_valid, input[axis + 1], kernel[axis], stride[axis], dilation[axis]));
        let expected = [input[0], rows.output, columns.output];
        if output[..3] != expected {
            return Err(operator.inconsistent(format!("an output of {expected:?}"), format!("{output:?}")));
        }
        let pads = [rows.before, columns.before, rows.behind, columns.behind];
        Ok(vec![("kernel_shape", ints(kernel)), ("strides", ints(stride)), ("pads", ints(pads))])
    }
}

impl Lowering<'_> {
    /// Filters are `[outputs, height, width, inputs of the group]`.
    pub(super) fn convolution(&mut self, operator: &Operator<'_>) -> Result<()> {
        let [outputs, height, width, inputs] = self.four_axes(operator, operator.input(1)?)?;
        let window = Window::read(operator, [height, width], &CONVOLUTION)?;
        let channels = self.four_axes(operator, operator.input(0)?)?[3];
        if channels % inputs != 0 {
            let expected = format!("filters for {channels} channels, or for a part of them");
            return Err(operator.inconsistent(expected, inputs.to_string()));
        }
        let activation = operator.option_i8(3)?;
        self.filter(operator, window, channels / inputs, outputs, FIRST_FROM_LAST, activation)
    }

    /// Filters are `[1, height, width, outputs]`, the outputs of each input side by side.
    pub(super) fn depthwise_convolution(&mut self, operator: &Operator<'_>) -> Result<()> {
        let [one, height, width, outputs] = self.four_axes(operator, operator.input(1)?)?;
        let window = Window::read(operator, [height, width], &DEPTHWISE)?;
        let channels = self.four_axes(operator, operator.input(0)?)?[3];
        if one != 1 || outputs % channels != 0 {
            let expected = format!("[1, height, width, a multiple of {channels}]");
            return Err(operator.inconsistent(expected, format!("{:?}", [one, height, width, outputs])));
        }
        let activation = operator.option_i8(4)?;
        self.filter(operator, window, channels, outputs, [3, 0, 1, 2], activation)
    }

    fn filter(
        &mut self,
        operator: &Operator<'_>,
        window: Window,
        groups: usize,
        outputs: usize,
        order: [usize; 4],
        activation: i8,
    ) -> Result<()> {
        let input_shape = self.four_axes(operator, operator.input(0)?)?;
        let output_shape = self.four_axes(operator, operator.output()?)?;
        if output_shape[3] != outputs {
            return Err(operator.inconsistent(format!("{outputs} channels"), output_shape[3].to_string()));
        }
        let mut attributes = window.attributes(operator, input_shape, output_shape)?;
        attributes.push(("dilations", ints(window.dilation)));
        attributes.push(("group", Attribute::Int(groups as i64)));
        let mut inputs = vec![
            self.operand(operator, operator.input(0)?, Layout::ChannelsFirst)?,
            self.weight(operator, operator.input(1)?, Some(order))?,
        ];
        inputs.extend(self.bias(operator, outputs)?);
        self.finish(operator, Layout::ChannelsFirst, activation, "Conv", inputs, attributes)
    }

    fn bias(&mut self, operator: &Operator<'_>, outputs: usize) -> Result<Option<String>> {
        let Some(bias) = operator.optional_input(2) else { return Ok(None) };
        if self.shape(bias) != [outputs] {
            let found = format!("{:?}", self.shape(bias));
            return Err(operator.inconsistent(format!("a bias of shape [{outputs}]"), found));
        }
        self.weight(operator, bias, None).map(Some)
    }

    pub(super) fn max_pool(&mut self, operator: &Operator<'_>) -> Result<()> {
        let (input, output) = (operator.input(0)?, operator.output()?);
        let kernel = [operator.option_count(4, 0, "a height")?, operator.option_count(3, 0, "a width")?];
        let stride = [operator.option_count(2, 0, "a stride")?, operator.option_count(1, 0, "a stride")?];
        let window = Window { kernel, stride, dilation: [1, 1] };
        let shapes = (self.four_axes(operator, input)?, self.four_axes(operator, output)?);
        let attributes = window.attributes(operator, shapes.0, shapes.1)?;
        let activation = operator.option_i8(5)?;
        let inputs = vec![self.operand(operator, input, Layout::ChannelsFirst)?];
        self.finish(operator, Layout::ChannelsFirst, activation, "MaxPool", inputs, attributes)
    }

    /// Weights are `[outputs, inputs]`.
    pub(super) fn fully_connected(&mut self, operator: &Operator<'_>) -> Result<()> {
        let (input, weights) = (operator.input(0)?, operator.input(1)?);
        if operator.option_i8(1)? != 0 {
            return Err(operator.unsupported("shuffled weights"));
        }
        let ([_, columns], [outputs, inputs]) = (self.shape(input), self.shape(weights)) else {
            let found = format!("shapes {:?} and {:?}", self.shape(input), self.shape(weights));
            return Err(operator.unsupported(found));
        };
        if columns != inputs {
            return Err(operator.inconsistent(format!("{inputs} columns"), columns.to_string()));
        }
        let mut names =
            vec![self.operand(operator, input, Layout::Plain)?, self.weight(operator, weights, None)?];
        names.extend(self.bias(operator, *outputs)?);
        let attributes = vec![("transB", Attribute::Int(1))];
        self.finish(operator, Layout::Plain, operator.option_i8(0)?, "Gemm", names, attributes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_odd_pixel_of_same_padding_lies_behind() {
        assert_eq!(padded(false, 224, 3, 2, 1), Padded { before: 0, behind: 1, output: 112 });
        assert_eq!(padded(false, 224, 3, 1, 1), Padded { before: 1, behind: 1, output: 224 });
        assert_eq!(padded(false, 7, 5, 2, 1), Padded { before: 2, behind: 2, output: 4 });
        assert_eq!(padded(true, 226, 3, 2, 1), Padded { before: 0, behind: 0, output: 112 });
        assert_eq!(padded(true, 2, 3, 1, 1).output, 0);
    }

    proptest! {
        #[test]
        fn same_padding_is_the_least_with_which_every_window_lies_inside(
            input in 1_usize..300, kernel in 1_usize..8, stride in 1_usize..5, dilation in 1_usize..3,
        ) {
            let Padded { before, behind, output } = padded(false, input, kernel, stride, dilation);
            let last = (output - 1) * stride + (kernel - 1) * dilation + 1;
            prop_assert!(last <= before + input + behind);
            prop_assert!(before + behind == 0 || last == before + input + behind);
            prop_assert!(behind == before || behind == before + 1);
        }
    }
}
