//! How operations at services went lately.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// One operation at one service, over the last days: of more than a hundred times the last hundred.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Weather {
    pub service: String,
    /// Of machines: `create` (all that it needs), `boot` (from the request until it can be used), `address` (a public
    /// one), `remove`. Of looking at the service: `sign_in`, `list`.
    pub operation: String,
    pub tries: u32,
    pub successes: u32,
    /// Of those that succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50_millis: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p95_millis: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub succeeded_at: Option<Timestamp>,
    /// Nothing has succeeded since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<Failure>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = WeatherFailure)]
pub struct Failure {
    pub at: Timestamp,
    pub cause: String,
}

impl Weather {
    pub fn none(service: &str, operation: &str) -> Self {
        Self {
            service: service.to_owned(),
            operation: operation.to_owned(),
            tries: 0,
            successes: 0,
            p50_millis: None,
            p95_millis: None,
            succeeded_at: None,
            failing_since: None,
            last_failure: None,
        }
    }
}
