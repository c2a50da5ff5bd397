//! What a person can do about a site that did not let them in, or did not answer.

use model::access::Help;

use super::{BearerError, Error, Refusal, Unreachable};

/// What the federation knows that errors do not say.
#[derive(Clone, Copy, Debug, Default)]
pub struct Advice<'a> {
    /// The address where one asks to join a community, with `{community}` in it.
    pub join: Option<&'a str>,
}

const BY_ITSELF: &str = "It is tried again by itself. Other sites are not affected.";

impl Error {
    /// Whether the site, or the issuer before it, knows who asks and says no; otherwise it may pass.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Refused { .. } => true,
            Self::Bearer(error) => !error.may_pass(),
            Self::Unreachable { .. } | Self::Unanswered { .. } | Self::Lie { .. } => false,
        }
    }

    pub fn help(&self, advice: Advice<'_>) -> Help {
        let why = self.to_string();
        match self {
            Self::Refused { service, refusal } => refusal.help(service, why, advice),
            Self::Bearer(error) => Help::new(why, remedy_of_bearer(error)),
            Self::Unreachable { why: reason, .. } | Self::Unanswered { why: reason, .. } => {
                Help::new(why, remedy_of_silence(reason))
            }
            Self::Lie { service, .. } => {
                let remedy = "Tell the administrator of this gateway: the address, or the site, is not as it should be.";
                asking(Help::new(why.clone(), remedy), format!("{service}: {why}."))
            }
        }
    }
}

fn remedy_of_bearer(error: &BearerError) -> String {
    match error {
        BearerError::SignIn { .. } => "Sign in again: roadstead login".to_owned(),
        BearerError::NoIdentity { issuers } => format!("Sign in at {}: roadstead login", issuers.join(" or ")),
        BearerError::Forbidden { .. } => "Ask the administrator of this gateway.".to_owned(),
        BearerError::Unavailable { .. } => BY_ITSELF.to_owned(),
    }
}

fn remedy_of_silence(reason: &Unreachable) -> String {
    match reason {
        Unreachable::Guarded(_) => {
            "If the site really is at a private address, the administrator allows it: federation.allowed_hosts.".to_owned()
        }
        Unreachable::Status { status: 429, retry_after } => match retry_after {
            Some(wait) => format!("The site is busy and wants to be left alone for {wait:?}. {BY_ITSELF}"),
            None => format!("The site is busy. {BY_ITSELF}"),
        },
        _ => BY_ITSELF.to_owned(),
    }
}

impl Refusal {
    fn help(&self, service: &str, why: String, advice: Advice<'_>) -> Help {
        let to_site =
            |ask: String| asking(Help::new(why.clone(), format!("Send the request below to the support of {service}.")), ask);
        match self {
            Self::NoBearer => to_site(format!(
                "At {service} the Authorization header does not reach Keystone's federation (OS-FEDERATION/.../auth answers that there was no bearer). Could you have a look at the web server before it?"
            )),
            Self::Expired { .. } => {
                Help::new(why, "Try again. If it comes back, the clock of this gateway or of the site is wrong.")
            }
            Self::NotYetValid { .. } => {
                Help::new(why, "Try again in a minute. If it comes back, the clock of this gateway or of the site is wrong.")
            }
            Self::OtherIssuer { trusted, .. } if trusted.is_empty() => {
                to_site(format!("{service} does not accept tokens of my login service. Which one does it trust?"))
            }
            Self::OtherIssuer { trusted, .. } => Help::new(why, format!("Sign in at {}: roadstead login", trusted.join(" or "))),
            Self::OtherAudience { wanted: Some(wanted), .. } => Help::new(
                why,
                format!(
                    "The login service gives no token for {wanted}. Ask the administrator of this gateway: the issuer has to permit the exchange for it."
                ),
            ),
            Self::OtherAudience { wanted: None, .. } => Help::new(
                why,
                "Ask the administrator of this gateway to find out which audience the site demands, and to set it for this service.",
            ),
            Self::NotBelieved => to_site(format!(
                "{service} rejects my token although it is valid, not expired, and of an issuer that you trust. Can the site reach the issuer (introspection, keys)?"
            )),
            Self::NoProtocol { tried } => Help::new(
                why,
                format!(
                    "Ask the administrator of this gateway: the name of the protocol ({}) or of the identity provider is another one at this site.",
                    tried.join(", ")
                ),
            ),
            Self::NoGroups => Help::new(why, "Sign in again, so that the login service includes your groups: roadstead login"),
            Self::NoCommunity { known, .. } => no_community(why, service, known, advice),
            Self::NotMapped { community } => {
                let remedy = "Sign in again, so that your login service also tells your name and address, which many sites demand: roadstead login";
                asking(
                    Help::new(why, remedy),
                    format!(
                        "{service} lets me not in for {community}, although my token has the entitlement. Which claims does its mapping demand?"
                    ),
                )
            }
            Self::NoRole { community, needed, .. } => {
                let request = format!(
                    "I am a member of {community} and would like to work at {service}, which demands the role {needed}. Could you give it to me?"
                );
                let remedy = format!("Ask the managers of {community} for the role {needed}, then sign in again.");
                let link = advice.join.map(|join| join.replace("{community}", community));
                asking(Help { link, ..Help::new(why, remedy) }, request)
            }
            Self::NotYourProject { .. } => to_site(format!(
                "{service} lets me in, but not into the project that is published for my community. Is its mapping complete, and the project enabled?"
            )),
            Self::SessionEnded => Help::new(why, BY_ITSELF),
            Self::NotAllowed { what } => {
                to_site(format!("At {service} my role in the project does not permit to read {what}. Is that meant to be so?"))
            }
            Self::BadPassword | Self::BadApplicationCredential => Help::new(
                why,
                "Ask the administrator of this gateway to renew the credentials that are configured for this service.",
            ),
        }
    }
}

fn no_community(why: String, service: &str, known: &[String], advice: Advice<'_>) -> Help {
    let link = advice.join.zip(known.first()).map(|(join, community)| join.replace("{community}", community));
    let remedy = match known {
        [] => format!("{service} does not say whom it serves. Send the request below to its support."),
        known => format!("Join {} if your work belongs there, then sign in again.", known.join(" or ")),
    };
    let help = Help { link, ..Help::new(why, remedy) };
    match known {
        [] => asking(help, format!("Which communities does {service} serve? My token says nothing that it has a mapping for.")),
        _ => help,
    }
}

fn asking(help: Help, request: String) -> Help {
    Help { request: Some(request), ..help }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(refusal: Refusal) -> Help {
        let error = Error::Refused { service: "ALPHA".to_owned(), refusal };
        assert!(error.is_refusal());
        error.help(Advice { join: Some("https://join.example/{community}") })
    }

    #[test]
    fn a_member_without_the_role_learns_whom_to_ask_and_what_to_write() {
        let (community, needed) = ("physics".to_owned(), "vm_operator".to_owned());
        let help = refused(Refusal::NoRole { community, yours: vec!["member".to_owned()], needed });
        assert_eq!(help.why, "ALPHA did not let you in: for physics you have member, and need vm_operator");
        assert!(help.remedy.contains("managers of physics"), "{help:?}");
        assert_eq!(help.link.as_deref(), Some("https://join.example/physics"));
        assert!(help.request.is_some_and(|text| text.contains("vm_operator") && text.contains("ALPHA")));
    }

    #[test]
    fn causes_that_look_alike_get_different_advice() {
        let known = vec!["physics".to_owned()];
        let all = [
            refused(Refusal::NoBearer),
            refused(Refusal::NotBelieved),
            refused(Refusal::NoGroups),
            refused(Refusal::NoCommunity { yours: Vec::new(), known: known.clone() }),
            refused(Refusal::NoCommunity { yours: Vec::new(), known: Vec::new() }),
            refused(Refusal::OtherIssuer { yours: "https://one".to_owned(), trusted: vec!["https://two".to_owned()] }),
            refused(Refusal::OtherAudience { yours: Vec::new(), wanted: Some("site".to_owned()) }),
            refused(Refusal::OtherAudience { yours: Vec::new(), wanted: None }),
            refused(Refusal::NotYourProject { project: "p".to_owned() }),
            refused(Refusal::NotMapped { community: "physics".to_owned() }),
            refused(Refusal::NoProtocol { tried: vec!["openid".to_owned()] }),
        ];
        let mut remedies: Vec<_> = all.iter().map(|help| (help.remedy.as_str(), help.request.as_deref())).collect();
        remedies.sort_unstable();
        remedies.dedup();
        assert_eq!(remedies.len(), all.len());
        assert!(all[5].remedy.contains("https://two"));
        let silent = Error::Unreachable { service: "ALPHA".to_owned(), why: Unreachable::Connect { why: "refused".to_owned() } };
        assert!(!silent.is_refusal() && silent.help(Advice::default()).remedy == BY_ITSELF);
    }
}
