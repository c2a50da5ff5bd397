//! One Keystone: signing in, projects, sessions.

use std::sync::{Arc, PoisonError, RwLock};

use model::Secret;
use model::time::Clock;
use reqwest::Method;
use serde_json::{Value, json};

use super::http::{Answer, Http, Proof};
use super::{Account, Error, Lie, Login, Project, Refusal, Session, Unreachable, address, answers, refusal};

/// The names that protocols have at sites of the federation.
const PROTOCOLS: [&str; 2] = ["openid", "oidc"];

/// What is asked for, in messages.
const LOGIN: &str = "a login";

pub struct Keystone {
    account: Account,
    http: Http,
    clock: Arc<dyn Clock>,
    /// What was found by trying.
    base: RwLock<Option<Arc<str>>>,
    protocol: RwLock<Option<Arc<str>>>,
}

pub enum Credentials {
    Bearer(Secret),
    /// Bound to one project: a login with it is a session already.
    ApplicationCredential {
        id: String,
        secret: Secret,
    },
    Password {
        name: String,
        domain: String,
        password: Secret,
    },
}

impl Keystone {
    pub fn new(account: Account, http: Http, clock: Arc<dyn Clock>) -> Self {
        Self { account, http, clock, base: RwLock::default(), protocol: RwLock::default() }
    }

    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Where it really is.
    pub async fn address(&self) -> Result<String, Error> {
        self.base().await.map(|base| base.to_string())
    }

    /// The one that bearers were taken by; before, what is published.
    pub fn protocol(&self) -> Option<String> {
        read(&self.protocol).map(|found| found.to_string()).or_else(|| self.account.protocol.clone())
    }

    /// Without a project, except for application credentials.
    pub async fn login(&self, credentials: &Credentials) -> Result<Login, Error> {
        match credentials {
            Credentials::Bearer(bearer) => self.login_with_bearer(bearer).await,
            Credentials::Password { name, domain, password } => {
                let user = json!({"name": name, "domain": {"name": domain}, "password": password.expose()});
                let method = json!({"methods": ["password"], "password": {"user": user}});
                let body = json!({"auth": {"identity": method, "scope": "unscoped"}});
                let answer = self.authenticate(LOGIN, &body, || Refusal::BadPassword).await?;
                answers::login(&answer, LOGIN).map_err(|lie| self.lie(lie))
            }
            Credentials::ApplicationCredential { id, secret } => {
                let session = self.session_of_application_credential(id, secret).await?;
                Ok(Login { token: session.token, expires: session.expires })
            }
        }
    }

    /// An application credential is bound to its project, which has not to be asked for.
    pub async fn session_of_application_credential(&self, id: &str, secret: &Secret) -> Result<Session, Error> {
        let credential = json!({"id": id, "secret": secret.expose()});
        let method = json!({"methods": ["application_credential"], "application_credential": credential});
        let body = json!({"auth": {"identity": method}});
        let about = "a session";
        match self.authenticate(about, &body, || Refusal::BadApplicationCredential).await {
            Ok(answer) => answers::session(&answer, about).map_err(|lie| self.lie(lie)),
            // One that was never there, or was withdrawn.
            Err(Error::Lie { lie: Lie::Status { status: 404, .. }, .. }) => Err(self.refused(Refusal::BadApplicationCredential)),
            Err(error) => Err(error),
        }
    }

    /// The project by its identifier. A login that has meanwhile ended is refused like a project that is not theirs:
    /// whoever kept it for a while has to get a new one first.
    pub async fn session(&self, login: &Login, project: &str) -> Result<Session, Error> {
        let method = json!({"methods": ["token"], "token": {"id": login.token.expose()}});
        let body = json!({"auth": {"identity": method, "scope": {"project": {"id": project}}}});
        let refused = || Refusal::NotYourProject { project: project.to_owned() };
        let answer = self.authenticate("a session", &body, refused).await?;
        answers::session(&answer, "a session").map_err(|lie| self.lie(lie))
    }

    /// Those that the login may work in.
    pub async fn projects(&self, login: &Login) -> Result<Vec<Project>, Error> {
        let about = "the list of projects";
        let base = self.base().await?;
        let url = format!("{base}/auth/projects");
        let answer = self.http.ask(&self.account.service, about, Method::GET, &url, Proof::Token(&login.token), None).await?;
        if answer.status == 401 {
            return Err(self.refused(Refusal::NotBelieved));
        }
        self.good(answer, about).and_then(|answer| answers::projects(&answer, about).map_err(|lie| self.lie(lie)))
    }

    async fn login_with_bearer(&self, bearer: &Secret) -> Result<Login, Error> {
        let about = LOGIN;
        let base = self.base().await?;
        // What was found is not tried before all: the site may have changed.
        let known = read(&self.protocol).or_else(|| self.account.protocol.as_deref().map(Arc::from));
        let mut tried: Vec<Arc<str>> = Vec::new();
        let (mut refused, mut is_keystone) = (None, false);
        for protocol in known.into_iter().chain(PROTOCOLS.map(Arc::from)) {
            if tried.contains(&protocol) {
                continue;
            }
            let provider = &self.account.identity_provider;
            let url = format!("{base}/OS-FEDERATION/identity_providers/{provider}/protocols/{protocol}/auth");
            let answer = self.offer_bearer(&url, bearer).await?;
            tried.push(Arc::clone(&protocol));
            is_keystone = is_keystone || refusal::is_of_keystone(&answer);
            match answer.status {
                200 | 201 => {
                    let login = answers::login(&answer, about).map_err(|lie| self.lie(lie))?;
                    write(&self.protocol, protocol);
                    return Ok(login);
                }
                404 => {}
                401 if is_unsupported(&answer) => {}
                // Perhaps its door is guarded by the other protocol only: the first refusal counts when that fails too.
                401 | 403 => {
                    refused.get_or_insert_with(|| refusal::of_bearer(&answer, bearer.expose(), &self.account, self.clock.now()));
                    if read(&self.protocol).is_some() {
                        break;
                    }
                }
                status => return Err(self.lie(Lie::Status { about, status })),
            }
        }
        match refused {
            Some(refusal) => Err(self.refused(refusal)),
            None if is_keystone => {
                let tried = tried.iter().map(ToString::to_string).collect();
                Err(self.refused(Refusal::NoProtocol { tried }))
            }
            None => Err(self.lie(Lie::NoKeystone { tried: base.to_string() })),
        }
    }

    /// Keystone writes a person down when they come for the first time; of those who come at once, all but one get a
    /// 500 (it lacks a lock). Whoever asks again is known. Coming twice makes nothing that coming once does not.
    async fn offer_bearer(&self, url: &str, bearer: &Secret) -> Result<Answer, Error> {
        let ask = || self.http.ask(&self.account.service, LOGIN, Method::POST, url, Proof::Bearer(bearer), None);
        match ask().await {
            Err(Error::Unreachable { why: Unreachable::Status { status: 500, .. }, .. }) => ask().await,
            answered => answered,
        }
    }

    async fn authenticate(&self, about: &'static str, body: &Value, refusal: impl FnOnce() -> Refusal) -> Result<Answer, Error> {
        let url = format!("{}/auth/tokens", self.base().await?);
        let answer = self.http.ask(&self.account.service, about, Method::POST, &url, Proof::None, Some(body)).await?;
        match answer.status {
            401 | 403 => Err(self.refused(refusal())),
            _ => self.good(answer, about),
        }
    }

    /// Where version 3 really is.
    async fn base(&self) -> Result<Arc<str>, Error> {
        if let Some(base) = read(&self.base) {
            return Ok(base);
        }
        let candidates = address::candidates(&self.account.auth_url);
        // Nothing to choose from: what is wrong with it shows at the next request.
        let mut found = if let [only] = candidates.as_slice() { Some(only.as_str()) } else { None };
        for candidate in &candidates {
            if found.is_some() {
                break;
            }
            let url = format!("{candidate}/");
            let about = "a version of Keystone";
            let answer = self.http.ask(&self.account.service, about, Method::GET, &url, Proof::None, None).await;
            found = match answer {
                Ok(answer) if is_version_3(&answer) => Some(candidate),
                Ok(_) | Err(Error::Lie { .. }) => None,
                Err(error) => return Err(error),
            };
        }
        let tried = || self.lie(Lie::NoKeystone { tried: candidates.join(", ") });
        let base: Arc<str> = found.ok_or_else(tried)?.into();
        write(&self.base, Arc::clone(&base));
        Ok(base)
    }

    fn good(&self, answer: Answer, about: &'static str) -> Result<Answer, Error> {
        match answer.status {
            200..300 => Ok(answer),
            status => Err(self.lie(Lie::Status { about, status })),
        }
    }

    fn lie(&self, lie: Lie) -> Error {
        Error::Lie { service: self.account.service.clone(), lie }
    }

    fn refused(&self, refusal: Refusal) -> Error {
        Error::Refused { service: self.account.service.clone(), refusal }
    }
}

/// Later Keystones say 401 instead of 404 for a protocol that they do not have, and list those that they have.
fn is_unsupported(answer: &Answer) -> bool {
    let body: Value = answer.json("an error").unwrap_or_default();
    body["error"]["identity"]["methods"].is_array()
}

fn is_version_3(answer: &Answer) -> bool {
    let body: Value = answer.json("a version").unwrap_or_default();
    answer.status == 200 && body["version"]["id"].as_str().is_some_and(|id| id.starts_with("v3"))
}

fn read(found: &RwLock<Option<Arc<str>>>) -> Option<Arc<str>> {
    found.read().unwrap_or_else(PoisonError::into_inner).clone()
}

fn write(found: &RwLock<Option<Arc<str>>>, text: Arc<str>) {
    *found.write().unwrap_or_else(PoisonError::into_inner) = Some(text);
}
