//! One machine, as Nova keeps it.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

#[derive(Clone, Debug)]
pub(super) struct Flavor {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) vcpus: u64,
    /// Mebibytes.
    pub(super) ram: u64,
    /// Gibibytes.
    pub(super) disk: u64,
    pub(super) specs: Map<String, Value>,
    /// The projects that it is for; none: all.
    pub(super) only: Vec<String>,
}

impl Flavor {
    /// How many accelerators a machine of it takes.
    pub(super) fn accelerators(&self) -> u64 {
        let number = |value: &Value| value.as_str().and_then(|text| text.rsplit(':').next()?.parse().ok()).unwrap_or(0);
        let counted = |name: &&str| ["resources:VGPU", "pci_passthrough:alias"].contains(name);
        self.specs.iter().filter(|(name, _)| counted(&name.as_str())).map(|(_, value)| number(value)).sum()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Building,
    Active,
    Stopped,
    Resized,
    Error,
}

impl State {
    /// Nova's `vm_state`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Building => "building",
            Self::Active => "active",
            Self::Stopped => "stopped",
            Self::Resized => "resized",
            Self::Error => "error",
        }
    }
}

/// A network or a port, as it was asked for.
#[derive(Clone, Debug)]
pub(super) enum Wanted {
    Network(String),
    Port(String),
}

#[derive(Clone, Debug)]
pub(super) struct Machine {
    pub(super) id: String,
    /// Later ones are listed first.
    pub(super) number: usize,
    pub(super) name: String,
    pub(super) project: String,
    pub(super) user: String,
    pub(super) flavor: Flavor,
    /// What it was before it was resized.
    pub(super) former: Option<Flavor>,
    /// What it is when it is resized.
    pub(super) wish: Option<Flavor>,
    /// In which state it was before.
    pub(super) was: State,
    /// Empty where it starts from a volume.
    pub(super) image: String,
    /// The volume that it starts from.
    pub(super) root: Option<String>,
    /// All that it has.
    pub(super) volumes: Vec<String>,
    /// Cinder does not hear that it is gone.
    pub(super) forgets: bool,
    pub(super) metadata: Map<String, Value>,
    pub(super) description: Value,
    pub(super) user_data: Value,
    pub(super) config_drive: bool,
    pub(super) groups: Vec<String>,
    pub(super) created: String,
    pub(super) updated: String,
    pub(super) wanted: Vec<Wanted>,
    /// And whether Nova made it.
    pub(super) ports: Vec<(String, bool)>,
    pub(super) state: State,
    pub(super) task: Option<&'static str>,
    /// Code and message.
    pub(super) fault: Option<(u16, String)>,
    /// Looks for a host, from then on.
    pub(super) schedule: Option<Instant>,
    pub(super) has_host: bool,
    pub(super) boot: Duration,
    /// What it will be, and when.
    pub(super) next: Option<(Instant, State)>,
    pub(super) gone: Option<Instant>,
    /// Fails after it got its ports, and keeps them.
    pub(super) fails: bool,
}

impl Machine {
    pub(super) fn settle(&mut self, now: Instant) {
        if let Some((at, state)) = self.next
            && at <= now
            && self.gone.is_none()
        {
            (self.state, self.task, self.next) = (state, None, None);
            if let Some(flavor) = self.wish.take() {
                self.former = Some(std::mem::replace(&mut self.flavor, flavor));
            }
        }
    }

    pub(super) fn fail(&mut self, why: impl Into<String>) {
        self.fail_by(500, why);
    }

    pub(super) fn fail_by(&mut self, code: u16, why: impl Into<String>) {
        (self.state, self.task, self.next, self.fault) = (State::Error, None, None, Some((code, why.into())));
    }

    /// Nova's `status`, which follows from state and task.
    pub(super) fn status(&self) -> &'static str {
        match (self.state, self.task) {
            (State::Building, _) => "BUILD",
            (State::Active, Some("rebuilding")) => "REBUILD",
            (State::Active | State::Stopped, Some("resize_prep")) => "RESIZE",
            (State::Active, Some("rebooting")) => "REBOOT",
            (State::Active | State::Stopped, Some("rebooting_hard")) => "HARD_REBOOT",
            (State::Active, _) => "ACTIVE",
            (State::Stopped, _) => "SHUTOFF",
            (State::Resized, _) => "VERIFY_RESIZE",
            (State::Error, _) => "ERROR",
        }
    }

    pub(super) fn power(&self) -> u8 {
        match self.state {
            State::Building | State::Error => 0,
            State::Active | State::Resized => 1,
            State::Stopped => 4,
        }
    }

    pub(super) fn flavor_told(&self, is_embedded: bool) -> Value {
        let flavor = &self.flavor;
        if !is_embedded {
            return json!({"id": flavor.id, "links": []});
        }
        json!({
            "vcpus": flavor.vcpus, "ram": flavor.ram, "disk": flavor.disk, "ephemeral": 0, "swap": 0,
            "original_name": flavor.name, "extra_specs": flavor.specs,
        })
    }
}
