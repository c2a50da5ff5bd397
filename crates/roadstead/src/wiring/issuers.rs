//! The login services of the configuration.

use super::config::{Issuer, TokenHost};
use ::issuers::{Algorithm, Issuers, Limits, Settings};
use model::time::Clock;
use model::{Code, Problem, Secret};
use std::path::Path;
use std::sync::Arc;

/// Asks none of them: one that is down does not keep the gateway from starting. One that is set up so that it would let
/// in too many does.
pub fn open(configured: &[Issuer], wanted: &[TokenHost], clock: Arc<dyn Clock>) -> Result<Issuers, Problem> {
    if let Some(wants) = wanted.iter().find(|wants| configured.iter().all(|issuer| issuer.name != wants.issuer)) {
        let detail = format!("inputs.token_hosts: there is no issuer named {}", wants.issuer);
        return Err(Problem::new(Code::ConfigurationInvalid, format!("{detail}."), "Name one of the `[[issuers]]`."));
    }
    let settings = configured.iter().map(settings).collect::<Result<Vec<_>, _>>()?;
    Issuers::new(settings, Vec::new(), Limits::default(), clock).map_err(|error| wrong("issuers", &error.to_string()))
}

fn settings(issuer: &Issuer) -> Result<Settings, Problem> {
    let audiences: Vec<&str> = issuer.audiences.iter().map(String::as_str).collect();
    let mut settings = Settings::new(&issuer.name, &issuer.url, &issuer.client_id, &audiences);
    if let Some(title) = &issuer.title {
        settings.title.clone_from(title);
    }
    if let Some(file) = &issuer.client_secret_file {
        let text =
            String::from_utf8(read(&issuer.name, file)?).map_err(|_| wrong(&issuer.name, "the client's secret is not text"))?;
        settings.client_secret = Some(Secret::new(text.trim().to_owned()));
    }
    settings.authority = issuer.authority_file.as_ref().map(|file| read(&issuer.name, file)).transpose()?;
    settings.scopes.clone_from(&issuer.scopes);
    if !issuer.algorithms.is_empty() {
        let known = |name: &String| {
            Algorithm::of_name(name)
                .ok_or_else(|| wrong(&issuer.name, &format!("`{name}` is no algorithm that an issuer may sign with")))
        };
        settings.algorithms = issuer.algorithms.iter().map(known).collect::<Result<_, _>>()?;
    }
    (settings.introspection, settings.exchange) = (issuer.introspection, issuer.exchange);
    settings.plain_http_on_loopback = issuer.plain_http_on_loopback;
    Ok(settings)
}

fn read(issuer: &str, file: &Path) -> Result<Vec<u8>, Problem> {
    std::fs::read(file).map_err(|error| wrong(issuer, &format!("{}: {error}", file.display())))
}

fn wrong(place: &str, detail: &str) -> Problem {
    let remedy = "Correct it in the configuration; each issuer needs a name, its url, a client_id and its audiences.";
    Problem::new(Code::ConfigurationInvalid, format!("{place}: {detail}."), remedy)
}
