//! Graphs run by the interpreter of `albumen-onnx`, on a device that may be lost in the middle.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use albumen_onnx::{Choice, Chosen, Graph, LoadError, RunError, Width};
use parking_lot::Mutex;

use crate::session::{Fault, OpenFault, Opener, Port, Session, Value};

/// So often a lost GPU is taken back within [`LOSSES_COUNT_FOR`]: one that is lost more often is broken, and each loss
/// costs the requests under way and the loading of every model.
const MAX_LOSSES: usize = 3;
const LOSSES_COUNT_FOR: Duration = Duration::from_secs(3_600);
/// So often it is tried to open a GPU after each loss.
const MAX_ATTEMPTS: u32 = 3;
/// A driver that is reset takes some seconds.
const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(2);

/// How devices are looked after; in tests, whatever a test needs.
pub trait Devices: Send + Sync {
    /// Whether it computes still.
    fn works(&self, device: &Chosen) -> bool;
    /// The same device, opened again.
    fn again(&self, lost: &Chosen) -> Option<Chosen>;
}

/// Those of the machine.
struct OfMachine;

impl Devices for OfMachine {
    fn works(&self, device: &Chosen) -> bool {
        device.works()
    }

    fn again(&self, lost: &Chosen) -> Option<Chosen> {
        (0..MAX_ATTEMPTS).find_map(|attempt| {
            if attempt > 0 {
                std::thread::sleep(BETWEEN_ATTEMPTS);
            }
            lost.again()
        })
    }
}

/// Opens graphs with the interpreter, on one device at a time.
pub struct Interpreter {
    devices: Arc<dyn Devices>,
    now: Mutex<Now>,
}

struct Now {
    device: Arc<Chosen>,
    /// When GPUs were lost lately.
    losses: Vec<Instant>,
}

impl Interpreter {
    /// On that device.
    #[must_use]
    pub fn new(device: Chosen) -> Self {
        Self::with_devices(device, Arc::new(OfMachine))
    }

    fn with_devices(device: Chosen, devices: Arc<dyn Devices>) -> Self {
        Self { devices, now: Mutex::new(Now { device: Arc::new(device), losses: Vec::new() }) }
    }

    /// The device that is lost, and how often that happened lately.
    fn take_note(&self) -> (Arc<Chosen>, usize) {
        let mut now = self.now.lock();
        now.losses.retain(|at| at.elapsed() < LOSSES_COUNT_FOR);
        now.losses.push(Instant::now());
        (now.device.clone(), now.losses.len())
    }
}

impl Opener for Interpreter {
    fn open(&self, file: &Path, may_be_halved: bool) -> Result<Arc<dyn Session>, OpenFault> {
        let device = self.now.lock().device.clone();
        let graph = Graph::load(file, &device.device).map_err(|error| {
            let words = format!("{}: {error}", file.display());
            match error {
                LoadError::Damaged(_) => OpenFault::Damaged(words),
                _ if is_lost(self.devices.as_ref(), &device) => OpenFault::Device(words),
                _ => OpenFault::Unsupported(words),
            }
        })?;
        let graph = if device.gpu && may_be_halved { halved_where_same(graph, file) } else { graph };
        Ok(Arc::new(Interpreted { graph, device, devices: self.devices.clone() }))
    }

    fn device(&self) -> String {
        self.now.lock().device.description.clone()
    }

    fn reopen(&self) {
        let (lost, losses) = self.take_note();
        if !lost.gpu {
            return;
        }
        // Not within the lock: it takes seconds, and others ask meanwhile what the device is.
        let again = if losses <= MAX_LOSSES { self.devices.again(&lost) } else { None };
        let device = match again {
            Some(device) => {
                tracing::info!(device = device.description, "the GPU was lost and is opened again");
                device
            }
            None => {
                let processor = albumen_onnx::device(Choice::Cpu);
                tracing::warn!(
                    lost = lost.description,
                    device = processor.description,
                    "the GPU was lost and is not taken back: models run on the processor until this program starts anew"
                );
                processor
            }
        };
        self.now.lock().device = Arc::new(device);
    }
}

fn is_lost(devices: &dyn Devices, device: &Chosen) -> bool {
    device.gpu && !devices.works(device)
}

fn halved_where_same(graph: Graph, file: &Path) -> Graph {
    let (graph, width) = graph.halved_where_same();
    let file = file.display();
    match width {
        Width::Half { cosine } => tracing::info!(%file, cosine, "the graph runs in half precision"),
        Width::Single { reason } => tracing::info!(%file, reason, "the graph runs in single precision"),
    }
    graph
}

struct Interpreted {
    graph: Graph,
    device: Arc<Chosen>,
    devices: Arc<dyn Devices>,
}

impl Session for Interpreted {
    fn inputs(&self) -> &[Port] {
        self.graph.inputs()
    }

    fn outputs(&self) -> &[Port] {
        self.graph.outputs()
    }

    fn run(&self, inputs: Vec<(&str, Value)>) -> Result<Vec<(String, Value)>, Fault> {
        self.graph.run(inputs).map_err(|error| {
            let words = error.to_string();
            let may_be_of_device = matches!(error, RunError::Node { .. } | RunError::Device(_));
            if may_be_of_device && is_lost(self.devices.as_ref(), &self.device) {
                Fault::Device(words)
            } else {
                Fault::Graph(words)
            }
        })
    }

    fn gathers(&self) -> bool {
        self.device.gpu
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use super::*;

    /// Devices that are lost and come back as the test says.
    struct Injected {
        works: AtomicBool,
        comes_back: bool,
        asked: AtomicUsize,
    }

    impl Devices for Injected {
        fn works(&self, _device: &Chosen) -> bool {
            self.works.load(Ordering::Relaxed)
        }

        fn again(&self, lost: &Chosen) -> Option<Chosen> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            self.comes_back.then(|| lost.clone())
        }
    }

    /// The processor, in the role of a GPU.
    fn interpreter(comes_back: bool) -> (Arc<Injected>, Interpreter) {
        let devices = Arc::new(Injected { works: AtomicBool::new(true), comes_back, asked: AtomicUsize::new(0) });
        let device = Chosen { gpu: true, description: "a GPU".to_owned(), ..albumen_onnx::device(Choice::Cpu) };
        (devices.clone(), Interpreter::with_devices(device, devices))
    }

    /// A field of a message of ONNX: nothing here is longer than 127 bytes.
    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        [&[(number << 3) | 2, content.len() as u8][..], content].concat()
    }

    /// y = x · x, of any two dimensions: it can be run with a square alone.
    fn squared(folder: &tempfile::TempDir) -> std::path::PathBuf {
        let open = field(1, &field(2, b"n"));
        let floats: [u8; 2] = [1 << 3, 1];
        let kind = field(1, &[&floats[..], &field(2, &[open.clone(), open].concat())].concat());
        let input = [field(1, b"x"), field(2, &kind)].concat();
        let output = [field(1, b"y"), field(2, &field(1, &floats))].concat();
        let node = [field(1, b"x"), field(1, b"x"), field(2, b"y"), field(4, b"MatMul")].concat();
        let graph = [field(1, &node), field(11, &input), field(12, &output)].concat();
        let model = [vec![1 << 3, 8], field(7, &graph), field(8, &[2 << 3, 17])].concat();
        let file = folder.path().join("model.onnx");
        std::fs::write(&file, model).expect("it is written");
        file
    }

    fn given(rows: usize) -> Vec<(&'static str, Value)> {
        vec![("x", Value::F32 { dims: vec![rows, 2], data: vec![1.0; rows * 2] })]
    }

    #[test]
    fn what_fails_on_a_lost_device_is_the_fault_of_the_device() {
        let folder = tempfile::tempdir().expect("a folder");
        let (devices, interpreter) = interpreter(true);
        let session = interpreter.open(&squared(&folder), false).expect("a graph");
        assert!(session.gathers());
        assert!(session.run(given(2)).is_ok());
        assert!(matches!(session.run(given(3)), Err(Fault::Graph(_))), "the device is well");
        devices.works.store(false, Ordering::Relaxed);
        assert!(matches!(session.run(given(3)), Err(Fault::Device(_))));
        let unknown = vec![("z", Value::F32 { dims: vec![1, 1], data: vec![1.0] })];
        assert!(matches!(session.run(unknown), Err(Fault::Graph(_))), "whoever asks is at fault");
    }

    #[test]
    fn a_gpu_is_taken_back_a_few_times_and_then_no_more() {
        let (devices, interpreter) = interpreter(true);
        for loss in 1..=MAX_LOSSES {
            interpreter.reopen();
            assert_eq!((interpreter.device().as_str(), devices.asked.load(Ordering::Relaxed)), ("a GPU", loss));
        }
        for _ in 0..2 {
            interpreter.reopen();
            assert!(interpreter.device().starts_with("processor"), "{}", interpreter.device());
        }
        assert_eq!(devices.asked.load(Ordering::Relaxed), MAX_LOSSES);
    }

    #[test]
    fn without_the_gpu_graphs_run_on_the_processor() {
        let folder = tempfile::tempdir().expect("a folder");
        let (devices, interpreter) = interpreter(false);
        devices.works.store(false, Ordering::Relaxed);
        interpreter.reopen();
        assert!(interpreter.device().starts_with("processor"), "{}", interpreter.device());
        let session = interpreter.open(&squared(&folder), false).expect("a graph");
        assert!(!session.gathers());
        let answer = Value::F32 { dims: vec![2, 2], data: vec![2.0; 4] };
        assert_eq!(session.run(given(2)), Ok(vec![("y".to_owned(), answer)]));
        assert!(matches!(session.run(given(3)), Err(Fault::Graph(_))), "a processor is not lost");
    }
}
