//! The newest of several images of the same is offered, the others are superseded by it.
//!
//! "The same" is asked carefully: somebody's appliance must not take the place of a plain system, nor a private image
//! that of the operator's. Images are compared only with those of the same owner and kind of visibility: by the
//! catalogue's identifier where they have one, else by system, version, architecture and what their names say beyond
//! that, else by their whole name.

use std::collections::BTreeMap;

use model::Timestamp;
use model::offer::{Image, Standing};

use super::reading::Reading;
use crate::openstack::inventory;

/// What makes an image the same as another, and newer.
pub(super) struct Candidate<'a> {
    pub raw: &'a inventory::Image,
    pub reading: Reading,
    pub catalogue: Option<Catalogued>,
}

/// An entry of a community's catalogue without its version, and the version.
pub(super) struct Catalogued {
    pub entry: String,
    pub version: u64,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a> {
    public: bool,
    owner: &'a str,
    architecture: Option<&'a str>,
    what: What<'a>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum What<'a> {
    Entry(&'a str),
    System { name: &'a str, version: &'a str, rest: &'a [String] },
    Name(&'a str),
}

/// Newer is greater. The identifier only decides between images of one moment, so that the order of lists does not.
type Age<'a> = (u64, Option<Timestamp>, &'a str);

pub(super) fn supersede(images: &mut [Image], candidates: &[Candidate<'_>]) {
    let mut newest: BTreeMap<Key<'_>, Age<'_>> = BTreeMap::new();
    let mut superseded: Vec<(usize, String)> = Vec::new();
    {
        let offered = |image: &Image| image.standing == Standing::Offered;
        let pairs = || images.iter().zip(candidates).enumerate().filter(|(_, (image, _))| offered(image));
        for (_, (image, candidate)) in pairs() {
            let age = age(candidate);
            newest.entry(key(image, candidate)).and_modify(|newest| *newest = age.max(*newest)).or_insert(age);
        }
        for (at, (image, candidate)) in pairs() {
            let by = newest.get(&key(image, candidate)).map(|(.., id)| *id);
            superseded.extend(by.filter(|by| *by != candidate.raw.id).map(|by| (at, by.to_owned())));
        }
    }
    for (at, by) in superseded {
        if let Some(image) = images.get_mut(at) {
            image.standing = Standing::Superseded { by };
        }
    }
}

fn key<'a>(image: &'a Image, candidate: &'a Candidate<'_>) -> Key<'a> {
    let system = image.system.as_ref().and_then(|system| Some((system.name.as_str(), system.version.as_deref()?)));
    let what = match (&candidate.catalogue, system) {
        (Some(catalogued), _) => What::Entry(&catalogued.entry),
        (None, Some((name, version))) => What::System { name, version, rest: &candidate.reading.rest },
        (None, None) => What::Name(&image.name),
    };
    Key {
        public: candidate.raw.visibility == "public",
        owner: candidate.raw.owner.as_deref().unwrap_or_default(),
        architecture: image.architecture.as_deref(),
        what,
    }
}

fn age<'a>(candidate: &Candidate<'a>) -> Age<'a> {
    let version = candidate.catalogue.as_ref().map_or(0, |catalogued| catalogued.version);
    (version, candidate.raw.created_at, &candidate.raw.id)
}
