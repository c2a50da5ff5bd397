//! Why a site let somebody not in.
//!
//! Two doors stand one behind the other. The web server checks the bearer itself; Keystone maps what it says to groups.
//! Both answer 401, but the web server with a page for people, Keystone with JSON; and each cause leaves its trace in the
//! bearer, in the site's known demands, or in the headers.

use model::Timestamp;

use super::Account;
use super::claims::Claims;
use super::http::Answer;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Something on the way took it out.
    #[error("it saw no bearer")]
    NoBearer,
    #[error("the token has expired at {at}")]
    Expired { at: Timestamp },
    #[error("the token is not valid before {from}; the clocks may differ")]
    NotYetValid { from: Timestamp },
    #[error("the token is of {yours}; this site trusts {}", or_unknown(trusted))]
    OtherIssuer { yours: String, trusted: Vec<String> },
    #[error("the token is for {}; this site wants one for {}", or_unknown(yours), wanted.as_deref().unwrap_or("somebody else"))]
    OtherAudience { yours: Vec<String>, wanted: Option<String> },
    /// Nothing in the token says why: revoked, a key that the site does not know, or the site cannot ask its issuer.
    #[error("the site's check of the token failed, though the token says nothing wrong")]
    NotBelieved,
    #[error("it has none of the protocols {}", tried.join(", "))]
    NoProtocol { tried: Vec<String> },
    #[error("the token says nothing about groups")]
    NoGroups,
    #[error("you are in {}, and the site knows {}", or_unknown(yours), or_unknown(known))]
    NoCommunity { yours: Vec<String>, known: Vec<String> },
    /// What is published of its demands is fulfilled, and it demands more.
    #[error("your token says all that the site is known to demand for {community}, and the site makes nothing of it")]
    NotMapped { community: String },
    #[error("for {community} you have {}, and need {needed}", or_unknown(yours))]
    NoRole { community: String, yours: Vec<String>, needed: String },
    /// Also when it does not exist, or is disabled: Keystone tells nobody.
    #[error("the project {project} is not yours")]
    NotYourProject { project: String },
    /// What was let in with is not good any more: expired, revoked, or forgotten.
    #[error("the session has ended")]
    SessionEnded,
    #[error("its rules do not let you have {what}")]
    NotAllowed { what: &'static str },
    #[error("the name or password is wrong")]
    BadPassword,
    #[error("the application credential is unknown, expired or withdrawn")]
    BadApplicationCredential,
}

fn or_unknown(all: &[String]) -> String {
    if all.is_empty() { "none that is known".to_owned() } else { all.join(", ") }
}

/// Who answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    /// The web server, and what it said of the bearer.
    Server(Said),
    Keystone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    NoBearer,
    BadBearer,
    /// A good one, that lacks a claim which the site demands.
    Nothing,
}

/// An error in Keystone's form, and not in that of whatever stands before it.
pub(super) fn is_of_keystone(answer: &Answer) -> bool {
    serde_json::from_slice::<serde_json::Value>(&answer.body).is_ok_and(|body| body["error"].is_object())
}

fn door(answer: &Answer) -> Door {
    if is_of_keystone(answer) {
        return Door::Keystone;
    }
    let challenge = answer.header("WWW-Authenticate").unwrap_or_default();
    Door::Server(match challenge {
        _ if challenge.contains("invalid_request") => Said::NoBearer,
        _ if challenge.contains("invalid_token") => Said::BadBearer,
        _ => Said::Nothing,
    })
}

/// Of an answer of 401 or 403 to a bearer.
pub(super) fn of_bearer(answer: &Answer, bearer: &str, account: &Account, now: Timestamp) -> Refusal {
    let door = door(answer);
    if door == Door::Server(Said::NoBearer) {
        return Refusal::NoBearer;
    }
    let Some(claims) = Claims::of(bearer) else {
        // Opaque: the site was told by its issuer what nobody else can read.
        return match door {
            Door::Keystone => Refusal::NoCommunity { yours: Vec::new(), known: known(account) },
            Door::Server(_) => Refusal::NotBelieved,
        };
    };
    let moment = |name| claims.seconds(name).map(|seconds| Timestamp::from_millis(seconds.saturating_mul(1000)));
    if let Some(at) = moment("exp").filter(|at| *at <= now) {
        return Refusal::Expired { at };
    }
    let issuer = claims.issuer().unwrap_or_default();
    // 403 is Keystone's word for an issuer that it has no mapping for.
    if answer.status == 403 || (!account.issuers.is_empty() && !account.issuers.iter().any(|one| one == issuer)) {
        return Refusal::OtherIssuer { yours: issuer.to_owned(), trusted: account.issuers.clone() };
    }
    let audiences = claims.audiences();
    let misses = |wanted: &String| !audiences.contains(&wanted.as_str());
    if account.audience.as_ref().is_some_and(misses) || door == Door::Server(Said::Nothing) {
        let yours = audiences.into_iter().map(str::to_owned).collect();
        return Refusal::OtherAudience { yours, wanted: account.audience.clone() };
    }
    if door == Door::Keystone {
        return of_groups(&claims, account);
    }
    match moment("nbf").filter(|from| *from > now) {
        Some(from) => Refusal::NotYetValid { from },
        None => Refusal::NotBelieved,
    }
}

/// The bearer was good, and Keystone's mapping gave nothing for it.
fn of_groups(claims: &Claims, account: &Account) -> Refusal {
    let Some(memberships) = claims.memberships() else { return Refusal::NoGroups };
    for expected in &account.expected {
        let within = memberships.iter().filter(|(group, _)| *group == expected.community);
        let roles: Vec<String> = within.filter_map(|(_, role)| role.clone()).collect();
        if let Some(needed) = &expected.role
            && !roles.is_empty()
            && !roles.contains(needed)
        {
            return Refusal::NoRole { community: expected.community.clone(), yours: roles, needed: needed.clone() };
        }
    }
    let fulfilled = account.expected.iter().find(|expected| {
        let is_enough = |role: &Option<String>| expected.role.is_none() || *role == expected.role;
        memberships.iter().any(|(group, role)| *group == expected.community && is_enough(role))
    });
    if let Some(expected) = fulfilled {
        return Refusal::NotMapped { community: expected.community.clone() };
    }
    let mut yours: Vec<String> = memberships.into_iter().map(|(group, _)| group).collect();
    yours.sort();
    yours.dedup();
    Refusal::NoCommunity { yours, known: known(account) }
}

fn known(account: &Account) -> Vec<String> {
    account.expected.iter().map(|one| one.community.clone()).collect()
}
