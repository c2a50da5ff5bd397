//! Lists, page by page.

use crate::extract::limit;
use crate::refusal::Refusal;
use axum::Json;
use model::Code;
use serde::{Deserialize, Serialize};
use std::fmt::Display;
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

/// Which page of a list that is ordered by identifiers, newest first.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// How many to a page: 1 to 1000, 100 when not said.
    pub limit: Option<u32>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}

impl Paging {
    /// The page that was asked for. `read` is told after which identifier it begins and how many it may have.
    pub async fn page<Id, T, E>(
        self,
        read: impl AsyncFnOnce(Option<&Id>, u32) -> Result<Vec<T>, E>,
        id: impl Fn(&T) -> &Id,
    ) -> Result<Json<Page<T>>, Refusal>
    where
        Id: FromStr + Display,
        Refusal: From<E>,
    {
        let (limit, before) = (limit(self.limit)?, cursor::<Id>(self.cursor.as_deref())?);
        let items = read(before.as_ref(), limit).await?;
        Ok(Json(Page::new(items, limit, |item| id(item).to_string())))
    }
}

/// What an earlier page gave as `next`.
pub(crate) fn cursor<T: FromStr>(text: Option<&str>) -> Result<Option<T>, Refusal> {
    text.map(str::parse).transpose().map_err(|_| {
        Refusal::of_field(Code::InvalidQuery, "cursor", "is not one that this list gave", "Take the `next` of the page before.")
    })
}
