//! Lists, page by page.

use crate::refusal::Refusal;
use model::Code;
use serde::Serialize;
use std::str::FromStr;

/// One page of a list.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Page<T> {
    pub items: Vec<T>,
    /// Where the next page begins: the value of `cursor` to ask for it with. Null after the last page.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A full page may be followed by another one.
    pub fn new(items: Vec<T>, limit: u32, cursor: impl Fn(&T) -> String) -> Self {
        let full = items.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
        let next = if full { items.last().map(cursor) } else { None };
        Self { items, next }
    }
}

/// What an earlier page gave as `next`.
pub(crate) fn cursor<T: FromStr>(text: Option<&str>) -> Result<Option<T>, Refusal> {
    text.map(str::parse).transpose().map_err(|_| {
        Refusal::of_field(Code::InvalidQuery, "cursor", "is not one that this list gave", "Take the `next` of the page before.")
    })
}
