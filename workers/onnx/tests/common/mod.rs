//! Parts of files that tests make.

use onnx_rs::ast::{
    DataType, Dimension, Graph as Ast, Model, Node, OpType, OperatorSetId, TensorShape, TensorShapeDimension,
    TensorTypeProto, TypeProto, TypeValue, ValueInfo,
};

/// An input or output; `None` leaves a dimension open.
pub fn port<'a>(name: &'a str, kind: DataType, dims: &[Option<i64>]) -> ValueInfo<'a> {
    let dim = |dim: &Option<i64>| TensorShapeDimension {
        value: dim.map_or(Dimension::Param("n"), Dimension::Value),
        denotation: "",
    };
    let shape = TensorShape { dim: dims.iter().map(dim).collect() };
    let value = TypeValue::Tensor(TensorTypeProto { elem_type: kind, shape: Some(shape) });
    ValueInfo { name, r#type: Some(TypeProto { value: Some(value), denotation: "" }), ..Default::default() }
}

/// A node that is called "it".
pub fn node<'a>(operator: &'a str, inputs: &[&'a str], outputs: &[&'a str]) -> Node<'a> {
    Node {
        name: "it",
        op_type: OpType::from(operator),
        input: inputs.to_vec(),
        output: outputs.to_vec(),
        ..Default::default()
    }
}

/// A file of that graph.
pub fn model(graph: Ast<'_>) -> Model<'_> {
    let opset_import = vec![OperatorSetId { domain: "", version: 17 }];
    Model { ir_version: 8, opset_import, graph: Some(graph), ..Default::default() }
}
