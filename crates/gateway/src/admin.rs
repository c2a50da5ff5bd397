//! For administrators.

pub(crate) mod addresses;
pub(crate) mod audit;
pub(crate) mod flows;
pub(crate) mod health;
pub(crate) mod mapping;
pub(crate) mod orphans;
pub(crate) mod people;
pub(crate) mod quotas;
pub(crate) mod rekey;
