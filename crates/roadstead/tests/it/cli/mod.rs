//! The commands, each against a real gateway that runs real work.

mod federation;
mod files;
mod following;
pub mod helpers;
mod listings;
mod manual;
mod portal;
mod quotas;
mod recipes;
mod signing_in;
mod terminal;
