//! Where things can run.

pub(crate) mod enter;
pub(crate) mod federation;
pub(crate) mod inventory;
pub(crate) mod list;
pub(crate) mod offers;
mod patience;
pub(crate) mod plans;
pub(crate) mod show;
pub(crate) mod snapshots;
