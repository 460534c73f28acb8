//! What it takes to load a graph. A program of its own, so that nothing else is measured.
#![cfg(target_os = "linux")]

mod common;

use std::process::Command;
use std::{env, fs};

use albumen_onnx::{Device, Graph};
use onnx_rs::ast::{DataType, Graph as Ast, TensorProto};

use common::{model, node, port};

/// Where this program makes the file, and does nothing else.
const MAKE: &str = "ALBUMEN_TEST_MAKE_MODEL";
const WEIGHTS: [&str; 8] = ["w0", "w1", "w2", "w3", "w4", "w5", "w6", "w7"];
const PRODUCTS: [&str; 8] = ["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7"];
const ROWS: usize = 2_048;
const COLUMNS: usize = 1_024;
const WEIGHT_BYTES: usize = ROWS * COLUMNS * size_of::<f32>();

/// A file with some large weights.
fn file() -> Vec<u8> {
    let weight = vec![1; WEIGHT_BYTES];
    let product = |(weight, product): (&'static str, &'static str)| node("MatMul", &["x", weight], &[product]);
    let matrix = |name, columns: usize| port(name, DataType::Float, &[None, Some(columns as i64)]);
    let dims = vec![ROWS as i64, COLUMNS as i64];
    let initializer = WEIGHTS.map(|name| TensorProto::from_raw(name, dims.clone(), DataType::Float, &weight)).into();
    let graph = Ast {
        node: WEIGHTS.into_iter().zip(PRODUCTS).map(product).collect(),
        initializer,
        input: vec![matrix("x", ROWS)],
        output: PRODUCTS.map(|name| matrix(name, COLUMNS)).into(),
        ..Default::default()
    };
    onnx_rs::encode(&model(graph))
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
