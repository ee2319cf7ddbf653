//! Operators that change the number of pixels.

use super::{Layout, Lowering, Result};
use crate::holistic::convert::onnx_file::{Attribute, Data};
use crate::holistic::convert::tflite::Operator;

impl Lowering<'_> {
    pub(super) fn resize_bilinear(&mut self, operator: &Operator<'_>) -> Result<()> {
        let (input, output) = (operator.input(0)?, operator.output()?);
        let (from, to) = (self.four_axes(operator, input)?, self.four_axes(operator, output)?);
        let size = self.integers(operator, 1, 2)?;
        let wanted = size.iter().map(|length| usize::try_from(*length).unwrap_or(0));
        if !wanted.eq([to[1], to[2]]) || (from[0], from[3]) != (to[0], to[3]) {
            let expected = format!("an output of {size:?} pixels, {} channels", from[3]);
            return Err(operator.inconsistent(expected, format!("{to:?}")));
        }
        let coordinates = match (operator.option_flag(2)?, operator.option_flag(3)?) {
            (false, false) => "asymmetric",
            (false, true) => "half_pixel",
            (true, false) => "align_corners",
            (true, true) => return Err(operator.unsupported("align_corners with half_pixel_centers")),
        };
        let mut inputs = vec![self.operand(operator, input, Layout::ChannelsFirst)?, String::new()];
        // By whole factors where there are any: for these, runtimes have faster code.
        if to[1] % from[1] == 0 && to[2] % from[2] == 0 {
            let factors = [1.0, 1.0, (to[1] / from[1]) as f32, (to[2] / from[2]) as f32];
            inputs.push(self.constant(vec![4], Data::Floats(factors.to_vec())));
        } else {
            let size = [to[0], to[3], to[1], to[2]].map(|length| length as i64);
            inputs.extend([String::new(), self.integer_input(size.to_vec())]);
        }
        let attributes = vec![
            ("mode", Attribute::Text("linear")),
            ("coordinate_transformation_mode", Attribute::Text(coordinates)),
        ];
        self.finish(operator, Layout::ChannelsFirst, 0, "Resize", inputs, attributes)
    }

    /// A pixel's channels are, slowest first, the row and the column within the block, and the new channel.
    pub(super) fn depth_to_space(&mut self, operator: &Operator<'_>) -> Result<()> {
        let (input, output) = (operator.input(0)?, operator.output()?);
        let block = operator.option_count(0, 0, "a block's size")?;
        let [batch, height, width, channels] = self.four_axes(operator, input)?;
        let found = self.four_axes(operator, output)?;
        let expected = [batch, height * block, width * block, channels / block.pow(2)];
        if found != expected || channels % block.pow(2) != 0 {
            return Err(operator.inconsistent(format!("an output of {expected:?}"), format!("{found:?}")));
        }
        let inputs = vec![self.operand(operator, input, Layout::ChannelsFirst)?];
        let attributes = vec![("blocksize", Attribute::Int(block as i64)), ("mode", Attribute::Text("DCR"))];
        self.finish(operator, Layout::ChannelsFirst, 0, "DepthToSpace", inputs, attributes)
    }
}
