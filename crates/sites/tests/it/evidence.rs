//! What a service's answers mean. No service is asked here: the answers are data, in `tests/topologies`.

mod arbitrary;
mod images;
mod properties;
mod sizes;
mod speed;
mod topologies;
mod words;

use model::Timestamp;
use model::offer::{Named, Snapshot};
use sites::openstack::evidence::{About, Hints, interpret};
use sites::openstack::inventory::{ComputeLimits, Inventory, NetworkQuotas};
use sites::openstack::{Error, Unreachable};

pub const PROJECT: &str = "ours";

/// Nothing is there, and everything answered.
pub fn empty() -> Inventory {
    Inventory {
        project: PROJECT.to_owned(),
        flavors: Ok(Vec::new()),
        images: Ok(Vec::new()),
        networks: Ok(Vec::new()),
        subnets: Ok(Vec::new()),
        routers: Ok(Vec::new()),
        ports: Ok(Vec::new()),
        floating_ips: Ok(Vec::new()),
        security_groups: Ok(Vec::new()),
        compute_limits: Ok(ComputeLimits::default()),
        network_quotas: Ok(NetworkQuotas::default()),
        volume_limits: Ok(None),
        zones: Ok(Vec::new()),
        seen_at: Timestamp::from_millis(1_000),
    }
}

pub fn failed() -> Error {
    Error::Unreachable { service: "x".to_owned(), why: Unreachable::Status { status: 500, retry_after: None } }
}

pub fn snapshot(inventory: &Inventory, hints: &Hints) -> Snapshot {
    let about = About {
        service: "nova.x".to_owned(),
        site: "X".to_owned(),
        project: Named { id: PROJECT.to_owned(), name: "vo".to_owned() },
        community: Some("vo".to_owned()),
        seen_with: "a person of the community".to_owned(),
    };
    interpret(about, inventory, hints)
}
