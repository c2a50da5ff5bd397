//! Why something that exists is not an offer: typed, with the figures, and in words.

use serde::{Deserialize, Serialize};

use super::{Exclusion, Obstacle};
use crate::request::RunKind;
use crate::{ByteCount, Timestamp};

/// The sizes of one project at one service that are no offers, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Rejection {
    pub service: String,
    pub site: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub community: Option<String>,
    /// How many sizes are no offers.
    #[serde(default)]
    pub sizes: u32,
    /// How many there are; those that are not rejected are offers.
    #[serde(default)]
    pub of: u32,
    /// A size can be ruled out by several of them. `largest` is the most that those sizes have which it rules out.
    pub reasons: Vec<Cause>,
}

impl Rejection {
    /// Nothing of it is an offer.
    pub fn is_whole(&self) -> bool {
        self.sizes == self.of
    }
}

/// A reason, and how many sizes it rules out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Cause {
    #[serde(flatten)]
    pub reason: Reason,
    #[serde(default)]
    pub sizes: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    OtherSite {
        wanted: String,
    },
    OtherService {
        wanted: String,
    },
    OtherProject {
        wanted: String,
    },
    /// The project belongs to another community.
    OtherCommunity {
        wanted: String,
    },
    /// Runs of this kind are not possible there.
    OtherKind {
        wanted: RunKind,
    },
    /// The service lets you not in.
    NotLetIn {
        why: String,
        remedy: String,
    },
    /// It was not found out yet whether the service lets you in.
    AccessNotKnown {
        why: String,
    },
    /// Nothing is known yet of what it has.
    NotSeen {
        why: String,
    },
    /// A part of what it has could not be had.
    PartMissing {
        part: String,
        why: String,
    },
    NoSizes,
    Downtime {
        from: Timestamp,
        until: Timestamp,
        why: String,
    },
    /// "0 of 20 instances left". Lengths are in bytes.
    OverQuota {
        of: Quantity,
        left: u64,
        limit: u64,
    },
    /// It starts from a volume, and the service has none.
    NoVolumes,
    TooFewCores {
        wanted: f64,
        largest: f64,
    },
    TooLittleMemory {
        wanted: ByteCount,
        largest: ByteCount,
    },
    TooLittleDisk {
        wanted: ByteCount,
        largest: ByteCount,
    },
    TooFewAccelerators {
        wanted: u32,
        largest: u32,
    },
    /// Its accelerators are others, or nobody says what they are.
    OtherAccelerator {
        wanted: String,
        has: Vec<String>,
    },
    /// Of each accelerator; where nobody says how much, it does not count.
    TooLittleAcceleratorMemory {
        wanted: ByteCount,
        largest: ByteCount,
    },
    NoContainerEngine {
        detail: String,
    },
    /// Each is available, but no single size has all of it.
    NotInOneSize,
    OneNodeOnly {
        nodes: u32,
        tasks_per_node: u32,
    },
    NoImage {
        wanted: String,
        has: Vec<String>,
    },
    ImageUnusable {
        image: String,
        why: String,
    },
    ImageNeedsDisk {
        image: String,
        needs: ByteCount,
        largest: ByteCount,
    },
    ImageNeedsMemory {
        image: String,
        needs: ByteCount,
        largest: ByteCount,
    },
    NoPublicAddress {
        obstacles: Vec<Obstacle>,
    },
    /// A machine would be alone: nothing leads in or out.
    NoWayOut {
        obstacles: Vec<Obstacle>,
    },
    ImageNotAllowed {
        community: String,
        image: String,
    },
    SoftwareNotAllowed {
        community: String,
        image: String,
    },
    /// Only for those with one of these roles.
    SizeNotForYou {
        community: String,
        roles: Vec<String>,
    },
    /// Of the cores that the service and the community agreed upon.
    ShareUsedUp {
        community: String,
        used: u64,
        agreed: u64,
    },
    Excluded {
        cause: String,
        until: Timestamp,
    },
}

/// What a quota is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    Instances,
    Cores,
    Memory,
    Ports,
    Volumes,
    VolumeBytes,
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.reason.fmt(f)
    }
}

impl Reason {
    pub fn of_exclusion(exclusion: &Exclusion) -> Self {
        Self::Excluded { cause: exclusion.cause.clone(), until: exclusion.until }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Reason::OtherSite { wanted } => write!(f, "you asked for site {wanted}"),
            Reason::OtherService { wanted } => write!(f, "you asked for service {wanted}"),
            Reason::OtherProject { wanted } => write!(f, "you asked for project {wanted}"),
            Reason::OtherCommunity { wanted } => write!(f, "you asked for community {wanted}"),
            Reason::OtherKind { wanted: RunKind::Batch } => write!(f, "no jobs can be run here"),
            Reason::OtherKind { wanted: RunKind::Machine } => write!(f, "no machines can be had here"),
            Reason::NotLetIn { why, remedy } => {
                let end = if why.ends_with(['.', '!', '?']) { "" } else { "." };
                write!(f, "it does not let you in: {why}{end} {remedy}")
            }
            Reason::AccessNotKnown { why } => write!(f, "it is not known yet whether it lets you in: {why}"),
            Reason::NotSeen { why } => write!(f, "it is not known yet what it has: {why}"),
            Reason::PartMissing { part, why } => write!(f, "its {part} are not known: {why}"),
            Reason::NoSizes => write!(f, "it has no sizes"),
            Reason::Downtime { from, until, why } => write!(f, "in downtime from {from} until {until}: {why}"),
            Reason::OverQuota { of, left, limit } => quota(f, *of, *left, *limit),
            Reason::NoVolumes => write!(f, "they start from volumes, and there are none here"),
            Reason::TooFewCores { wanted, largest } => write!(f, "{wanted} cores wanted, {largest} is the most"),
            Reason::TooLittleMemory { wanted, largest } => write!(f, "{wanted} of memory wanted, {largest} is the most"),
            Reason::TooLittleDisk { wanted, largest } => write!(f, "{wanted} of disk wanted, {largest} is the most"),
            Reason::TooFewAccelerators { wanted, largest } => {
                write!(f, "{wanted} accelerators wanted, {largest} is the most")
            }
            Reason::OtherAccelerator { wanted, has } => {
                write!(f, "{wanted} wanted as accelerator, here: {}", listed(has, "nobody says what they are"))
            }
            Reason::TooLittleAcceleratorMemory { wanted, largest } => {
                write!(f, "{wanted} of memory wanted in each accelerator, {largest} is the most that is known of here")
            }
            Reason::NoContainerEngine { detail } => write!(f, "no container engine that can run it works here: {detail}"),
            Reason::NotInOneSize => write!(f, "none of the sizes here has everything that is wanted at once"),
            Reason::OneNodeOnly { nodes, tasks_per_node } => {
                write!(f, "{nodes} nodes with {tasks_per_node} tasks each wanted, one command on one computer is possible here")
            }
            Reason::NoImage { wanted, has } => write!(f, "no image with {wanted} here; there are: {}", listed(has, "none")),
            Reason::ImageUnusable { image, why } => write!(f, "image {image} cannot be used: {why}"),
            Reason::ImageNeedsDisk { image, needs, largest } => {
                write!(f, "image {image} needs {needs} of disk, {largest} is the most")
            }
            Reason::ImageNeedsMemory { image, needs, largest } => {
                write!(f, "image {image} needs {needs} of memory, {largest} is the most")
            }
            Reason::NoPublicAddress { obstacles } => write!(f, "no public address can be had: {}", in_the_way(obstacles)),
            Reason::NoWayOut { obstacles } => write!(f, "nothing leads in or out of its networks: {}", in_the_way(obstacles)),
            Reason::ImageNotAllowed { community, image } => write!(f, "{community} does not allow image {image}"),
            Reason::SoftwareNotAllowed { community, image } => write!(f, "{community} does not allow the software {image}"),
            Reason::SizeNotForYou { community, roles } => {
                write!(f, "{community} keeps the size for those with the role {}", listed(roles, "of nobody"))
            }
            Reason::ShareUsedUp { community, used, agreed } => {
                write!(f, "{community} uses {used} of the {agreed} cores agreed upon here")
            }
            Reason::Excluded { cause, until } => write!(f, "set aside until {until}: {cause}"),
        }
    }
}

fn quota(f: &mut std::fmt::Formatter<'_>, of: Quantity, left: u64, limit: u64) -> std::fmt::Result {
    let (left_of_limit, word) = match of {
        Quantity::Instances => (format!("{left} of {limit}"), "machines"),
        Quantity::Cores => (format!("{left} of {limit}"), "cores"),
        Quantity::Ports => (format!("{left} of {limit}"), "ports"),
        Quantity::Volumes => (format!("{left} of {limit}"), "volumes"),
        Quantity::Memory => (format!("{} of {} of", ByteCount::new(left), ByteCount::new(limit)), "memory"),
        Quantity::VolumeBytes => (format!("{} of {} of", ByteCount::new(left), ByteCount::new(limit)), "volumes"),
    };
    // Some of it is left, and what is ruled out takes more than that.
    match left {
        0 => write!(f, "quota: {left_of_limit} {word} left"),
        _ => write!(f, "it needs more than the quota has left: {left_of_limit} {word}"),
    }
}

fn listed(all: &[String], none: &str) -> String {
    if all.is_empty() { none.to_owned() } else { all.join(", ") }
}

fn in_the_way(obstacles: &[Obstacle]) -> String {
    let all: Vec<String> = obstacles.iter().map(ToString::to_string).collect();
    listed(&all, "no way is known")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_one_flat_object_and_reads_back() {
        let cause = Cause { reason: Reason::OverQuota { of: Quantity::Instances, left: 0, limit: 20 }, sizes: 7 };
        let json = serde_json::to_value(&cause).expect("json");
        let expected = serde_json::json!({"reason": "over_quota", "of": "instances", "left": 0, "limit": 20, "sizes": 7});
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_value::<Cause>(json).expect("the same"), cause);
        assert_eq!(cause.to_string(), "quota: 0 of 20 machines left");
        // As it was kept before sizes were counted.
        let kept = r#"{"service":"s","site":"t","reasons":[{"reason":"not_in_one_size","sizes":2},{"reason":"too_few_cores","wanted":8.0,"largest":4.0}]}"#;
        let rejection: Rejection = serde_json::from_str(kept).expect("an older rejection");
        assert_eq!(rejection.reasons[0], Cause { reason: Reason::NotInOneSize, sizes: 2 });
    }
}
