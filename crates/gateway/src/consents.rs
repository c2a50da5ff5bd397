//! What people let this gateway do for them at other services, while they are away.

pub(crate) mod list;
pub(crate) mod withdraw;
