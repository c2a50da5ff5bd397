//! What a browser brings back from an issuer.

use model::Secret;
use url::form_urlencoded;

use crate::BadSignIn;

const MOST_BYTES: usize = 16 * 1024;

/// The answer as the browser brought it. No `Debug`: it holds the code.
pub struct Callback {
    state: Secret,
    pub(crate) issuer: Option<String>,
    pub(crate) outcome: Outcome,
}

pub(crate) enum Outcome {
    Code(Secret),
    Error { name: String, description: Option<String> },
}

impl Callback {
    /// Reads the query (what follows `?`) of the address that the browser was sent back to. A parameter that is there
    /// twice is refused: somebody between may have added the second.
    pub fn of_query(query: &str) -> Result<Self, BadSignIn> {
        if query.len() > MOST_BYTES {
            return Err(BadSignIn::TooLarge { limit: MOST_BYTES });
        }
        let mut found: [Option<String>; 5] = Default::default();
        const NAMES: [&str; 5] = ["state", "iss", "code", "error", "error_description"];
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let known = NAMES.iter().zip(&mut found).find(|(known, _)| **known == name);
            if let Some((parameter, slot)) = known
                && slot.replace(value.into_owned()).is_some()
            {
                return Err(BadSignIn::Twice { parameter });
            }
        }
        let [state, issuer, code, error, description] = found;
        let state = state.filter(|state| !state.is_empty()).ok_or(BadSignIn::Missing { parameter: "state" })?;
        let outcome = match (code, error) {
            (Some(_), Some(_)) => return Err(BadSignIn::Twice { parameter: "code or error" }),
            (_, Some(name)) => Outcome::Error { name, description },
            (Some(code), None) if !code.is_empty() => Outcome::Code(Secret::new(code)),
            _ => return Err(BadSignIn::Missing { parameter: "code" }),
        };
        Ok(Self { state: Secret::new(state), issuer, outcome })
    }

    /// By which the sign-in it belongs to is found.
    pub fn state(&self) -> &Secret {
        &self.state
    }
}
