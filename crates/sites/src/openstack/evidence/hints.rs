//! What is known of a service's networks besides its own answers.

use std::net::IpAddr;

use ipnet::IpNet;
use model::Timestamp;
use model::offer::{Named, NetworkRole};

use super::range::Range;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hints {
    /// Reachable from outside, whatever the registries of addresses say of them. The narrowest range that fits decides.
    pub public_ranges: Vec<IpNet>,
    /// Not reachable from outside, though they look so. Where both are as narrow, this one decides.
    pub private_ranges: Vec<IpNet>,
    pub overrides: Vec<Override>,
    pub told: Vec<Told>,
    pub past: Vec<Past>,
}

/// The administrator's word, which ends every argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// Its identifier or its name.
    pub network: String,
    pub role: NetworkRole,
}

/// What a source of the federation publishes. Nobody checks it there, so it only counts where nothing else does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// `publicNetwork`: an identifier or a name.
    PublicNetwork { network: String, source: String },
    /// `defaultNetwork`: `private`, `public`, `private_only`, `public_only`.
    DefaultNetwork { kind: String, source: String },
}

/// What happened here before. Networks by their identifiers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Past {
    /// An address of it was reached from outside.
    Reached { network: String, at: Timestamp },
    /// A machine on it reached out.
    ReachedOut { network: String, at: Timestamp },
    /// A machine was given this address of it.
    Gave { network: String, address: IpAddr, at: Timestamp },
    /// The service would not let us.
    Refused { deed: Deed, at: Timestamp },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    MakeNetwork,
    MakeRouter,
    /// To borrow a floating address of it.
    Borrow {
        pool: String,
    },
    /// To start a machine on it.
    Attach {
        network: String,
    },
}

impl Hints {
    pub(super) fn refused(&self, deed: &Deed) -> bool {
        self.past.iter().any(|past| matches!(past, Past::Refused { deed: refused, .. } if refused == deed))
    }

    /// When last.
    pub(super) fn reached(&self, id: &str) -> Option<Timestamp> {
        let reached = self.past.iter().filter_map(|past| match past {
            Past::Reached { network, at } if network == id => Some(*at),
            _ => None,
        });
        reached.max()
    }

    pub(super) fn reached_out(&self, id: &str) -> Option<Timestamp> {
        let reached = self.past.iter().filter_map(|past| match past {
            Past::ReachedOut { network, at } if network == id => Some(*at),
            _ => None,
        });
        reached.max()
    }

    /// The last address that it gave.
    pub(super) fn gave(&self, id: &str) -> Option<(IpAddr, Timestamp)> {
        let gave = self.past.iter().filter_map(|past| match past {
            Past::Gave { network, address, at } if network == id => Some((*address, *at)),
            _ => None,
        });
        gave.max_by_key(|(address, at)| (*at, *address))
    }

    /// Whether an address that the network gave can be reached from outside.
    pub fn reaches(&self, network: &Named, address: IpAddr) -> bool {
        match self.forced(&network.id, &network.name) {
            Some(role) => matches!(role, NetworkRole::Public | NetworkRole::Pool),
            None => self.reached(&network.id).is_some() || Range::one(address).judge(self).public,
        }
    }

    /// An identifier goes before a name, since two networks may have one name.
    pub(super) fn forced(&self, id: &str, name: &str) -> Option<NetworkRole> {
        let by = |key: &str| self.overrides.iter().find(|forced| forced.network == key).map(|forced| forced.role);
        by(id).or_else(|| if name.is_empty() { None } else { by(name) })
    }

    /// Who calls it public.
    pub(super) fn told_public(&self, id: &str, name: &str) -> Option<&str> {
        self.told.iter().find_map(|told| match told {
            Told::PublicNetwork { network, source } if !network.is_empty() && (network == id || network == name) => {
                Some(source.as_str())
            }
            _ => None,
        })
    }

    /// Who says that machines get public addresses without asking for them.
    pub(super) fn told_public_by_default(&self) -> Option<&str> {
        self.told.iter().find_map(|told| match told {
            Told::DefaultNetwork { kind, source } if kind.starts_with("public") => Some(source.as_str()),
            _ => None,
        })
    }
}
