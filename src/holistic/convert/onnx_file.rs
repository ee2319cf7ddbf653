//! The part of an ONNX file that is written here: nodes, weights, inputs, outputs.
//!
//! Schema: `onnx.proto` of ONNX; fields are written by their number there.

use super::protobuf::Message;
use std::collections::BTreeSet;

/// The version of the file format that goes with the operator set.
const IR_VERSION: i64 = 8;
const OPERATOR_SET: i64 = 17;

const FLOAT: i64 = 1;
const INT64: i64 = 7;

/// A network to be written.
#[derive(Debug, Default)]
pub(super) struct OnnxFile {
    pub(super) nodes: Vec<Node>,
    pub(super) initializers: Vec<Initializer>,
    pub(super) inputs: Vec<Value>,
    pub(super) outputs: Vec<Value>,
}

/// A step of the computation, with one output.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    /// ONNX's name of the operator.
    pub(super) kind: &'static str,
    /// Names of values and weights; an empty one where an optional one is left out.
    pub(super) inputs: Vec<String>,
    pub(super) output: String,
    pub(super) attributes: Vec<(&'static str, Attribute)>,
}

/// A setting of a node.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Attribute {
    Int(i64),
    Ints(Vec<i64>),
    Text(&'static str),
}

/// A weight.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Initializer {
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    pub(super) data: Data,
}

/// The numbers of a weight.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Data {
    Floats(Vec<f32>),
    Integers(Vec<i64>),
}

/// An input or output: floats.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Value {
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
}

impl OnnxFile {
    /// Leaves out outputs, and whatever was computed for them alone.
    pub(super) fn without(mut self, outputs: &[&str]) -> Self {
        self.outputs.retain(|value| !outputs.contains(&value.name.as_str()));
        let mut needed: BTreeSet<String> = self.outputs.iter().map(|value| value.name.clone()).collect();
        // A node comes behind those that it needs.
        for node in self.nodes.iter().rev() {
            if needed.contains(&node.output) {
                needed.extend(node.inputs.iter().cloned());
            }
        }
        self.nodes.retain(|node| needed.contains(&node.output));
        self.initializers.retain(|weight| needed.contains(&weight.name));
        self
    }

    /// The file's bytes: a `ModelProto`.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut model = Message::default();
        model.integer(1, IR_VERSION);
        model.bytes(2, env!("CARGO_PKG_NAME").as_bytes());
        model.message(7, |graph| self.encode_graph(graph));
        model.message(8, |set| {
            set.bytes(1, b"");
            set.integer(2, OPERATOR_SET);
        });
        model.into_bytes()
    }

    fn encode_graph(&self, graph: &mut Message) {
        for (index, node) in self.nodes.iter().enumerate() {
            graph.message(1, |message| node.encode(index, message));
        }
        graph.bytes(2, b"graph");
        self.initializers.iter().for_each(|weight| graph.message(5, |message| weight.encode(message)));
        self.inputs.iter().for_each(|value| graph.message(11, |message| value.encode(message)));
        self.outputs.iter().for_each(|value| graph.message(12, |message| value.encode(message)));
    }
}

impl Node {
    fn encode(&self, index: usize, message: &mut Message) {
        self.inputs.iter().for_each(|name| message.bytes(1, name.as_bytes()));
        message.bytes(2, self.output.as_bytes());
        message.bytes(3, format!("{}_{index}", self.kind).as_bytes());
        message.bytes(4, self.kind.as_bytes());
        for (name, attribute) in &self.attributes {
            message.message(5, |message| {
                message.bytes(1, name.as_bytes());
                attribute.encode(message);
            });
        }
    }
}

impl Attribute {
    fn encode(&self, message: &mut Message) {
        let kind = match self {
            Self::Int(number) => {
                message.integer(3, *number);
                2
            }
            Self::Text(text) => {
                message.bytes(4, text.as_bytes());
                3
            }
            Self::Ints(numbers) => {
                numbers.iter().for_each(|number| message.integer(8, *number));
                7
            }
        };
        message.integer(20, kind);
    }
}

impl Initializer {
    fn encode(&self, message: &mut Message) {
        message.packed(1, lengths(&self.shape));
        let (kind, bytes): (_, Vec<u8>) = match &self.data {
            Data::Floats(numbers) => {
                (FLOAT, numbers.iter().flat_map(|number| number.to_le_bytes()).collect())
            }
            Data::Integers(numbers) => {
                (INT64, numbers.iter().flat_map(|number| number.to_le_bytes()).collect())
            }
        };
        message.integer(2, kind);
        message.bytes(8, self.name.as_bytes());
        message.bytes(9, &bytes);
    }
}

impl Value {
    fn encode(&self, message: &mut Message) {
        message.bytes(1, self.name.as_bytes());
        message.message(2, |kind| {
            kind.message(1, |tensor| {
                tensor.integer(1, FLOAT);
                tensor.message(2, |shape| {
                    lengths(&self.shape).for_each(|length| shape.message(1, |axis| axis.integer(1, length)));
                });
            });
        });
    }
}

/// Axes are at most 2^24 long, see `tflite`.
fn lengths(shape: &[usize]) -> impl Iterator<Item = i64> {
    shape.iter().map(|length| i64::try_from(*length).unwrap_or(i64::MAX))
}
