//! Changes of a machine that take a site some time and more than one request: written down before anything is asked for,
//! and carried on from there by whoever comes next, until they are over.

use serde::{Deserialize, Serialize};

use crate::offer::{Named, Size};
use crate::{ByteCount, Problem, Timestamp};

/// The one that is under way, or how the last one went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = MachineChange)]
pub struct Change {
    #[serde(flatten)]
    pub what: Undertaking,
    pub stage: Stage,
    pub begun_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Why it came to nothing; while it is under way, what it meets with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "what", rename_all = "snake_case")]
#[schema(as = MachineUndertaking)]
pub enum Undertaking {
    /// One of this pool, bound to the machine's port.
    AddAddress {
        pool: Named,
    },
    /// Back into its pool.
    RemoveAddress {
        address: String,
    },
    /// An empty one of this length, under this name.
    AddVolume {
        name: String,
        size: ByteCount,
    },
    RemoveVolume {
        name: String,
    },
    Resize {
        from: SizeOf,
        to: SizeOf,
        /// What the machine counted for in quotas of this gateway before.
        counted: Counted,
    },
}

/// A size, as far as a change of it goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = MachineSize)]
pub struct SizeOf {
    /// The site's identifier of it.
    pub id: String,
    pub name: String,
    pub cores: f64,
    pub accelerators: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = MachineCount)]
pub struct Counted {
    /// In thousandths.
    pub cores: i64,
    pub accelerators: i64,
}

impl SizeOf {
    pub fn new(size: &Size) -> Self {
        let id = size.id.clone().unwrap_or_else(|| size.name.clone());
        Self { id, name: size.name.clone(), cores: size.cores, accelerators: size.accelerators }
    }
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MachineChangeStage)]
pub enum Stage {
    /// The site is being asked; it may have been, and nobody heard the answer.
    Asked,
    /// The site has accepted it.
    Begun,
    /// The site has done it, and is told that it may stay so.
    Confirming,
    /// It goes back to how it was.
    Reverting,
    Over,
}

impl Change {
    pub fn begin(what: Undertaking, now: Timestamp) -> Self {
        Self { what, stage: Stage::Asked, begun_at: now, ended_at: None, problem: None }
    }

    pub fn is_under_way(&self) -> bool {
        self.stage != Stage::Over
    }
}
