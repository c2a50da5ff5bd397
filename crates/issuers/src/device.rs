//! Signing in by device code (RFC 8628).

use std::time::Duration;

use model::{Secret, Timestamp};
use serde_json::{Map, Value};

use crate::settings::check_url;
use crate::{Denial, Denied, Error, Feature, Issuer, Lie, SignedIn};

const ABOUT: &str = "its answer with a device code";
const MOST_BYTES: usize = 4096;
/// RFC 8628, section 3.5: to slow down means five seconds more.
const SLOWER: Duration = Duration::from_secs(5);
const LONGEST_INTERVAL: u64 = 60;
const LONGEST_LIFE: u64 = 3_600;

/// A sign-in that has begun: what somebody is shown, and what has to be kept.
#[derive(Clone)]
pub struct Device {
    pub user_code: String,
    pub verification_uri: String,
    /// With the code in it, for a picture or a link.
    pub verification_uri_complete: Option<String>,
    pub waiting: Waiting,
}

/// A sign-in that waits for somebody to type the code. No `Debug`: it holds the device code.
#[derive(Clone)]
pub struct Waiting {
    pub device_code: Secret,
    pub expires_at: Timestamp,
    /// To wait between two polls.
    pub interval: Duration,
}

pub enum Polled {
    Pending,
    /// Too soon; [`Waiting::interval`] is longer now.
    SlowDown,
    SignedIn(Box<SignedIn>),
    /// The person said no.
    Denied,
    /// Nobody approved it in time.
    Expired,
}

impl Issuer {
    pub async fn begin_device(&self) -> Result<Device, Error> {
        let metadata = self.inner.recent_metadata().await?;
        let url = metadata.device.as_ref().ok_or_else(|| self.inner.not_offered(Feature::Device))?;
        let answer = self.inner.post(ABOUT, url, &metadata, &[("scope", &self.inner.scopes())]).await?;
        if answer.status != 200 {
            return Err(self.inner.denied(&answer, ABOUT));
        }
        let fields = self.inner.channel.object(&answer)?;
        self.read_device(&fields).map_err(|field| self.inner.channel.lie(Lie::Field { about: ABOUT, field }))
    }

    /// Asks once whether it was approved; `waiting.interval` says how long to wait before, and grows when the issuer
    /// says so.
    pub async fn poll_device(&self, waiting: &mut Waiting) -> Result<Polled, Error> {
        if waiting.expires_at <= self.inner.now() {
            return Ok(Polled::Expired);
        }
        let grant = "urn:ietf:params:oauth:grant-type:device_code";
        let fields = [("grant_type", grant), ("device_code", waiting.device_code.expose())];
        let denial = match self.inner.grant(&fields, &self.inner.scopes()).await {
            Ok(granted) => return Ok(Polled::SignedIn(Box::new(self.signed_in(granted, None).await?))),
            Err(Error::Denied { denial, .. }) => denial,
            Err(error) => return Err(error),
        };
        match denial {
            Denial { what: Denied::AccessDenied, .. } => Ok(Polled::Denied),
            denial if denial.what.name() == "authorization_pending" => Ok(Polled::Pending),
            denial if denial.what.name() == "expired_token" => Ok(Polled::Expired),
            denial if denial.what.name() == "slow_down" => {
                waiting.interval += SLOWER;
                Ok(Polled::SlowDown)
            }
            denial => Err(Error::Denied { issuer: self.name().to_owned(), denial }),
        }
    }

    /// The name of a field that is not right. What people are shown must not be able to mislead them: a plain code, an
    /// address that may be asked.
    fn read_device(&self, fields: &Map<String, Value>) -> Result<Device, &'static str> {
        let text = |name: &'static str| match fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.len() <= MOST_BYTES && text.bytes().all(|byte| matches!(byte, 0x20..=0x7e)) => {
                Ok(Some(text.clone()))
            }
            Some(_) => Err(name),
        };
        let address = |name: &'static str| match text(name)? {
            Some(text) => match check_url(&text, self.inner.settings.plain_http_on_loopback) {
                Ok(_) => Ok(Some(text)),
                Err(_) => Err(name),
            },
            None => Ok(None),
        };
        let seconds = |name: &'static str, unsaid: Option<u64>| match fields.get(name) {
            None => unsaid.ok_or(name),
            Some(value) => value.as_u64().ok_or(name),
        };
        let lives = seconds("expires_in", None)?.min(LONGEST_LIFE);
        let interval = seconds("interval", Some(5))?.clamp(1, LONGEST_INTERVAL);
        Ok(Device {
            user_code: text("user_code")?.filter(|code| (1..=64).contains(&code.len())).ok_or("user_code")?,
            verification_uri: address("verification_uri")?.ok_or("verification_uri")?,
            verification_uri_complete: address("verification_uri_complete")?,
            waiting: Waiting {
                device_code: text("device_code")?.filter(|code| !code.is_empty()).map(Secret::new).ok_or("device_code")?,
                expires_at: self.inner.now().plus(Duration::from_secs(lives)),
                interval: Duration::from_secs(interval),
            },
        })
    }
}
