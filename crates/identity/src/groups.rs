//! From what a token says about groups to what its holder may do here.
//!
//! ```text
//! claims ──read──> memberships + ignored ──Mapping::apply──> communities, roles, administrator, and why
//! ```
//!
//! An [`Entitlement`] is one group and role as AARC-G069 writes it. [`Memberships::read`] finds all that a token says,
//! in each claim where issuers say it; what cannot be understood is kept as [`Ignored`], with its reason, and gives
//! nothing. A [`Table`] is what administrators edit; [`Table::check`] makes a [`Mapping`] of it, or names every
//! mistake. [`Mapping::apply`] is the whole decision, and its answer is also the one to "what would this token get?".
//!
//! Rules that keep this safe, each with a test that tries to break it:
//! - Nothing is granted that no rule names. Rules only add: none takes away or lowers what another gave.
//! - Two spellings are one group only where RFC 8141 says so (the case of `urn`, of the namespace identifier and of the
//!   digits of percent-encodings). A text that can be read in two ways is refused.
//! - A wrong claim harms itself alone: it is never an error of the login and never a membership.
//!
//! No I/O, no clock: the same table, issuer and claims give the same answer everywhere.

mod check;
mod claims;
mod community;
mod component;
mod entitlement;
mod granted;
mod group;
mod mapping;
mod near_miss;
mod path;
mod table;
mod vo_mappings;

pub use claims::{Claim, Ignored, Membership, Memberships, WhyIgnored};
pub use community::{BadCommunityName, CommunityName, Role};
pub use component::BadComponent;
pub use entitlement::{BadEntitlement, Entitlement, Part};
pub use granted::{Because, Granted};
pub use group::{BadGroup, Group};
pub use mapping::Mapping;
pub use near_miss::{Miss, NearMiss};
pub use table::{AuthorityPattern, Gives, GroupPattern, IssuerPattern, Kind, RolePattern, Rule, Table};
pub use vo_mappings::{NotConverted, VoMappings, VoMappingsError};
