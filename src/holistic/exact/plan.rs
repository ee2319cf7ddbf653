//! A network's file as steps: which tensor each reads and writes, and where tensors lie.

use super::kernels::{Clamp, Filter, Packed};
use super::lanes::Lanes;
use super::steps::{Scratch, Shape, Step, Window};
use crate::holistic::convert::ConvertError;
use crate::holistic::convert::constant::{Constant, integers};
use crate::holistic::convert::operator::Kind;
use crate::holistic::convert::tflite::{Graph, Operator};
use std::collections::HashMap;

type Result<T> = std::result::Result<T, ConvertError>;

/// A network that can be run.
#[derive(Debug)]
pub(super) struct Plan {
    steps: Vec<Planned>,
    /// Tensors' numbers; a place serves one tensor after another.
    buffers: Vec<Vec<f32>>,
    input: Place,
    outputs: Vec<Place>,
    scratch: Scratch,
}

/// A step and its tensors.
#[derive(Debug)]
struct Planned {
    step: Step,
    inputs: Vec<Place>,
    output: Place,
}

/// Where a tensor lies.
#[derive(Clone, Copy, Debug)]
struct Place {
    buffer: usize,
    length: usize,
}

impl Plan {
    /// Reads a file, for some of its outputs by name; what only others need is left out.
    pub(super) fn read(file: &[u8], outputs: &[&str]) -> Result<Self> {
        let graph = Graph::read(file)?;
        let mut reader =
            Reader { graph: &graph, constants: HashMap::new(), same: HashMap::new(), steps: Vec::new() };
        for operator in &graph.operators {
            reader.read(operator)?;
        }
        reader.plan(outputs)
    }

    /// How many numbers it wants.
    pub(super) fn input_length(&self) -> usize {
        self.input.length
    }

    /// How many numbers each output has.
    pub(super) fn output_lengths(&self) -> impl Iterator<Item = usize> {
        self.outputs.iter().map(|place| place.length)
    }

    /// Computes the outputs for an input of [`Plan::input_length`] numbers.
    pub(super) fn run(&mut self, lanes: Lanes, input: &[f32]) {
        self.buffers[self.input.buffer][..input.len()].copy_from_slice(input);
        for Planned { step, inputs, output } in &self.steps {
            // Inputs are never in the place of the output.
            let mut to = std::mem::take(&mut self.buffers[output.buffer]);
            let read = |place: &Place| &self.buffers[place.buffer][..place.length];
            match inputs[..] {
                [one] => step.run(lanes, &[read(&one)], &mut to[..output.length], &mut self.scratch),
                [one, two] => {
                    let inputs = [read(&one), read(&two)];
                    step.run(lanes, &inputs, &mut to[..output.length], &mut self.scratch);
                }
                _ => {
                    let inputs: Vec<&[f32]> = inputs.iter().map(read).collect();
                    step.run(lanes, &inputs, &mut to[..output.length], &mut self.scratch);
                }
            }
            self.buffers[output.buffer] = to;
        }
    }

    /// What the last run gave.
    pub(super) fn outputs(&self) -> impl Iterator<Item = &[f32]> {
        self.outputs.iter().map(|place| &self.buffers[place.buffer][..place.length])
    }
}

/// A step and the file's numbers of its tensors.
struct Found {
    step: Step,
    inputs: Vec<usize>,
    output: usize,
}

struct Reader<'a> {
    graph: &'a Graph<'a>,
    /// Weights that operators unpack.
    constants: HashMap<usize, Constant>,
    /// Tensors that are others in another shape.
    same: HashMap<usize, usize>,
    steps: Vec<Found>,
}

impl Reader<'_> {
    fn read(&mut self, operator: &Operator<'_>) -> Result<()> {
        match operator.kind {
            Kind::Dequantize | Kind::Densify => {
                let constant = self.constant(operator.input(0)?)?;
                self.constants.insert(operator.output()?, constant);
                Ok(())
            }
            Kind::Reshape => {
                let (from, to) = (operator.input(0)?, operator.output()?);
                self.equal(operator, self.count(from), self.count(to))?;
                self.same.insert(to, self.original(from));
                Ok(())
            }
            _ => {
                let (step, inputs) = self.step(operator)?;
                let inputs = inputs.into_iter().map(|tensor| self.original(tensor)).collect();
                self.steps.push(Found { step, inputs, output: operator.output()? });
                Ok(())
            }
        }
    }

    fn step(&self, operator: &Operator<'_>) -> Result<(Step, Vec<usize>)> {
        let input = operator.input(0)?;
        let one = |step: Step| Ok((step, vec![input]));
        match operator.kind {
            Kind::Conv2d => one(self.convolution(operator)?),
            Kind::DepthwiseConv2d => one(self.depthwise(operator)?),
            Kind::FullyConnected => one(self.fully_connected(operator)?),
            Kind::Add => {
                let other = operator.input(1)?;
                self.equal(operator, self.count(input), self.count(other))?;
                self.equal(operator, self.count(input), self.count(operator.output()?))?;
                Ok((Step::Add { clamp: clamp(operator, operator.option_i8(0)?)? }, vec![input, other]))
            }
            Kind::Prelu => {
                let slopes = self.constant(operator.input(1)?)?.numbers;
                self.equal(operator, self.shape(operator, input)?.channels, slopes.len())?;
                one(Step::Prelu { slopes })
            }
            Kind::Relu => one(Step::Clamped { clamp: Clamp { low: 0.0, ..Clamp::NONE } }),
            Kind::Relu6 => one(Step::Clamped { clamp: Clamp { low: 0.0, high: 6.0 } }),
            Kind::Logistic => one(Step::Sigmoid),
            Kind::MaxPool2d => {
                let size =
                    [operator.option_count(4, 0, "a height")?, operator.option_count(3, 0, "a width")?];
                if operator.option_i8(5)? != 0 {
                    return Err(operator.unsupported("an activation"));
                }
                let [input, output] = self.ends(operator)?;
                self.equal(operator, input.channels, output.channels)?;
                one(Step::MaxPool { window: self.window(operator, size, None)? })
            }
            Kind::Pad => one(self.pad(operator)?),
            Kind::StridedSlice => one(self.slice(operator)?),
            Kind::ResizeBilinear => {
                if operator.option_flag(2)? || !operator.option_flag(3)? {
                    return Err(operator.unsupported("other than half_pixel_centers"));
                }
                let [input, output] = self.ends(operator)?;
                self.equal(operator, input.channels, output.channels)?;
                one(Step::Resize { input, output })
            }
            Kind::Mean => {
                let [input, _] = self.ends(operator)?;
                self.equal(operator, input.channels, self.count(operator.output()?))?;
                one(Step::Mean { input })
            }
            Kind::DepthToSpace => {
                let block = operator.option_count(0, 0, "a block")?;
                let [input, output] = self.ends(operator)?;
                let expected = (input.height * block, input.width * block, output.channels * block * block);
                let is_right = expected == (output.height, output.width, input.channels);
                if is_right {
                    one(Step::DepthToSpace { input, block })
                } else {
                    Err(operator.unsupported("its shapes"))
                }
            }
            Kind::Concatenation => self.concatenate(operator),
            Kind::Dequantize | Kind::Densify | Kind::Reshape => Err(operator.unsupported("it is no step")),
        }
    }

    fn convolution(&self, operator: &Operator<'_>) -> Result<Step> {
        let filter = self.constant(operator.input(1)?)?;
        let [columns, height, width, channels] = filter.shape[..] else {
            return Err(operator.inconsistent("filters of four axes", format!("{:?}", filter.shape)));
        };
        let window = self.window(operator, [height, width], Some([4, 5]))?;
        self.equal(operator, channels, window.input.channels)?;
        self.equal(operator, columns, window.output.channels)?;
        let bias = self.bias(operator, columns)?;
        let clamp = clamp(operator, operator.option_i8(3)?)?;
        Ok(Step::Convolve { window, weights: Packed::new(&filter.numbers, &bias), clamp })
    }

    fn depthwise(&self, operator: &Operator<'_>) -> Result<Step> {
        let filter = self.constant(operator.input(1)?)?;
        let [_, height, width, channels] = filter.shape[..] else {
            return Err(operator.inconsistent("filters of four axes", format!("{:?}", filter.shape)));
        };
        let window = self.window(operator, [height, width], Some([5, 6]))?;
        self.equal(operator, channels, window.input.channels)?;
        self.equal(operator, channels, window.output.channels)?;
        let bias = self.bias(operator, channels)?;
        let clamp = clamp(operator, operator.option_i8(4)?)?;
        if window.is_point() {
            return Ok(Step::Scale { weights: filter.numbers, bias, clamp });
        }
        // From rows of places to columns of them: the order in which they are added.
        let weights = filter.permuted(&[0, 2, 1, 3]).numbers;
        Ok(Step::Depthwise { window, filter: Filter { weights, bias, clamp } })
    }

    fn fully_connected(&self, operator: &Operator<'_>) -> Result<Step> {
        let filter = self.constant(operator.input(1)?)?;
        let [columns, rows] = filter.shape[..] else {
            return Err(operator.inconsistent("weights of two axes", format!("{:?}", filter.shape)));
        };
        self.equal(operator, rows, self.count(operator.input(0)?))?;
        self.equal(operator, columns, self.count(operator.output()?))?;
        let point = |channels: usize| Shape { height: 1, width: 1, channels };
        let (input, output) = (point(rows), point(columns));
        let window = Window { input, output, size: [1, 1], stride: [1, 1], outside: [0, 0] };
        let weights = Packed::new(&filter.numbers, &self.bias(operator, columns)?);
        Ok(Step::Convolve { window, weights, clamp: clamp(operator, operator.option_i8(0)?)? })
    }

    /// The window that an operator moves; its output is found to be the file's. `dilation` is where its options
    /// have the distance of places.
    fn window(
        &self,
        operator: &Operator<'_>,
        size: [usize; 2],
        dilation: Option<[usize; 2]>,
    ) -> Result<Window> {
        let [input, output] = self.ends(operator)?;
        let stride = [operator.option_count(2, 0, "a stride")?, operator.option_count(1, 0, "a stride")?];
        for field in dilation.into_iter().flatten() {
            if operator.option_i32(field, 1)? != 1 {
                return Err(operator.unsupported("places that are apart"));
            }
        }
        let is_valid = operator.option_i8(0)? == 1;
        let along = |input: usize, size: usize, stride: usize| {
            if is_valid {
                return (0, (input + stride).saturating_sub(size) / stride);
            }
            let output = input.div_ceil(stride);
            (((output - 1) * stride + size).saturating_sub(input) / 2, output)
        };
        let (above, height) = along(input.height, size[0], stride[0]);
        let (left, width) = along(input.width, size[1], stride[1]);
        self.equal(operator, height, output.height)?;
        self.equal(operator, width, output.width)?;
        Ok(Window { input, output, size, stride, outside: [above, left] })
    }

    fn pad(&self, operator: &Operator<'_>) -> Result<Step> {
        let [input, output] = self.ends(operator)?;
        let pads = integers(&self.graph.tensors[operator.input(1)?])?;
        let pads: Option<Vec<usize>> = pads.iter().map(|pad| usize::try_from(*pad).ok()).collect();
        let Some([0, 0, above, below, left, right, before, behind]) = pads
            .as_deref()
            .map(<[usize]>::to_vec)
            .as_deref()
            .and_then(|pads| pads.first_chunk::<8>())
            .copied()
        else {
            return Err(operator.unsupported("other than four axes, of which the first stays"));
        };
        self.equal(operator, input.height + above + below, output.height)?;
        self.equal(operator, input.width + left + right, output.width)?;
        self.equal(operator, input.channels + before + behind, output.channels)?;
        Ok(Step::Pad { input, output, before: [above, left, before] })
    }

    fn slice(&self, operator: &Operator<'_>) -> Result<Step> {
        let [input, output] = self.ends(operator)?;
        let list = |position: usize| integers(&self.graph.tensors[operator.input(position)?]);
        let (begin, step) = (list(1)?, list(3)?);
        let mask = operator.option_i32(0, 0)?;
        let from = |axis: usize, size: usize, whole: usize| {
            let start = if mask >> axis & 1 == 1 { 0 } else { begin.get(axis).copied().unwrap_or(-1) };
            usize::try_from(start).ok().filter(|start| start + size <= whole)
        };
        let starts = [
            from(1, output.height, input.height),
            from(2, output.width, input.width),
            from(3, output.channels, input.channels),
        ];
        match starts {
            [Some(row), Some(column), Some(channel)] if step.iter().all(|step| *step == 1) => {
                Ok(Step::Slice { input, output, from: [row, column, channel] })
            }
            _ => Err(operator.unsupported(format!("from {begin:?} by {step:?}"))),
        }
    }

    fn concatenate(&self, operator: &Operator<'_>) -> Result<(Step, Vec<usize>)> {
        let inputs: Vec<usize> = operator.inputs().collect();
        let axes = self.graph.tensors[operator.output()?].shape.len();
        let axis = operator.option_i32(0, 0)?;
        let axis = if axis < 0 { axis + axes as i32 } else { axis };
        let axis = usize::try_from(axis).ok().filter(|axis| *axis < axes);
        let Some(axis) = axis else { return Err(operator.unsupported("its axis")) };
        if operator.option_i8(1)? != 0 {
            return Err(operator.unsupported("an activation"));
        }
        let run = |tensor: &usize| self.graph.tensors[*tensor].shape.iter().skip(axis).product();
        let runs: Vec<usize> = inputs.iter().map(run).collect();
        let whole = runs.iter().sum::<usize>();
        self.equal(operator, whole, run(&operator.output()?))?;
        Ok((Step::Concatenate { runs }, inputs))
    }

    /// A constant, unpacked or as it is in the file.
    fn constant(&self, tensor: usize) -> Result<Constant> {
        self.constants
            .get(&tensor)
            .map_or_else(|| Constant::read(&self.graph.tensors[tensor]), |known| Ok(known.clone()))
    }

    /// The bias of an operator; zeros where it has none.
    fn bias(&self, operator: &Operator<'_>, length: usize) -> Result<Vec<f32>> {
        let Some(tensor) = operator.optional_input(2) else { return Ok(vec![0.0; length]) };
        let bias = self.constant(tensor)?.numbers;
        self.equal(operator, length, bias.len())?;
        Ok(bias)
    }

    fn count(&self, tensor: usize) -> usize {
        self.graph.tensors[tensor].shape.iter().product()
    }

    fn shape(&self, operator: &Operator<'_>, tensor: usize) -> Result<Shape> {
        match self.graph.tensors[tensor].shape[..] {
            [1, height, width, channels] => Ok(Shape { height, width, channels }),
            [1, channels] => Ok(Shape { height: 1, width: 1, channels }),
            ref other => Err(operator.inconsistent("[1, height, width, channels]", format!("{other:?}"))),
        }
    }

    /// The shapes of its first input and of its output.
    fn ends(&self, operator: &Operator<'_>) -> Result<[Shape; 2]> {
        Ok([self.shape(operator, operator.input(0)?)?, self.shape(operator, operator.output()?)?])
    }

    fn equal(&self, operator: &Operator<'_>, expected: usize, found: usize) -> Result<()> {
        if expected == found {
            Ok(())
        } else {
            Err(operator.inconsistent(expected.to_string(), found.to_string()))
        }
    }

    /// The tensor that another is the same as, but for its shape.
    fn original(&self, tensor: usize) -> usize {
        self.same.get(&tensor).copied().unwrap_or(tensor)
    }

    /// Leaves out what is not needed, and gives tensors their places.
    fn plan(mut self, outputs: &[&str]) -> Result<Plan> {
        let graph = self.graph;
        let named = |name: &&str| {
            let found = graph.outputs.iter().copied().find(|tensor| graph.tensors[*tensor].name == *name);
            found.map(|tensor| self.original(tensor)).ok_or_else(|| ConvertError::Inconsistent {
                what: "the file".to_owned(),
                expected: format!("an output {name:?}"),
                found: "none".to_owned(),
            })
        };
        let outputs: Vec<usize> = outputs.iter().map(named).collect::<Result<_>>()?;
        let [input] = graph.inputs[..] else {
            let found = graph.inputs.len().to_string();
            return Err(ConvertError::Inconsistent {
                what: "the file".to_owned(),
                expected: "one input".to_owned(),
                found,
            });
        };
        let mut needed: std::collections::HashSet<usize> = outputs.iter().copied().collect();
        let mut steps = std::mem::take(&mut self.steps);
        steps.reverse();
        steps.retain(|step| {
            let is_needed = needed.contains(&step.output);
            if is_needed {
                needed.extend(&step.inputs);
            }
            is_needed
        });
        steps.reverse();
        fold_pads(&mut steps);
        let mut places = Places::default();
        for (at, step) in steps.iter().enumerate() {
            step.inputs.iter().for_each(|tensor| {
                places.last_use.insert(*tensor, at);
            });
        }
        outputs.iter().for_each(|tensor| {
            places.last_use.insert(*tensor, usize::MAX);
        });
        let input = places.give(input, self.count(input));
        let mut planned = Vec::with_capacity(steps.len());
        for (at, Found { step, inputs, output }) in steps.into_iter().enumerate() {
            // Before the output has its place: a step that reads what it writes reads nothing that is there.
            let known = |tensor: &usize| places.of.get(tensor).copied();
            let known: Option<Vec<Place>> = inputs.iter().map(known).collect();
            let Some(known) = known else {
                return Err(ConvertError::Inconsistent {
                    what: format!("step {at}"),
                    expected: "inputs that steps before it compute".to_owned(),
                    found: format!("{inputs:?}"),
                });
            };
            let output = places.give(output, self.count(output));
            planned.push(Planned { step, inputs: known, output });
            places.free(&inputs, at);
        }
        let outputs = outputs.iter().filter_map(|tensor| places.of.get(tensor).copied()).collect();
        let buffers = places.lengths.iter().map(|length| vec![0.0; *length]).collect();
        Ok(Plan { steps: planned, buffers, input, outputs, scratch: Scratch::default() })
    }
}

/// Lets windows see zeros outside of their input, instead of making an input that has them.
fn fold_pads(steps: &mut Vec<Found>) {
    let uses = |steps: &[Found], tensor: usize| {
        steps.iter().flat_map(|step| &step.inputs).filter(|input| **input == tensor).count()
    };
    for at in (0..steps.len()).rev() {
        let Step::Pad { input, before, .. } = steps[at].step else { continue };
        let (padded, plain) = (steps[at].output, steps[at].inputs.clone());
        let users = uses(steps, padded);
        let user = steps.iter_mut().find(|step| step.inputs == [padded]);
        let Some(user) = user.filter(|_| users == 1) else { continue };
        let (Step::Convolve { window, .. } | Step::Depthwise { window, .. }) = &mut user.step else {
            continue;
        };
        if let Some(folded) = window.without_pad(input, before) {
            *window = folded;
            user.inputs = plain;
            steps.remove(at);
        }
    }
}

/// Which buffers are free.
#[derive(Default)]
struct Places {
    of: HashMap<usize, Place>,
    /// The step that reads a tensor last.
    last_use: HashMap<usize, usize>,
    /// Of each buffer, in numbers.
    lengths: Vec<usize>,
    free: Vec<usize>,
}

impl Places {
    fn give(&mut self, tensor: usize, length: usize) -> Place {
        // The free one that fits best: the one that has to grow least, then the smallest.
        let cost = |buffer: &usize| {
            let has = self.lengths[*buffer];
            (length.saturating_sub(has), has)
        };
        let best = (0..self.free.len()).min_by_key(|at| cost(&self.free[*at]));
        let buffer = match best {
            Some(at) => self.free.swap_remove(at),
            None => {
                self.lengths.push(0);
                self.lengths.len() - 1
            }
        };
        self.lengths[buffer] = self.lengths[buffer].max(length);
        let place = Place { buffer, length };
        self.of.insert(tensor, place);
        place
    }

    /// Gives back the places of tensors that no step after this one reads.
    fn free(&mut self, inputs: &[usize], step: usize) {
        for (at, tensor) in inputs.iter().enumerate() {
            let is_last = self.last_use.get(tensor) == Some(&step) && !inputs[..at].contains(tensor);
            if let Some(place) = self.of.get(tensor).filter(|_| is_last) {
                self.free.push(place.buffer);
            }
        }
    }
}

/// What an activation that is part of an operator clamps to.
fn clamp(operator: &Operator<'_>, activation: i8) -> Result<Clamp> {
    match activation {
        0 => Ok(Clamp::NONE),
        1 => Ok(Clamp { low: 0.0, ..Clamp::NONE }),
        3 => Ok(Clamp { low: 0.0, high: 6.0 }),
        other => Err(operator.unsupported(format!("the activation {other}"))),
    }
}
