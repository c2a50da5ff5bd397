//! Reading from one component of a site with one session, until a moment that all which belongs together shares.
//!
//! Reading changes nothing, so that whoever fails to read may try again: once, when the connection broke, when a server in
//! between failed, or when the component says when to come back and that is soon enough.

use std::time::Duration;

use model::Secret;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::component::Place;
use super::http::{Answer, Http, Trouble};
use super::page::{MOST_ITEMS, Page};
use super::{Component, Error, Lie, Refusal, Unreachable};

/// More pages than this are no list. Sites give 25 things on a page, or a thousand.
pub(super) const MOST_PAGES: usize = 400;
/// Nor is this a marker.
pub(super) const MOST_QUERY: usize = 2048;
/// Before a second attempt, where nobody said how long: a balancer takes a moment to see that a server is gone.
const PAUSE: Duration = Duration::from_millis(50);

pub(super) struct Reader<'a> {
    pub(super) http: &'a Http,
    pub(super) service: &'a str,
    pub(super) component: Component,
    pub(super) place: Place,
    pub(super) token: &'a Secret,
    /// How long all of it may take, and when that has passed.
    pub(super) within: Duration,
    pub(super) until: Instant,
}

/// A whole list, and what the headers of its last page said.
pub(super) struct Listed<T> {
    pub(super) items: Vec<T>,
    pub(super) headers: HeaderMap,
}

impl Reader<'_> {
    /// All pages. `path` is below the component's address and may have a query; `key` is what the list is called inside.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        about: &'static str,
        path: &str,
        key: &'static str,
        headers: &HeaderMap,
    ) -> Result<Listed<T>, Error> {
        let first = format!("{}{path}", self.place.base);
        let bare = first.split_once('?').map_or(first.as_str(), |(bare, _)| bare);
        let limit = self.http.limits().body_bytes;
        let mut answer = self.get(about, &first, headers).await?;
        let mut page = Page::read(&answer, about, key).map_err(|lie| self.lie(lie))?;
        let (mut items, mut bytes, mut seen) = (page.items, answer.body.len(), Vec::new());
        while let Some(next) = page.next {
            // Only what comes after the question mark is taken: behind a proxy, components say addresses that are not
            // theirs, and no list leads anywhere else than to where it began.
            let query = next.split_once('?').map_or("", |(_, query)| query).to_owned();
            let is_new = !query.is_empty() && query.len() <= MOST_QUERY && !seen.contains(&query);
            if !is_new || seen.len() + 1 >= MOST_PAGES || items.len() > MOST_ITEMS {
                return Err(self.lie(Lie::Endless { about, pages: seen.len() + 1 }));
            }
            answer = self.get(about, &format!("{bare}?{query}"), headers).await?;
            seen.push(query);
            bytes += answer.body.len();
            if bytes > limit {
                return Err(self.lie(Lie::TooLarge { about, limit }));
            }
            page = Page::read(&answer, about, key).map_err(|lie| self.lie(lie))?;
            items.append(&mut page.items);
        }
        Ok(Listed { items, headers: answer.headers })
    }

    /// A list of which nothing but its content matters.
    pub(super) async fn all<T: DeserializeOwned>(
        &self,
        about: &'static str,
        path: &str,
        key: &'static str,
    ) -> Result<Vec<T>, Error> {
        Ok(self.list(about, path, key, &HeaderMap::new()).await?.items)
    }

    pub(super) async fn one<T: DeserializeOwned>(&self, about: &'static str, path: &str) -> Result<T, Error> {
        let answer = self.get(about, &format!("{}{path}", self.place.base), &HeaderMap::new()).await?;
        answer.json(about).map_err(|lie| self.lie(lie))
    }

    /// A good answer.
    pub(super) async fn get(&self, about: &'static str, url: &str, headers: &HeaderMap) -> Result<Answer, Error> {
        let mut answered = self.attempt(about, url, headers).await;
        if let Err(trouble) = &answered
            && let Some(pause) = pause(trouble)
            && Instant::now() + pause < self.until
        {
            tokio::time::sleep(pause).await;
            answered = self.attempt(about, url, headers).await;
        }
        let answer = answered.map_err(|trouble| self.error(trouble))?;
        match answer.status {
            200..300 => Ok(answer),
            401 => Err(self.refused(Refusal::SessionEnded)),
            403 => Err(self.refused(Refusal::NotAllowed { what: about })),
            status => Err(self.lie(Lie::Status { about, status })),
        }
    }

    async fn attempt(&self, about: &'static str, url: &str, headers: &HeaderMap) -> Result<Answer, Trouble> {
        let own = self.http.limits().deadline;
        let (until, limit) = match Instant::now() + own {
            sooner if sooner < self.until => (sooner, own),
            _ => (self.until, self.within),
        };
        let answered = tokio::time::timeout_at(until, self.http.get(about, url, self.token, headers.clone())).await;
        answered.unwrap_or(Err(Trouble::Unreachable(Unreachable::Deadline { limit })))
    }

    fn error(&self, trouble: Trouble) -> Error {
        let at = || self.place.base.clone();
        match trouble {
            Trouble::Unreachable(Unreachable::Guarded(why)) if !self.place.is_configured => {
                self.lie(Lie::Endpoint { component: self.component, at: at(), why })
            }
            Trouble::Unreachable(why) => {
                Error::Unanswered { service: self.service.to_owned(), component: self.component, at: at(), why }
            }
            Trouble::Lie(lie) => self.lie(lie),
        }
    }

    pub(super) fn lie(&self, lie: Lie) -> Error {
        Error::Lie { service: self.service.to_owned(), lie }
    }

    fn refused(&self, refusal: Refusal) -> Error {
        Error::Refused { service: self.service.to_owned(), refusal }
    }
}

/// How long to wait before trying again, if at all.
fn pause(trouble: &Trouble) -> Option<Duration> {
    match trouble {
        Trouble::Unreachable(Unreachable::Connect { .. } | Unreachable::Cut { .. }) => Some(PAUSE),
        Trouble::Unreachable(Unreachable::Status { status: 413 | 429 | 503, retry_after: Some(wanted) }) => Some(*wanted),
        Trouble::Unreachable(Unreachable::Status { status: 502..=504, retry_after: None }) => Some(PAUSE),
        _ => None,
    }
}
