//! What goes wrong when something is made, sorted by what to do then.

use serde_json::Value;

use crate::openstack::Error;
use crate::openstack::http::Answer;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nobody knows whether it happened.
    #[error(transparent)]
    Unclear(Error),
    /// Not let in: nothing happened.
    #[error(transparent)]
    Closed(Error),
    /// What the machine is to be told at its first boot could not be put together: nothing was asked.
    #[error("{}", .0.detail)]
    Wordless(Box<model::Problem>),
    /// It was understood and not done.
    #[error(transparent)]
    Denied(Denied),
}

/// A site's no, and in what words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{service} did not give {about}: {said}")]
pub struct Denied {
    pub service: String,
    pub about: &'static str,
    pub why: Denial,
    /// The site's own words, shortened.
    pub said: String,
    pub status: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// The project's quota is used up.
    Quota,
    /// No host has room, or no address is left.
    NoRoom,
    /// Its policy does not let this person do that.
    NotAllowed,
    /// The image cannot be used, or not with this size.
    Image,
    /// No router leads from the network to the pool.
    NoWay,
    /// Something else uses it.
    InUse,
    /// Not in its present state.
    State,
    /// The port takes no security groups.
    PortSecurity,
    /// For a reason that is only in its words.
    Other,
}

/// Enough of what a site says.
const MOST_SAID: usize = 300;

impl Denied {
    pub(super) fn of_answer(service: &str, about: &'static str, answer: &Answer) -> Self {
        let (kind, said) = words(answer);
        let why = denial(answer.status, &kind, &said);
        Self { service: service.to_owned(), about, why, said: shortened(&said), status: answer.status }
    }
}

/// `{"NeutronError": {"type", "message"}}`, or Nova's `{"forbidden": {"code", "message"}}` under a key that says what it is.
fn words(answer: &Answer) -> (String, String) {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let first = body.as_object().and_then(|object| object.iter().next());
    let Some((key, inner)) = first else { return (String::new(), format!("status {}", answer.status)) };
    let text = |field: &str| inner[field].as_str().map(str::to_owned);
    let kind = text("type").unwrap_or_else(|| key.clone());
    (kind, text("message").unwrap_or_else(|| format!("status {}", answer.status)))
}

fn denial(status: u16, kind: &str, said: &str) -> Denial {
    let said = said.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    match kind {
        "OverQuota" | "QuotaExceeded" => return Denial::Quota,
        "IpAddressGenerationFailure" | "ExternalIpAddressExhausted" | "NoMoreIps" => return Denial::NoRoom,
        "ExternalGatewayForFloatingIPNotFound" => return Denial::NoWay,
        "SecurityGroupInUse"
        | "PortInUse"
        | "NetworkInUse"
        | "RouterInUse"
        | "RouterInterfaceInUseByFloatingIP"
        | "SubnetInUse"
        | "FloatingIPPortAlreadyAssociated"
        | "L3PortInUse"
        | "ServicePortInUse" => return Denial::InUse,
        "PortSecurityPortHasSecurityGroup" | "PortSecurityAndIPRequiredForSecurityGroups" => return Denial::PortSecurity,
        _ => {}
    }
    match status {
        403 | 413 | 429 if says(&["quota"]) => Denial::Quota,
        403 => Denial::NotAllowed,
        409 if says(&["quota"]) => Denial::Quota,
        _ if says(&["no valid host", "no more ip", "not enough"]) => Denial::NoRoom,
        _ if says(&["in use", "still has"]) => Denial::InUse,
        // Nova, of a volume that something has: what it says of its status is Cinder's.
        400 if says(&["invalid volume: ", "already attached"]) => Denial::InUse,
        400 if says(&["image", "disk is too small", "memory is too small", "flavor's"]) => Denial::Image,
        409 if says(&["while it is in", "task_state", "vm_state", "locked"]) => Denial::State,
        _ => Denial::Other,
    }
}

fn shortened(said: &str) -> String {
    let clean: String = said.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MOST_SAID).collect();
    clean.trim().trim_end_matches('.').to_owned()
}
