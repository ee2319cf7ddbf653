//! Operators that go number by number, and means.

use super::{Layout, Lowering, Result, State, ints};
use crate::holistic::convert::onnx_file::{Attribute, Data, Node};
use crate::holistic::convert::tflite::Operator;

impl Lowering<'_> {
    /// An operator of one input and no options.
    pub(super) fn elementwise(&mut self, operator: &Operator<'_>, kind: &'static str) -> Result<()> {
        let input = operator.input(0)?;
        let layout = self.usual_layout(input);
        let inputs = vec![self.operand(operator, input, layout)?];
        self.finish(operator, layout, 0, kind, inputs, vec![])
    }

    pub(super) fn relu6(&mut self, operator: &Operator<'_>) -> Result<()> {
        let input = operator.input(0)?;
        let layout = self.usual_layout(input);
        let name = self.operand(operator, input, layout)?;
        let (plain, first) = (layout == Layout::Plain, layout == Layout::ChannelsFirst);
        self.begin(operator, State::Computed { plain, first })?;
        let output = self.name(operator.output()?, layout);
        self.clip(name, output);
        Ok(())
    }

    pub(super) fn add(&mut self, operator: &Operator<'_>) -> Result<()> {
        let layout = self.usual_layout(operator.output()?);
        let inputs = [0, 1].map(|position| self.operand(operator, operator.input(position)?, layout));
        let inputs = inputs.into_iter().collect::<Result<_>>()?;
        self.finish(operator, layout, operator.option_i8(0)?, "Add", inputs, vec![])
    }

    /// Slopes are `[1, 1, channels]`.
    ///
    /// `slope x + (1 - slope) relu(x)` with convolutions that scale each channel: ONNX Runtime computes these
    /// in the layout of the convolutions around them, which it leaves for its slow `PRelu`. A network that has
    /// one behind each convolution takes a third of the time, and differs by the rounding of one addition.
    pub(super) fn prelu(&mut self, operator: &Operator<'_>) -> Result<()> {
        let (input, slopes) = (operator.input(0)?, operator.input(1)?);
        let channels = self.four_axes(operator, input)?[3];
        if self.shape(slopes) != [1, 1, channels] {
            return Err(operator.unsupported(format!("slopes of shape {:?}", self.shape(slopes))));
        }
        let State::Stored(origin) = self.states[slopes] else {
            return Err(operator.unsupported("computed slopes"));
        };
        let slopes = self.read(origin)?.numbers;
        let rest = slopes.iter().map(|slope| 1.0 - slope).collect();
        let input = self.operand(operator, input, Layout::ChannelsFirst)?;
        let output = self.name(operator.output()?, Layout::ChannelsFirst);
        let [linear, positive, scaled] =
            ["linear", "positive", "scaled"].map(|part| format!("{output}_{part}"));
        self.scale(input.clone(), slopes, &linear);
        let inputs = vec![input];
        self.out.nodes.push(Node { kind: "Relu", inputs, output: positive.clone(), attributes: vec![] });
        self.scale(positive, rest, &scaled);
        self.finish(operator, Layout::ChannelsFirst, 0, "Add", vec![linear, scaled], vec![])
    }

    /// Multiplies each channel by a number.
    fn scale(&mut self, input: String, factors: Vec<f32>, output: &str) {
        let channels = factors.len();
        let weights = self.constant(vec![channels, 1, 1, 1], Data::Floats(factors));
        let attributes = vec![("kernel_shape", ints([1, 1])), ("group", Attribute::Int(channels as i64))];
        let (inputs, output) = (vec![input, weights], output.to_owned());
        self.out.nodes.push(Node { kind: "Conv", inputs, output, attributes });
    }

    /// Only over height and width.
    pub(super) fn mean(&mut self, operator: &Operator<'_>) -> Result<()> {
        let input = operator.input(0)?;
        self.four_axes(operator, input)?;
        let mut axes: Vec<i32> = self.integers(operator, 1, 2)?;
        axes.iter_mut().filter(|axis| **axis < 0).for_each(|axis| *axis = axis.saturating_add(4));
        axes.sort_unstable();
        if axes != [1, 2] {
            return Err(operator.unsupported(format!("a mean over the axes {axes:?}")));
        }
        let inputs = vec![self.operand(operator, input, Layout::ChannelsFirst)?];
        if operator.option_flag(0)? {
            return self.finish(operator, Layout::ChannelsFirst, 0, "GlobalAveragePool", inputs, vec![]);
        }
        let mean = format!("{}_mean", operator.output()?);
        let node = Node { kind: "GlobalAveragePool", inputs, output: mean.clone(), attributes: vec![] };
        self.out.nodes.push(node);
        let attributes = vec![("axis", Attribute::Int(1))];
        self.finish(operator, Layout::Plain, 0, "Flatten", vec![mean], attributes)
    }
}
