//! One project at one service (or a service without projects), and how the person who asks stands there.

use std::sync::Arc;

use crate::Stock;

#[derive(Clone, Debug)]
pub struct Place {
    /// Shared: the same for everybody.
    pub stock: Arc<Stock>,
    pub access: Access,
}

/// Whether the service lets the person in. Of a place that does not, nothing is told but that: what a project has is
/// for those who are entitled to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// With these roles in the project's community, and groups of it.
    Granted {
        roles: Vec<String>,
    },
    Refused {
        why: String,
        remedy: String,
    },
    /// Nobody asked the service yet.
    Unknown {
        why: String,
    },
}

impl Place {
    /// Where everybody is let in.
    pub fn open(stock: Arc<Stock>) -> Self {
        Self { stock, access: Access::Granted { roles: Vec::new() } }
    }

    pub(crate) fn roles(&self) -> Option<&[String]> {
        match &self.access {
            Access::Granted { roles } => Some(roles),
            Access::Refused { .. } | Access::Unknown { .. } => None,
        }
    }
}
