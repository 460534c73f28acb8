//! Where graphs run: a GPU through wgpu, or the processor through burn-flex.

use burn::tensor::Device;

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
    /// Whether it is a GPU (or what wgpu takes for one).
    pub gpu: bool,
}

/// Picks the device. Never fails: without a GPU there is always the processor.
pub fn device(choice: Choice) -> Chosen {
    let gpu = match choice {
        Choice::Cpu => None,
        Choice::Auto => gpu::real(),
        Choice::Gpu => gpu::any(),
    };
    gpu.unwrap_or_else(|| Chosen { device: Device::flex(), description: cpu_words(choice), gpu: false })
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
    use burn::tensor::{Device, DeviceKind, DeviceType};

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
        Some(Chosen { description: format!("GPU (burn-wgpu, {name})"), device, gpu: true })
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
}
