//! The kinds of things that Neutron has.

use serde_json::{Map, Value, json};

use super::http::Answer;
use super::world::{now, uuid};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Network,
    Subnet,
    Port,
    Router,
    Group,
    Rule,
    Address,
}

impl Kind {
    pub(super) const ALL: [Self; 7] =
        [Self::Network, Self::Subnet, Self::Port, Self::Router, Self::Group, Self::Rule, Self::Address];

    pub(super) fn of_path(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.path() == path)
    }

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Network => "networks",
            Self::Subnet => "subnets",
            Self::Port => "ports",
            Self::Router => "routers",
            Self::Group => "security-groups",
            Self::Rule => "security-group-rules",
            Self::Address => "floatingips",
        }
    }

    /// As lists call it.
    pub(super) fn plural(self) -> String {
        self.path().replace('-', "_")
    }

    /// As bodies and quotas call it.
    pub(super) fn singular(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Subnet => "subnet",
            Self::Port => "port",
            Self::Router => "router",
            Self::Group => "security_group",
            Self::Rule => "security_group_rule",
            Self::Address => "floatingip",
        }
    }

    pub(super) fn missing(self, id: &str) -> Answer {
        let (kind, message) = match self {
            Self::Network => ("NetworkNotFound", format!("Network {id} could not be found.")),
            Self::Subnet => ("SubnetNotFound", format!("Subnet {id} could not be found.")),
            Self::Port => ("PortNotFound", format!("Port {id} could not be found.")),
            Self::Router => ("RouterNotFound", format!("Router {id} could not be found")),
            Self::Group => ("SecurityGroupNotFound", format!("Security group {id} does not exist")),
            Self::Rule => ("SecurityGroupRuleNotFound", format!("Security group rule {id} does not exist")),
            Self::Address => ("FloatingIPNotFound", format!("Floating IP {id} could not be found")),
        };
        refused(404, kind, message)
    }

    pub(super) fn over_quota(self) -> Answer {
        refused(409, "OverQuota", format!("Quota exceeded for resources: ['{}'].", self.singular()))
    }

    /// What all kinds have, and what was asked for.
    pub(super) fn made(self, project: &str, asked: &Value, more: Value) -> (String, Value) {
        let id = uuid();
        let mut made = json!({
            "id": id, "name": "", "description": "", "tenant_id": project, "project_id": project, "tags": [],
            "created_at": now(), "updated_at": now(), "revision_number": 1,
        });
        let fields = made.as_object_mut().expect("an object");
        fields.extend(more.as_object().cloned().unwrap_or_default());
        let kept = |(name, value): (&String, &Value)| {
            (fields.contains_key(name) && !value.is_null()).then(|| (name.clone(), value.clone()))
        };
        let asked: Map<String, Value> = asked.as_object().into_iter().flatten().filter_map(kept).collect();
        fields.extend(asked);
        if matches!(self, Self::Address | Self::Rule) {
            fields.remove("name");
        }
        (id, made)
    }
}

/// An error of Neutron's.
pub(super) fn refused(status: u16, kind: &str, message: impl Into<String>) -> Answer {
    Answer::new(status, json!({"NeutronError": {"type": kind, "message": message.into(), "detail": ""}}))
}
