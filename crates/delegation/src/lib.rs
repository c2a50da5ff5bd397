//! Acting at other services in somebody's name: what they consented to, and the tokens it gives.
//!
//! When a person signs in, their issuer may give a *refresh token*: a [`Consent`] to act for them while they are away. It
//! is sealed, and never leaves this crate. What others get is an access token for one audience, by
//! [`Delegation::token`], at the moment they need it: taken from memory while it is good, otherwise refreshed and, for an
//! audience of its own, exchanged (RFC 8693).
//!
//! Three rules hold it together:
//! - *Whether* somebody may still act is read from the database each time; only tokens are remembered. So suspending
//!   a person, or withdrawing a consent, acts on the next use.
//! - A refresh token is used by one at a time, over all gateways: issuers replace it with each use, and take a second
//!   use of the same one for theft, which ends the consent. The row is claimed before the issuer is asked, and its
//!   answer is stored by a task of its own, which nobody's impatience cancels.
//! - A consent that ended is no failure of the work that needs it: [`Trouble::SignIn`] says who has to sign in where,
//!   and the work waits.
//!
//! Access tokens are never written to the database: they are many and short-lived, and a list of them would be worth
//! stealing. What never lives here: runs, and which of them got a token.

mod consent;
mod obtain;
mod renew;
mod slots;
mod trouble;

pub use consent::Consent;
pub use obtain::{Need, Pass};
pub use trouble::{Trouble, Why};

use db::Db;
use identity::sealing::Vault;
use issuers::Issuers;
use model::time::Clock;
use slots::Slots;
use std::sync::Arc;

/// Cheap to clone.
#[derive(Clone)]
pub struct Delegation {
    db: Db,
    clock: Arc<dyn Clock>,
    vault: Vault,
    issuers: Issuers,
    slots: Slots,
}

impl Delegation {
    pub fn new(db: Db, clock: Arc<dyn Clock>, vault: Vault, issuers: Issuers) -> Self {
        Self { db, clock, vault, issuers, slots: Slots::default() }
    }
}

/// Every statement of this crate, for the test that prepares each on both engines.
pub fn all_statements() -> Vec<db::Statement> {
    [consent::STATEMENTS, obtain::STATEMENTS, renew::STATEMENTS].concat()
}
