//! Executing commands in every mode that this computer has.

mod bench;
mod concurrency;
mod confinement;
mod containers;
mod endings;
mod engines;
mod leftovers;
mod output;
mod sweeping;
mod usage;
