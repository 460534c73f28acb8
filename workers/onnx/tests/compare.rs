//! Each case of a folder against onnxruntime's results, and against itself with an operator falsified.
//!
//! `tests/inference/run` makes the cases and runs this; they need Python, so it is no part of a plain `cargo test`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use albumen_onnx::{Choice, Device, Graph, LoadOptions, Value, Width, device, operators};
use serde::Deserialize;

/// The folder with the cases.
const CASES: &str = "ALBUMEN_ONNX_CASES";
/// `cpu`, or `gpu` for whatever wgpu finds, a software Vulkan too.
const DEVICE: &str = "ALBUMEN_ONNX_DEVICE";
/// Set: patterns are not joined, to tell a fault in a kernel from one in a rule.
const UNJOINED: &str = "ALBUMEN_ONNX_UNJOINED";
/// Set: no operator is falsified. That the comparison notices is seen on the processor; a slow device need not show it.
const PLAIN: &str = "ALBUMEN_ONNX_PLAIN";
/// The name of a case: that one alone, in half precision if a probe is answered the same.
const HALF: &str = "ALBUMEN_ONNX_HALF";

/// What is taken for the same.
#[derive(Clone, Copy)]
struct Bounds {
    /// The most of max|a − b| / max|b|.
    share: f32,
    /// The least cosine.
    cosine: f64,
}

const SINGLE: Bounds = Bounds { share: 1e-4, cosine: 0.99999 };
/// On a GPU a single operator is as exact, but Vulkan grants an exponential some 64 of its last bits where readers of text
/// have one for each of 18,000 letters, at the end of forty layers.
const WHOLE_ON_GPU: Bounds = Bounds { share: 3e-4, cosine: 0.99999 };
/// Half floats have ten binary digits.
const HALVED: Bounds = Bounds { share: 0.05, cosine: 0.999 };

#[derive(Deserialize)]
struct Case {
    model: PathBuf,
    operators: Vec<String>,
    inputs: Vec<Stored>,
    outputs: Vec<Stored>,
}

#[derive(Deserialize)]
struct Stored {
    name: String,
    kind: String,
    dims: Vec<usize>,
    file: String,
}

impl Stored {
    fn read(&self, folder: &Path) -> Value {
        let bytes = std::fs::read(folder.join(&self.file)).expect("a case's tensor");
        let dims = self.dims.clone();
        let words = |width: usize| bytes.chunks_exact(width);
        match self.kind.as_str() {
            "f32" => Value::F32 {
                dims,
                data: words(4).map(|word| f32::from_le_bytes(word.try_into().expect("4"))).collect(),
            },
            "i64" => Value::I64 {
                dims,
                data: words(8).map(|word| i64::from_le_bytes(word.try_into().expect("8"))).collect(),
            },
            "i32" => Value::I32 {
                dims,
                data: words(4).map(|word| i32::from_le_bytes(word.try_into().expect("4"))).collect(),
            },
            "u8" => Value::U8 { dims, data: bytes },
            "bool" => Value::Bool { dims, data: bytes.iter().map(|byte| *byte != 0).collect() },
            other => panic!("a tensor of {other}"),
        }
    }
}

/// What differs, or how much does at most.
fn compare(ours: &Value, theirs: &Value, bounds: Bounds) -> Result<f32, String> {
    if ours.dims() != theirs.dims() {
        return Err(format!("{:?} instead of {:?}", ours.dims(), theirs.dims()));
    }
    let (Value::F32 { data: ours, .. }, Value::F32 { data: theirs, .. }) = (ours, theirs) else {
        return if ours == theirs { Ok(0.0) } else { Err(format!("{ours:?} instead of {theirs:?}")) };
    };
    let largest = theirs
        .iter()
        .filter(|value| value.is_finite())
        .fold(f32::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
    let mut difference = 0f32;
    let (mut both, mut left, mut right) = (0f64, 0f64, 0f64);
    for (ours, theirs) in ours.iter().zip(theirs) {
        if ours == theirs || (ours.is_nan() && theirs.is_nan()) {
            // Also what is infinite on both sides.
        } else if ours.is_finite() && theirs.is_finite() {
            difference = difference.max((ours - theirs).abs());
        } else {
            return Err(format!("{ours} instead of {theirs}"));
        }
        if ours.is_finite() {
            both += f64::from(*ours) * f64::from(*theirs);
            left += f64::from(*ours).powi(2);
            right += f64::from(*theirs).powi(2);
        }
    }
    let cosine = if left > 0.0 && right > 0.0 { both / (left * right).sqrt() } else { 1.0 };
    let share = difference / largest;
    if share < bounds.share && cosine > bounds.cosine {
        Ok(share)
    } else {
        Err(format!("off by {share:e} of the largest, cosine {cosine}"))
    }
}

/// Runs a case twice, since the second run takes what the first found; gives the largest difference.
fn check(folder: &Path, case: &Case, device: &Device, falsify: Option<&str>) -> Result<f32, String> {
    let fuse = !is_set(UNJOINED);
    let options = LoadOptions { falsify: falsify.map(str::to_owned), fuse, ..LoadOptions::default() };
    let graph = Graph::load_with(&case.model, device, options).map_err(|error| error.to_string())?;
    let (graph, bounds) = if is_set(HALF) { halved(folder, graph, falsify)? } else { (graph, single()) };
    let mut worst = 0f32;
    for _ in 0..2 {
        let inputs = case.inputs.iter().map(|input| (input.name.as_str(), input.read(folder))).collect();
        let results = graph.run(inputs).map_err(|error| error.to_string())?;
        for (wanted, (name, value)) in case.outputs.iter().zip(&results) {
            assert_eq!(&wanted.name, name);
            worst = worst.max(
                compare(value, &wanted.read(folder), bounds).map_err(|difference| format!("{name}: {difference}"))?,
            );
        }
        if results.len() != case.outputs.len() {
            return Err("not as many outputs".to_owned());
        }
    }
    Ok(worst)
}

/// As the service has it: in half precision if that answers the same, and says which it is. One that falls back on a
/// device that computes so would be right for that reason alone, and what makes it do so unseen. A falsified one may.
fn halved(folder: &Path, graph: Graph, falsify: Option<&str>) -> Result<(Graph, Bounds), String> {
    let (graph, width) = graph.halved_where_same();
    println!("{}: {width:?}", name_of(folder));
    match width {
        Width::Half { .. } => Ok((graph, HALVED)),
        Width::Single { reason } if falsify.is_none() && !reason.contains("does not compute") => {
            Err(format!("it is not in half precision: {reason}"))
        }
        Width::Single { .. } => Ok((graph, single())),
    }
}

/// Whole models are told by not being falsified on a GPU.
fn single() -> Bounds {
    let is_whole_on_gpu = is_set(PLAIN) && std::env::var(DEVICE).is_ok_and(|device| device == "gpu");
    if is_whole_on_gpu { WHOLE_ON_GPU } else { SINGLE }
}

fn is_set(variable: &str) -> bool {
    std::env::var(variable).is_ok()
}

fn name_of(folder: &Path) -> String {
    folder.file_name().expect("a name").to_string_lossy().into_owned()
}

fn folders() -> Vec<PathBuf> {
    let root = std::env::var(CASES).unwrap_or_else(|_| panic!("{CASES} names no folder: tests/inference/run makes it"));
    let mut folders = std::fs::read_dir(root)
        .expect("the folder of cases")
        .map(|entry| entry.expect("an entry").path())
        .collect::<Vec<_>>();
    let only = std::env::var(HALF).ok();
    folders.retain(|folder| {
        let is_meant = only.as_ref().is_none_or(|only| name_of(folder) == *only);
        is_meant && folder.join("case.json").exists()
    });
    folders.sort();
    assert!(!folders.is_empty(), "no cases");
    folders
}

fn case(folder: &Path) -> Case {
    let words = std::fs::read(folder.join("case.json")).expect("a case");
    let case: Case = serde_json::from_slice(&words).expect("a case's words");
    Case { model: folder.join(&case.model), ..case }
}

fn chosen() -> Device {
    let choice = std::env::var(DEVICE).unwrap_or_else(|_| "cpu".to_owned()).parse::<Choice>().expect("a device");
    let chosen = device(choice);
    println!("on {}", chosen.description);
    assert_eq!(chosen.gpu, choice == Choice::Gpu, "not the device that was asked for");
    chosen.device
}

/// Every case is right, wrong when one of its operators is, and every operator has such a case.
#[test]
#[ignore = "needs cases: tests/inference/run"]
fn everything_is_as_onnxruntime_has_it() {
    let device = chosen();
    let whole_table = is_set("ALBUMEN_ONNX_WHOLE_TABLE");
    let (mut failed, mut covered, mut worst) = (Vec::new(), BTreeSet::new(), (0f32, String::new()));
    let folders = folders();
    // A panic of a falsified operator is an answer here, and not one to read.
    let quiet = !is_set("ALBUMEN_ONNX_LOUD");
    if quiet {
        std::panic::set_hook(Box::new(|_| {}));
    }
    for folder in &folders {
        let name = name_of(folder);
        let case = case(folder);
        let started = Instant::now();
        let checked = check(folder, &case, &device, None);
        if case.operators == ["*"] {
            println!("{name}: {:.1} s", started.elapsed().as_secs_f64());
        }
        match checked {
            Ok(difference) if difference > worst.0 => worst = (difference, name.clone()),
            Ok(_) => {}
            Err(reason) => {
                failed.push(format!("{name}: {reason}"));
                continue;
            }
        }
        if is_set(PLAIN) {
            continue;
        }
        let operators = match &case.operators[..] {
            // A whole model: whatever it runs after loading.
            [all] if all == "*" => {
                let graph = Graph::load(&case.model, &device).expect("it was loaded before");
                graph.census().into_iter().map(|(operator, _)| operator.to_owned()).collect()
            }
            named => named.to_vec(),
        };
        for operator in &operators {
            match check(folder, &case, &device, Some(operator)) {
                Ok(_) => failed.push(format!("{name}: {operator} may be wrong and nothing notices")),
                Err(_) => {
                    covered.insert(operator.clone());
                }
            }
        }
    }
    if quiet {
        drop(std::panic::take_hook());
    }
    println!(
        "{} cases, {} operators noticed when wrong, worst {:e} in {}",
        folders.len(),
        covered.len(),
        worst.0,
        worst.1
    );
    if whole_table {
        let bare = operators().into_iter().filter(|operator| !covered.contains(*operator)).collect::<Vec<_>>();
        if !bare.is_empty() {
            failed.push(format!("no case for {bare:?}"));
        }
    }
    assert!(failed.is_empty(), "{} of {}:\n{}", failed.len(), folders.len(), failed.join("\n"));
}
