//! What one document of one source says, before it is held against what others say.

use std::collections::BTreeMap;

use model::Timestamp;
use model::federation::{CommunityProject, LoginKind, Severity, SourceProblem, Trouble};
use reqwest::Url;

use crate::openstack::collapsed;

/// Who says it. What is said by the first is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Own,
    EgiYaml,
    Gocdb,
    CloudInfo,
    VoMappings,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    pub(super) sites: Vec<SiteWord>,
    pub(super) entitlements: Vec<EntitlementWord>,
    pub(super) downtimes: Vec<DowntimeWord>,
    /// Of no one site.
    pub(super) problems: Vec<SourceProblem>,
}

/// Of one document. People do not read more, and whoever writes it could go on for ever.
const MOST_PROBLEMS: usize = 100;
pub(super) const MOST_DOWNTIMES: usize = 20_000;

impl Words {
    /// With an end to what one document can say.
    pub(super) fn bounded(mut self, origin: &str) -> Self {
        if self.downtimes.len() >= MOST_DOWNTIMES {
            let detail = format!("it has {MOST_DOWNTIMES} downtimes or more; the rest is left out");
            self.problems.insert(0, problem(origin, Trouble::TooLarge, detail));
        }
        let lists = self.sites.iter_mut().map(|word| &mut word.problems).chain([&mut self.problems]);
        let mut left = MOST_PROBLEMS;
        let mut left_out = 0;
        for problems in lists {
            left_out += problems.len().saturating_sub(left);
            problems.truncate(left);
            left -= problems.len();
        }
        if left_out > 0 {
            self.problems.push(problem(origin, Trouble::TooLarge, format!("{left_out} more problems are left out")));
        }
        self
    }
}

/// What is said of a site in one place, with at most one service of it.
#[derive(Clone, Debug, Default)]
pub(super) struct SiteWord {
    pub(super) site: String,
    pub(super) origin: String,
    pub(super) title: Option<String>,
    pub(super) country: Option<String>,
    pub(super) service: Option<ServiceWord>,
    pub(super) problems: Vec<SourceProblem>,
}

impl SiteWord {
    pub(super) fn complain(&mut self, what: Trouble, detail: impl Into<String>) {
        self.problems.push(problem(&self.origin, what, detail));
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct ServiceWord {
    /// Only the administrator gives it one.
    pub(super) name: Option<String>,
    /// The first is what the source says; by the others it is recognised too.
    pub(super) addresses: Vec<Address>,
    /// Where no address is said.
    pub(super) host: Option<String>,
    pub(super) identity_provider: Option<String>,
    pub(super) protocol: Option<String>,
    pub(super) region: Option<String>,
    pub(super) login: Option<LoginKind>,
    pub(super) communities: Vec<CommunityProject>,
    pub(super) in_production: Option<bool>,
    pub(super) monitored: Option<bool>,
    pub(super) endpoint_overrides: BTreeMap<String, String>,
    pub(super) audience: Option<String>,
    pub(super) issuers: Vec<String>,
    pub(super) authority: Option<String>,
    pub(super) public_ranges: Vec<String>,
    /// What is only shown.
    pub(super) further: Vec<(&'static str, String)>,
}

#[derive(Clone, Debug)]
pub(super) struct EntitlementWord {
    pub(super) community: String,
    pub(super) entitlement: String,
    pub(super) origin: String,
}

#[derive(Clone, Debug)]
pub(super) struct DowntimeWord {
    pub(super) site: String,
    pub(super) origin: String,
    pub(super) of: String,
    pub(super) concerns: Concerns,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    pub(super) why: String,
    pub(super) severity: Severity,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Concerns {
    EveryService,
    /// The service at this host.
    Host(String),
    /// Something else at the site.
    Nothing,
}

/// Why a document, or a list of them, is of no or little use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(super) what: Trouble,
    pub(crate) detail: String,
}

impl Broken {
    pub(super) fn new(what: Trouble, detail: impl Into<String>) -> Self {
        Self { what, detail: short(&detail.into()) }
    }

    pub(super) fn problem(self, origin: &str) -> SourceProblem {
        let remedy = match self.what {
            Trouble::Unreachable => "Look whether it can be reached from the gateway; it is tried again at the next reading.",
            Trouble::Missing => "Take it out of the list of files, or ask who keeps them where it went.",
            Trouble::Unreadable => "Let the gateway's user read it; it has to be a regular file in UTF-8.",
            Trouble::Refused => {
                "Correct the address; the gateway asks public addresses, and others that its administrator allowed."
            }
            Trouble::Malformed => "Tell whoever keeps the file. What comes before the place named is used.",
            Trouble::TooLarge => "Look whether this is the right file; those of a federation are much smaller.",
            Trouble::Incomplete | Trouble::Wrong => {
                "Tell whoever keeps the file, or say the right value in the gateway's own [[sites]]."
            }
            Trouble::Duplicate => "Give one of them another name.",
            Trouble::Stale => "Nothing, if it passes.",
        };
        SourceProblem {
            source: origin.to_owned(),
            what: self.what,
            detail: self.detail,
            remedy: remedy.to_owned(),
            read_at: None,
        }
    }
}

pub(super) fn problem(origin: &str, what: Trouble, detail: impl Into<String>) -> SourceProblem {
    Broken::new(what, detail).problem(origin)
}

/// An address of Keystone as published. Equal are those that mean the same place.
#[derive(Clone, Debug)]
pub(super) struct Address {
    pub(super) text: String,
    host: String,
    port: u16,
    path: String,
}

impl Address {
    pub(super) fn read(published: &str) -> Result<Self, String> {
        let text = published.trim();
        let why = |why: &str| format!("`{}` is no address of a Keystone: {why}", short(text));
        if text.is_empty() || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(why("it is empty, or has spaces in it"));
        }
        let url = Url::parse(&collapsed(text)).map_err(|error| why(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(why("it is neither http nor https"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            // Not repeated: it may be somebody's.
            return Err("the address of Keystone has a user name or a password in it".to_owned());
        }
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else { return Err(why("it names no host")) };
        let path = url.path().trim_end_matches('/');
        let path = path.strip_suffix("/v3").or_else(|| path.strip_suffix("/v2.0")).unwrap_or(path);
        // What GOCDB puts behind the address is not for Keystone.
        let text = text.split(['?', '#']).next().unwrap_or_default().to_owned();
        Ok(Self { text, host: host.to_owned(), port, path: path.to_owned() })
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn host_and_port(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        (&self.host, self.port, &self.path) == (&other.host, other.port, &other.path)
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

const LONGEST_NAME: usize = 200;
const LONGEST_TEXT: usize = 600;

/// A name that can be shown and asked for; none when it is nothing of the kind.
pub(super) fn name(text: &str) -> Option<String> {
    let text = text.trim();
    let sound =
        !text.is_empty() && text.len() <= LONGEST_NAME && !text.chars().any(is_hidden) && !text.contains(char::is_whitespace);
    sound.then(|| text.to_owned())
}

/// Text for people, without what is not text, and no longer than they read.
pub(super) fn short(text: &str) -> String {
    let clean = text.trim().chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !is_hidden(*c));
    let mut clean: String = clean.collect();
    if let Some((end, _)) = clean.char_indices().nth(LONGEST_TEXT) {
        clean.truncate(end);
        clean.push('…');
    }
    clean
}

/// Control characters, those that turn the direction of text or that nobody sees, and what stands for a letter that could
/// not be read.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{fffd}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_the_same_where_they_mean_the_same() {
        let read = |text: &str| Address::read(text).expect(text);
        let one = read("https://k.example.org:5000/v3");
        for same in ["https://k.example.org:5000/v3/", "https://K.EXAMPLE.org:5000//v3/?image=a&resource=b", "k.example.org:5000"]
        {
            assert_eq!(read(same), one, "{same}");
        }
        assert_eq!(read("https://k.example.org/v3"), read("https://k.example.org:443/"));
        assert_eq!(read(" https://k.example.org:5000/v3?image=a ").text, "https://k.example.org:5000/v3");
        for other in ["https://k.example.org/v3", "https://k.example.org:5000/identity/v3", "https://l.example.org:5000/v3"] {
            assert_ne!(read(other), one, "{other}");
        }
        for bad in ["", "ftp://k/", "https://", "https://a b/", "file:///etc/passwd"] {
            assert!(Address::read(bad).is_err(), "{bad}");
        }
        let refused = Address::read("https://someone:hunter2@k/v3").expect_err("a password");
        assert!(!refused.contains("hunter2"), "{refused}");
    }

    #[test]
    fn names_and_texts_are_what_they_look_like() {
        assert_eq!(name(" BIFI ").as_deref(), Some("BIFI"));
        for bad in ["", " ", "a b", "a\u{202e}b", "a\nb", &"x".repeat(300)] {
            assert_eq!(name(bad), None, "{bad:?}");
        }
        assert_eq!(short(" a\n\u{7}b\u{202e} "), "a b");
        assert!(short(&"x".repeat(5_000)).chars().count() <= LONGEST_TEXT + 1);
    }
}
