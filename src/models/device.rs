//! Where networks are reckoned: the processor, or a GPU where the program was built for one and a driver
//! is there.
//!
//! candle panics where a GPU is asked for and there is no driver, so the driver is looked for first.

use candle_core::Device;
use std::fmt;
use std::str::FromStr;

/// What is asked for: `cpu`, `cuda:0` (or `cuda`), `auto`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The processor.
    Cpu,
    /// An NVIDIA GPU by its number.
    Cuda(usize),
    /// The first GPU, the processor where there is none.
    #[default]
    Auto,
}

/// Why a device cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// A word that is none.
    #[error("expected cpu, auto or cuda:N, found `{0}`")]
    Name(String),
    /// This program has no kernels.
    #[error("cuda:{0}: this program was built without CUDA; build it with `--features cuda`, or take cpu")]
    NotBuilt(usize),
    /// Neither the kernel's part nor the library.
    #[error("cuda:{0}: expected NVIDIA's driver, found none on this machine")]
    NoDriver(usize),
    /// The driver's reason.
    #[error("cuda:{number}: {reason}")]
    Refused {
        /// Which GPU.
        number: usize,
        /// candle's reason.
        reason: candle_core::Error,
    },
}

impl DeviceChoice {
    /// Opens it.
    ///
    /// # Errors
    /// [`DeviceError`] where a GPU is asked for by number and cannot be had.
    pub fn open(self) -> Result<Device, DeviceError> {
        match self {
            DeviceChoice::Cpu => Ok(Device::Cpu),
            DeviceChoice::Cuda(number) => cuda(number),
            DeviceChoice::Auto => Ok(cuda(0).unwrap_or_else(|reason| {
                tracing::debug!("{reason}");
                Device::Cpu
            })),
        }
    }
}

/// What a device is called.
pub fn device_name(device: &Device) -> String {
    match device.location() {
        candle_core::DeviceLocation::Cpu => "cpu".to_owned(),
        candle_core::DeviceLocation::Cuda { gpu_id } => format!("cuda:{gpu_id}"),
        candle_core::DeviceLocation::Metal { gpu_id } => format!("metal:{gpu_id}"),
    }
}

#[cfg(feature = "cuda")]
fn cuda(number: usize) -> Result<Device, DeviceError> {
    // What the driver's kernel module makes, on Linux itself and under Windows.
    let files = ["/dev/nvidiactl", "/dev/dxg"];
    if cfg!(target_os = "linux") && !files.iter().any(|file| std::path::Path::new(file).exists()) {
        return Err(DeviceError::NoDriver(number));
    }
    // A kernel module without the library beside it still makes candle panic.
    match std::panic::catch_unwind(|| Device::new_cuda(number)) {
        Ok(opened) => opened.map_err(|reason| DeviceError::Refused { number, reason }),
        Err(_) => Err(DeviceError::NoDriver(number)),
    }
}

#[cfg(not(feature = "cuda"))]
fn cuda(number: usize) -> Result<Device, DeviceError> {
    Err(DeviceError::NotBuilt(number))
}

impl FromStr for DeviceChoice {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        match (text, text.strip_prefix("cuda:").map(str::parse)) {
            ("cpu", _) => Ok(DeviceChoice::Cpu),
            ("auto", _) => Ok(DeviceChoice::Auto),
            ("cuda", _) => Ok(DeviceChoice::Cuda(0)),
            (_, Some(Ok(number))) => Ok(DeviceChoice::Cuda(number)),
            _ => Err(DeviceError::Name(text.to_owned())),
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            DeviceChoice::Cpu => f.write_str("cpu"),
            DeviceChoice::Cuda(number) => write!(f, "cuda:{number}"),
            DeviceChoice::Auto => f.write_str("auto"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written() {
        for name in ["cpu", "auto", "cuda:0", "cuda:3"] {
            assert_eq!(name.parse::<DeviceChoice>().unwrap().to_string(), name);
        }
        assert_eq!("cuda".parse::<DeviceChoice>().unwrap(), DeviceChoice::Cuda(0));
        for wrong in ["gpu", "cuda:", "cuda:x", "CPU", ""] {
            assert!(wrong.parse::<DeviceChoice>().unwrap_err().to_string().contains(&format!("`{wrong}`")));
        }
    }

    #[test]
    fn a_gpu_that_does_not_exist_is_refused_and_auto_falls_back() {
        assert!(DeviceChoice::Cuda(77).open().unwrap_err().to_string().starts_with("cuda:77: "));
        assert!(DeviceChoice::Auto.open().is_ok());
        assert_eq!(device_name(&DeviceChoice::Cpu.open().unwrap()), "cpu");
    }
}
