use serde::{Deserialize, Serialize};

/// How much of something a project may have, and has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ProjectQuota)]
pub struct Quota {
    pub used: u64,
    /// None: as much as there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

impl Quota {
    /// How much is left; none: no end.
    pub fn left(&self) -> Option<u64> {
        self.limit.map(|limit| limit.saturating_sub(self.used))
    }

    pub fn allows(&self, more: u64) -> bool {
        self.left().is_none_or(|left| left >= more)
    }
}

/// Of a project; what is missing is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ProjectQuotas)]
pub struct Quotas {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instances: Option<Quota>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cores: Option<Quota>,
    /// In bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Quota>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floating_addresses: Option<Quota>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ports: Option<Quota>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub networks: Option<Quota>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routers: Option<Quota>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security_groups: Option<Quota>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volumes: Option<Quota>,
    /// In bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume_bytes: Option<Quota>,
}
