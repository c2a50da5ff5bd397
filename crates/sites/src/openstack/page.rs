//! One page of a list, straight from its bytes: OpenStack wraps a list in an object, beside the way to the next page.
//!
//! What is read takes more memory than its bytes did, and nothing at all (`{}`) takes the most: things are counted while
//! they are read.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::Lie;
use super::http::Answer;

/// Of one list, on all its pages. No project has so many of anything that is looked at here.
pub(super) const MOST_ITEMS: usize = 20_000;

pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    /// As it was written: an address, or only its path.
    pub(super) next: Option<String>,
}

impl<T: DeserializeOwned> Page<T> {
    /// `key`: what the list is called in it.
    pub(super) fn read(answer: &Answer, about: &'static str, key: &'static str) -> Result<Self, Lie> {
        let mut json = serde_json::Deserializer::from_slice(&answer.body);
        let page = Wrapped { key, item: PhantomData }.deserialize(&mut json);
        let page = page.and_then(|page| json.end().map(|()| page));
        page.map_err(|error| Lie::Json { about, why: error.to_string() })
    }
}

struct Wrapped<T> {
    key: &'static str,
    item: PhantomData<T>,
}

impl<'de, T: DeserializeOwned> DeserializeSeed<'de> for Wrapped<T> {
    type Value = Page<T>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Page<T>, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de, T: DeserializeOwned> Visitor<'de> for Wrapped<T> {
    type Value = Page<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with `{}`", self.key)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Page<T>, A::Error> {
        let (mut items, mut next) = (None, None);
        while let Some(key) = map.next_key::<String>()? {
            if key == self.key {
                items = Some(map.next_value_seed(Items(PhantomData))?);
            } else if key == "next" {
                // Glance's way.
                next = map.next_value::<Option<String>>()?;
            } else if key.strip_suffix("_links").is_some_and(|list| list == self.key) {
                // Nova's, Neutron's and Cinder's.
                let links: Vec<Link> = map.next_value()?;
                next = links.into_iter().find(|link| link.rel == "next").map(|link| link.href);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        let items = items.ok_or_else(|| A::Error::missing_field(self.key))?;
        Ok(Page { items, next })
    }
}

struct Items<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> DeserializeSeed<'de> for Items<T> {
    type Value = Vec<T>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Vec<T>, D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de, T: DeserializeOwned> Visitor<'de> for Items<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {MOST_ITEMS}")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            if items.len() == MOST_ITEMS {
                return Err(A::Error::invalid_length(items.len() + 1, &self));
            }
            items.push(item);
        }
        Ok(items)
    }
}

#[derive(Deserialize)]
struct Link {
    rel: String,
    href: String,
}
