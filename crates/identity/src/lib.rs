//! Who is calling, which tokens they hold, what they may do, by which public keys machines know them, and the secrets that
//! are kept for them.
//!
//! A request arrives with the text of a token. [`Identity::verify`] turns it into a [`Caller`] with one read of the
//! database: nothing is cached, so revoking a token or suspending a person acts on the next request. Nothing else
//! makes a `Caller` but [`Identity::verify_session`], which does the same for the cookie of a browser, so whoever was handed one need not ask again who it is. What the caller may do is decided by one
//! pure function, [`authorize`], in which everything that is not named is refused.
//!
//! The text of a token is shown once, to whoever made it; the database holds its SHA-256. Secrets that must be read
//! back are kept encrypted by [`sealing`].
//!
//! What never lives here: HTTP (headers, cookies, status lines), the credentials of pilots (they belong to a run, not
//! to a person), and the things that are owned. A thing is known here only by its owner.

mod audit;
mod authority;
mod caller;
mod communities;
mod denied;
pub mod groups;
mod idempotency;
mod issued;
mod keys;
mod login;
mod mapped;
mod people;
mod person;
mod scope;
pub mod sealing;
mod secret_text;
mod session;
mod standing;
mod teams;
mod terms;
mod token;
mod uses;

pub use audit::{AuditFilter, Deed, Entry};
pub use authority::{Action, Refused, Resource, authorize};
pub use caller::{Caller, Credential, Oversight};
pub use communities::Member;
pub use denied::Denied;
pub use idempotency::{Idempotency, IdempotencyError};
pub use issued::{Admitted, IdentityView, Membership, Vouched, outermost_groups};
pub use keys::{AddedKey, BadKey, Key, NewKey, PublicKey, keys_named, keys_of};
pub use login::{DeviceEnd, DeviceLogin, Logins, NewDeviceLogin, Returned, Turn};
pub use mapped::{MappingView, Preview};
pub use people::{Known, PeopleFilter, PersonView};
pub use person::{Person, PersonError};
pub use scope::{BadScope, Scope, Scopes};
pub use session::{NewSession, SessionView, SignInCode, SignInError};
pub use teams::{NewTeam, TeamMember, TeamView, team_to_share_with};
pub use terms::{Terms, TermsView};
pub use token::{NewToken, TokenError, TokenView};

use db::Db;
use model::time::Clock;
use std::sync::Arc;

/// People and their tokens. Cheap to clone.
#[derive(Clone)]
pub struct Identity {
    db: Db,
    clock: Arc<dyn Clock>,
    uses: uses::Uses,
    /// What everybody is asked to accept.
    terms: Option<Arc<Terms>>,
}

impl Identity {
    /// Without terms of use.
    pub fn new(db: Db, clock: Arc<dyn Clock>) -> Self {
        Self { uses: uses::Uses::new(db.clone()), db, clock, terms: None }
    }
}

/// Every statement of this crate, for the test that prepares each on both engines.
pub fn all_statements() -> Vec<db::Statement> {
    [
        audit::STATEMENTS,
        caller::STATEMENTS,
        communities::STATEMENTS,
        idempotency::STATEMENTS,
        issued::STATEMENTS,
        keys::STATEMENTS,
        login::DEVICE_STATEMENTS,
        login::STATEMENTS,
        mapped::STATEMENTS,
        people::STATEMENTS,
        person::STATEMENTS,
        sealing::STATEMENTS,
        sealing::REKEY_STATEMENTS,
        session::STATEMENTS,
        teams::STATEMENTS,
        terms::STATEMENTS,
        token::STATEMENTS,
        uses::STATEMENTS,
    ]
    .concat()
}
