//! The parts that a site's cloud is made of, and where each of them is.
//!
//! Catalogues are written by hand: with and without the version, with doubled slashes, versions said twice, names that
//! only the site's own computers can resolve. What can be understood is; what cannot is told as the catalogue's mistake,
//! with the way to set it right.

use std::fmt;

use super::{Account, Error, Lie, Session, address};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Component {
    /// Nova.
    Compute,
    /// Glance.
    Image,
    /// Neutron.
    Network,
    /// Cinder.
    Volume,
}

impl Component {
    fn name(self) -> &'static str {
        match self {
            Self::Compute => "compute",
            Self::Image => "image",
            Self::Network => "network",
            Self::Volume => "volume",
        }
    }

    /// In the catalogue, the best first.
    fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::Compute => &["compute"],
            Self::Image => &["image"],
            Self::Network => &["network"],
            Self::Volume => &["volumev3", "block-storage", "volume", "volumev2"],
        }
    }

    /// The version that an address is meant to have which says none.
    fn version(self) -> &'static str {
        match self {
            Self::Compute => "v2.1",
            Self::Image => "v2",
            Self::Network => "v2.0",
            Self::Volume => "v3",
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a component is, for one project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// With the version, and the project where it belongs there; without a slash at the end.
    pub(super) base: String,
    /// Only the version: where the component tells which ones it speaks.
    pub(super) root: String,
    /// Somebody wrote it down for us, so that it is not the catalogue which is wrong.
    pub(super) is_configured: bool,
}

/// `Ok(None)`: the site has no such thing at all, as far as its catalogue says.
pub(super) fn place(component: Component, account: &Account, session: &Session) -> Result<Option<Place>, Error> {
    let project = session.project.id.as_str();
    let names = std::iter::once(component.name()).chain(component.kinds().iter().copied());
    if let Some(configured) = names.into_iter().find_map(|name| account.endpoints.get(name)) {
        return Ok(Some(understood(component, configured, project, true)));
    }
    let region = account.region.as_deref();
    if let Some(endpoint) = session.catalogue.public(component.kinds(), region) {
        return Ok(Some(understood(component, &endpoint.url, project, false)));
    }
    if !session.catalogue.has(component.kinds()) {
        return Ok(None);
    }
    let lie = Lie::NoEndpoint { component, region: account.region.clone() };
    Err(Error::Lie { service: account.service.clone(), lie })
}

fn understood(component: Component, written: &str, project: &str, is_configured: bool) -> Place {
    let mut clean = address::collapsed(written);
    for template in ["%(project_id)s", "$(project_id)s", "%(tenant_id)s", "$(tenant_id)s"] {
        clean = clean.replace(template, project);
    }
    let (scheme, rest) = clean.split_once("://").unwrap_or(("https", &clean));
    let mut parts: Vec<&str> = rest.split('/').collect();
    let host = parts.remove(0);
    let tail = match parts.iter().rposition(|part| is_version(part)) {
        Some(at) => parts.split_off(at + 1),
        None => {
            let tail = if parts.last() == Some(&project) { parts.split_off(parts.len() - 1) } else { Vec::new() };
            parts.push(component.version());
            tail
        }
    };
    // Of images and networks, only one version is still spoken anywhere, and nothing comes after it.
    let (version, tail) = match (component, parts.pop()) {
        (Component::Image | Component::Network, _) => (component.version(), Vec::new()),
        (Component::Volume, version) if tail.is_empty() => (version.unwrap_or(component.version()), vec![project]),
        (_, version) => (version.unwrap_or(component.version()), tail),
    };
    parts.push(version);
    let root = format!("{scheme}://{}", std::iter::once(host).chain(parts).collect::<Vec<_>>().join("/"));
    let base = tail.iter().fold(root.clone(), |base, part| format!("{base}/{part}"));
    Place { base, root, is_configured }
}

/// `v2`, `v2.1`; not a host called `v2-cloud`, nor a path of words.
fn is_version(part: &str) -> bool {
    part.strip_prefix('v').is_some_and(|number| {
        number.starts_with(|first: char| first.is_ascii_digit()) && number.chars().all(|one| one.is_ascii_digit() || one == '.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_a_catalogue_is_understood_however_it_is_written() {
        let cases = [
            (Component::Compute, "http://n:8774/v2.1", "http://n:8774/v2.1"),
            (Component::Compute, "http://n:8774//v2.1/", "http://n:8774/v2.1"),
            (Component::Compute, "http://n:8774/v2.1/v2.1/PROJECT", "http://n:8774/v2.1/PROJECT"),
            (Component::Compute, "http://n:8774/v2/PROJECT", "http://n:8774/v2/PROJECT"),
            (Component::Compute, "https://n/compute", "https://n/compute/v2.1"),
            (Component::Compute, "https://n/compute/PROJECT/", "https://n/compute/v2.1/PROJECT"),
            (Component::Compute, "https://n/v2.1/%(project_id)s", "https://n/v2.1/PROJECT"),
            (Component::Compute, "https://n/v2.1/$(tenant_id)s/", "https://n/v2.1/PROJECT"),
            (Component::Image, "http://g:9292", "http://g:9292/v2"),
            (Component::Image, "http://g:9292/v1/", "http://g:9292/v2"),
            (Component::Image, "http://g/image/v2/v2", "http://g/image/v2"),
            (Component::Network, "http://q:9696/", "http://q:9696/v2.0"),
            (Component::Network, "http://q/networking/v2.0//", "http://q/networking/v2.0"),
            (Component::Network, "http://q/v2", "http://q/v2.0"),
            (Component::Volume, "http://c:8776/v3/PROJECT", "http://c:8776/v3/PROJECT"),
            (Component::Volume, "http://c:8776/v3", "http://c:8776/v3/PROJECT"),
            (Component::Volume, "http://c:8776", "http://c:8776/v3/PROJECT"),
            (Component::Volume, "http://c:8776/v2/PROJECT", "http://c:8776/v2/PROJECT"),
        ];
        for (component, written, expected) in cases {
            let place = understood(component, written, "PROJECT", false);
            assert_eq!(place.base, expected, "{written}");
            assert_eq!(place.root, expected.trim_end_matches("/PROJECT"), "{written}");
        }
    }
}
