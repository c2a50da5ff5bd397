//! Where things of a kind are kept at a site: found by their mark, shown, and taken away, all in the same way.

use model::Timestamp;
use model::mark::Mark;
use reqwest::Method;
use serde_json::Value;

use super::{Fault, Yard};
use crate::driver::ThingKind;
use crate::openstack::page::{MOST_ITEMS, Page};
use crate::openstack::reader::{MOST_PAGES, MOST_QUERY};
use crate::openstack::{Component, Lie};

pub(super) struct Shelf {
    pub(super) component: Component,
    pub(super) path: &'static str,
    many: &'static str,
    one: &'static str,
    /// For messages.
    pub(super) about: &'static str,
}

/// Something on a shelf that carries the mark.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    pub id: String,
    pub told: Value,
}

/// Of what a service that is not OpenStack has, there is none.
pub(super) fn shelf(kind: ThingKind) -> Option<Shelf> {
    let network = |path, many, one, about| Some(Shelf { component: Component::Network, path, many, one, about });
    match kind {
        ThingKind::Group => network("/security-groups", "security_groups", "security_group", "a security group"),
        ThingKind::Network => network("/networks", "networks", "network", "a network"),
        ThingKind::Router => network("/routers", "routers", "router", "a router"),
        ThingKind::Port | ThingKind::Link => network("/ports", "ports", "port", "a port"),
        ThingKind::Address => network("/floatingips", "floatingips", "floatingip", "a floating address"),
        ThingKind::Server => {
            let (path, many, one) = ("/servers", "servers", "server");
            Some(Shelf { component: Component::Compute, path, many, one, about: "a machine" })
        }
        ThingKind::Volume | ThingKind::Data => {
            let (path, many, one) = ("/volumes", "volumes", "volume");
            Some(Shelf { component: Component::Volume, path, many, one, about: "a volume" })
        }
        ThingKind::Directory | ThingKind::Pilot => None,
    }
}

impl Shelf {
    /// The mark that a thing carries, if it carries one.
    pub(super) fn mark(&self, told: &Value) -> Option<Mark> {
        let text = match self.component {
            Component::Compute | Component::Volume => &told["metadata"][MARK],
            _ => &told["description"],
        };
        Mark::of_text(text.as_str()?)
    }

    pub(super) fn wrap(&self, inside: Value) -> Value {
        serde_json::json!({ self.one: inside })
    }

    /// What is inside an answer of one thing.
    pub(super) fn unwrap(&self, yard: &Yard, answer: &crate::openstack::http::Answer) -> Result<Found, Fault> {
        let mut body: Value = answer.json(self.about).map_err(|lie| yard.garbled(lie))?;
        let told = body[self.one].take();
        let id = told["id"].as_str().map(str::to_owned);
        let missing = || yard.garbled(Lie::Json { about: self.about, why: format!("there is no {}.id in it", self.one) });
        Ok(Found { id: id.ok_or_else(missing)?, told })
    }

    fn list(&self, query: &str) -> String {
        match self.component {
            Component::Compute | Component::Volume => format!("{}/detail?{query}", self.path),
            _ => format!("{}?{query}", self.path),
        }
    }
}

/// The key of Nova's and Cinder's metadata.
pub(super) const MARK: &str = "roadstead";

impl Yard {
    /// All that carries exactly this mark, the oldest first: there is more than one when a request was answered by nobody,
    /// and its effect seen too late.
    pub async fn find(&self, kind: ThingKind, mark: &Mark) -> Result<Vec<Found>, Fault> {
        let Some(shelf) = shelf(kind) else { return Ok(Vec::new()) };
        let query = match kind {
            // Nova takes a pattern.
            ThingKind::Server => format!("name=^{}$", mark.name()),
            // It has no name. Who does not know this filter answers with all there are.
            ThingKind::Address => format!("description={}", mark.text().replace(' ', "%20")),
            _ => format!("name={}", mark.name()),
        };
        let mut found = self.on(&shelf, &query).await?;
        found.retain(|one| shelf.mark(&one.told).as_ref() == Some(mark));
        found.sort_by_key(|one| (one.told["created_at"].as_str().map(str::to_owned).or(created(&one.told)), one.id.clone()));
        Ok(found)
    }

    /// All of a kind that carries a mark of ours, with it.
    pub async fn marked(&self, kind: ThingKind) -> Result<Vec<(Mark, Found)>, Fault> {
        let Some(shelf) = shelf(kind) else { return Ok(Vec::new()) };
        let found = self.on(&shelf, "limit=1000").await?;
        Ok(found.into_iter().filter_map(|one| Some((shelf.mark(&one.told)?, one))).collect())
    }

    pub async fn show(&self, kind: ThingKind, id: &str) -> Result<Option<Found>, Fault> {
        let Some(shelf) = shelf(kind) else { return Ok(None) };
        let answer = self.ask(shelf.component, Method::GET, shelf.about, &format!("{}/{id}", shelf.path), None).await?;
        if answer.status == 404 { Ok(None) } else { shelf.unwrap(self, &answer).map(Some) }
    }

    /// The mark of something found.
    pub fn mark_of(kind: ThingKind, found: &Found) -> Option<Mark> {
        shelf(kind)?.mark(&found.told)
    }

    /// Asks for its end. It is gone when it is not shown any more.
    pub async fn delete(&self, kind: ThingKind, id: &str) -> Result<(), Fault> {
        let Some(shelf) = shelf(kind) else { return Ok(()) };
        self.ask(shelf.component, Method::DELETE, shelf.about, &format!("{}/{id}", shelf.path), None).await.map(|_| ())
    }

    /// The same, with what hangs on it and is not told of by itself.
    pub async fn take_away(&self, kind: ThingKind, found: &Found) -> Result<(), Fault> {
        match kind {
            ThingKind::Router => self.remove_router(&found.id).await,
            ThingKind::Link => self.remove_link(found).await,
            ThingKind::Volume | ThingKind::Data => self.remove_volume(found).await,
            _ => self.delete(kind, &found.id).await,
        }
    }

    /// On all pages: what is left out would be taken for gone.
    pub(super) async fn on(&self, shelf: &Shelf, query: &str) -> Result<Vec<Found>, Fault> {
        let (mut found, mut asked) = (Vec::new(), vec![query.to_owned()]);
        loop {
            let path = shelf.list(asked.last().map_or("", String::as_str));
            let answer = self.ask(shelf.component, Method::GET, shelf.about, &path, None).await?;
            let page = Page::<Value>::read(&answer, shelf.about, shelf.many).map_err(|lie| self.garbled(lie))?;
            let items = page.items.into_iter();
            found.extend(items.filter_map(|told| Some(Found { id: told["id"].as_str()?.to_owned(), told })));
            let Some(next) = page.next else { return Ok(found) };
            // As `Reader` does, and for the same reasons.
            let query = next.split_once('?').map_or("", |(_, query)| query).to_owned();
            let is_new = !query.is_empty() && query.len() <= MOST_QUERY && !asked.contains(&query);
            if !is_new || asked.len() >= MOST_PAGES || found.len() > MOST_ITEMS {
                return Err(self.garbled(Lie::Endless { about: shelf.about, pages: asked.len() }));
            }
            asked.push(query);
        }
    }

    pub(super) async fn make(&self, kind: ThingKind, inside: Value) -> Result<Found, Fault> {
        let Some(shelf) = shelf(kind) else { return Err(self.garbled(Lie::NoKeystone { tried: String::new() })) };
        let body = shelf.wrap(inside);
        let answer = self.ask(shelf.component, Method::POST, shelf.about, shelf.path, Some(&body)).await?;
        if answer.status == 404 {
            // Something that it refers to is not there.
            return Err(Fault::Denied(super::Denied::of_answer(self.service(), shelf.about, &answer)));
        }
        shelf.unwrap(self, &answer)
    }
}

fn created(told: &Value) -> Option<String> {
    told["created"].as_str().map(str::to_owned)
}

/// When it was made, as the site says.
pub fn made_at(found: &Found) -> Option<Timestamp> {
    let text = found.told["created_at"].as_str().or(found.told["created"].as_str())?;
    text.parse().ok()
}
