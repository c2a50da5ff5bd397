//! What a token gives, and why.

use super::{Claim, CommunityName, Gives, Ignored, NearMiss, Role};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Granted {
    /// The highest role that any rule gives in each community.
    #[schema(value_type = BTreeMap<String, Role>)]
    pub communities: BTreeMap<CommunityName, Role>,
    /// Whether a rule makes its holder an administrator of the gateway.
    pub administrator: bool,
    /// Each rule that applied, in the order of the table.
    pub because: Vec<Because>,
    /// What was nearly given, for people who wonder.
    pub near_misses: Vec<NearMiss>,
    /// What the token says about groups that was not understood.
    pub ignored: Vec<Ignored>,
}

/// A rule that applied, and the first text of the token that it applied to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Because {
    /// Its place in the table, from 0.
    pub rule: usize,
    pub gives: Gives,
    pub claim: Claim,
    pub text: String,
}
