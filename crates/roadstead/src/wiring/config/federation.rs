//! The federation: where it is told of, and how it is looked at.

use super::HostPortText;
use ::sites::federation::Source;
use model::Span;
use model::offer::NetworkRole;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Federation {
    pub sources: Vec<Source>,
    /// The address where one asks to join a community, with `{community}` in it.
    pub join: Option<String>,
    /// Private addresses at which sites or sources are all the same, each as `host:port`.
    pub allowed_hosts: Vec<HostPortText>,
    /// Ranges of addresses that are reached from outside although they do not look so, at any site.
    pub public_ranges: Vec<String>,
    /// Ranges that are not, although they look so.
    pub private_ranges: Vec<String>,
    /// The last word on single networks.
    pub networks: Vec<NetworkRule>,
    /// With what services are looked at while nobody is there who may.
    pub operators: Vec<Operator>,
    /// How often the sources are read.
    pub read_again: Span,
    /// How old what was seen at a service may be before it is looked at again.
    pub look_again: Span,
    /// For one look at a service.
    pub deadline: Span,
    pub sign_ins_per_hour: u32,
}

impl Default for Federation {
    fn default() -> Self {
        let look = ::sites::lookout::Settings::default();
        let seconds = |duration: std::time::Duration| Span::seconds(duration.as_secs());
        Self {
            sources: Vec::new(),
            join: None,
            allowed_hosts: Vec::new(),
            public_ranges: Vec::new(),
            private_ranges: Vec::new(),
            networks: Vec::new(),
            operators: Vec::new(),
            read_again: Span::seconds(3_600),
            look_again: seconds(look.fresh),
            deadline: seconds(look.deadline),
            sign_ins_per_hour: look.sign_ins_per_hour,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkRule {
    pub service: String,
    /// Its identifier or its name.
    pub network: String,
    pub role: NetworkRole,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    pub service: String,
    /// The identifier of an application credential.
    pub application_credential: String,
    pub secret_file: PathBuf,
}
