//! The secret by which the gateway knows this pilot again: made here, and written nowhere, except by a pilot that keeps a
//! service and has to be known after its computer was started again.
//!
//! The first contact carries it together with the enrolment code, and the gateway keeps only its hash. So no secret
//! travels from the gateway to the pilot, and repeating a first contact whose answer was lost changes nothing.

use model::Secret;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, InvalidHeaderValue};
use std::fmt::Write;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::protocol::paths::ENROLMENT_HEADER;
use crate::random;

const PREFIX: &str = "rsp_";

#[derive(Clone)]
pub(crate) struct Credential(Secret);

impl Credential {
    pub fn new() -> std::io::Result<Self> {
        let mut random = [0; 32];
        random::fill(&mut random)?;
        let mut text = String::with_capacity(PREFIX.len() + 2 * random.len());
        text.push_str(PREFIX);
        for byte in random {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Ok(Self(Secret::new(text)))
    }

    /// The one in this file, or a new one that is written there before anybody hears of it.
    pub fn kept_in(file: &Path) -> std::io::Result<Self> {
        match std::fs::read_to_string(file) {
            Ok(text) => return Ok(Self(Secret::new(text))),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let credential = Self::new()?;
        let fresh = file.with_extension("new");
        let mut written = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&fresh)?;
        written.write_all(credential.0.expose().as_bytes())?;
        written.sync_all()?;
        std::fs::rename(&fresh, file)?;
        Ok(credential)
    }

    /// With the code when this is (or may be) the first contact.
    pub fn headers(&self, enrolment: Option<&Secret>) -> Result<HeaderMap, InvalidHeaderValue> {
        let mut headers = HeaderMap::new();
        let mut add = |name, text: &str| {
            let mut value = HeaderValue::from_str(text)?;
            value.set_sensitive(true);
            headers.insert(name, value);
            Ok(())
        };
        add(AUTHORIZATION, &format!("Bearer {}", self.0.expose()))?;
        if let Some(code) = enrolment {
            add(HeaderName::from_static(ENROLMENT_HEADER), code.expose())?;
        }
        Ok(headers)
    }
}
