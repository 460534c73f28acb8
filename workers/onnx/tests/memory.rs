//! What it takes to load a graph. A program of its own, so that nothing else is measured.
#![cfg(target_os = "linux")]

use std::process::Command;
use std::{env, fs};

use albumen_onnx::{Device, Graph};
use onnx_rs::ast::{
    DataType, Dimension, Graph as Ast, Model, Node, OpType, OperatorSetId, TensorProto, TensorShape,
    TensorShapeDimension, TensorTypeProto, TypeProto, TypeValue, ValueInfo,
};

/// Where this program makes the file, and does nothing else.
const MAKE: &str = "ALBUMEN_TEST_MAKE_MODEL";
const WEIGHTS: [&str; 8] = ["w0", "w1", "w2", "w3", "w4", "w5", "w6", "w7"];
const PRODUCTS: [&str; 8] = ["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7"];
const ROWS: usize = 2_048;
const COLUMNS: usize = 1_024;
const WEIGHT_BYTES: usize = ROWS * COLUMNS * size_of::<f32>();

fn port(name: &str, columns: usize) -> ValueInfo<'_> {
    let dim = |value| TensorShapeDimension { value, denotation: "" };
    let shape = TensorShape { dim: vec![dim(Dimension::Param("n")), dim(Dimension::Value(columns as i64))] };
    let value = TypeValue::Tensor(TensorTypeProto { elem_type: DataType::Float, shape: Some(shape) });
    ValueInfo { name, r#type: Some(TypeProto { value: Some(value), denotation: "" }), ..Default::default() }
}

/// A file with some large weights.
fn file() -> Vec<u8> {
    let weight = vec![1; WEIGHT_BYTES];
    let product = |(input, output): (&'static str, &'static str)| Node {
        name: output,
        op_type: OpType::MatMul,
        input: vec!["x", input],
        output: vec![output],
        ..Default::default()
    };
    let dims = vec![ROWS as i64, COLUMNS as i64];
    let initializer = WEIGHTS.map(|name| TensorProto::from_raw(name, dims.clone(), DataType::Float, &weight)).into();
    let graph = Ast {
        node: WEIGHTS.into_iter().zip(PRODUCTS).map(product).collect(),
        initializer,
        input: vec![port("x", ROWS)],
        output: PRODUCTS.map(|name| port(name, COLUMNS)).into(),
        ..Default::default()
    };
    let opset_import = vec![OperatorSetId { domain: "", version: 17 }];
    onnx_rs::encode(&Model { ir_version: 8, opset_import, graph: Some(graph), ..Default::default() })
}

/// A line of what the kernel says of this process.
fn held_bytes(line: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").expect("a status");
    let held = status.lines().find_map(|found| found.strip_prefix(line)).expect("such a line");
    held.trim().strip_suffix(" kB").expect("kilobytes").parse::<usize>().expect("a number") << 10
}

#[test]
fn weights_are_in_memory_once_while_they_are_loaded() {
    if let Some(path) = env::var_os(MAKE) {
        fs::write(path, file()).expect("a model");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("model.onnx");
    // By another process: what that takes is none of this one's.
    let made = Command::new(env::current_exe().expect("this program")).env(MAKE, &path).status();
    assert!(made.expect("it runs").success());
    let before = held_bytes("VmRSS:");
    let graph = Graph::load(&path, &Device::flex()).expect("a graph");
    let weights = WEIGHTS.len() * WEIGHT_BYTES;
    let (taken, most) = (held_bytes("VmRSS:") - before, held_bytes("VmHWM:") - before);
    assert!(taken > weights / 2, "the weights are not there: {taken} bytes of {weights}");
    assert!(most < weights + weights / 2, "{most} bytes at most for weights of {weights}");
    drop(graph);
}
