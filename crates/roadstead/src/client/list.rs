//! Lists, page by page.

use super::{Client, Path};
use model::Problem;
use serde::Deserialize;
use serde::de::DeserializeOwned;

#[derive(Deserialize)]
struct Page<T> {
    items: Vec<T>,
    #[serde(default)]
    next: Option<String>,
}

/// A list that is fetched as far as it is read.
pub struct Pages<'a, T> {
    client: &'a Client,
    path: Path<'a>,
    query: Vec<(&'a str, String)>,
    next: Next,
    items: std::marker::PhantomData<T>,
}

enum Next {
    First,
    At(String),
    End,
}

impl Client {
    pub fn pages<'a, T: DeserializeOwned>(&'a self, path: Path<'a>, query: &[(&'a str, String)]) -> Pages<'a, T> {
        Pages { client: self, path, query: query.to_vec(), next: Next::First, items: std::marker::PhantomData }
    }

    /// All of a list. For lists that are short by nature, or were asked for as a whole.
    pub async fn all<T: DeserializeOwned>(&self, path: Path<'_>, query: &[(&str, String)]) -> Result<Vec<T>, Problem> {
        let mut pages = self.pages(path, query);
        let mut all = Vec::new();
        while let Some(page) = pages.next().await? {
            all.extend(page);
        }
        Ok(all)
    }
}

impl<T: DeserializeOwned> Pages<'_, T> {
    /// Whether there is a page after the last one that was returned.
    pub fn has_more(&self) -> bool {
        matches!(self.next, Next::At(_))
    }

    pub async fn next(&mut self) -> Result<Option<Vec<T>>, Problem> {
        let cursor = match std::mem::replace(&mut self.next, Next::End) {
            Next::First => None,
            Next::At(cursor) => Some(cursor),
            Next::End => return Ok(None),
        };
        let mut query: Vec<(&str, &str)> = self.query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        query.extend(cursor.as_deref().map(|cursor| (CURSOR, cursor)));
        let page: Page<T> = self.client.get(self.path, &query).await?;
        if let Some(next) = page.next {
            self.next = Next::At(next);
        }
        Ok(Some(page.items))
    }
}

/// The parameter that continues a list.
const CURSOR: &str = "cursor";
