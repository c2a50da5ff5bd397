//! What the administrator decided about runs.

use data::guard::HostPort;
use model::id::{GatewayId, PersonId};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct Settings {
    pub gateway: GatewayId,
    /// The person who is the gateway's own operating-system user, in embedded mode: `file:` inputs are theirs anyway.
    pub local_person: Option<PersonId>,
    /// Directories from which anyone's runs may read `file:` inputs.
    pub file_roots: Vec<PathBuf>,
    /// Private addresses that may be fetched, each exactly.
    pub allowed_hosts: Vec<HostPort>,
    /// Addresses that inputs are fetched from with a token of the run's owner.
    pub token_hosts: Vec<TokenHost>,
    /// What commands must not see: the gateway's own directories, and where people keep keys.
    pub hide: Vec<PathBuf>,
    /// Commands are never executed without isolation.
    pub isolation_required: bool,
    pub stream_cap_bytes: u64,
    pub input_cap_bytes: u64,
    pub output_cap_bytes: u64,
    pub upload_cap_bytes: u64,
    pub upload_lifetime: Duration,
    /// How long an enrolment code is good.
    pub enrolment_lifetime: Duration,
    /// How long a pilot may be out of reach before its work is given up.
    pub pilot_silence: Duration,
    /// How often an attempt that failed for reasons of the place is followed by another.
    pub attempts: u32,
    /// What was asked for at a site and is not seen there is not believed to be absent so long after it was asked for. It is more than
    /// an answer may take: a request that nobody waits for any more may still have an effect.
    pub settle: Duration,
    pub machines: crate::MachineSettings,
    pub pilots: PilotSettings,
    pub retention: crate::Retention,
    /// What each person and each community may have in flight, unless something else was decided for one.
    pub quotas: crate::Defaults,
    /// What communities allow their people, and agreed with services.
    pub policies: Vec<model::policy::Policy>,
    /// What machines can be made into.
    pub recipes: model::recipe::Recipes,
}

/// Pilots that start on machines.
#[derive(Clone, Debug, Default)]
pub struct PilotSettings {
    /// Of this gateway (of all that share its database), as machines reach it, without a slash at its end. Without it no
    /// machine can become a service.
    pub address: Option<String>,
    /// Certificates (PEM) of an authority that images do not know.
    pub authority: Option<String>,
    /// This program, which machines fetch.
    pub program: PathBuf,
    /// How long work on a machine goes on while no gateway can be reached.
    pub patience: Duration,
}

/// A server that wants to know who fetches from it, and whose word it takes.
#[derive(Clone, Debug)]
pub struct TokenHost {
    pub host: HostPort,
    /// The name of the issuer.
    pub issuer: String,
    pub audience: Option<String>,
    pub scopes: Vec<String>,
}
