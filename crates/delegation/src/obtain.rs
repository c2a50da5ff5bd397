//! A token at the moment of use.

use crate::slots::{Key, Target};
use crate::{Delegation, Trouble, Why};
use db::args;
use issuers::{Issuer, Tokens};
use model::id::PersonId;
use model::{Secret, Timestamp};
use std::time::Duration;

/// A token that ends sooner than this is not handed out: it would end on its way. Of short-lived ones, the last quarter.
const MARGIN: Duration = Duration::from_secs(60);

const NEW: Duration = Duration::from_secs(2);

db::statements! {
    /// The person is there in any case: whether they are suspended has to be known first.
    CONSENT = "SELECT person.suspended_at, consent.subject, consent.refresh, consent.trouble FROM person
        LEFT JOIN consent ON consent.person = person.id AND consent.issuer = $2
        WHERE person.id = $1 ORDER BY CASE WHEN consent.refresh IS NULL THEN 1 ELSE 0 END, consent.given_at DESC LIMIT 1";
}

/// What a token is needed for.
#[derive(Clone, Copy, Debug)]
pub struct Need<'a> {
    pub person: &'a PersonId,
    /// The name of the issuer, as in the configuration.
    pub issuer: &'a str,
    /// Whoever the token is shown to. An issuer that does not exchange tokens gives the one it gives for everything.
    pub audience: Option<&'a str>,
    /// No more than needed; empty asks for what the issuer thinks right.
    pub scopes: &'a [String],
    /// The SHA-256 of a token that was refused where it was shown: any other will do.
    pub refused: Option<[u8; 32]>,
    /// Only to remove what was made for the person: that is done for somebody who is suspended, too.
    pub to_release: bool,
}

/// An access token, for whoever needs it now: it is not to be kept. No `Debug`: it holds a secret.
#[derive(Clone)]
pub struct Pass {
    pub token: Secret,
    pub expires_at: Timestamp,
    made_at: Timestamp,
    good_until: Timestamp,
    hash: [u8; 32],
}

impl Pass {
    pub(crate) fn new(tokens: Tokens, now: Timestamp) -> Self {
        let life = tokens.expires_at.since(now);
        let margin = MARGIN.min(life / 4);
        let hash = db::sha256(tokens.access.expose().as_bytes());
        let good_until = now.plus(life - margin);
        Self { token: tokens.access, expires_at: tokens.expires_at, made_at: now, good_until, hash }
    }

    /// One that was refused is still good when it is new: the next one would not be taken either, and whoever says that all
    /// are refused must not have the issuer asked without end.
    pub(crate) fn is_good(&self, now: Timestamp, refused: Option<[u8; 32]>) -> bool {
        now < self.good_until && (refused != Some(self.hash) || self.is_new(now))
    }

    fn is_new(&self, now: Timestamp) -> bool {
        now < self.made_at.plus(NEW)
    }
}

impl Delegation {
    pub async fn token(&self, need: &Need<'_>) -> Result<Pass, Trouble> {
        let no_such = || Trouble::NoSuchIssuer { name: need.issuer.to_owned() };
        let issuer = self.issuers.by_name(need.issuer).ok_or_else(no_such)?;
        let subject = self.consenting(need.person, issuer, need.to_release).await?;
        let target = need.audience.filter(|_| issuer.exchanges()).map(|audience| {
            let mut scopes = need.scopes.to_vec();
            scopes.sort();
            Target { audience: audience.to_owned(), scopes }
        });
        let key = Key { issuer: issuer.url().to_owned(), subject, target };
        if let Some(pass) = self.slots.ready(&key, self.clock.now(), need.refused) {
            return Ok(pass);
        }
        let (this, issuer, refused) = (self.clone(), issuer.clone(), need.refused);
        // In a task of its own: who asked may be gone before the issuer's answer, which replaces a refresh token, is stored.
        let obtained = tokio::spawn(async move { this.obtain(&issuer, &key, refused).await }).await;
        obtained.unwrap_or_else(|lost| Err(Trouble::Db(lost.to_string())))
    }

    /// Whether this issuer makes tokens for one audience; otherwise all get the same.
    pub fn exchanges(&self, issuer: &str) -> bool {
        self.issuers.by_name(issuer).is_some_and(Issuer::exchanges)
    }

    /// Whether a token could be had, as far as is known without asking the issuer.
    pub async fn may_act(&self, person: &PersonId, issuer: &str) -> Result<(), Trouble> {
        let no_such = || Trouble::NoSuchIssuer { name: issuer.to_owned() };
        self.consenting(person, self.issuers.by_name(issuer).ok_or_else(no_such)?, false).await.map(|_| ())
    }

    /// Whose word counts at this issuer, when the person may still act and let us act for them.
    async fn consenting(&self, person: &PersonId, issuer: &Issuer, to_release: bool) -> Result<String, Trouble> {
        let row = self.db.row(&CONSENT, args![person.as_str(), issuer.url()]).await?.ok_or(Trouble::Suspended)?;
        if !to_release && row.get::<Option<Timestamp>>("suspended_at")?.is_some() {
            return Err(Trouble::Suspended);
        }
        let subject: Option<String> = row.get("subject")?;
        match (subject, row.get::<Option<String>>("refresh")?, row.get::<Option<String>>("trouble")?) {
            (Some(subject), Some(_), _) => Ok(subject),
            (_, _, Some(ended)) => Err(sign_in(issuer, Why::Ended(ended))),
            _ => Err(sign_in(issuer, Why::NeverGiven)),
        }
    }

    async fn obtain(&self, issuer: &Issuer, key: &Key, refused: Option<[u8; 32]>) -> Result<Pass, Trouble> {
        let now = self.clock.now();
        let source = Key { target: None, ..key.clone() };
        let Some(target) = &key.target else {
            return self.slots.get(&source, now, refused, self.renew(issuer, &key.subject)).await;
        };
        let exchange = async {
            let scopes: Vec<&str> = target.scopes.iter().map(String::as_str).collect();
            let access = self.slots.get(&source, now, None, self.renew(issuer, &key.subject)).await?;
            let mut tokens = issuer.exchange(&access.token, &target.audience, &scopes).await;
            // What it is made from may be of a consent that was withdrawn and given anew at another gateway.
            if matches!(tokens, Err(issuers::Error::Denied { .. })) && !access.is_new(self.clock.now()) {
                let fresh = self.slots.get(&source, now, Some(access.hash), self.renew(issuer, &key.subject)).await?;
                tokens = issuer.exchange(&fresh.token, &target.audience, &scopes).await;
            }
            let tokens = tokens.map_err(|error| Trouble::of_exchange(issuer.name(), issuer.title(), error))?;
            Ok(Pass::new(tokens, self.clock.now()))
        };
        self.slots.get(key, now, refused, exchange).await
    }
}

pub(crate) fn sign_in(issuer: &Issuer, why: Why) -> Trouble {
    Trouble::SignIn { issuer: issuer.name().to_owned(), title: issuer.title().to_owned(), why }
}
