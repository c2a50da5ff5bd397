//! Logins and sessions of people at services, kept while they are good.
//!
//! - Whoever needs a session asks for it at the point of use, and asks again with [`Sessions::renewed`] when the site
//!   refused it: once.
//! - However many ask for the same at once, the site sees one login.
//! - The person's bearer is asked for every time. A new one means new rights (or another identity), so that everything
//!   made of the old one is forgotten. Failures are never kept: a person who got a better token is let in at once.
//! - When the issuer is out of order, what was obtained before stays good for as long as the site takes it. When it says
//!   that the person may not, nothing does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use data::{Hasher, Sha256};
use model::Timestamp;
use model::id::PersonId;
use model::time::Clock;

use super::{BearerNeed, Bearers, Credentials, Error, Keystone, Login, Project, Purpose, Session};

/// A token that ends sooner is not begun with: the request has to arrive, and clocks differ.
const MARGIN: Duration = Duration::from_secs(60);
/// Places, and slots in one of them, that nobody uses are cleared when there are more.
const MANY: usize = 4096;
const MANY_PROJECTS: usize = 256;

pub struct Sessions {
    bearers: Arc<dyn Bearers>,
    clock: Arc<dyn Clock>,
    places: Mutex<HashMap<(PersonId, String), Arc<Place>>>,
}

/// Of one person at one service.
#[derive(Default)]
struct Place {
    login: tokio::sync::Mutex<Option<(Sha256, Arc<Login>)>>,
    slots: Mutex<HashMap<String, Arc<Slot>>>,
}

/// Of one project: the session, and the login that it was made of. It is good only while that is the place's login.
type Slot = tokio::sync::Mutex<Option<(Arc<Login>, Arc<Session>)>>;

impl Sessions {
    pub fn new(bearers: Arc<dyn Bearers>, clock: Arc<dyn Clock>) -> Self {
        Self { bearers, clock, places: Mutex::default() }
    }

    /// The projects that the person may work in at the service, as the site says now.
    pub async fn projects(&self, person: &PersonId, keystone: &Keystone) -> Result<Vec<Project>, Error> {
        let place = self.place(person, keystone);
        let (login, is_new) = self.login(&place, person, keystone, Purpose::Work).await?;
        match keystone.projects(&login).await {
            Err(Error::Refused { .. }) if !is_new => {
                place.forget(&login).await;
                let (login, _) = self.login(&place, person, keystone, Purpose::Work).await?;
                keystone.projects(&login).await
            }
            answered => answered,
        }
    }

    /// A session in the project, by its identifier.
    pub async fn session(&self, person: &PersonId, keystone: &Keystone, project: &str) -> Result<Arc<Session>, Error> {
        self.session_for(Purpose::Work, person, keystone, project).await
    }

    pub async fn session_for(
        &self,
        purpose: Purpose,
        person: &PersonId,
        keystone: &Keystone,
        project: &str,
    ) -> Result<Arc<Session>, Error> {
        let place = self.place(person, keystone);
        let slot = place.slot(project);
        let mut kept = slot.lock().await;
        let (login, is_new) = self.login(&place, person, keystone, purpose).await?;
        if let Some((of, session)) = &*kept
            && Arc::ptr_eq(of, &login)
            && self.is_good(session.expires)
        {
            return Ok(Arc::clone(session));
        }
        *kept = None;
        let (login, session) = match keystone.session(&login, project).await {
            // A login that the site has forgotten looks the same as a project of others.
            Err(Error::Refused { .. }) if !is_new => {
                place.forget(&login).await;
                let (login, _) = self.login(&place, person, keystone, purpose).await?;
                let session = keystone.session(&login, project).await?;
                (login, session)
            }
            answered => (login, answered?),
        };
        let session = Arc::new(session);
        *kept = Some((login, Arc::clone(&session)));
        Ok(session)
    }

    /// Another one than that which the site refused.
    pub async fn renewed(&self, person: &PersonId, keystone: &Keystone, refused: &Arc<Session>) -> Result<Arc<Session>, Error> {
        self.renewed_for(Purpose::Work, person, keystone, refused).await
    }

    pub async fn renewed_for(
        &self,
        purpose: Purpose,
        person: &PersonId,
        keystone: &Keystone,
        refused: &Arc<Session>,
    ) -> Result<Arc<Session>, Error> {
        let project = &refused.project.id;
        let place = self.place(person, keystone);
        let slot = place.slot(project);
        let mut kept = slot.lock().await;
        // Somebody else may have renewed it meanwhile. The login may be as dead as what was made of it.
        if let Some((login, _)) = kept.take_if(|(_, session)| Arc::ptr_eq(session, refused)) {
            place.forget(&login).await;
        }
        drop(kept);
        self.session_for(purpose, person, keystone, project).await
    }

    /// And whether it was made now.
    async fn login(
        &self,
        place: &Place,
        person: &PersonId,
        keystone: &Keystone,
        purpose: Purpose,
    ) -> Result<(Arc<Login>, bool), Error> {
        let account = keystone.account();
        let (service, issuers, audience) = (&account.service, &account.issuers, account.audience.as_deref());
        let need = BearerNeed { person, service, issuers, audience, purpose };
        let mut kept = place.login.lock().await;
        let bearer = match self.bearers.bearer(&need).await {
            Ok(bearer) => bearer.token,
            Err(error) => {
                if let Some((_, login)) = kept.as_ref().filter(|_| error.may_pass())
                    && self.is_good(login.expires)
                {
                    return Ok((Arc::clone(login), false));
                }
                *kept = None;
                return Err(error.into());
            }
        };
        let fingerprint = hash(bearer.expose());
        if let Some((of, login)) = &*kept
            && *of == fingerprint
            && self.is_good(login.expires)
        {
            return Ok((Arc::clone(login), false));
        }
        *kept = None;
        let login = Arc::new(keystone.login(&Credentials::Bearer(bearer)).await?);
        *kept = Some((fingerprint, Arc::clone(&login)));
        Ok((login, true))
    }

    fn is_good(&self, expires: Timestamp) -> bool {
        self.clock.now().plus(MARGIN) < expires
    }

    fn place(&self, person: &PersonId, keystone: &Keystone) -> Arc<Place> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if places.len() > MANY {
            // Who is at one holds it as well.
            places.retain(|_, place| Arc::strong_count(place) > 1);
        }
        Arc::clone(places.entry((person.clone(), keystone.account().service.clone())).or_default())
    }
}

impl Place {
    fn slot(&self, project: &str) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() > MANY_PROJECTS {
            slots.retain(|_, slot| Arc::strong_count(slot) > 1);
        }
        Arc::clone(slots.entry(project.to_owned()).or_default())
    }

    /// Unless there is another one already.
    async fn forget(&self, login: &Arc<Login>) {
        self.login.lock().await.take_if(|(_, kept)| Arc::ptr_eq(kept, login));
    }
}

fn hash(text: &str) -> Sha256 {
    let mut hasher = Hasher::new();
    hasher.update(text.as_bytes());
    hasher.finish()
}
