//! What machines can be like: sizes, limits, zones.
//!
//! Which fields Nova answers depends on the microversion one speaks. One is asked for at once, without asking which there
//! are; a Nova that refuses it is asked, and what was agreed upon is remembered.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderValue};
use serde::Deserialize;

use super::inventory::{ComputeLimits, Flavor, Part, Zone};
use super::reader::{Listed, Reader};
use super::{Error, Lie, Refusal};

const FLAVORS: &str = "the list of flavors";
/// Of each flavor, from a Nova that does not list them: so many at once.
const AT_ONCE: usize = 8;
const HEADERS: [(&str, &str); 2] = [("X-OpenStack-Nova-API-Version", ""), ("OpenStack-API-Version", "compute ")];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Microversion(u32, u32);

/// What we know how to read: flavors with their extra specs in one answer (Rocky, 2018). Nothing later changes what is
/// read here.
const KNOWN: Microversion = Microversion(2, 61);

/// What was agreed upon with one Nova; `None` inside: it has no microversions.
pub(super) struct Agreed(RwLock<Option<Microversion>>);

impl Default for Agreed {
    fn default() -> Self {
        Self(RwLock::new(Some(KNOWN)))
    }
}

pub(super) async fn flavors(reader: &Reader<'_>, agreed: &Agreed) -> Part<Vec<Flavor>> {
    let list = async |version| reader.list(FLAVORS, "/flavors/detail", "flavors", &headers(version)).await;
    let version = *agreed.0.read().unwrap_or_else(PoisonError::into_inner);
    let listed: Listed<Flavor> = match list(version).await {
        Err(Error::Lie { lie: Lie::Status { status: 406, .. }, .. }) => {
            let version = negotiate(reader).await?;
            *agreed.0.write().unwrap_or_else(PoisonError::into_inner) = version;
            list(version).await?
        }
        listed => listed?,
    };
    // What it really spoke: an older interface of it ignores what it does not understand.
    if spoken(&listed.headers) >= Some(KNOWN) {
        return Ok(listed.items);
    }
    let each = listed.items.into_iter().map(|flavor| with_extra_specs(reader, flavor));
    stream::iter(each).buffered(AT_ONCE).try_collect().await
}

pub(super) async fn limits(reader: &Reader<'_>) -> Part<ComputeLimits> {
    #[derive(Deserialize)]
    struct Body {
        limits: Limits,
    }
    #[derive(Deserialize)]
    struct Limits {
        absolute: ComputeLimits,
    }
    Ok(reader.one::<Body>("the limits of computing", "/limits").await?.limits.absolute)
}

pub(super) async fn zones(reader: &Reader<'_>) -> Part<Vec<Zone>> {
    reader.all("the list of availability zones", "/os-availability-zone", "availabilityZoneInfo").await
}

fn headers(version: Option<Microversion>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(Microversion(major, minor)) = version {
        for (name, prefix) in HEADERS {
            if let Ok(value) = HeaderValue::from_str(&format!("{prefix}{major}.{minor}")) {
                headers.insert(name, value);
            }
        }
    }
    headers
}

fn spoken(headers: &HeaderMap) -> Option<Microversion> {
    HEADERS.iter().find_map(|(name, prefix)| microversion(headers.get(*name)?.to_str().ok()?.strip_prefix(prefix)?))
}

/// The nearest to what we know, of those that it speaks.
async fn negotiate(reader: &Reader<'_>) -> Result<Option<Microversion>, Error> {
    #[derive(Deserialize)]
    struct Body {
        version: Range,
    }
    #[derive(Deserialize)]
    struct Range {
        #[serde(default)]
        version: String,
        #[serde(default)]
        min_version: String,
    }
    let about = "the versions of Nova";
    let answer = reader.get(about, &format!("{}/", reader.place.root), &HeaderMap::new()).await?;
    let Range { version, min_version } = answer.json::<Body>(about).map_err(|lie| reader.lie(lie))?.version;
    let (least, most) = (microversion(&min_version), microversion(&version));
    Ok(most.map(|most| KNOWN.min(most).max(least.unwrap_or(most).min(most))))
}

fn microversion(text: &str) -> Option<Microversion> {
    let (major, minor) = text.split_once('.')?;
    Some(Microversion(major.parse().ok()?, minor.parse().ok()?))
}

async fn with_extra_specs(reader: &Reader<'_>, flavor: Flavor) -> Result<Flavor, Error> {
    #[derive(Deserialize)]
    struct Body {
        extra_specs: BTreeMap<String, String>,
    }
    let about = "the extra specs of a flavor";
    // Identifiers of flavors are words that operators chose.
    let mut url = match Url::parse(&reader.place.base) {
        Ok(url) => url,
        Err(error) => return Err(reader.lie(Lie::Json { about, why: error.to_string() })),
    };
    if let Ok(mut path) = url.path_segments_mut() {
        path.extend(["flavors", &flavor.id, "os-extra_specs"]);
    }
    let answer = reader.get(about, url.as_str(), &HeaderMap::new()).await;
    let extra_specs = match answer {
        Ok(answer) => answer.json::<Body>(about).map_err(|lie| reader.lie(lie))?.extra_specs,
        // Gone meanwhile, or hidden from all but operators, as a Nova of today hides them from its list.
        Err(Error::Lie { lie: Lie::Status { status: 404, .. }, .. })
        | Err(Error::Refused { refusal: Refusal::NotAllowed { .. }, .. }) => BTreeMap::new(),
        Err(error) => return Err(error),
    };
    Ok(Flavor { extra_specs, ..flavor })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microversions_are_compared_as_numbers() {
        assert!(microversion("2.100") > microversion("2.61") && microversion("2.9") < Some(KNOWN));
        for nonsense in ["", "2", "two.one", "2.", "latest"] {
            assert_eq!(microversion(nonsense), None, "{nonsense}");
        }
        let said = headers(Some(KNOWN));
        assert_eq!(said["OpenStack-API-Version"], "compute 2.61");
        assert_eq!(spoken(&said), Some(KNOWN));
        assert_eq!(spoken(&headers(None)), None);
    }
}
