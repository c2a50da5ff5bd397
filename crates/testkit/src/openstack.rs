//! Real OpenStack sites: `testbed/openstack`, one bed for all tests of a run.
//!
//! Its start takes a minute and its services three gigabytes, so there is one for all, in `target/openstack` of the
//! repository: started by whoever needs it first, ended by `tools/test`, or by itself when nobody has used it for some
//! minutes (`testbed/openstack/share`). Whatever a test makes in it, others see: it makes things under names of its own
//! and removes them. Whoever hurts a service ([`OpenStack::pause`]) does so for some seconds, and others wait. Whoever has one
//! killed is there alone ([`OpenStack::alone`]).

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::fs::{FlockOperation, flock};
use serde_json::Value;

use crate::openid::open_door;

/// The bed, which stays up at least as long as this lives.
pub struct OpenStack {
    state: PathBuf,
    told: Value,
    sites: BTreeMap<String, OpenStackSite>,
    _in_use: File,
    /// Held by all, or by one alone.
    _company: File,
    is_alone: bool,
}

/// One site, as its operator published it.
#[derive(Clone, Debug)]
pub struct OpenStackSite {
    pub name: String,
    /// Keystone's, with its version.
    pub auth_url: String,
    pub region: String,
    pub identity_provider: String,
    pub protocol: String,
    /// What one's entitlements must say for the site to let one in.
    pub role: String,
    /// The only audience it takes tokens for, where it is that strict.
    pub audience: Option<String>,
    /// Identifiers by name.
    pub projects: BTreeMap<String, String>,
    pub networks: BTreeMap<String, String>,
}

impl OpenStack {
    /// Starts it, waits while somebody else does, or finds it there.
    pub fn shared() -> Self {
        Self::entered(false)
    }

    /// The same for a test that breaks what the others need: it waits until they have gone, and they until it has.
    pub fn alone() -> Self {
        Self::entered(true)
    }

    fn entered(is_alone: bool) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository");
        std::fs::create_dir_all(root.join("target")).expect("make target/");
        let state = root.join("target/openstack");
        let how = if is_alone { FlockOperation::LockExclusive } else { FlockOperation::LockShared };
        // Who waits to be alone keeps the turn meanwhile, so that those who come do not overtake it for ever.
        let turn = File::create(root.join("target/openstack.turn")).expect("open the turn's lock");
        flock(&turn, how).expect("take the turn");
        let company = File::create(root.join("target/openstack.company")).expect("open the company's lock");
        flock(&company, how).expect("take the company's lock");
        drop(turn);
        let in_use = File::create(root.join("target/openstack.users")).expect("open the users' lock");
        flock(&in_use, FlockOperation::LockShared).expect("take the users' lock");
        let started = Command::new(root.join("testbed/openstack/share")).arg("start").arg(&state).output();
        let started = started.expect("run testbed/openstack/share");
        let said = String::from_utf8_lossy(&started.stderr);
        assert!(started.status.success(), "the OpenStack sites did not start:\n{said}");
        let told = std::fs::read(state.join("federation.json")).expect("read federation.json");
        let told: Value = serde_json::from_slice(&told).expect("JSON");
        let all = told["sites"].as_object().expect("sites");
        let sites = all.iter().map(|(key, site)| (key.clone(), OpenStackSite::read(site))).collect();
        Self { state, told, sites, _in_use: in_use, _company: company, is_alone }
    }

    /// By its key: `a` has floating addresses, `b` a shared public network and an audience of its own, `c` TLS and two
    /// external networks, `d` nothing left. `testbed/openstack/README.md` says more.
    #[track_caller]
    pub fn site(&self, key: &str) -> &OpenStackSite {
        self.sites.get(key).unwrap_or_else(|| panic!("there is no site {key}"))
    }

    pub fn sites(&self) -> &BTreeMap<String, OpenStackSite> {
        &self.sites
    }

    /// The certificate, as a file, of the authority that all of its TLS is to be believed by.
    pub fn authority(&self) -> PathBuf {
        PathBuf::from(text(&self.told["authority"]))
    }

    /// All services of all sites, each as `http://host:port`.
    pub fn addresses(&self) -> Vec<String> {
        let sites = self.told["sites"].as_object().expect("sites").values();
        let addresses = sites.flat_map(|site| site["addresses"].as_array().expect("addresses"));
        addresses.map(|address| text(address).to_owned()).collect()
    }

    /// The file that OpenStack's own tools know the sites by (`OS_CLIENT_CONFIG_FILE`): the cloud `a` is the user `demo` in
    /// the first project of that site.
    pub fn clouds(&self) -> PathBuf {
        self.state.join("clouds.yaml")
    }

    /// The issuer that the sites trust.
    pub fn issuer(&self) -> &str {
        text(&self.told["issuers"]["egi"]["issuer"])
    }

    /// A token of the issuer that the sites trust: the fields are those of [`crate::OpenIdProvider::token`]. alice may
    /// operate machines for vo.access.egi.eu and eosc-synergy.eu, bob for fedcloud.egi.eu, ops for ops; dave is a mere
    /// member of vo.access.egi.eu; mallory is nobody.
    #[track_caller]
    pub fn token(&self, fields: &[(&str, &str)]) -> String {
        self.token_of("egi", fields)
    }

    /// A token of an issuer that no site trusts.
    #[track_caller]
    pub fn foreign_token(&self, fields: &[(&str, &str)]) -> String {
        self.token_of("iam", fields)
    }

    /// Opens a door of the issuer that the sites trust: see [`crate::OpenIdProvider::open`].
    #[track_caller]
    pub fn open(&self, door: &str, fields: &[(&str, &str)]) -> Value {
        open_door(self.door("egi"), door, fields)
    }

    #[track_caller]
    fn token_of(&self, issuer: &str, fields: &[(&str, &str)]) -> String {
        text(&open_door(self.door(issuer), "token", fields)["access_token"]).to_owned()
    }

    fn door(&self, issuer: &str) -> u16 {
        self.told["issuers"][issuer]["doors"].as_u64().and_then(|port| port.try_into().ok()).expect("a port")
    }

    /// The name and password by which the operator of any site signs in (domain `Default`, project `admin`).
    pub fn administrator(&self) -> (&str, &str) {
        let administrator = &self.told["administrator"];
        (text(&administrator["username"]), text(&administrator["password"]))
    }

    /// A service of one site stops answering, though it takes connections, until what is returned is dropped.
    pub fn pause(&self, site: &str, service: &str) -> Paused<'_> {
        self.fault("pause", site, service);
        Paused { bed: self, site: site.to_owned(), service: service.to_owned() }
    }

    /// A service of one site ends, and its address takes no connections, until what is returned is dropped: that it comes back
    /// takes a while, in which the same service of the other sites is away too. Hence only for who is [`OpenStack::alone`].
    #[track_caller]
    pub fn kill(&self, site: &str, service: &str) -> Killed<'_> {
        assert!(self.is_alone, "others need {service}");
        self.fault("kill", site, service);
        Killed { bed: self }
    }

    fn fault(&self, action: &str, site: &str, service: &str) {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testbed/openstack/fault");
        let done = Command::new(program).arg(&self.state).args([action, site, service]).status();
        assert!(done.expect("run testbed/openstack/fault").success(), "{action} {site} {service}");
    }
}

/// See [`OpenStack::pause`].
pub struct Paused<'a> {
    bed: &'a OpenStack,
    site: String,
    service: String,
}

impl Drop for Paused<'_> {
    fn drop(&mut self) {
        self.bed.fault("resume", &self.site, &self.service);
    }
}

/// See [`OpenStack::kill`].
pub struct Killed<'a> {
    bed: &'a OpenStack,
}

impl Drop for Killed<'_> {
    fn drop(&mut self) {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testbed/openstack/mend");
        let done = Command::new(program).arg(&self.bed.state).output().expect("run testbed/openstack/mend");
        assert!(done.status.success() || std::thread::panicking(), "{}", String::from_utf8_lossy(&done.stderr));
    }
}

impl OpenStackSite {
    fn read(told: &Value) -> Self {
        let field = |name: &str| text(&told[name]).to_owned();
        let projects = told["projects"].as_array().expect("projects");
        let networks = told["networks"].as_object().expect("networks");
        Self {
            name: field("name"),
            auth_url: field("auth_url"),
            region: field("region"),
            identity_provider: field("identity_provider"),
            protocol: field("protocol"),
            role: field("role"),
            audience: told["audience"].as_str().map(str::to_owned),
            projects: projects.iter().map(|one| (text(&one["name"]).to_owned(), text(&one["id"]).to_owned())).collect(),
            networks: networks.iter().map(|(name, id)| (name.clone(), text(id).to_owned())).collect(),
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}
