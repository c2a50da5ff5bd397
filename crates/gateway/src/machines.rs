//! Machines: what is done with them once they were asked for as runs. One file per operation.

pub(crate) mod change;
pub(crate) mod console;
pub(crate) mod lifetime;
pub(crate) mod list;
pub(crate) mod neighbours;
pub(crate) mod show;
pub(crate) mod sizes;
pub(crate) mod weather;
