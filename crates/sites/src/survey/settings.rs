//! What the administrator decides about looking at a federation.

use std::time::Duration;

use ipnet::IpNet;
use model::Secret;
use model::offer::NetworkRole;

use crate::lookout;

pub struct Settings {
    pub look: lookout::Settings,
    /// How long the answer to a request that makes or removes something is waited for.
    pub answer_within: Duration,
    /// The address where one asks to join a community, with `{community}` in it.
    pub join: Option<String>,
    /// Ranges of addresses, at any service.
    pub public_ranges: Vec<IpNet>,
    pub private_ranges: Vec<IpNet>,
    pub networks: Vec<NetworkRule>,
    pub operators: Vec<OperatorLogin>,
}

/// The administrator's word on a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkRule {
    pub service: String,
    /// Its identifier or its name.
    pub network: String,
    pub role: NetworkRole,
}

/// With what a service may be looked at while nobody is there.
pub struct OperatorLogin {
    pub service: String,
    pub login: Login,
}

/// Bound to one project, and withdrawn at the site.
#[derive(Clone)]
pub enum Login {
    ApplicationCredential { id: String, secret: Secret },
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            look: lookout::Settings::default(),
            answer_within: Duration::from_secs(30),
            join: None,
            public_ranges: Vec::new(),
            private_ranges: Vec::new(),
            networks: Vec::new(),
            operators: Vec::new(),
        }
    }
}

impl Settings {
    /// How long one look into a project may take, of the time that a service has.
    pub(super) fn within(&self) -> Duration {
        self.look.deadline * 3 / 4
    }
}
