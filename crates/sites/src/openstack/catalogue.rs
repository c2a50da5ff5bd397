//! Where a site says that its services are.

use serde::Deserialize;

/// Of one project: addresses can contain its identifier.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Catalogue {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug, Deserialize)]
struct Entry {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    endpoints: Vec<Endpoint>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Endpoint {
    pub interface: String,
    #[serde(default)]
    pub region: Option<String>,
    pub url: String,
}

impl Catalogue {
    /// Whether it names one of these kinds at all, wherever it is.
    pub fn has(&self, kinds: &[&str]) -> bool {
        self.entries.iter().any(|entry| kinds.contains(&entry.kind.as_str()) && !entry.endpoints.is_empty())
    }

    /// The public address of the first of these kinds that there is (`volumev3`, `block-storage`, ...), in this region.
    /// Regions are compared as sites write them, then without regard to letter case: sources of the federation are.
    pub fn public(&self, kinds: &[&str], region: Option<&str>) -> Option<&Endpoint> {
        kinds.iter().find_map(|kind| {
            let all: Vec<&Endpoint> = self
                .entries
                .iter()
                .filter(|entry| entry.kind == *kind)
                .flat_map(|entry| &entry.endpoints)
                .filter(|endpoint| endpoint.interface == "public")
                .collect();
            let Some(region) = region else { return all.first().copied() };
            let of = |endpoint: &&&Endpoint| endpoint.region.as_deref() == Some(region);
            let almost = |endpoint: &&&Endpoint| endpoint.region.as_deref().is_some_and(|one| one.eq_ignore_ascii_case(region));
            all.iter().find(of).or_else(|| all.iter().find(almost)).copied()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_found_by_kind_and_region() {
        let catalogue: Catalogue = serde_json::from_str(
            r#"[{"type":"compute","endpoints":[
                  {"interface":"internal","region":"one","url":"http://i"},
                  {"interface":"public","region":"ONE","url":"http://upper"},
                  {"interface":"public","region":"one","url":"http://p","region_id":"one"}]},
                {"type":"block-storage","name":"cinder","endpoints":[{"interface":"public","region":"two","url":"http://c"}]},
                {"type":"empty"}]"#,
        )
        .unwrap();
        let url = |kinds: &[&str], region| catalogue.public(kinds, region).map(|endpoint| endpoint.url.as_str());
        assert_eq!(url(&["compute"], Some("one")), Some("http://p"));
        assert_eq!(url(&["compute"], Some("One")), Some("http://upper"));
        assert_eq!(url(&["compute"], None), Some("http://upper"));
        assert_eq!(url(&["volumev3", "block-storage"], None), Some("http://c"));
        assert_eq!(url(&["compute"], Some("two")), None);
        assert_eq!(url(&["empty", "image"], None), None);
    }
}
