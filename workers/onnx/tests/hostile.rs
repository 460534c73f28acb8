//! Files that are damaged, wrong, or ask for too much: each an error that says so, never a panic and never a wait.

mod common;

use std::path::{Path, PathBuf};

use albumen_onnx::{Device, Graph, LoadError, RunError, Value};
use onnx_rs::ast::{
    Attribute, AttributeType, DataLocation, DataType, Graph as Ast, Model, Node, StringStringEntry, TensorProto,
};

use common::{model, node, port};

/// x (floats, two dimensions of any size) through some nodes to y.
fn through<'a>(nodes: Vec<Node<'a>>, weights: Vec<TensorProto<'a>>) -> Model<'a> {
    model(Ast {
        node: nodes,
        initializer: weights,
        input: vec![port("x", DataType::Float, &[None, None])],
        output: vec![port("y", DataType::Float, &[])],
        ..Default::default()
    })
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().expect("a folder"))
    }

    fn put(&self, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join("model.onnx");
        std::fs::write(&path, bytes).expect("a file");
        path
    }

    fn load(&self, bytes: &[u8]) -> Result<Graph, LoadError> {
        Graph::load(&self.put(bytes), &Device::flex())
    }

    fn refused(&self, model: &Model<'_>) -> String {
        self.load(&onnx_rs::encode(model)).expect_err("a refusal").to_string()
    }
}

fn two_by_three() -> Value {
    Value::F32 { dims: vec![2, 3], data: vec![1.0, -2.0, 3.0, -4.0, 5.0, -6.0] }
}

fn run(graph: &Graph, value: Value) -> Result<Value, RunError> {
    Ok(graph.run(vec![("x", value)])?.remove(0).1)
}

#[test]
fn a_whole_file_runs() {
    let folder = Folder::new();
    let graph = folder.load(&onnx_rs::encode(&through(vec![node("Relu", &["x"], &["y"])], vec![]))).expect("a graph");
    assert_eq!(graph.inputs()[0].dims, vec![None, None]);
    assert_eq!(
        run(&graph, two_by_three()).expect("a result"),
        Value::F32 { dims: vec![2, 3], data: vec![1.0, 0.0, 3.0, 0.0, 5.0, 0.0] }
    );
}

#[test]
fn a_file_cut_off_anywhere_is_refused_or_harmless() {
    let folder = Folder::new();
    let weight = TensorProto::from_f32("w", vec![3, 2], vec![1.0; 6]);
    let bytes = onnx_rs::encode(&through(vec![node("MatMul", &["x", "w"], &["y"])], vec![weight]));
    for length in 0..bytes.len() {
        // Cut between two fields it is a shorter file; what is missing then is found later.
        if let Ok(graph) = folder.load(&bytes[..length]) {
            let _ = run(&graph, two_by_three());
        }
    }
    assert!(folder.load(&bytes).is_ok());
}

#[test]
fn a_file_with_any_byte_changed_never_panics() {
    let folder = Folder::new();
    let weight = TensorProto::from_f32("w", vec![3, 2], vec![1.0; 6]);
    let bytes = onnx_rs::encode(&through(
        vec![node("MatMul", &["x", "w"], &["m"]), node("Softmax", &["m"], &["y"])],
        vec![weight],
    ));
    for place in 0..bytes.len() {
        for change in [0x01, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[place] ^= change;
            if let Ok(graph) = folder.load(&changed) {
                let _ = run(&graph, two_by_three());
            }
        }
    }
}

#[test]
fn what_is_no_model_is_refused() {
    let folder = Folder::new();
    assert!(matches!(folder.load(b""), Err(LoadError::Damaged(_))));
    assert!(folder.load(b"\x89PNG\r\n\x1a\n and so on").is_err());
    assert!(folder.load(&[0xff; 4096]).is_err());
    assert!(matches!(Graph::load(Path::new("/nowhere/model.onnx"), &Device::flex()), Err(LoadError::File { .. })));
}

#[test]
fn nesting_is_bounded_before_the_parser_recurses() {
    // A graph within an attribute of a node of a graph, 100,000 times: lengths grow, so it is made from the inside.
    let mut inside = Vec::new();
    let wrap = |field: u8, inner: &[u8]| {
        let mut outer = vec![field << 3 | 2];
        let mut length = inner.len();
        while length >= 0x80 {
            outer.push((length & 0x7f) as u8 | 0x80);
            length >>= 7;
        }
        outer.push(length as u8);
        outer.extend_from_slice(inner);
        outer
    };
    for _ in 0..2_000 {
        inside = wrap(1, &wrap(5, &wrap(6, &inside)));
    }
    let refusal = Folder::new().load(&wrap(7, &inside)).expect_err("a refusal");
    assert!(matches!(refusal, LoadError::TooLarge(_)), "{refusal}");
}

#[test]
fn fields_of_another_wire_type_cannot_hide_nesting() {
    // The parser takes the version for a number whatever its wire type says, and would read on within it.
    let refusal = Folder::new().load(&[0x0a, 0x02, 0x3a, 0x00]).expect_err("a refusal");
    assert!(matches!(refusal, LoadError::Damaged(_)), "{refusal}");
}

#[test]
fn a_missing_operator_is_named_with_its_node_and_version() {
    let refusal = Folder::new().refused(&through(vec![node("Frobnicate", &["x"], &["y"])], vec![]));
    assert_eq!(refusal, "the operator Frobnicate (node \"it\", opset 17) is not supported");
    let mut other = node("Relu", &["x"], &["y"]);
    other.domain = "org.example";
    assert_eq!(
        Folder::new().refused(&through(vec![other], vec![])),
        "the operator org.example.Relu (node \"it\", opset 1) is not supported"
    );
}

#[test]
fn joined_operators_are_not_for_files() {
    assert!(
        Folder::new()
            .refused(&through(vec![node("joined.Linear", &["x", "x", "x"], &["y"])], vec![]))
            .contains("not supported")
    );
}

#[test]
fn graphs_that_do_not_hold_together_are_refused() {
    let folder = Folder::new();
    let cycle = vec![node("Add", &["x", "b"], &["a"]), node("Relu", &["a"], &["b"]), node("Relu", &["b"], &["y"])];
    assert!(folder.refused(&through(cycle, vec![])).contains("nothing before it computes its input \"b\""));
    assert!(
        folder
            .refused(&through(vec![node("Relu", &["x"], &["z"])], vec![]))
            .contains("nothing computes its output \"y\"")
    );
    let twice = vec![node("Relu", &["x"], &["y"]), node("Neg", &["x"], &["y"])];
    assert!(folder.refused(&through(twice, vec![])).contains("computed twice"));
}

#[test]
fn weights_that_contradict_themselves_are_refused() {
    let folder = Folder::new();
    let add = || vec![node("Add", &["x", "w"], &["y"])];
    let short = TensorProto::from_f32("w", vec![1000, 1000], vec![1.0; 3]);
    assert!(folder.refused(&through(add(), vec![short])).contains("floats for"));
    let raw = [0u8; 7];
    assert!(
        folder
            .refused(&through(add(), vec![TensorProto::from_raw("w", vec![2], DataType::Float, &raw)]))
            .contains("7 bytes")
    );
    assert!(
        folder
            .refused(&through(add(), vec![TensorProto::from_f32("w", vec![-1], vec![1.0])]))
            .contains("negative dimension")
    );
    let huge = TensorProto::from_f32("w", vec![i64::MAX, i64::MAX], vec![1.0]);
    assert!(folder.refused(&through(add(), vec![huge])).contains("too large"));
    let text = TensorProto::from_strings("w", vec![1], vec![b"word"]);
    assert!(folder.refused(&through(add(), vec![text])).contains("String"));
}

#[test]
fn data_beside_the_model_stays_in_its_folder() {
    let folder = Folder::new();
    std::fs::write(folder.0.path().join("weights.bin"), [2.0f32.to_le_bytes(), 3.0f32.to_le_bytes()].concat())
        .expect("weights");
    let secret = tempfile::NamedTempFile::new().expect("a file elsewhere");
    std::fs::write(secret.path(), [0u8; 64]).expect("a secret");
    std::os::unix::fs::symlink(secret.path(), folder.0.path().join("link.bin")).expect("a link");
    let with = |location: &str, offset: &str, length: &str| {
        let entry = |key, value| StringStringEntry { key, value };
        let weight = TensorProto::from_raw("w", vec![1], DataType::Float, &[])
            .with_external_data(vec![entry("location", location), entry("offset", offset), entry("length", length)])
            .with_data_location(DataLocation::External);
        folder.load(&onnx_rs::encode(&through(vec![node("Mul", &["x", "w"], &["y"])], vec![weight])))
    };
    let graph = with("weights.bin", "4", "4").expect("a graph");
    assert_eq!(run(&graph, two_by_three()).expect("a result").floats().expect("floats")[0], 3.0);
    let outside = secret.path().to_string_lossy().into_owned();
    for location in ["../weights.bin", "/etc/hostname", "link.bin", "sub/../../weights.bin", outside.as_str()] {
        let refusal = with(location, "0", "4").expect_err(location).to_string();
        assert!(refusal.contains("outside of the model's folder"), "{location}: {refusal}");
    }
    assert!(with("weights.bin", "8", "4").expect_err("behind the end").to_string().contains("of a file of 8"));
    assert!(with("weights.bin", "18446744073709551615", "4").is_err());
    assert!(with("weights.bin", "0", "8").expect_err("too long").to_string().contains("8 bytes for"));
    assert!(with("missing.bin", "0", "4").is_err());
}

const ROWS: i64 = 1 << 12;
const COLUMNS: i64 = 1 << 8;

/// x (integers, of any number) through some nodes to y, with a table w.
fn with_table<'a>(nodes: Vec<Node<'a>>, table: &'a [u8], dims: [i64; 2]) -> Model<'a> {
    model(Ast {
        node: nodes,
        initializer: vec![TensorProto::from_raw("w", dims.to_vec(), DataType::Float, table)],
        input: vec![port("x", DataType::Int64, &[None])],
        output: vec![port("y", DataType::Float, &[])],
        ..Default::default()
    })
}

fn places(places: &[i64]) -> Value {
    Value::I64 { dims: vec![places.len()], data: places.to_vec() }
}

fn fetches(graph: &Graph) -> bool {
    graph.census().iter().any(|(operator, _)| *operator == "joined.Rows")
}

#[test]
fn rows_of_a_table_are_fetched_from_its_file() {
    let table = (0..ROWS * COLUMNS).flat_map(|number| (number as f32).to_le_bytes()).collect::<Vec<_>>();
    let folder = Folder::new();
    let file = with_table(vec![node("Gather", &["w", "x"], &["y"])], &table, [ROWS, COLUMNS]);
    let graph = folder.load(&onnx_rs::encode(&file)).expect("a graph");
    assert!(fetches(&graph));
    let row = |place: i64| (place * COLUMNS..(place + 1) * COLUMNS).map(|number| number as f32);
    let expected = [3, 4, 0, ROWS - 1].into_iter().flat_map(row).collect::<Vec<_>>();
    let found = run(&graph, places(&[3, 4, 0, -1])).expect("rows");
    assert_eq!(found, Value::F32 { dims: vec![4, COLUMNS as usize], data: expected });
    assert!(matches!(run(&graph, places(&[ROWS])), Err(RunError::Node { .. })));
    // Whoever cuts the file off under the graph costs an answer.
    let path = folder.0.path().join("model.onnx");
    let opened = std::fs::File::options().write(true).open(path).expect("the file");
    opened.set_len(table.len() as u64 / 2).expect("a shorter file");
    assert!(run(&graph, places(&[3])).is_ok());
    let refusal = run(&graph, places(&[3, -1])).expect_err("a refusal").to_string();
    assert!(refusal.contains("became shorter"), "{refusal}");
}

#[test]
fn a_table_of_which_more_is_asked_than_rows_and_a_narrow_one_are_read() {
    let table = vec![0; (ROWS * COLUMNS) as usize * size_of::<f32>()];
    let axis = Attribute { name: "axis", r#type: AttributeType::Int, i: 1, ..Default::default() };
    let along_columns = Node { attribute: vec![axis], ..node("Gather", &["w", "x"], &["y"]) };
    let tied = vec![
        node("Gather", &["w", "x"], &["rows"]),
        node("Transpose", &["w"], &["turned"]),
        node("MatMul", &["rows", "turned"], &["y"]),
    ];
    let rows = vec![node("Gather", &["w", "x"], &["y"])];
    let (usual, narrow) = ([ROWS, COLUMNS], [ROWS * 16, COLUMNS / 16]);
    for (nodes, dims) in [(vec![along_columns], usual), (tied, usual), (rows, narrow)] {
        let graph = Folder::new().load(&onnx_rs::encode(&with_table(nodes, &table, dims))).expect("a graph");
        assert!(!fetches(&graph));
        let found = run(&graph, places(&[1, 2])).expect("a result");
        assert!(found.floats().is_some_and(|floats| floats.iter().all(|float| *float == 0.0)));
    }
}

#[test]
fn inputs_that_do_not_fit_are_refused() {
    let folder = Folder::new();
    let graph = folder.load(&onnx_rs::encode(&through(vec![node("Relu", &["x"], &["y"])], vec![]))).expect("a graph");
    let refused = |inputs| graph.run(inputs).expect_err("a refusal").to_string();
    assert!(refused(vec![]).contains("missing"));
    assert!(refused(vec![("z", two_by_three())]).contains("no such input"));
    assert!(refused(vec![("x", Value::I64 { dims: vec![1, 1], data: vec![1] })]).contains("must be F32"));
    assert!(refused(vec![("x", Value::F32 { dims: vec![3], data: vec![0.0; 3] })]).contains("must be"));
    assert!(refused(vec![("x", Value::F32 { dims: vec![2, 3], data: vec![0.0; 5] })]).contains("5 floats"));
    assert!(refused(vec![("x", Value::F32 { dims: vec![1 << 20, 1 << 20], data: vec![] })]).contains("more than"));
}

#[test]
fn what_a_run_asks_for_is_bounded() {
    let folder = Folder::new();
    let list = |values: &[i64]| TensorProto::from_i64("s", vec![values.len() as i64], values.to_vec());
    for (operator, inputs, values) in [
        ("Expand", vec!["x", "s"], vec![1 << 20, 1 << 20, 2, 3]),
        ("Tile", vec!["x", "s"], vec![1 << 40, 1]),
        ("Pad", vec!["x", "s"], vec![1 << 30, 1 << 30, 1 << 30, 1 << 30]),
        ("Pad", vec!["x", "s"], vec![i64::MAX, 0, i64::MAX, 0]),
        ("Reshape", vec!["x", "s"], vec![i64::MAX, i64::MAX]),
        ("Gather", vec!["x", "s"], vec![9]),
        ("Gather", vec!["x", "s"], vec![i64::MIN]),
        ("Unsqueeze", vec!["x", "s"], (0..64).collect()),
        ("Slice", vec!["x", "s", "s", "s", "s"], vec![0]),
    ] {
        let bytes = onnx_rs::encode(&through(vec![node(operator, &inputs, &["y"])], vec![list(&values)]));
        let graph = folder.load(&bytes).expect("a graph");
        let refusal = run(&graph, two_by_three()).expect_err(operator);
        assert!(matches!(refusal, RunError::Node { .. }), "{operator}: {refusal}");
    }
    // Folded while loading, so refused there.
    for (operator, inputs) in [("ConstantOfShape", vec!["s"]), ("Range", vec!["s", "s", "s"])] {
        let values = if operator == "Range" { vec![0] } else { vec![1 << 40] };
        let nodes = vec![node(operator, &inputs, &["c"]), node("Relu", &["x"], &["y"])];
        assert!(folder.load(&onnx_rs::encode(&through(nodes, vec![list(&values)]))).is_err(), "{operator}");
    }
}

#[test]
fn attributes_that_make_no_sense_are_refused() {
    let folder = Folder::new();
    let ints = |name, values: &[i64]| Attribute {
        name,
        r#type: AttributeType::Ints,
        ints: values.to_vec(),
        ..Default::default()
    };
    let weight = || TensorProto::from_f32("w", vec![1, 1, 2, 2], vec![1.0; 4]);
    for attributes in [
        vec![ints("strides", &[0, 1])],
        vec![ints("strides", &[1])],
        vec![ints("pads", &[-1, 0, 0, 0])],
        vec![ints("pads", &[i64::MAX; 4])],
        vec![ints("dilations", &[1 << 60, 1])],
        vec![Attribute { name: "group", r#type: AttributeType::Int, i: 0, ..Default::default() }],
        vec![Attribute { name: "strides", r#type: AttributeType::Float, f: 1.0, ..Default::default() }],
    ] {
        let mut conv = node("Conv", &["x", "w"], &["y"]);
        conv.attribute = attributes.clone();
        let graph = model(Ast {
            node: vec![conv],
            initializer: vec![weight()],
            input: vec![port("x", DataType::Float, &[Some(1), Some(1), None, None])],
            output: vec![port("y", DataType::Float, &[])],
            ..Default::default()
        });
        let graph = folder.load(&onnx_rs::encode(&graph)).expect("a graph");
        let refusal = run(&graph, Value::F32 { dims: vec![1, 1, 3, 3], data: vec![1.0; 9] }).expect_err("a refusal");
        assert!(matches!(refusal, RunError::Node { .. }), "{attributes:?}: {refusal}");
    }
}

#[test]
fn a_graph_runs_from_several_threads_at_once() {
    let folder = Folder::new();
    let weight = TensorProto::from_f32("w", vec![3, 2], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let graph = folder
        .load(&onnx_rs::encode(&through(vec![node("MatMul", &["x", "w"], &["y"])], vec![weight])))
        .expect("a graph");
    let first = run(&graph, two_by_three()).expect("a result");
    std::thread::scope(|scope| {
        for rows in 1..5usize {
            let (graph, first) = (&graph, &first);
            scope.spawn(move || {
                for _ in 0..20 {
                    let data = two_by_three().floats().expect("floats")[..3].repeat(rows);
                    let result = run(graph, Value::F32 { dims: vec![rows, 3], data }).expect("a result");
                    assert_eq!(result.floats().expect("floats")[..2], first.floats().expect("floats")[..2]);
                }
            });
        }
    });
}
