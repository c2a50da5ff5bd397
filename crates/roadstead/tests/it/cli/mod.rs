//! The commands, each against a real gateway that runs real work.

mod federation;
mod files;
mod following;
pub mod helpers;
mod keys;
mod listings;
mod manual;
mod portal;
mod quotas;
mod signing_in;
mod terminal;
