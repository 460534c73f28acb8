//! What only a device of wgpu shows: half precision, and a GPU that is lost in the middle.
//!
//! `tests/inference/run` runs this where there is a Vulkan, a software one too; a plain `cargo test` does not.
#![cfg(feature = "gpu")]

mod common;

use std::path::PathBuf;

use albumen_onnx::{Choice, Chosen, Graph, Value, Width, device};
use burn::tensor::Device;
use burn::tensor::wgpu::{WgpuBackend, wgpu};
use onnx_rs::ast::{Attribute, AttributeType, DataType, Graph as Ast, Node, TensorProto};

use common::{model, node, port};

fn put(folder: &tempfile::TempDir, graph: Ast<'_>) -> PathBuf {
    let path = folder.path().join("model.onnx");
    std::fs::write(&path, onnx_rs::encode(&model(graph))).expect("a file");
    path
}

/// y = softmax(x · w), with w of three rows and four columns, each `factor` times as large as usual.
fn write(folder: &tempfile::TempDir, factor: f32) -> PathBuf {
    let weights = (0..12).map(|place| (place as f32 / 5.0 - 1.0) * factor).collect::<Vec<_>>();
    let graph = Ast {
        node: vec![node("MatMul", &["x", "w"], &["scores"]), node("Softmax", &["scores"], &["y"])],
        initializer: vec![TensorProto::from_f32("w", vec![3, 4], weights)],
        input: vec![port("x", DataType::Float, &[None, Some(3)])],
        output: vec![port("y", DataType::Float, &[])],
        ..Default::default()
    };
    put(folder, graph)
}

fn answer(graph: &Graph) -> Vec<f32> {
    let given = Value::F32 { dims: vec![2, 3], data: vec![0.5, -1.0, 0.25, 1.0, 0.0, -0.75] };
    let results = graph.run(vec![("x", given)]).expect("an answer");
    results[0].1.floats().expect("floats").to_vec()
}

fn furthest(left: &[f32], right: &[f32]) -> f32 {
    assert_eq!(left.len(), right.len());
    left.iter().zip(right).fold(0.0, |most, (left, right)| most.max((left - right).abs()))
}

fn any_gpu() -> Chosen {
    let chosen = device(Choice::Gpu);
    assert!(chosen.gpu, "no Vulkan here");
    chosen
}

#[test]
#[ignore = "needs Vulkan: tests/inference/run"]
fn a_graph_runs_in_half_precision_where_it_answers_the_same() {
    let (folder, chosen) = (tempfile::tempdir().expect("a folder"), any_gpu());
    let path = write(&folder, 1.0);
    let exact = answer(&Graph::load(&path, &Device::flex()).expect("a graph"));
    let (graph, width) = Graph::load(&path, &chosen.device).expect("a graph").halved_where_same();
    println!("{}: {width:?}", chosen.description);
    let off = furthest(&answer(&graph), &exact);
    match width {
        Width::Half { cosine } => assert!(cosine > 0.999 && off > 0.0 && off < 2e-3, "{cosine}, {off} off"),
        Width::Single { reason } => assert!(reason.contains("does not compute") && off < 1e-5, "{reason}, {off} off"),
    }
}

#[test]
#[ignore = "needs Vulkan: tests/inference/run"]
fn a_graph_that_overflows_half_precision_stays_in_single() {
    let (folder, chosen) = (tempfile::tempdir().expect("a folder"), any_gpu());
    // Larger than any half float.
    let path = write(&folder, 1e6);
    let (graph, width) = Graph::load(&path, &chosen.device).expect("a graph").halved_where_same();
    let Width::Single { reason } = width else { panic!("it is {width:?}") };
    assert!(reason.contains("no number") || reason.contains("does not compute"), "{reason}");
    assert!(answer(&graph).iter().all(|value| value.is_finite()));
}

#[test]
fn on_the_processor_nothing_is_halved() {
    let folder = tempfile::tempdir().expect("a folder");
    let graph = Graph::load(&write(&folder, 1.0), &Device::flex()).expect("a graph");
    let (_, width) = graph.halved_where_same();
    let Width::Single { reason } = width else { panic!("it is {width:?}") };
    assert!(reason.contains("does not compute"), "{reason}");
}

const ROWS: i64 = 1 << 12;
const COLUMNS: i64 = 1 << 8;

/// y = softmax of rows x of a table that is large enough to stay in its file. Shares of a row differ up to e⁸-fold.
fn write_table(folder: &tempfile::TempDir) -> PathBuf {
    let number = |place: i64| ((place * 7919 % 1013) as f32 / 506.5 - 1.0) * 4.0;
    let table = (0..ROWS * COLUMNS).flat_map(|place| number(place).to_le_bytes()).collect::<Vec<_>>();
    let graph = Ast {
        node: vec![node("Gather", &["w", "x"], &["rows"]), node("Softmax", &["rows"], &["y"])],
        initializer: vec![TensorProto::from_raw("w", vec![ROWS, COLUMNS], DataType::Float, &table)],
        input: vec![port("x", DataType::Int64, &[None])],
        output: vec![port("y", DataType::Float, &[])],
        ..Default::default()
    };
    put(folder, graph)
}

#[test]
#[ignore = "needs Vulkan: tests/inference/run"]
fn rows_of_a_table_are_fetched_in_half_precision_too() {
    let (folder, chosen) = (tempfile::tempdir().expect("a folder"), any_gpu());
    let path = write_table(&folder);
    let rows = |graph: &Graph| {
        let places = Value::I64 { dims: vec![3], data: vec![7, ROWS - 1, 8] };
        let results = graph.run(vec![("x", places)]).expect("an answer");
        results[0].1.floats().expect("floats").to_vec()
    };
    let exact = rows(&Graph::load(&path, &Device::flex()).expect("a graph"));
    let (first, second) = (&exact[..COLUMNS as usize], &exact[COLUMNS as usize..2 * COLUMNS as usize]);
    assert!(furthest(first, second) > 1e-2, "another row would be noticed");
    let (graph, width) = Graph::load(&path, &chosen.device).expect("a graph").halved_where_same();
    println!("{}: {width:?}", chosen.description);
    assert!(graph.census().iter().any(|(operator, _)| *operator == "joined.Rows"), "the table is in memory");
    let off = furthest(&rows(&graph), &exact);
    match width {
        Width::Half { cosine } => assert!(cosine > 0.999 && off > 0.0 && off < 1e-3, "{cosine}, {off} off"),
        Width::Single { reason } => assert!(reason.contains("does not compute") && off < 1e-6, "{reason}, {off} off"),
    }
}

/// The side of a picture of which all pixels are added up: many times as much as a half float holds.
const SIDE: usize = 300;
const SHADE: f32 = 8.0;

#[test]
#[ignore = "needs Vulkan: tests/inference/run"]
fn means_of_many_numbers_do_not_overflow_half_precision() {
    let (folder, chosen) = (tempfile::tempdir().expect("a folder"), any_gpu());
    let window = Attribute {
        name: "kernel_shape",
        r#type: AttributeType::Ints,
        ints: vec![SIDE as i64; 2],
        ..Default::default()
    };
    let by_window = Node { attribute: vec![window], ..node("AveragePool", &["x"], &["y"]) };
    for pool in [by_window, node("GlobalAveragePool", &["x"], &["y"])] {
        let graph = Ast {
            node: vec![pool],
            input: vec![port("x", DataType::Float, &[None, Some(1), Some(SIDE as i64), Some(SIDE as i64)])],
            output: vec![port("y", DataType::Float, &[])],
            ..Default::default()
        };
        let half = match Graph::load(&put(&folder, graph), &chosen.device).expect("a graph").halved() {
            Ok(half) => half,
            Err(reason) => return println!("{}: {reason}", chosen.description),
        };
        let picture = Value::F32 { dims: vec![1, 1, SIDE, SIDE], data: vec![SHADE; SIDE * SIDE] };
        let results = half.run(vec![("x", picture)]).expect("an answer");
        assert!(furthest(results[0].1.floats().expect("floats"), &[SHADE]) < 1e-2, "{:?}", results[0].1);
    }
}

/// A device of its own, so that the other tests keep theirs.
#[test]
#[ignore = "needs Vulkan: tests/inference/run"]
fn a_lost_gpu_is_noticed_and_opened_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Device::wgpu_options().graphics_api(WgpuBackend::Vulkan);
    let (device, setup) = options.init_with_setup().expect("a device");
    let name = setup.adapter.get_info().name;
    let chosen = Chosen { device, description: name.clone(), name: Some(name), gpu: true };
    let path = write(&folder, 1.0);
    let graph = Graph::load(&path, &chosen.device).expect("a graph");
    let before = answer(&graph);
    assert!(chosen.works());
    setup.device.destroy();
    // Like a driver that tells of a reset.
    setup.device.poll(wgpu::PollType::wait_indefinitely()).ok();
    assert!(!chosen.works(), "its loss is noticed");
    let given = Value::F32 { dims: vec![1, 3], data: vec![0.0; 3] };
    assert!(graph.run(vec![("x", given)]).is_err(), "a lost device gives no answer");
    let again = chosen.again().expect("it is opened again");
    let graph = Graph::load(&path, &again.device).expect("a graph");
    assert!(furthest(&answer(&graph), &before) < 1e-6);
}
