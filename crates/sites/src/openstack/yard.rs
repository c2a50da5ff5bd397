//! Making, changing and removing things in one project, with a session that is renewed when it has ended.
//!
//! Nothing is sent twice: what a request did of which the answer got lost is [`Fault::Unclear`], and whoever asked looks
//! for the thing by its mark before asking again. The mark ([`Mark::text`]) goes into the creating request itself, as
//! Neutron's description or Nova's and Cinder's metadata, beside a name that is derived from it; a thing is ours only when its mark says
//! so, whatever its name is.
//!
//! Nova and Cinder are spoken to without a microversion: what is needed is in their first one, which all of them speak. Only what
//! keeps a volume from being deleted is asked for in a later one.

mod fault;
mod network;
mod server;
mod shelf;
mod volume;

pub use fault::{Denial, Denied, Fault};
pub use server::{Action, NewServer, Root, Server};
pub use shelf::{Found, made_at};
pub use volume::VolumeState;

use std::sync::{Arc, PoisonError, RwLock};

use model::Secret;
use model::id::PersonId;
use reqwest::Method;
use serde_json::Value;

use super::component::place;
use super::http::Answer;
use super::{Component, Error, Http, Keystone, Lie, Proof, Purpose, Refusal, Session, Sessions};

/// With whose right one is in the project.
#[derive(Clone)]
pub enum Entry {
    Person {
        sessions: Arc<Sessions>,
        person: PersonId,
        purpose: Purpose,
    },
    /// Of the service, as the administrator configured it: it is in one project only.
    ApplicationCredential {
        id: String,
        secret: Secret,
    },
}

/// One project at one service.
pub struct Yard {
    keystone: Arc<Keystone>,
    http: Http,
    entry: Entry,
    session: RwLock<Arc<Session>>,
}

/// One request.
struct Errand<'a> {
    component: Component,
    method: Method,
    about: &'static str,
    path: &'a str,
    body: Option<&'a Value>,
    /// Of the component's language, where its first one does not do.
    version: Option<&'static str>,
}

impl Yard {
    /// `http` should be patient: sites take their time to make things.
    pub async fn enter(keystone: Arc<Keystone>, http: Http, entry: Entry, project: &str) -> Result<Self, Error> {
        let session = match &entry {
            Entry::Person { sessions, person, purpose } => sessions.session_for(*purpose, person, &keystone, project).await?,
            Entry::ApplicationCredential { id, secret } => {
                let session = keystone.session_of_application_credential(id, secret).await?;
                if session.project.id != project {
                    let (service, project) = (keystone.account().service.clone(), project.to_owned());
                    return Err(Error::Refused { service, refusal: Refusal::NotYourProject { project } });
                }
                Arc::new(session)
            }
        };
        Ok(Self { keystone, http, entry, session: RwLock::new(session) })
    }

    pub fn service(&self) -> &str {
        &self.keystone.account().service
    }

    pub fn project(&self) -> super::Project {
        self.session().project.clone()
    }

    fn session(&self) -> Arc<Session> {
        Arc::clone(&self.session.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// An answer that says yes, or that there is no such thing (404); everything else is a fault.
    async fn ask(
        &self,
        component: Component,
        method: Method,
        about: &'static str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Fault> {
        self.send(&Errand { component, method, about, path, body, version: None }).await
    }

    async fn send(&self, errand: &Errand<'_>) -> Result<Answer, Fault> {
        let session = self.session();
        let mut answer = self.send_with(&session, errand).await?;
        if answer.status == 401 {
            // Whoever is not let in has done nothing: this alone may be sent again.
            let session = self.renewed(&session).await?;
            answer = self.send_with(&session, errand).await?;
        }
        match answer.status {
            200..300 | 404 => Ok(answer),
            401 => Err(Fault::Closed(self.refused(Refusal::SessionEnded))),
            _ => Err(Fault::Denied(Denied::of_answer(self.service(), errand.about, &answer))),
        }
    }

    async fn send_with(&self, session: &Session, errand: &Errand<'_>) -> Result<Answer, Fault> {
        let Errand { component, about, path, body, version, .. } = *errand;
        let account = self.keystone.account();
        let place = place(component, account, session).map_err(Fault::Closed)?;
        let Some(place) = place else {
            let lie = Lie::NoEndpoint { component, region: account.region.clone() };
            return Err(Fault::Closed(Error::Lie { service: account.service.clone(), lie }));
        };
        let url = format!("{}{path}", place.base);
        let proof = version.map_or(Proof::Token(&session.token), |version| Proof::Speaking(&session.token, version));
        let asked = self.http.ask(&account.service, about, errand.method.clone(), &url, proof, body).await;
        asked.map_err(Fault::Unclear)
    }

    async fn renewed(&self, ended: &Arc<Session>) -> Result<Arc<Session>, Fault> {
        let renewed = match &self.entry {
            Entry::Person { sessions, person, purpose } => {
                sessions.renewed_for(*purpose, person, &self.keystone, ended).await.map_err(Fault::Closed)?
            }
            Entry::ApplicationCredential { id, secret } => {
                let session = self.keystone.session_of_application_credential(id, secret).await;
                Arc::new(session.map_err(Fault::Closed)?)
            }
        };
        *self.session.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&renewed);
        Ok(renewed)
    }

    fn refused(&self, refusal: Refusal) -> Error {
        Error::Refused { service: self.service().to_owned(), refusal }
    }

    /// Of a good answer: it cannot be read, so that nobody knows what is there.
    fn garbled(&self, lie: Lie) -> Fault {
        Fault::Unclear(Error::Lie { service: self.service().to_owned(), lie })
    }
}
