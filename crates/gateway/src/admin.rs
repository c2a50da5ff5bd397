//! For administrators.

pub(crate) mod flows;
pub(crate) mod health;
