//! Where things can run.

pub(crate) mod list;
pub(crate) mod offers;
pub(crate) mod plans;
