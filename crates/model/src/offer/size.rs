use serde::{Deserialize, Serialize};

use super::{Conflict, Fact};
use crate::ByteCount;

/// Cores, memory, disk and accelerators of something that can be started.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Size {
    pub name: String,
    /// Where it has another one than its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub cores: f64,
    pub memory: ByteCount,
    /// Zero where it brings none of its own: see `from_volume`.
    pub disk: ByteCount,
    pub accelerators: u32,
    /// "Up to": any part of it can be had (a computer, a partition). Otherwise it comes whole (a flavor).
    #[serde(default)]
    pub divisible: bool,
    /// It has no disk of its own and starts from a volume of the length that one asks for.
    #[serde(default, skip_serializing_if = "is_false")]
    pub from_volume: bool,
    /// What its accelerators are, as far as somebody says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accelerator: Option<Accelerator>,
    /// What is known of it beyond the numbers that the service itself gives, and how.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// Its name says one thing, its properties another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Conflict>,
}

/// One kind of accelerator, of which a size has [`Size::accelerators`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Accelerator {
    pub kind: AcceleratorKind,
    /// As people write it: `NVIDIA`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// As people write it: `A100`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Of each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<ByteCount>,
}

/// How a machine gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AcceleratorKind {
    /// A whole device.
    Passthrough,
    /// A part of a device.
    Vgpu,
    /// By OpenStack's accelerator service.
    Cyborg,
    Unknown,
}

fn is_false(value: &bool) -> bool {
    !*value
}
