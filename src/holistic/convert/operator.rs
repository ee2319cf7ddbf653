//! The operators of TensorFlow Lite: those that are converted, and what the others are called.

/// An operator that is converted, by its name in the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::holistic) enum Kind {
    Add,
    Concatenation,
    Conv2d,
    Densify,
    DepthToSpace,
    DepthwiseConv2d,
    Dequantize,
    FullyConnected,
    Logistic,
    MaxPool2d,
    Mean,
    Pad,
    Prelu,
    Relu,
    Relu6,
    Reshape,
    ResizeBilinear,
    StridedSlice,
}

const CODES: [(usize, Kind); 18] = [
    (0, Kind::Add),
    (2, Kind::Concatenation),
    (3, Kind::Conv2d),
    (4, Kind::DepthwiseConv2d),
    (5, Kind::DepthToSpace),
    (6, Kind::Dequantize),
    (9, Kind::FullyConnected),
    (14, Kind::Logistic),
    (17, Kind::MaxPool2d),
    (19, Kind::Relu),
    (21, Kind::Relu6),
    (22, Kind::Reshape),
    (23, Kind::ResizeBilinear),
    (34, Kind::Pad),
    (40, Kind::Mean),
    (45, Kind::StridedSlice),
    (54, Kind::Prelu),
    (124, Kind::Densify),
];

/// The code of operators that carry a name of their own.
pub(in crate::holistic) const CUSTOM: usize = 32;

/// Names by code: `BuiltinOperator` of TensorFlow Lite's schema.
const NAMES: &str = "\
    ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE \
    EMBEDDING_LOOKUP FLOOR FULLY_CONNECTED HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D \
    LOCAL_RESPONSE_NORMALIZATION LOGISTIC LSH_PROJECTION LSTM MAX_POOL_2D MUL RELU RELU_N1_TO_1 RELU6 \
    RESHAPE RESIZE_BILINEAR RNN SOFTMAX SPACE_TO_DEPTH SVDF TANH CONCAT_EMBEDDINGS SKIP_GRAM CALL CUSTOM \
    EMBEDDING_LOOKUP_SPARSE PAD UNIDIRECTIONAL_SEQUENCE_RNN GATHER BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND \
    TRANSPOSE MEAN SUB DIV SQUEEZE UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE BIDIRECTIONAL_SEQUENCE_RNN \
    EXP TOPK_V2 SPLIT LOG_SOFTMAX DELEGATE BIDIRECTIONAL_SEQUENCE_LSTM CAST PRELU MAXIMUM ARG_MAX \
    MINIMUM LESS NEG PADV2 GREATER GREATER_EQUAL LESS_EQUAL SELECT SLICE SIN TRANSPOSE_CONV \
    SPARSE_TO_DENSE TILE EXPAND_DIMS EQUAL NOT_EQUAL LOG SUM SQRT RSQRT SHAPE POW ARG_MIN FAKE_QUANT \
    REDUCE_PROD REDUCE_MAX PACK LOGICAL_OR ONE_HOT LOGICAL_AND LOGICAL_NOT UNPACK REDUCE_MIN FLOOR_DIV \
    REDUCE_ANY SQUARE ZEROS_LIKE FILL FLOOR_MOD RANGE RESIZE_NEAREST_NEIGHBOR LEAKY_RELU \
    SQUARED_DIFFERENCE MIRROR_PAD ABS SPLIT_V UNIQUE CEIL REVERSE_V2 ADD_N GATHER_ND COS WHERE RANK ELU \
    REVERSE_SEQUENCE MATRIX_DIAG QUANTIZE MATRIX_SET_DIAG ROUND HARD_SWISH IF WHILE \
    NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5 SCATTER_ND SELECT_V2 DENSIFY SEGMENT_SUM BATCH_MATMUL \
    PLACEHOLDER_FOR_GREATER_OP_CODES CUMSUM CALL_ONCE BROADCAST_TO RFFT2D CONV_3D IMAG REAL COMPLEX_ABS \
    HASHTABLE HASHTABLE_FIND HASHTABLE_IMPORT HASHTABLE_SIZE REDUCE_ALL CONV_3D_TRANSPOSE VAR_HANDLE \
    READ_VARIABLE ASSIGN_VARIABLE BROADCAST_ARGS RANDOM_STANDARD_NORMAL BUCKETIZE RANDOM_UNIFORM \
    MULTINOMIAL GELU DYNAMIC_UPDATE_SLICE RELU_0_TO_1 UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_MAX \
    UNSORTED_SEGMENT_SUM ATAN2 UNSORTED_SEGMENT_MIN SIGN BITCAST BITWISE_XOR RIGHT_SHIFT";

impl Kind {
    pub(in crate::holistic) fn of_code(code: usize) -> Option<Self> {
        CODES.iter().find(|(known, _)| *known == code).map(|(_, kind)| *kind)
    }

    /// As the schema calls it.
    pub(in crate::holistic) fn name(self) -> &'static str {
        let code = CODES.iter().find(|(_, kind)| *kind == self).map(|(code, _)| *code);
        code.and_then(name_of_code).unwrap_or("an operator")
    }
}

/// As the schema calls an operator, converted or not.
pub(in crate::holistic) fn name_of_code(code: usize) -> Option<&'static str> {
    NAMES.split_ascii_whitespace().nth(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_has_its_name_of_the_schema() {
        let names: Vec<_> = CODES.iter().map(|(_, kind)| kind.name()).collect();
        assert_eq!(names[..4], ["ADD", "CONCATENATION", "CONV_2D", "DEPTHWISE_CONV_2D"]);
        assert_eq!(names[14..], ["MEAN", "STRIDED_SLICE", "PRELU", "DENSIFY"]);
        assert_eq!((name_of_code(CUSTOM), name_of_code(100_000)), (Some("CUSTOM"), None));
    }
}
