//! The commands, each against a real gateway that runs real work.

pub mod federated;
mod federation;
mod files;
mod following;
pub mod helpers;
mod keys;
mod listings;
mod machines;
mod manual;
pub mod operators;
mod portal;
mod quotas;
mod recipes;
pub mod signing_in;
mod terminal;
