//! Looking for a graphics driver before Bevy does, which would panic where there is none.

use super::AppError;
use bevy::tasks::block_on;

/// The graphics driver that will draw.
#[derive(Clone, Debug)]
pub struct Adapter {
    /// What it calls itself.
    pub name: String,
    kind: wgpu::DeviceType,
}

impl Adapter {
    /// The driver that Bevy will choose.
    ///
    /// # Errors
    /// If there is none.
    pub fn find() -> Result<Adapter, AppError> {
        let backends = wgpu::Backends::from_env().unwrap_or(wgpu::Backends::PRIMARY);
        let descriptor =
            wgpu::InstanceDescriptor { backends, ..wgpu::InstanceDescriptor::new_without_display_handle() };
        let instance = wgpu::Instance::new(descriptor);
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        };
        let adapter = block_on(instance.request_adapter(&options))
            .map_err(|_| AppError::NoAdapter { looked_for: format!("looked for {backends:?}") })?;
        let info = adapter.get_info();
        tracing::debug!(name = info.name, driver = info.driver, kind = ?info.device_type, "graphics driver");
        Ok(Adapter { kind: info.device_type, name: info.name })
    }

    /// Whether the processor does the drawing.
    pub fn is_software(&self) -> bool {
        self.kind == wgpu::DeviceType::Cpu
    }

    /// Whether it is a graphics card with memory of its own.
    pub fn is_card(&self) -> bool {
        self.kind == wgpu::DeviceType::DiscreteGpu
    }

    #[cfg(test)]
    pub(super) fn of_kind(kind: wgpu::DeviceType) -> Adapter {
        Adapter { name: "test".into(), kind }
    }
}
