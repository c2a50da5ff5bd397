//! Runs: one file per operation.

pub(crate) mod cancel;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod download;
pub(crate) mod elements;
pub(crate) mod list;
pub(crate) mod logs;
pub(crate) mod matches;
pub(crate) mod object;
pub(crate) mod outputs;
pub(crate) mod overview;
mod pages;
pub(crate) mod plan;
pub(crate) mod receipt;
pub(crate) mod retry;
pub(crate) mod show;

pub(crate) use pages::Pages;
