//! Where graphs run: a GPU through wgpu, or the processor through burn-flex.

use burn::tensor::{Device, Tensor};

/// What the operator of the server asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Choice {
    /// A real GPU when there is one, the processor otherwise.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// The GPU that wgpu prefers, even a software one.
    Gpu,
}

/// A word that names no device.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no device: auto, cpu or gpu")]
pub struct UnknownDevice(String);

impl std::str::FromStr for Choice {
    type Err = UnknownDevice;

    fn from_str(word: &str) -> Result<Choice, UnknownDevice> {
        match word {
            "auto" => Ok(Choice::Auto),
            "cpu" => Ok(Choice::Cpu),
            "gpu" => Ok(Choice::Gpu),
            other => Err(UnknownDevice(other.to_owned())),
        }
    }
}

/// A device and the words for it, for the log.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// The device.
    pub device: Device,
    /// What it is, for people.
    pub description: String,
    /// The GPU's own name; of the processor, none.
    pub name: Option<String>,
    /// Whether it is a GPU (or what wgpu takes for one).
    pub gpu: bool,
}

impl Chosen {
    /// Whether it computes. A GPU that was lost (a reset driver, a card that went away) never does again.
    pub fn works(&self) -> bool {
        let sum = || {
            let numbers = Tensor::<1>::from_data([1.0f32, 2.0], &self.device);
            (numbers.clone() + numbers).try_into_data().ok()?.try_into_vec_as::<f32>().ok()
        };
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(sum)).ok().flatten() == Some(vec![2.0, 4.0])
    }

    /// The same GPU, opened again after it was lost; `None` while it does not come back. Graphs have to be loaded again.
    pub fn again(&self) -> Option<Chosen> {
        gpu::again(self.name.as_deref()?).filter(Chosen::works)
    }
}

/// Picks the device. Never fails: without a GPU there is always the processor.
pub fn device(choice: Choice) -> Chosen {
    let gpu = match choice {
        Choice::Cpu => None,
        Choice::Auto => gpu::real(),
        Choice::Gpu => gpu::any(),
    };
    gpu.unwrap_or_else(|| Chosen { device: Device::flex(), description: cpu_words(choice), name: None, gpu: false })
}

fn cpu_words(choice: Choice) -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let why = match choice {
        Choice::Cpu => "",
        Choice::Auto => "; no GPU found",
        Choice::Gpu => "; a GPU was asked for and none was found",
    };
    format!("processor (burn-flex, {cores} threads{why})")
}

#[cfg(feature = "gpu")]
mod gpu {
    use super::Chosen;
    use burn::tensor::wgpu::{WgpuSetup, wgpu};
    use burn::tensor::{Device, DeviceKind, DeviceType, try_read_sync};

    /// A GPU in hardware. Software Vulkan (lavapipe, SwiftShader) calls itself a processor or something other, and is
    /// sixty times slower than burn-flex.
    pub(super) fn real() -> Option<Chosen> {
        let listed = quietly(|| Device::enumerate(DeviceType::Wgpu).into_vec())?;
        let rank = |device: &Device| {
            let name = format!("{device:?}");
            ["DiscreteGpu", "IntegratedGpu", "VirtualGpu"].iter().position(|kind| name.contains(kind))
        };
        let best =
            listed.into_iter().filter_map(|device| Some((rank(&device)?, device))).min_by_key(|found| found.0)?.1;
        described(best)
    }

    pub(super) fn any() -> Option<Chosen> {
        real().or_else(|| described(Device::wgpu(DeviceKind::DefaultDevice)))
    }

    /// Opens the device, so that one that cannot be opened is none.
    fn described(device: Device) -> Option<Chosen> {
        let opened = device.clone();
        let name = quietly(move || opened.identity().map(|identity| identity.name))??;
        Some(Chosen { description: format!("GPU (burn-wgpu, {name})"), device, name: Some(name), gpu: true })
    }

    pub(super) fn again(name: &str) -> Option<Chosen> {
        described(quietly(|| open(name))??)
    }

    /// Opens a GPU by its name. Burn keeps each device that it has opened for as long as the process lives, a lost one
    /// too, and refuses to open the same twice: so it is opened here and given to burn as a new one.
    fn open(name: &str) -> Option<Device> {
        let described = wgpu::InstanceDescriptor::new_without_display_handle();
        let backends = wgpu::Backends::PRIMARY;
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor { backends, ..described });
        let adapters = try_read_sync(instance.enumerate_adapters(backends))?;
        let adapter = adapters.into_iter().find(|adapter| adapter.get_info().name == name)?;
        // All that it has, as burn asks for, but for what is experimental.
        let left_out = wgpu::Features::MAPPABLE_PRIMARY_BUFFERS.union(wgpu::Features::all_experimental_mask());
        let wanted = wgpu::DeviceDescriptor {
            label: None,
            required_features: adapter.features().difference(left_out),
            required_limits: adapter.limits(),
            experimental_features: wgpu::ExperimentalFeatures::disabled(),
            memory_hints: wgpu::MemoryHints::MemoryUsage,
            trace: wgpu::Trace::Off,
        };
        let (device, queue) = try_read_sync(adapter.request_device(&wanted))?.ok()?;
        let backend = adapter.get_info().backend;
        Device::wgpu_options().setup(WgpuSetup { instance, adapter, device, queue, backend }).init().ok()
    }

    /// wgpu panics where there is no driver at all; that is no news here.
    fn quietly<T>(ask: impl FnOnce() -> T) -> Option<T> {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(ask)).ok()
    }
}

#[cfg(not(feature = "gpu"))]
mod gpu {
    use super::Chosen;

    pub(super) fn real() -> Option<Chosen> {
        None
    }

    pub(super) fn any() -> Option<Chosen> {
        None
    }

    pub(super) fn again(_name: &str) -> Option<Chosen> {
        None
    }
}
