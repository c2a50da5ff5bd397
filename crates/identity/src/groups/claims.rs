//! Memberships, out of the claims of a token or of an issuer's userinfo.

use super::component::shown;
use super::{BadEntitlement, BadGroup, Entitlement, Group, path};
use serde::Serialize;
use serde_json::{Map, Value};

/// A claim in which issuers say something about groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, utoipa::ToSchema)]
pub enum Claim {
    /// AARC-G069 in RFC 9068's claim.
    #[serde(rename = "entitlements")]
    Entitlements,
    /// The same under its older name. EGI Check-in sends both.
    #[serde(rename = "eduperson_entitlement")]
    EdupersonEntitlement,
    #[serde(rename = "wlcg.groups")]
    WlcgGroups,
    /// Keycloak, INDIGO-IAM with its own profile, and many more.
    #[serde(rename = "groups")]
    Groups,
}

/// One group that a token says its holder is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Membership {
    #[schema(value_type = String)]
    pub group: Group,
    pub role: Option<String>,
    pub authority: Option<String>,
    /// Where the token says it,
    pub claim: Claim,
    /// and in which words.
    pub text: String,
}

/// Something in a claim that is no membership.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Ignored {
    pub claim: Claim,
    /// The beginning of the text, with what is invisible in it made visible.
    pub text: String,
    #[serde(serialize_with = "in_words")]
    #[schema(value_type = String)]
    pub why: WhyIgnored,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhyIgnored {
    #[error("the claim is {found}, not a list of texts")]
    ClaimIsNotAList { found: &'static str },
    #[error("it is {found}, not a text")]
    NotAText { found: &'static str },
    #[error("it {0}")]
    Entitlement(#[from] BadEntitlement),
    #[error("it {0}")]
    Group(#[from] BadGroup),
    #[error("the claim has {given} values; only the first {MOST_VALUES} are read")]
    TooMany { given: usize },
    #[error("{0} more are not understood")]
    More(usize),
}

/// All that a token says about groups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Memberships {
    pub held: Vec<Membership>,
    pub ignored: Vec<Ignored>,
}

/// For each claim, so that no claim can push out what another one says.
const MOST_VALUES: usize = 500;
/// For each claim: what is ignored is kept with people's logins and shown to them.
const MOST_IGNORED: usize = 20;

impl Claim {
    pub const ALL: [Claim; 4] = [Claim::Entitlements, Claim::EdupersonEntitlement, Claim::WlcgGroups, Claim::Groups];

    /// Its name in a token.
    pub fn as_str(self) -> &'static str {
        match self {
            Claim::Entitlements => "entitlements",
            Claim::EdupersonEntitlement => "eduperson_entitlement",
            Claim::WlcgGroups => "wlcg.groups",
            Claim::Groups => "groups",
        }
    }

    fn membership(self, text: &str) -> Result<Membership, WhyIgnored> {
        let (group, role, authority) = match self {
            Claim::Entitlements | Claim::EdupersonEntitlement => text.parse::<Entitlement>()?.into_parts(),
            Claim::WlcgGroups => {
                let (group, role) = path::parse(text)?;
                (group, role, None)
            }
            Claim::Groups => (Group::from_name(text)?, None, None),
        };
        Ok(Membership { group, role, authority, claim: self, text: text.to_owned() })
    }

    /// A single text is a list of one where entitlements are, since some issuers send it so (LDAP attributes with one
    /// value). The other claims are always lists; a text there would be split by some readers and not by others.
    fn values(self, value: &Value) -> Result<&[Value], WhyIgnored> {
        match (self, value) {
            (_, Value::Array(values)) => Ok(values),
            (Claim::Entitlements | Claim::EdupersonEntitlement, Value::String(_)) => Ok(std::slice::from_ref(value)),
            _ => Err(WhyIgnored::ClaimIsNotAList { found: kind(value) }),
        }
    }
}

impl Memberships {
    /// In the order of [`Claim::ALL`], and of the values in each. Never fails: what is wrong is in `ignored`.
    pub fn read(claims: &Map<String, Value>) -> Self {
        let mut read = Self::default();
        for claim in Claim::ALL {
            if let Some(value) = claims.get(claim.as_str()) {
                read.read_claim(claim, value);
            }
        }
        read
    }

    fn read_claim(&mut self, claim: Claim, value: &Value) {
        let values = match claim.values(value) {
            Ok(values) => values,
            Err(why) => return self.ignored.push(Ignored { claim, text: text_of(value), why }),
        };
        if values.len() > MOST_VALUES {
            let why = WhyIgnored::TooMany { given: values.len() };
            self.ignored.push(Ignored { claim, text: String::new(), why });
        }
        let mut ignored = 0;
        for value in values.iter().take(MOST_VALUES) {
            let membership = match value {
                Value::String(text) => claim.membership(text),
                other => Err(WhyIgnored::NotAText { found: kind(other) }),
            };
            match membership {
                Ok(membership) => self.held.push(membership),
                Err(why) => {
                    ignored += 1;
                    if ignored <= MOST_IGNORED {
                        self.ignored.push(Ignored { claim, text: text_of(value), why });
                    }
                }
            }
        }
        if let Some(more) = ignored.checked_sub(MOST_IGNORED).filter(|more| *more > 0) {
            self.ignored.push(Ignored { claim, text: String::new(), why: WhyIgnored::More(more) });
        }
    }
}

/// Lists and objects may be of any size and depth, so they are not written out.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => shown(text),
        Value::Bool(_) | Value::Number(_) | Value::Null => value.to_string(),
        Value::Array(_) => "[…]".to_owned(),
        Value::Object(_) => "{…}".to_owned(),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn in_words<S: serde::Serializer>(why: &WhyIgnored, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(why)
}
