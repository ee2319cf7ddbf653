//! From TensorFlow Lite's operators to ONNX nodes, one after the other.
//!
//! A value of four axes may be wanted in two orders: as the file has it (`[batch, height, width, channels]`),
//! and channels first, as ONNX computes. Each is made when it is first asked for, and then kept, so that a
//! chain of operators that compute channels first is turned round once before it and once behind it.

mod arithmetic;
mod convolution;
mod resize;
mod shape;

use super::ConvertError;
use super::constant::{self, Constant};
use super::onnx_file::{Attribute, Data, Initializer, Node, OnnxFile, Value};
use super::operator::Kind;
use super::tflite::{Element, Graph, MOST_NUMBERS, Operator, inconsistent};
use std::collections::BTreeMap;

type Result<T> = std::result::Result<T, ConvertError>;

/// The order of a value's axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// As the file has it.
    Plain,
    /// `[batch, channels, height, width]`; only of values with four axes.
    ChannelsFirst,
}

/// Where the axes of a channels-first value come from, and back.
const FIRST_FROM_LAST: [usize; 4] = [0, 3, 1, 2];
const LAST_FROM_FIRST: [usize; 4] = [0, 2, 3, 1];

/// What is known of a tensor so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No operator has made it yet.
    Unknown,
    /// Weights, which lie in that tensor's data.
    Stored(usize),
    /// Made by nodes, in one layout or in both.
    Computed { plain: bool, first: bool },
}

/// A conversion under way.
pub(super) struct Lowering<'a> {
    graph: &'a Graph<'a>,
    states: Vec<State>,
    out: OnnxFile,
    /// Names of the weights that are written already, by tensor and order of axes.
    weights: BTreeMap<(usize, Option<[usize; 4]>), String>,
    /// How many more numbers weights may have.
    numbers_left: usize,
}

impl<'a> Lowering<'a> {
    pub(super) fn new(graph: &'a Graph<'a>) -> Self {
        let stored = graph.tensors.iter().enumerate();
        let stored =
            stored.map(|(i, tensor)| if tensor.data.is_empty() { State::Unknown } else { State::Stored(i) });
        Self {
            graph,
            states: stored.collect(),
            out: OnnxFile::default(),
            weights: BTreeMap::new(),
            numbers_left: MOST_NUMBERS,
        }
    }

    /// Converts the whole graph.
    pub(super) fn run(mut self) -> Result<OnnxFile> {
        for input in &self.graph.inputs {
            self.states[*input] = State::Computed { plain: true, first: false };
        }
        self.graph.operators.iter().try_for_each(|operator| self.convert(operator))?;
        for output in &self.graph.outputs {
            if !matches!(self.states[*output], State::Computed { .. }) {
                let name = format!("output {:?}", self.graph.tensors[*output].name);
                return Err(inconsistent(name, "a value that an operator makes", "none"));
            }
            self.value(*output, Layout::Plain);
        }
        self.out.inputs = self.values(&self.graph.inputs)?;
        self.out.outputs = self.values(&self.graph.outputs)?;
        Ok(self.out)
    }

    fn values(&self, tensors: &[usize]) -> Result<Vec<Value>> {
        let value = |index: &usize| {
            let tensor = &self.graph.tensors[*index];
            match tensor.element {
                Element::F32 => Ok(Value { name: tensor.name.to_owned(), shape: tensor.shape.clone() }),
                other => {
                    Err(inconsistent(format!("value {:?}", tensor.name), "floats", format!("{other:?}")))
                }
            }
        };
        tensors.iter().map(value).collect()
    }

    fn convert(&mut self, operator: &Operator<'_>) -> Result<()> {
        match operator.kind {
            Kind::Dequantize | Kind::Densify => self.unpack(operator),
            Kind::Conv2d => self.convolution(operator),
            Kind::DepthwiseConv2d => self.depthwise_convolution(operator),
            Kind::MaxPool2d => self.max_pool(operator),
            Kind::FullyConnected => self.fully_connected(operator),
            Kind::Add => self.add(operator),
            Kind::Prelu => self.prelu(operator),
            Kind::Relu => self.elementwise(operator, "Relu"),
            Kind::Logistic => self.elementwise(operator, "Sigmoid"),
            Kind::Relu6 => self.relu6(operator),
            Kind::Mean => self.mean(operator),
            Kind::ResizeBilinear => self.resize_bilinear(operator),
            Kind::DepthToSpace => self.depth_to_space(operator),
            Kind::Pad => self.pad(operator),
            Kind::StridedSlice => self.strided_slice(operator),
            Kind::Reshape => self.reshape(operator),
            Kind::Concatenation => self.concatenation(operator),
        }
    }

    /// Halves and sparse numbers are weights still; they become dense floats when they are read.
    fn unpack(&mut self, operator: &Operator<'_>) -> Result<()> {
        let State::Stored(origin) = self.states[operator.input(0)?] else {
            return Err(operator.unsupported("a value that is computed"));
        };
        self.begin(operator, State::Stored(origin))
    }

    /// Says what the operator's output is from now on; no other operator may have made it.
    fn begin(&mut self, operator: &Operator<'_>, state: State) -> Result<()> {
        let output = operator.output()?;
        match self.states[output] {
            State::Unknown => {
                self.states[output] = state;
                Ok(())
            }
            _ => Err(operator.inconsistent("an output of its own", format!("tensor {output} again"))),
        }
    }

    fn shape(&self, tensor: usize) -> &'a [usize] {
        &self.graph.tensors[tensor].shape
    }

    /// Batch, height, width, channels.
    fn four_axes(&self, operator: &Operator<'_>, tensor: usize) -> Result<[usize; 4]> {
        let shape = self.shape(tensor);
        shape.try_into().map_err(|_| operator.unsupported(format!("a tensor of shape {shape:?}")))
    }

    /// The layout in which an operator that does not care computes.
    fn usual_layout(&self, tensor: usize) -> Layout {
        if self.shape(tensor).len() == 4 { Layout::ChannelsFirst } else { Layout::Plain }
    }

    fn name(&self, tensor: usize, layout: Layout) -> String {
        match layout {
            Layout::ChannelsFirst => format!("{tensor}_first"),
            Layout::Plain if self.graph.inputs.contains(&tensor) || self.graph.outputs.contains(&tensor) => {
                self.graph.tensors[tensor].name.to_owned()
            }
            Layout::Plain => tensor.to_string(),
        }
    }

    /// The name of a computed value in a layout, in which it is made first if it has to be.
    fn value(&mut self, tensor: usize, layout: Layout) -> String {
        let name = self.name(tensor, layout);
        let (other, order, there) = match (self.states[tensor], layout) {
            (State::Computed { plain, .. }, Layout::Plain) => (Layout::ChannelsFirst, LAST_FROM_FIRST, plain),
            (State::Computed { first, .. }, Layout::ChannelsFirst) => (Layout::Plain, FIRST_FROM_LAST, first),
            _ => return name,
        };
        if !there {
            let inputs = vec![self.name(tensor, other)];
            let order = order.map(|axis| axis as i64).to_vec();
            let attributes = vec![("perm", Attribute::Ints(order))];
            self.out.nodes.push(Node { kind: "Transpose", inputs, output: name.clone(), attributes });
            self.states[tensor] = State::Computed { plain: true, first: true };
        }
        name
    }

    /// The name of an input, computed or a weight, in a layout.
    fn operand(&mut self, operator: &Operator<'_>, tensor: usize, layout: Layout) -> Result<String> {
        match self.states[tensor] {
            State::Unknown => Err(operator.inconsistent(
                "inputs that earlier operators make",
                format!("tensor {tensor} ({:?})", self.graph.tensors[tensor].name),
            )),
            State::Stored(_) if layout == Layout::Plain => self.weight(operator, tensor, None),
            State::Stored(_) => self.weight(operator, tensor, Some(FIRST_FROM_LAST)),
            State::Computed { .. } => {
                if layout == Layout::ChannelsFirst {
                    self.four_axes(operator, tensor)?;
                }
                Ok(self.value(tensor, layout))
            }
        }
    }

    /// The name of a weight, as it is, or with four axes in an order; what has fewer gets ones before them.
    fn weight(
        &mut self,
        operator: &Operator<'_>,
        tensor: usize,
        order: Option<[usize; 4]>,
    ) -> Result<String> {
        let State::Stored(origin) = self.states[tensor] else {
            return Err(operator.unsupported("a computed value in the place of weights"));
        };
        if let Some(name) = self.weights.get(&(tensor, order)) {
            return Ok(name.clone());
        }
        let mut constant = self.read(origin)?;
        let declared = self.shape(tensor);
        if declared != constant.shape {
            let found = format!("{:?}", constant.shape);
            return Err(operator.inconsistent(format!("weights of shape {declared:?}"), found));
        }
        if let Some(order) = order {
            constant = constant.with_axes(order.len());
            if constant.shape.len() != order.len() {
                return Err(operator.unsupported(format!("weights of shape {:?}", constant.shape)));
            }
            constant = constant.permuted(&order);
        }
        let Constant { shape, numbers } = constant;
        let name = self.constant(shape, Data::Floats(numbers));
        self.weights.insert((tensor, order), name.clone());
        Ok(name)
    }

    /// Reads weights, of which there may not be too many.
    fn read(&mut self, origin: usize) -> Result<Constant> {
        let stored = &self.graph.tensors[origin];
        let left = self.numbers_left.checked_sub(stored.shape.iter().product());
        self.numbers_left = left.ok_or(ConvertError::TooLarge { most: MOST_NUMBERS })?;
        Constant::read(stored)
    }

    /// Whole numbers that an operator takes as an input, of which there must be `count`.
    fn integers(&self, operator: &Operator<'_>, position: usize, count: usize) -> Result<Vec<i32>> {
        let tensor = operator.input(position)?;
        let State::Stored(origin) = self.states[tensor] else {
            return Err(operator.unsupported(format!("a computed input {position}")));
        };
        let numbers = constant::integers(&self.graph.tensors[origin])?;
        match numbers.len() == count {
            true => Ok(numbers),
            false => Err(operator
                .inconsistent(format!("{count} numbers in input {position}"), numbers.len().to_string())),
        }
    }

    /// Adds whole numbers that a node takes as an input, and names them.
    fn integer_input(&mut self, numbers: Vec<i64>) -> String {
        self.constant(vec![numbers.len()], Data::Integers(numbers))
    }

    /// Adds numbers that a node takes as an input, and names them.
    fn constant(&mut self, shape: Vec<usize>, data: Data) -> String {
        let name = format!("constant_{}", self.out.initializers.len());
        self.out.initializers.push(Initializer { name: name.clone(), shape, data });
        name
    }

    /// Adds a node whose output is the operator's, followed by the activation that is fused into it.
    fn finish(
        &mut self,
        operator: &Operator<'_>,
        layout: Layout,
        activation: i8,
        kind: &'static str,
        inputs: Vec<String>,
        attributes: Vec<(&'static str, Attribute)>,
    ) -> Result<()> {
        let (plain, first) = (layout == Layout::Plain, layout == Layout::ChannelsFirst);
        self.begin(operator, State::Computed { plain, first })?;
        let name = self.name(operator.output()?, layout);
        let output = if activation == 0 { name.clone() } else { format!("{name}_linear") };
        self.out.nodes.push(Node { kind, inputs, output: output.clone(), attributes });
        match activation {
            0 => {}
            1 => self.out.nodes.push(Node {
                kind: "Relu",
                inputs: vec![output],
                output: name,
                attributes: vec![],
            }),
            3 => self.clip(output, name),
            other => return Err(operator.unsupported(format!("the fused activation {other}"))),
        }
        Ok(())
    }

    /// Limits a value to 0 to 6.
    fn clip(&mut self, input: String, output: String) {
        let inputs = vec![
            input,
            self.constant(vec![], Data::Floats(vec![0.0])),
            self.constant(vec![], Data::Floats(vec![6.0])),
        ];
        self.out.nodes.push(Node { kind: "Clip", inputs, output, attributes: vec![] });
    }
}

fn ints(numbers: impl IntoIterator<Item = usize>) -> Attribute {
    Attribute::Ints(numbers.into_iter().map(|number| number as i64).collect())
}
