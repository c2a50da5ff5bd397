//! The layers, laid over each other.

use super::Config;
use crate::wiring::places;
use model::{Code, Problem};
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// A configuration and where it came from.
#[derive(Debug)]
pub struct Loaded {
    pub config: Config,
    /// The files that were read, lowest first, and the variables that were set.
    pub sources: Vec<String>,
}

/// Reads all layers below the flags. `explicit` must exist; the others may be missing.
pub fn load(explicit: Option<&Path>) -> Result<Loaded, Problem> {
    let mut merged = Table::new();
    let mut sources = Vec::new();
    let usual = [PathBuf::from("/etc/roadstead/config.toml"), places::config_dir().join("config.toml")];
    for path in usual.iter().map(PathBuf::as_path).chain(explicit) {
        match std::fs::read_to_string(path) {
            Ok(text) => {
                lay_over(&mut merged, read(&text, path)?);
                sources.push(path.display().to_string());
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && Some(path) != explicit => {}
            Err(error) => return Err(wrong(&path.display().to_string(), &error.to_string())),
        }
    }
    let (variables, table) = from_environment(std::env::vars())?;
    lay_over(&mut merged, table);
    sources.extend(variables);
    let config = Config::deserialize_from(merged).map_err(|error| wrong("the configuration", &error))?;
    Ok(Loaded { config, sources })
}

impl Config {
    fn deserialize_from(table: Table) -> Result<Self, String> {
        table.try_into().map_err(|error: toml::de::Error| error.message().to_owned())
    }
}

/// One layer, checked by itself.
fn read(text: &str, path: &Path) -> Result<Table, Problem> {
    let shown = path.display().to_string();
    let table: Table = toml::from_str(text).map_err(|error| wrong(&shown, &error.to_string()))?;
    toml::from_str::<Config>(text).map_err(|error| wrong(&shown, &error.to_string()))?;
    Ok(table)
}

fn lay_over(below: &mut Table, above: Table) {
    for (key, value) in above {
        match (below.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => lay_over(below, above),
            (_, value) => {
                below.insert(key, value);
            }
        }
    }
}

/// `ROADSTEAD_LOCAL_CORES=4` sets `local.cores`. Variables of other uses are not of the configuration.
fn from_environment(variables: impl Iterator<Item = (String, String)>) -> Result<(Vec<String>, Table), Problem> {
    let mut table = Table::new();
    let mut names = Vec::new();
    for (name, text) in variables {
        let Some((section, key)) =
            KEYS.iter().find_map(|(section, key)| (variable(section, key) == name).then_some((*section, *key)))
        else {
            continue;
        };
        // `4` and `true` are what they look like; anything else is text.
        let value = toml::from_str::<Table>(&format!("value = {text}")).ok().and_then(|mut table| table.remove("value"));
        let value = value.unwrap_or(Value::String(text));
        let mut layer = Table::new();
        match section {
            "" => layer.insert(key.to_owned(), value),
            section => layer.insert(section.to_owned(), Value::Table(Table::from_iter([(key.to_owned(), value)]))),
        };
        Config::deserialize_from(layer.clone()).map_err(|error| wrong(&name, &error))?;
        lay_over(&mut table, layer);
        names.push(name);
    }
    Ok((names, table))
}

fn variable(section: &str, key: &str) -> String {
    let path = if section.is_empty() { key.to_owned() } else { format!("{section}_{key}") };
    format!("ROADSTEAD_{}", path.to_ascii_uppercase())
}

/// Everything that the environment can set.
const KEYS: &[(&str, &str)] = &[
    ("", "listen"),
    ("", "public_url"),
    ("", "trusted_proxies"),
    ("", "metrics_listen"),
    ("", "data_dir"),
    ("", "isolation"),
    ("", "issuers"),
    ("", "sites"),
    ("federation", "sources"),
    ("federation", "join"),
    ("federation", "allowed_hosts"),
    ("federation", "public_ranges"),
    ("federation", "private_ranges"),
    ("federation", "networks"),
    ("federation", "operators"),
    ("federation", "read_again"),
    ("federation", "look_again"),
    ("federation", "deadline"),
    ("federation", "sign_ins_per_hour"),
    ("", "policies"),
    ("", "recipes"),
    ("database", "url_file"),
    ("local", "enabled"),
    ("local", "site"),
    ("local", "service"),
    ("local", "cores"),
    ("local", "memory"),
    ("local", "patience"),
    ("inputs", "file_roots"),
    ("inputs", "allowed_hosts"),
    ("inputs", "token_hosts"),
    ("machines", "lifetime"),
    ("machines", "longest_lifetime"),
    ("machines", "warn_before"),
    ("machines", "boot_within"),
    ("machines", "attempts"),
    ("machines", "look_again"),
    ("machines", "answer_within"),
    ("machines", "settle"),
    ("machines", "sweep_every"),
    ("machines", "gateway_url"),
    ("machines", "authority_file"),
    ("machines", "patience"),
    ("limits", "stream"),
    ("limits", "input"),
    ("limits", "output"),
    ("limits", "upload"),
    ("limits", "upload_lifetime"),
    ("limits", "pilot_silence"),
    ("limits", "attempts"),
    ("limits", "connections"),
    ("limits", "requests"),
    ("limits", "event_streams"),
    ("limits", "request_rate"),
    ("limits", "write_timeout"),
    ("quotas", "person"),
    ("quotas", "community"),
    ("", "terms"),
    ("retention", "logs"),
    ("retention", "outputs"),
    ("flow", "lease_ms"),
    ("flow", "concurrency"),
];

fn wrong(place: &str, detail: &str) -> Problem {
    Problem::new(
        Code::ConfigurationInvalid,
        format!("{place}: {}", detail.trim_end()),
        "Correct it; `roadstead config check` says when it is right and shows what is in effect.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_lie_over_each_other_and_errors_name_their_place() {
        let mut below = read("[local]\ncores = 2\nsite = \"a\"", Path::new("one")).expect("right");
        lay_over(&mut below, read("[local]\nsite = \"b\"", Path::new("two")).expect("right"));
        let set = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())].into_iter();
        let (_, environment) = from_environment(set("ROADSTEAD_LIMITS_STREAM", "5MiB")).expect("right");
        lay_over(&mut below, environment);
        let config = Config::deserialize_from(below).expect("right");
        assert_eq!((config.local.cores, config.local.site.as_str()), (Some(2.0), "b"));
        assert_eq!(config.limits.stream.to_string(), "5MiB");

        for (text, named) in [("lissen = 1", "lissen"), ("[limits]\nstream = 5", "no unit"), ("listen = \"x\"", "listen")] {
            let problem = read(text, Path::new("file.toml")).expect_err(text);
            assert!(problem.detail.contains("file.toml") && problem.detail.contains(named), "{problem:?}");
        }
        let problem = from_environment(set("ROADSTEAD_FLOW_LEASE_MS", "soon")).expect_err("not a number");
        assert!(problem.detail.contains("ROADSTEAD_FLOW_LEASE_MS"), "{problem:?}");
    }

    #[test]
    fn the_environment_can_set_every_key() {
        let defaults = toml::Table::try_from(Config::default()).expect("a table");
        for (key, value) in &defaults {
            let inner: Vec<(String, String)> = match value {
                Value::Table(table) => table.keys().map(|inner| (key.clone(), inner.clone())).collect(),
                _ => vec![(String::new(), key.clone())],
            };
            for (section, key) in inner {
                assert!(KEYS.iter().any(|(s, k)| (*s, *k) == (section.as_str(), key.as_str())), "{section}.{key} is missing");
            }
        }
    }
}
