//! Speaking with one OpenStack site: signing in at its Keystone, and reading what one of its projects has.
//!
//! Raw HTTP, a handful of requests; the shape of what goes through:
//!
//! - An [`Account`] is what the federation knows of a service's Keystone: its address as somebody published it, whom it
//!   trusts, what it demands. A [`Keystone`] speaks with it; the address and the protocol that really work are found by
//!   trying, and remembered.
//! - [`Credentials`] become a [`Login`] (of no project), a login becomes the list of [`Project`]s, and with one of them a
//!   [`Session`]: a token of that project with its roles and the [`Catalogue`].
//! - [`Sessions`] keeps logins and sessions of people, so that whoever needs one asks at the point of use. The bearers
//!   come from somebody else ([`Bearers`]) and never stay here.
//!
//! - With a session, a [`Cloud`] takes one look at its project: an [`Inventory`] of everything that its components answer
//!   (`nova`, `glance`, `neutron`, `cinder`, each through a `Reader`), all at once and until one deadline. Each part has its
//!   own fate: what one component does not tell hides nothing of the others.
//!
//! - Whoever makes and removes things in a project has a [`Yard`] of it.
//!
//! Keystone answers all who may not enter with the same words. Which door they failed at ([`refusal`]) is told from who
//! gave the answer (the web server that checks bearers, or Keystone behind it), from what the bearer says of itself, and
//! from what is known of the site.

mod account;
mod address;
mod answers;
mod bearers;
mod berth;
mod catalogue;
mod cinder;
mod claims;
mod cloud;
mod component;
mod error;
pub mod evidence;
mod glance;
mod help;
mod http;
pub mod inventory;
mod keystone;
mod look;
mod neutron;
mod nova;
mod page;
mod reader;
pub mod refusal;
mod sessions;
pub mod trouble;
pub mod yard;

pub use account::{Account, Expected};
pub use address::candidates;
pub(crate) use address::collapsed;
pub use answers::{Login, Project, Session};
pub use bearers::{Bearer, BearerError, BearerNeed, Bearers, Purpose};
pub use berth::{Berth, Blueprint, FirstWords, things};
pub use catalogue::{Catalogue, Endpoint};
pub use cloud::{Cloud, HttpCloud};
pub use component::Component;
pub use error::{Error, Lie, SetupError, Unreachable};
pub use help::Advice;
pub(crate) use http::Proof;
pub use http::{Http, Limits};
pub use inventory::Inventory;
pub use keystone::{Credentials, Keystone};
pub use refusal::Refusal;
pub use sessions::Sessions;
pub use yard::Yard;
