//! How much the project may have, and has.

use model::offer::{Quota, Quotas};

use crate::openstack::inventory::{Inventory, Usage};

pub(super) fn of(inventory: &Inventory) -> Quotas {
    let compute = inventory.compute_limits.as_ref().ok();
    let network = inventory.network_quotas.as_ref().ok();
    let volume = inventory.volume_limits.as_ref().ok().and_then(Option::as_ref);
    Quotas {
        instances: compute.map(|limits| quota(limits.total_instances_used, limits.max_total_instances, 1)),
        cores: compute.map(|limits| quota(limits.total_cores_used, limits.max_total_cores, 1)),
        memory: compute.map(|limits| quota(limits.total_ram_used, limits.max_total_ram, 1 << 20)),
        floating_addresses: network.and_then(|quotas| quotas.floatingip).map(of_usage),
        ports: network.and_then(|quotas| quotas.port).map(of_usage),
        networks: network.and_then(|quotas| quotas.network).map(of_usage),
        routers: network.and_then(|quotas| quotas.router).map(of_usage),
        security_groups: network.and_then(|quotas| quotas.security_group).map(of_usage),
        volumes: volume.map(|limits| quota(limits.total_volumes_used, limits.max_total_volumes, 1)),
        volume_bytes: volume.map(|limits| quota(limits.total_gigabytes_used, limits.max_total_volume_gigabytes, 1 << 30)),
    }
}

/// What is reserved will be used in a moment.
pub(super) fn of_usage(usage: Usage) -> Quota {
    quota(usage.used.saturating_add(usage.reserved.max(0)), usage.limit, 1)
}

/// OpenStack's -1 means that there is no limit.
fn quota(used: i64, limit: i64, unit: u64) -> Quota {
    let counted = |count: i64| u64::try_from(count).unwrap_or(0).saturating_mul(unit);
    Quota { used: counted(used), limit: (limit >= 0).then(|| counted(limit)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_limit_is_none_and_what_is_reserved_is_used() {
        assert_eq!(of_usage(Usage { used: 3, reserved: 2, limit: 5 }), Quota { used: 5, limit: Some(5) });
        assert_eq!(of_usage(Usage { used: 3, reserved: -1, limit: -1 }), Quota { used: 3, limit: None });
        assert_eq!(of_usage(Usage { used: -7, reserved: 0, limit: 0 }).left(), Some(0));
        assert_eq!(quota(2, 4, 1 << 20), Quota { used: 2 << 20, limit: Some(4 << 20) });
        assert_eq!(quota(i64::MAX, i64::MAX, 1 << 30).left(), Some(0));
    }
}
