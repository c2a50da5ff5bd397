//! What a site is like when it opens: the same data that the real ones of the test bed are made from.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

/// A site to be ([`super::Cloud::start`]).
#[derive(Clone, Debug)]
pub struct Site {
    pub(super) told: Value,
    pub(super) boot: Duration,
    pub(super) deletion: Duration,
    pub(super) settling: Duration,
}

impl Site {
    /// Like the one of `testbed/openstack/sites.json` with this key: `a` has floating addresses, `b` a shared public network,
    /// `c` two external networks and one router for each project, `d` nothing left.
    #[track_caller]
    pub fn like(key: &str) -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testbed/openstack/sites.json");
        let all: Value = serde_json::from_slice(&std::fs::read(file).expect("read sites.json")).expect("JSON");
        let told = all["sites"][key].clone();
        assert!(told.is_object(), "there is no site {key}");
        let boot = Duration::from_secs_f64(told["capacity"]["boot_seconds"].as_f64().unwrap_or_default());
        Self { told, boot, deletion: Duration::from_millis(30), settling: Duration::from_millis(30) }
    }

    /// With the networks of another one of that file.
    #[track_caller]
    pub fn with_networks_of(mut self, key: &str) -> Self {
        self.told["networks"] = Self::like(key).told["networks"].clone();
        self
    }

    /// Of the site itself, where tests start several from one key.
    pub fn named(mut self, name: &str) -> Self {
        self.told["name"] = name.into();
        self
    }

    /// Its projects have neither network nor router.
    pub fn bare(mut self) -> Self {
        for project in self.told["projects"].as_object_mut().into_iter().flat_map(|all| all.values_mut()) {
            project["network"] = Value::Null;
        }
        self
    }

    /// Its sizes have no disk of their own: machines start from volumes.
    pub fn diskless(mut self) -> Self {
        for flavor in self.told["flavors"].as_array_mut().into_iter().flatten() {
            flavor["disk"] = 0.into();
        }
        self
    }

    /// It has no Cinder.
    pub fn without_volumes(mut self) -> Self {
        self.told["volumes"] = false.into();
        self
    }

    /// From the request for a machine until it is `ACTIVE`.
    pub fn boot(mut self, boot: Duration) -> Self {
        self.boot = boot;
        self
    }

    /// From the request to delete a machine until it is gone.
    pub fn deletion(mut self, deletion: Duration) -> Self {
        self.deletion = deletion;
        self
    }

    /// What stopping, starting and their like take.
    pub fn settling(mut self, settling: Duration) -> Self {
        self.settling = settling;
        self
    }
}
