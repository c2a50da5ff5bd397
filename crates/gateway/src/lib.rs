//! The HTTP door: the native API, its description, the door of the pilots, and the portal.
//!
//! A request passes the [`edge`] (its id, whether it was meant for us, the log), finds its route in the one table of
//! [`routes`], and reaches a handler: one file per operation, which takes what the extractors of [`extract`] proved and
//! read, calls one handle of `runs`, `identity` or `flow`, and says what came of it. Whatever goes wrong becomes a
//! [`refusal::Refusal`], and leaves as a problem with a code, a remedy and the request's id.
//!
//! Nothing is decided here: who may do what is `identity`'s, what happens to runs is `runs`'. Nothing about a caller is
//! remembered from one request to the next. Large things are streamed, never held.

mod activity;
mod admin;
mod app;
mod communities;
mod consents;
mod credentials;
mod docs;
mod edge;
mod events;
mod extract;
mod files;
mod health;
mod keys;
mod login;
mod machines;
mod me;
mod metrics;
mod openapi;
mod page;
mod pilots;
mod portal;
mod recipes;
mod refusal;
mod routes;
mod runs;
mod serve;
mod sessions;
mod settings;
mod sites;
mod teams;
mod terms;
mod tokens;
mod uploads;

pub use activity::Activity;
pub use docs::PAGES;
pub use openapi::openapi;
pub use portal::Portal;
pub use routes::{OTHERS, table};
pub use serve::serve;
pub use settings::Settings;

use ::sites::Survey;
use db::Db;
use delegation::Delegation;
use identity::sealing::Vault;
use identity::{Identity, Logins};
use issuers::Issuers;
use model::time::Clock;
use std::sync::Arc;

/// What the door opens to.
#[derive(Clone)]
pub struct Gateway {
    pub runs: ::runs::Runs,
    pub identity: Identity,
    pub db: Db,
    pub clock: Arc<dyn Clock>,
    pub settings: Settings,
    pub activity: Activity,
    pub portal: Portal,
    /// Whom the gateway trusts to say who somebody is; may be none.
    pub issuers: Issuers,
    pub logins: Logins,
    pub delegation: Delegation,
    /// The federation, as it is seen.
    pub survey: Survey,
    pub vault: Vault,
}
