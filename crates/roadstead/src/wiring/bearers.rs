//! Tokens for sites, of what people let this gateway do.

use ::issuers::Issuers;
use async_trait::async_trait;
use delegation::{Delegation, Need, Trouble};
use sites::openstack::{Bearer, BearerError, BearerNeed, Bearers, Purpose};

pub struct Consented {
    delegation: Delegation,
    issuers: Issuers,
}

impl Consented {
    pub fn new(delegation: Delegation, issuers: Issuers) -> Self {
        Self { delegation, issuers }
    }

    /// The names of those that the person consented at and the service trusts, those where it still holds first.
    async fn candidates(&self, need: &BearerNeed<'_>) -> Result<Vec<String>, BearerError> {
        let unavailable = |error: db::DbError| BearerError::Unavailable { why: error.to_string() };
        let mut consents = self.delegation.consents(need.person).await.map_err(unavailable)?;
        consents.sort_by_key(|consent| consent.ended_because.is_some());
        let names = consents.into_iter().map(|consent| consent.issuer);
        Ok(names.filter(|name| self.issuers.by_name(name).is_some_and(|issuer| is_trusted(need, issuer.url()))).collect())
    }

    /// Nothing to choose from: which login services would do?
    fn nowhere(&self, need: &BearerNeed<'_>) -> BearerError {
        let mine = self.issuers.iter().filter(|issuer| is_trusted(need, issuer.url()));
        let titles: Vec<String> = mine.map(|issuer| issuer.title().to_owned()).collect();
        match titles.is_empty() {
            true => BearerError::NoIdentity { issuers: need.issuers.to_vec() },
            false => BearerError::SignIn { why: format!("you have not signed in at {}", titles.join(" or ")) },
        }
    }
}

fn is_trusted(need: &BearerNeed<'_>, issuer: &str) -> bool {
    need.issuers.is_empty() || need.issuers.iter().any(|one| one == issuer)
}

#[async_trait]
impl Bearers for Consented {
    async fn bearer(&self, need: &BearerNeed<'_>) -> Result<Bearer, BearerError> {
        let mut trouble = None;
        for issuer in self.candidates(need).await? {
            let wanted = Need {
                person: need.person,
                issuer: &issuer,
                audience: need.audience,
                scopes: &[],
                refused: None,
                to_release: need.purpose == Purpose::Release,
            };
            match self.delegation.token(&wanted).await {
                Ok(pass) => return Ok(Bearer { token: pass.token, expires: pass.expires_at }),
                // Another of the person's identities may do.
                Err(error) => {
                    trouble.get_or_insert(error);
                }
            }
        }
        Err(trouble.map_or_else(|| self.nowhere(need), told))
    }
}

fn told(trouble: Trouble) -> BearerError {
    match &trouble {
        Trouble::SignIn { title, why, .. } => BearerError::SignIn { why: format!("{title}: {why}") },
        Trouble::Suspended | Trouble::Denied { .. } | Trouble::Revoked { .. } => {
            BearerError::Forbidden { why: trouble.to_string() }
        }
        _ => BearerError::Unavailable { why: trouble.to_string() },
    }
}
