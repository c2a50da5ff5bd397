//! The secret by which the gateway knows this pilot again: made here, never written anywhere.
//!
//! The first contact carries it together with the enrolment code, and the gateway keeps only its hash. So no secret
//! travels from the gateway to the pilot, and repeating a first contact whose answer was lost changes nothing.

use model::Secret;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, InvalidHeaderValue};
use std::fmt::Write;

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
