//! Whole files through the converter: what nodes come out, what is refused, and, where ONNX Runtime is on the
//! machine, that the nodes compute what TensorFlow Lite's operators are defined to compute.

use super::lower::Lowering;
use super::onnx_file::{Attribute, Node, OnnxFile};
use super::testing::{Field, TestOperator, TestTensor, tflite};
use super::tflite::Graph;
use super::{ConvertError, onnx_of_tflite, onnx_of_tflite_without};
use proptest::prelude::*;

const CONV: i32 = 3;
#[cfg(feature = "onnx")]
const DEPTHWISE: i32 = 4;
const DEQUANTIZE: i32 = 6;
const RELU: i32 = 19;
const DENSIFY: i32 = 124;

/// Padding `SAME`, these strides and this activation.
fn convolution_options(stride: [i32; 2], activation: i8) -> Vec<Field> {
    vec![Field::I8(0), Field::I32(stride[1]), Field::I32(stride[0]), Field::I8(activation)]
}

fn operator(code: i32, inputs: &[i32], output: i32, options: Vec<Field>) -> TestOperator {
    TestOperator { code, inputs: inputs.to_vec(), outputs: vec![output], options }
}

fn lowered(file: &[u8]) -> OnnxFile {
    Lowering::new(&Graph::read(file).unwrap()).run().unwrap()
}

fn kinds(file: &OnnxFile) -> Vec<&'static str> {
    file.nodes.iter().map(|node| node.kind).collect()
}

fn ints<'a>(node: &'a Node, name: &str) -> &'a [i64] {
    match node.attributes.iter().find(|(known, _)| *known == name) {
        Some((_, Attribute::Ints(numbers))) => numbers,
        other => panic!("{name}: {other:?}"),
    }
}

/// Two convolutions with halves for weights, of which the second has a fused ReLU6.
fn two_convolutions() -> Vec<u8> {
    let tensors = [
        TestTensor::value("in", &[1, 5, 5, 2]),
        TestTensor::halves(&[2, 3, 3, 2], &[0.5; 36]),
        TestTensor::value("dequantized", &[2, 3, 3, 2]),
        TestTensor::value("middle", &[1, 3, 3, 2]),
        TestTensor::floats(&[2], &[1.0, -1.0]),
        TestTensor::value("out", &[1, 3, 3, 2]),
    ];
    let operators = [
        operator(DEQUANTIZE, &[1], 2, vec![]),
        operator(CONV, &[0, 2, 4], 3, convolution_options([2, 2], 0)),
        operator(CONV, &[3, 2, -1], 5, convolution_options([1, 1], 3)),
    ];
    tflite(&tensors, &operators, &[0], &[5])
}

#[test]
fn a_chain_is_turned_round_once_before_it_and_once_behind_it() {
    let file = lowered(&two_convolutions());
    assert_eq!(kinds(&file), ["Transpose", "Conv", "Conv", "Clip", "Transpose"]);
    assert_eq!(ints(&file.nodes[0], "perm"), [0, 3, 1, 2]);
    assert_eq!(ints(&file.nodes[1], "pads"), [1, 1, 1, 1]);
    assert_eq!(ints(&file.nodes[1], "strides"), [2, 2]);
    assert_eq!((file.inputs[0].name.as_str(), file.inputs[0].shape.as_slice()), ("in", &[1, 5, 5, 2][..]));
    assert_eq!(file.nodes[4].output, "out");
    // One filter for both, the bias, and the two limits.
    let shapes: Vec<_> = file.initializers.iter().map(|weight| weight.shape.clone()).collect();
    assert_eq!(shapes, [vec![2, 2, 3, 3], vec![2], vec![], vec![]]);
}

#[test]
fn the_same_bytes_give_the_same_file() {
    let file = two_convolutions();
    assert_eq!(onnx_of_tflite(&file).unwrap(), onnx_of_tflite(&file).unwrap());
}

#[test]
fn sparse_weights_give_the_file_that_dense_ones_give() {
    let convert = |weights: TestTensor| {
        let tensors = [
            TestTensor::value("in", &[1, 2, 2, 1]),
            weights,
            TestTensor::value("dense", &[2, 1, 1, 3]),
            TestTensor::value("dequantized", &[2, 1, 1, 3]),
            TestTensor::value("wide", &[1, 2, 2, 3]),
            TestTensor::value("out", &[1, 2, 2, 2]),
        ];
        let operators = [
            operator(DENSIFY, &[1], 2, vec![]),
            operator(DEQUANTIZE, &[2], 3, vec![]),
            operator(2, &[0, 0, 0], 4, vec![Field::I32(-1)]),
            operator(CONV, &[4, 3], 5, convolution_options([1, 1], 0)),
        ];
        onnx_of_tflite(&tflite(&tensors, &operators, &[0], &[5])).unwrap()
    };
    let whole = |length| vec![Field::I8(0), Field::I32(length)];
    let segments = [Field::I8(1), Field::Table(vec![Field::I32s(vec![0, 2, 3])])];
    let indices = [Field::I8(2), Field::Table(vec![Field::U16s(vec![0, 2, 1])])];
    let compressed = [Field::I8(1), Field::I32(0)].into_iter().chain(segments).chain(indices).collect();
    let axes = vec![whole(2), whole(1), whole(1), compressed];
    let order = Field::I32s(vec![0, 1, 2, 3]);
    let sparsity = Field::Table(vec![order, Field::Absent, Field::Tables(axes)]);
    let sparse = TestTensor { sparsity, ..TestTensor::halves(&[2, 1, 1, 3], &[1.5, 2.5, 3.5]) };
    let dense = TestTensor::halves(&[2, 1, 1, 3], &[1.5, 0.0, 2.5, 0.0, 3.5, 0.0]);
    assert_eq!(convert(sparse), convert(dense));
}

#[test]
fn outputs_that_are_left_out_take_their_computation_with_them() {
    let tensors =
        [TestTensor::value("in", &[1, 4]), TestTensor::value("a", &[1, 4]), TestTensor::value("b", &[1, 4])];
    let operators = [operator(RELU, &[0], 1, vec![]), operator(14, &[1], 2, vec![])];
    let bytes = tflite(&tensors, &operators, &[0], &[1, 2]);
    let file = lowered(&bytes);
    assert_eq!(kinds(&file), ["Relu", "Sigmoid"]);
    let file = file.without(&["b"]);
    assert_eq!((kinds(&file), file.outputs.len()), (vec!["Relu"], 1));
    assert!(onnx_of_tflite_without(&bytes, &["b"]).unwrap().len() < onnx_of_tflite(&bytes).unwrap().len());
}

#[test]
fn what_is_not_known_is_refused_by_name() {
    let tensors = [TestTensor::value("in", &[1, 4]), TestTensor::value("out", &[1, 4])];
    let refused = |code| {
        let file = tflite(&tensors, &[operator(code, &[0], 1, vec![])], &[0], &[1]);
        onnx_of_tflite(&file).unwrap_err().to_string()
    };
    assert_eq!(refused(18), "operator 0 is MUL, which cannot be converted");
    assert_eq!(refused(32), "operator 0 is CUSTOM, which cannot be converted");
    assert_eq!(refused(5000), "operator 0 is number 5000, which cannot be converted");
    let error = onnx_of_tflite(b"PK\x03\x04\x14\0\0\0\x08").unwrap_err();
    assert_eq!(error, ConvertError::NotTflite { found: "\"\\x14\\x00\\x00\\x00\"".to_owned() });
    assert!(onnx_of_tflite(b"").unwrap_err().to_string().ends_with("found 0 bytes"));
}

#[test]
fn parts_that_do_not_fit_are_refused_with_what_was_expected() {
    let convert = |out: &[i32], bias: &[f32]| {
        let bias_shape = [i32::try_from(bias.len()).unwrap()];
        let tensors = [
            TestTensor::value("in", &[1, 5, 5, 2]),
            TestTensor::floats(&[2, 3, 3, 2], &[0.5; 36]),
            TestTensor::floats(&bias_shape, bias),
            TestTensor::value("out", out),
        ];
        let operators = [operator(CONV, &[0, 1, 2], 3, convolution_options([2, 2], 0))];
        onnx_of_tflite(&tflite(&tensors, &operators, &[0], &[3]))
    };
    assert!(convert(&[1, 3, 3, 2], &[0.0; 2]).is_ok());
    let message = convert(&[1, 2, 3, 2], &[0.0; 2]).unwrap_err().to_string();
    assert!(message.contains("operator 0 (CONV_2D): expected an output of [1, 3, 3]"), "{message}");
    let message = convert(&[1, 3, 3, 2], &[0.0; 3]).unwrap_err().to_string();
    assert!(message.contains("expected a bias of shape [2], found [3]"), "{message}");
}

proptest! {
    #[test]
    fn any_change_of_a_file_is_converted_or_refused(
        cut in 0_usize..400,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
    ) {
        let mut file = two_convolutions();
        file.truncate(file.len() - cut);
        for (index, value) in changes {
            let at = index.index(file.len());
            file[at] = value;
        }
        drop(onnx_of_tflite(&file));
    }
}

/// Operators computed twice: by ONNX Runtime from the converted file, and here, in TensorFlow Lite's order of
/// axes and by its definitions.
#[cfg(feature = "onnx")]
mod computed {
    use super::*;
    use crate::holistic::onnx::testing::run;

    /// A number for each place that has no pattern to it.
    fn noise(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 37 + seed * 101) as f32 * 0.73).sin()).collect()
    }

    /// Runs a file of one input and one output. The tensors before the last two are weights.
    fn check(file: &[u8], shape: &[usize], input: &[f32], expected: &[f32]) {
        let Some(found) = run(&onnx_of_tflite(file).unwrap(), shape, input) else { return };
        assert_eq!(found.len(), expected.len());
        for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
            assert!((found - expected).abs() < 1e-5, "at {index}: expected {expected}, found {found}");
        }
    }

    fn length(list: &[usize]) -> Vec<i32> {
        list.iter().map(|length| i32::try_from(*length).unwrap()).collect()
    }

    /// One operator: input, further inputs, output.
    fn single(
        code: i32,
        input: &[usize],
        others: Vec<TestTensor>,
        output: &[usize],
        options: Vec<Field>,
    ) -> Vec<u8> {
        let mut tensors = vec![TestTensor::value("in", &length(input))];
        tensors.extend(others);
        let inputs: Vec<i32> = (0..tensors.len()).map(|i| i32::try_from(i).unwrap()).collect();
        let last = i32::try_from(tensors.len()).unwrap();
        tensors.push(TestTensor::value("out", &length(output)));
        tflite(&tensors, &[operator(code, &inputs, last, options)], &[0], &[last])
    }

    /// `[height, width, channels]` of the input; filters `[outputs, kernel, kernel, channels]`; `SAME`.
    fn convolve(
        input: &[f32],
        [height, width, channels]: [usize; 3],
        filters: &[f32],
        kernel: usize,
        stride: usize,
        outputs: usize,
        depthwise: bool,
    ) -> Vec<f32> {
        let sizes = [height.div_ceil(stride), width.div_ceil(stride)];
        let before = |size: usize, output: usize| ((output - 1) * stride + kernel).saturating_sub(size) / 2;
        let (top, left) = (before(height, sizes[0]), before(width, sizes[1]));
        let mut out = Vec::new();
        for y in 0..sizes[0] {
            for x in 0..sizes[1] {
                for o in 0..outputs {
                    let mut sum = 0.0;
                    for ky in 0..kernel {
                        for kx in 0..kernel {
                            let (row, column) =
                                ((y * stride + ky).wrapping_sub(top), (x * stride + kx).wrapping_sub(left));
                            if row >= height || column >= width {
                                continue;
                            }
                            for c in 0..channels {
                                let value = input[(row * width + column) * channels + c];
                                if !depthwise {
                                    sum += value * filters[((o * kernel + ky) * kernel + kx) * channels + c];
                                } else if o / (outputs / channels) == c {
                                    sum += value * filters[(ky * kernel + kx) * outputs + o];
                                }
                            }
                        }
                    }
                    out.push(sum);
                }
            }
        }
        out
    }

    #[test]
    fn convolutions_with_odd_padding() {
        for (size, kernel, stride) in [([6, 7, 2], 3, 2), ([5, 4, 3], 2, 1), ([7, 7, 1], 5, 3)] {
            let [height, width, channels] = size;
            let (input, filters) =
                (noise(height * width * channels, 1), noise(4 * kernel * kernel * channels, 2));
            let out = [1, height.div_ceil(stride), width.div_ceil(stride), 4];
            let weights = TestTensor::floats(&length(&[4, kernel, kernel, channels]), &filters);
            let options = convolution_options([stride; 2].map(|stride| i32::try_from(stride).unwrap()), 0);
            let file = single(CONV, &[1, height, width, channels], vec![weights], &out, options);
            let expected = convolve(&input, size, &filters, kernel, stride, 4, false);
            check(&file, &[1, height, width, channels], &input, &expected);
        }
    }

    #[test]
    fn depthwise_convolutions_with_two_outputs_for_each_channel() {
        let (input, filters) = (noise(6 * 5 * 3, 3), noise(3 * 3 * 6, 4));
        let options = vec![Field::I8(0), Field::I32(2), Field::I32(2), Field::I32(2), Field::I8(1)];
        let weights = TestTensor::floats(&[1, 3, 3, 6], &filters);
        let file = single(DEPTHWISE, &[1, 6, 5, 3], vec![weights], &[1, 3, 3, 6], options);
        let expected = convolve(&input, [6, 5, 3], &filters, 3, 2, 6, true);
        let expected: Vec<f32> = expected.into_iter().map(|number| number.max(0.0)).collect();
        check(&file, &[1, 6, 5, 3], &input, &expected);
    }

    #[test]
    fn slopes_below_zero_of_each_channel() {
        let input = noise(2 * 2 * 8, 5);
        let slopes = [0.0, 0.25, 1.0, -0.5, 2.0, 0.1, 0.9, -1.0];
        let file =
            single(54, &[1, 2, 2, 8], vec![TestTensor::floats(&[1, 1, 8], &slopes)], &[1, 2, 2, 8], vec![]);
        let sloped =
            |(i, number): (usize, &f32)| if *number > 0.0 { *number } else { number * slopes[i % 8] };
        let expected: Vec<f32> = input.iter().enumerate().map(sloped).collect();
        check(&file, &[1, 2, 2, 8], &input, &expected);
    }

    #[test]
    fn channels_become_pixels_block_by_block() {
        let input = noise(2 * 3 * 8, 6);
        let file = single(5, &[1, 2, 3, 8], vec![], &[1, 4, 6, 2], vec![Field::I32(2)]);
        let pixel =
            |y: usize, x: usize, c: usize| input[((y / 2) * 3 + x / 2) * 8 + ((y % 2) * 2 + x % 2) * 2 + c];
        let expected: Vec<f32> = (0..4 * 6 * 2).map(|i| pixel(i / 12, i / 2 % 6, i % 2)).collect();
        check(&file, &[1, 2, 3, 8], &input, &expected);
    }

    #[test]
    fn pixels_between_pixels_by_half_pixel_centres() {
        for (from, to) in [(3, 6), (3, 5), (4, 8)] {
            let input = noise(from * 2, 7);
            let size = TestTensor::integers(&[2], &length(&[to, 1]));
            let options = vec![Field::Absent, Field::Absent, Field::Flag(false), Field::Flag(true)];
            let file = single(23, &[1, from, 1, 2], vec![size], &[1, to, 1, 2], options);
            let expected = (0..to * 2).map(|i| {
                let place = ((i / 2) as f32 + 0.5) * from as f32 / to as f32 - 0.5;
                let place = place.clamp(0.0, (from - 1) as f32);
                let (low, part) = (place.floor(), place.fract());
                let at = |row: f32| input[(row as usize).min(from - 1) * 2 + i % 2];
                at(low) * (1.0 - part) + at(low + 1.0) * part
            });
            check(&file, &[1, from, 1, 2], &input, &expected.collect::<Vec<_>>());
        }
    }

    #[test]
    fn means_and_slices_and_pads() {
        let input = noise(2 * 2 * 3, 8);
        let axes = TestTensor::integers(&[2], &[1, 2]);
        let file = single(40, &[1, 2, 2, 3], vec![axes], &[1, 3], vec![Field::Flag(false)]);
        let mean = |c: usize| (0..4).map(|pixel| input[pixel * 3 + c]).sum::<f32>() / 4.0;
        check(&file, &[1, 2, 2, 3], &input, &[0, 1, 2].map(mean));

        let lists = [[0, 0, 0, 1], [1, 2, 2, -1], [1, 1, 1, 1]].map(|list| TestTensor::integers(&[4], &list));
        let file = single(45, &[1, 2, 2, 3], lists.to_vec(), &[1, 2, 2, 1], vec![]);
        check(&file, &[1, 2, 2, 3], &input, &[1, 4, 7, 10].map(|i| input[i]));

        let pads = TestTensor::integers(&[4, 2], &[0, 0, 0, 0, 0, 0, 1, 2]);
        let file = single(34, &[1, 2, 2, 3], vec![pads], &[1, 2, 2, 6], vec![]);
        let padded = input.as_chunks::<3>().0.iter().flat_map(|[a, b, c]| [0.0, *a, *b, *c, 0.0, 0.0]);
        check(&file, &[1, 2, 2, 3], &input, &padded.collect::<Vec<_>>());
    }

    #[test]
    fn layers_that_see_everything() {
        let (input, weights) = (noise(4, 9), noise(12, 10));
        let others = vec![TestTensor::floats(&[3, 4], &weights), TestTensor::floats(&[3], &[1.0, 2.0, 3.0])];
        let file = single(9, &[1, 4], others, &[1, 3], vec![]);
        let row =
            |row: usize| (0..4).map(|i| input[i] * weights[row * 4 + i]).sum::<f32>() + row as f32 + 1.0;
        check(&file, &[1, 4], &input, &[0, 1, 2].map(row));
    }

    #[test]
    fn numbers_are_flattened_in_the_order_of_the_file() {
        let input = noise(2 * 2 * 3, 11);
        let tensors = [
            TestTensor::value("in", &[1, 2, 2, 3]),
            TestTensor::value("positive", &[1, 2, 2, 3]),
            TestTensor::value("out", &[1, 12]),
        ];
        let operators = [operator(RELU, &[0], 1, vec![]), operator(22, &[1], 2, vec![])];
        let file = tflite(&tensors, &operators, &[0], &[2]);
        let expected: Vec<f32> = input.iter().map(|number| number.max(0.0)).collect();
        check(&file, &[1, 2, 2, 3], &input, &expected);
    }
}
