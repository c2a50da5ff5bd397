use serde::{Deserialize, Serialize};

use crate::ByteCount;

/// One thing of a request, asked for differently: for people in words, for programs as what to put into the request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Change {
    WithoutAccelerators,
    WithoutContainer,
    WithoutPublicAddress,
    /// In whatever version.
    AnyVersion {
        os: String,
    },
    AnyImage,
    AnyAccelerators,
    OneTask,
    Cores {
        cores: f64,
    },
    Memory {
        memory: ByteCount,
    },
    Disk {
        disk: ByteCount,
    },
    AnySite,
    AnyService,
    AnyProject,
    AnyCommunity,
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Change::WithoutAccelerators => write!(f, "without accelerators"),
            Change::WithoutContainer => write!(f, "without a container"),
            Change::WithoutPublicAddress => write!(f, "without a public address"),
            Change::AnyVersion { os } => write!(f, "with any {os}"),
            Change::AnyImage => write!(f, "with any image"),
            Change::AnyAccelerators => write!(f, "with any accelerators"),
            Change::OneTask => write!(f, "as one task on one node"),
            Change::Cores { cores } => write!(f, "with {cores} cores"),
            Change::Memory { memory } => write!(f, "with {memory} of memory"),
            Change::Disk { disk } => write!(f, "with {disk} of disk"),
            Change::AnySite => write!(f, "at any site"),
            Change::AnyService => write!(f, "at any service"),
            Change::AnyProject => write!(f, "in any project"),
            Change::AnyCommunity => write!(f, "in any community of yours"),
        }
    }
}
