//! The ledger of what runs hold.

pub(crate) mod list;
pub(crate) mod revoke;
