//! Images: what system is in them, how one signs in, what a machine needs for them, and whether they are offered.

use model::ByteCount;
use model::offer::{Conflict, Fact, Image, System};

use super::claims::{Claims, same};
use super::duplicates::{self, Candidate, Catalogued};
use super::properties::Properties;
use super::reading::{self, Reading};
use super::systems::{self, Distribution};
use super::{fact, standing};
use crate::openstack::inventory;

const DISTRIBUTION: &[&str] = &["os_distro", "org.openstack.glance.os_distro", "os_name"];
const VERSION: &[&str] = &["os_version", "org.openstack.glance.os_version"];
const TYPE: &[&str] = &["os_type", "org.openstack.glance.os_type"];
const ARCHITECTURE: &[&str] = &["architecture", "org.openstack.glance.architecture", "hw_architecture"];
const USER: &[&str] = &["os_admin_user", "org.openstack.glance.os_admin_user", "default_user", "image_original_user"];
const TRAITS: &[&str] = &["ad:traits"];
const REGISTRY: &[&str] = &["eu.egi.cloud.image_ref"];
const TAG: &[&str] = &["eu.egi.cloud.tag"];
const APPDB: &[&str] = &["ad:mpuri", "vmcatcher_event_ad_mpuri", "marketplace", "ad:base_mpuri"];
const APPLIANCE: &[&str] = &["ad:appid"];

/// By name, as people look for them.
pub(super) fn of(images: &[inventory::Image], project: &str) -> Vec<Image> {
    let read = images.iter().map(|raw| image(raw, project));
    let (mut images, candidates): (Vec<Image>, Vec<Candidate<'_>>) = read.unzip();
    duplicates::supersede(&mut images, &candidates);
    images.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    images
}

fn image<'a>(raw: &'a inventory::Image, project: &str) -> (Image, Candidate<'a>) {
    let properties = Properties::of(raw);
    let name = raw.name.as_deref().filter(|name| !name.is_empty());
    let reading = name.map(reading::read).unwrap_or_default();
    let (mut facts, mut conflicts) = (Vec::new(), Vec::new());
    let system = system(&properties, &reading, &mut facts, &mut conflicts);
    let distribution = system.as_ref().and_then(|system| systems::by_name(&system.name));
    let architecture = architecture(&properties, &reading, &mut facts, &mut conflicts);
    let login_user = user(&properties, distribution, &mut facts);
    let min_disk = disk(raw, &mut facts, &mut conflicts);
    let community_image = community_image(&properties, &mut facts);
    let image = Image {
        id: raw.id.clone(),
        name: name.unwrap_or(&raw.id).to_owned(),
        system,
        architecture,
        login_user,
        min_disk,
        min_memory: ByteCount::new(raw.min_ram.saturating_mul(1 << 20)),
        bytes: raw.size.map(ByteCount::new),
        community_image,
        created_at: raw.created_at,
        standing: standing::of(raw, &properties, project),
        facts,
        conflicts,
    };
    (image, Candidate { raw, catalogue: catalogued(&properties), reading })
}

fn system(
    properties: &Properties<'_>,
    reading: &Reading,
    facts: &mut Vec<Fact>,
    conflicts: &mut Vec<Conflict>,
) -> Option<System> {
    let mut names: Claims<String> = Claims::new("system");
    let mut versions: Claims<String> = Claims::new("version");
    let mut distribution: Option<&'static Distribution> = None;
    let mut glued = None;
    if let Some((text, source)) = properties.first(DISTRIBUTION)
        && let Some((found, version)) = systems::by_property(&text)
    {
        distribution = Some(found);
        glued = version.map(|version| (version, source.clone()));
        names.say(found.name.to_owned(), source);
    }
    if let Some((text, source)) = properties.first(TRAITS)
        && let Some((found, _)) = text.split([',', ' ']).find_map(|one| systems::by_property(one.strip_prefix("os:")?))
    {
        distribution = distribution.or(Some(found));
        names.say(found.name.to_owned(), source);
    }
    let kind = properties.first(TYPE);
    if let Some((text, source)) = &kind {
        match text.to_ascii_lowercase().as_str() {
            "windows" => {
                distribution = distribution.or_else(|| systems::by_name("windows"));
                names.say("windows".to_owned(), source.clone());
            }
            // No system is named, but one is ruled out.
            "linux" if names.believed().is_none() && reading.system.is_some_and(|system| system.name == "windows") => {
                conflicts.push(Conflict {
                    about: "system".to_owned(),
                    believed: fact("system", "some Linux", source.clone()),
                    refuted: fact("system", "windows", "name"),
                });
                return None;
            }
            _ => {}
        }
    }
    if let Some(found) = reading.system {
        names.say(found.name.to_owned(), "name");
    }
    if let Some((text, source)) = properties.first(VERSION)
        && let Some(version) = systems::version_by_property(&text, distribution.or(reading.system))
    {
        versions.say(version, source);
    }
    if let Some((version, source)) = glued {
        versions.say(version, source);
    }
    let name = names.settle(facts, conflicts, same)?;
    // What the name says of another system's version is nothing of this one's.
    if reading.system.is_none_or(|system| system.name == name)
        && let Some(version) = &reading.version
    {
        versions.say(version.clone(), "name");
    }
    let version = versions.settle(facts, conflicts, |one, other| is_part(one, other) || is_part(other, one));
    Some(System { name, version })
}

/// `9` and `9.4` do not contradict each other.
fn is_part(short: &str, long: &str) -> bool {
    long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn architecture(
    properties: &Properties<'_>,
    reading: &Reading,
    facts: &mut Vec<Fact>,
    conflicts: &mut Vec<Conflict>,
) -> Option<String> {
    let mut claims: Claims<String> = Claims::new("architecture");
    if let Some((text, source)) = properties.first(ARCHITECTURE) {
        claims.say(systems::architecture(&text), source);
    }
    if let Some(architecture) = reading.architecture {
        claims.say(architecture.to_owned(), "name");
    }
    claims.settle(facts, conflicts, same)
}

fn user(properties: &Properties<'_>, distribution: Option<&'static Distribution>, facts: &mut Vec<Fact>) -> Option<String> {
    let usual = || distribution.and_then(|distribution| Some((distribution.user?, distribution.name)));
    let (user, source) = match properties.first(USER) {
        Some((user, source)) => (user.into_owned(), source),
        None => usual().map(|(user, name)| (user.to_owned(), format!("usual of {name}")))?,
    };
    facts.push(fact("login user", user.clone(), source));
    Some(user)
}

/// The larger of what it asks for and what it unpacks to. Where that is not said, it is not smaller than it is kept.
fn disk(raw: &inventory::Image, facts: &mut Vec<Fact>, conflicts: &mut Vec<Conflict>) -> ByteCount {
    let asked = ByteCount::new(raw.min_disk.saturating_mul(1 << 30));
    let unpacked = match (raw.virtual_size.filter(|bytes| *bytes > 0), raw.size) {
        (Some(bytes), _) => Some((bytes, "image `virtual_size`")),
        (None, size) => size.filter(|bytes| *bytes > 0).map(|bytes| (bytes, "image `size`")),
    };
    let Some((bytes, source)) = unpacked else {
        facts.extend((raw.min_disk > 0).then(|| fact("minimum disk", asked.to_string(), "image `min_disk`")));
        return asked;
    };
    let unpacked = ByteCount::new(bytes);
    let (believed, source) = if asked >= unpacked { (asked, "image `min_disk`") } else { (unpacked, source) };
    let believed_fact = fact("minimum disk", believed.to_string(), source);
    if raw.min_disk > 0 && asked < unpacked {
        let refuted = fact("minimum disk", asked.to_string(), "image `min_disk`");
        conflicts.push(Conflict { about: "minimum disk".to_owned(), believed: believed_fact.clone(), refuted });
    }
    facts.push(believed_fact);
    believed
}

fn community_image(properties: &Properties<'_>, facts: &mut Vec<Fact>) -> Option<String> {
    let (found, source) = properties.first(REGISTRY).or_else(|| properties.first(APPDB))?;
    let found = found.into_owned();
    facts.push(fact("community image", found.clone(), source));
    facts.extend(properties.first(TAG).map(|(tag, source)| fact("build", tag, source)));
    Some(found)
}

/// Entries of the old catalogue (AppDB) end in their version: `.../image/2c24de6c-…:9765/`. Those of the registry are
/// told apart by their dates alone.
fn catalogued(properties: &Properties<'_>) -> Option<Catalogued> {
    if let Some(entry) = properties.value(REGISTRY) {
        return Some(Catalogued { entry: entry.into_owned(), version: 0 });
    }
    let address = properties.value(APPDB)?;
    let appliance = properties.value(APPLIANCE).unwrap_or_default();
    let last = address.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let (image, version) = last.rsplit_once(':').unwrap_or((last, ""));
    Some(Catalogued { entry: format!("{appliance} {image}"), version: version.parse().unwrap_or(0) })
}
