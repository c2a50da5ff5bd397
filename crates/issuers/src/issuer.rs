//! One issuer: what is known of it, and how a signature of it is verified.

use std::sync::Arc;
use std::time::Duration;

use model::Timestamp;
use model::time::Clock;
use url::Url;

use crate::answers::Answers;
use crate::discovery::{self, Metadata};
use crate::http::{Answer, Channel, Credentials, Question};
use crate::jwt::Jwt;
use crate::kept::Kept;
use crate::keys::{self, KeySet};
use crate::logout::Replays;
use crate::{Algorithm, BadToken, Claims, Error, Feature, Settings, Verified};

/// Cheap to clone.
#[derive(Clone)]
pub struct Issuer {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) url: Arc<str>,
    pub(crate) channel: Channel,
    pub(crate) introspected: Answers<Verified>,
    pub(crate) told: Answers<Claims>,
    pub(crate) replays: Replays,
    clock: Arc<dyn Clock>,
    metadata: Kept<Metadata>,
    keys: Kept<KeySet>,
}

/// How an issuer is doing, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// When it last said what it offers.
    pub answered_at: Option<Timestamp>,
    /// What went wrong when it was asked after that, and when.
    pub trouble: Option<(Timestamp, Error)>,
}

/// An issuer that answered this lately is not asked again before a browser is sent there.
const RECENT: Duration = Duration::from_secs(30);

impl Issuer {
    pub(crate) fn new(settings: Settings, channel: Channel, clock: Arc<dyn Clock>) -> Self {
        let url = settings.url.as_str().into();
        let (introspected, told) = (Answers::new(), Answers::new());
        let (metadata, keys) = (Kept::new(Arc::clone(&clock)), Kept::new(Arc::clone(&clock)));
        let replays = Replays::default();
        Self { inner: Arc::new(Inner { settings, url, channel, introspected, told, replays, clock, metadata, keys }) }
    }

    pub fn name(&self) -> &str {
        &self.inner.settings.name
    }

    pub fn title(&self) -> &str {
        &self.inner.settings.title
    }

    pub fn url(&self) -> &str {
        &self.inner.settings.url
    }

    /// Whether the settings say that it exchanges tokens.
    pub fn exchanges(&self) -> bool {
        self.inner.settings.exchange
    }

    /// What it would take to tell people whether they can sign in there; asks nobody.
    pub fn standing(&self) -> Standing {
        let standing = self.inner.metadata.standing();
        Standing { trouble: standing.trouble.or_else(|| self.inner.keys.standing().trouble), ..standing }
    }
}

impl Inner {
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) async fn metadata(&self) -> Result<Arc<Metadata>, Error> {
        self.metadata.get(self.channel.limits(), async || self.fetch_metadata().await).await
    }

    /// As the issuer says it now, not some time ago.
    pub(crate) async fn recent_metadata(&self) -> Result<Arc<Metadata>, Error> {
        self.metadata.get_recent(RECENT, async || self.fetch_metadata().await).await
    }

    async fn fetch_metadata(&self) -> Result<Metadata, Error> {
        let url = discovery::address(&self.settings).map_err(|lie| self.channel.lie(lie))?;
        let answer = self.channel.ask(discovery::ABOUT, &url, Question::Get, Credentials::None).await?;
        Metadata::read(&self.channel.object(&answer)?, &self.settings).map_err(|lie| self.channel.lie(lie))
    }

    async fn fetch_keys(&self) -> Result<KeySet, Error> {
        let url = self.metadata().await?.keys.clone();
        let answer = self.channel.ask(keys::ABOUT, &url, Question::Get, Credentials::None).await?;
        KeySet::read(&self.channel.object(&answer)?).map_err(|lie| self.channel.lie(lie))
    }

    /// That this issuer signed it. A key that is not known may have been added a moment ago: then the set is fetched
    /// anew, but not for everyone who thinks up the name of a key.
    pub(crate) async fn verify_signature(&self, jwt: &Jwt<'_>) -> Result<Algorithm, Error> {
        let algorithm = jwt.algorithm(&self.settings.algorithms)?;
        let keys = self.keys.get(self.channel.limits(), async || self.fetch_keys().await).await?;
        match verify(jwt, algorithm, &keys) {
            Err(BadToken::UnknownKey) => {}
            verified => return Ok(verified.map(|()| algorithm)?),
        }
        match self.keys.renew(&keys, async || self.fetch_keys().await).await? {
            Some(newer) => Ok(verify(jwt, algorithm, &newer).map(|()| algorithm)?),
            None => Err(BadToken::UnknownKey.into()),
        }
    }

    pub(crate) fn not_offered(&self, what: Feature) -> Error {
        Error::NotOffered { issuer: self.settings.name.clone(), what }
    }

    /// Sends a form, with what says that it is this gateway that asks.
    pub(crate) async fn post(
        &self,
        about: &'static str,
        url: &Url,
        metadata: &Metadata,
        fields: &[(&str, &str)],
    ) -> Result<Answer, Error> {
        let id = self.settings.client_id.as_str();
        let mut fields = fields.to_vec();
        let credentials = match &self.settings.client_secret {
            Some(secret) if metadata.secret_in_form => {
                fields.extend([("client_id", id), ("client_secret", secret.expose())]);
                Credentials::None
            }
            Some(secret) => Credentials::Client { id, secret },
            None => {
                fields.push(("client_id", id));
                Credentials::None
            }
        };
        self.channel.ask(about, url, Question::Post(&fields), credentials).await
    }
}

fn verify(jwt: &Jwt<'_>, algorithm: Algorithm, keys: &KeySet) -> Result<(), BadToken> {
    let key = keys.find(jwt.key_id.as_deref(), algorithm)?;
    match jsonwebtoken::crypto::verify(jwt.signature, jwt.signed.as_bytes(), key, algorithm.into()) {
        Ok(true) => Ok(()),
        Ok(false) | Err(_) => Err(BadToken::Signature),
    }
}
