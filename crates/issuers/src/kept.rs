//! Something that an issuer publishes, kept for a while: its configuration, its keys.
//!
//! - Fresh, it is used without asking.
//! - Stale, one caller asks anew while the others go on with what is there.
//! - When asking fails, what is there holds for the time of an outage (a day), and the issuer is left in peace for some
//!   seconds: those who come meanwhile learn of the same failure instead of waiting for one of their own.
//!
//! Callers are never more than one request for the issuer, however many they are, and however often they are told to
//! look again ([`Kept::renew`]) by tokens that name keys which never were.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use model::Timestamp;
use model::time::Clock;

use crate::{Error, Limits, Standing};

const REST: Duration = Duration::from_secs(5);
/// Renewals that callers can bring about in a minute.
const MOST_RENEWALS: usize = 4;
const MINUTE: Duration = Duration::from_secs(60);

pub(crate) struct Kept<T> {
    state: RwLock<State<T>>,
    /// Held by the one who asks.
    asking: tokio::sync::Mutex<()>,
    clock: Arc<dyn Clock>,
}

struct State<T> {
    value: Option<(Arc<T>, Timestamp)>,
    failed: Option<(Timestamp, Error)>,
    renewals: VecDeque<Timestamp>,
}

impl<T> Kept<T> {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let state = RwLock::new(State { value: None, failed: None, renewals: VecDeque::new() });
        Self { state, asking: tokio::sync::Mutex::new(()), clock }
    }

    /// What is there if it is good enough, else what `fetch` brings.
    pub(crate) async fn get(&self, limits: &Limits, fetch: impl AsyncFnOnce() -> Result<T, Error>) -> Result<Arc<T>, Error> {
        let kept = self.younger_than(limits.outage);
        let guard = match &kept {
            Some((value, at)) if self.clock.now().since(*at) < limits.fresh => return Ok(Arc::clone(value)),
            Some((value, _)) => match self.asking.try_lock() {
                Ok(guard) => guard,
                Err(_) => return Ok(Arc::clone(value)),
            },
            None => self.asking.lock().await,
        };
        let fetched = self.fetch_unless(limits.fresh, fetch).await;
        drop(guard);
        match (fetched, kept) {
            (Err(_), Some((value, _))) => Ok(value),
            (fetched, _) => fetched,
        }
    }

    /// Only what the issuer said within `age`: for those who will need it alive in the next moment.
    pub(crate) async fn get_recent(&self, age: Duration, fetch: impl AsyncFnOnce() -> Result<T, Error>) -> Result<Arc<T>, Error> {
        if let Some((value, _)) = self.younger_than(age) {
            return Ok(value);
        }
        let _guard = self.asking.lock().await;
        self.fetch_unless(age, fetch).await
    }

    /// Something newer than `seen`, which lacks what the caller needs; none when the issuer was asked often enough, and
    /// answered.
    pub(crate) async fn renew(
        &self,
        seen: &Arc<T>,
        fetch: impl AsyncFnOnce() -> Result<T, Error>,
    ) -> Result<Option<Arc<T>>, Error> {
        let _guard = self.asking.lock().await;
        if let Some((value, _)) = &self.read().value
            && !Arc::ptr_eq(value, seen)
        {
            return Ok(Some(Arc::clone(value)));
        }
        if !self.may_renew() {
            return self.read().failed.clone().map_or(Ok(None), |(_, error)| Err(error));
        }
        self.fetch_unless(Duration::ZERO, fetch).await.map(Some)
    }

    pub(crate) fn standing(&self) -> Standing {
        let state = self.read();
        Standing { answered_at: state.value.as_ref().map(|(_, at)| *at), trouble: state.failed.clone() }
    }

    /// Called by who holds `asking`. Somebody else may have asked while this caller waited for that.
    async fn fetch_unless(&self, age: Duration, fetch: impl AsyncFnOnce() -> Result<T, Error>) -> Result<Arc<T>, Error> {
        if let Some((value, _)) = self.younger_than(age) {
            return Ok(value);
        }
        let asked_at = self.clock.now();
        if let Some((at, error)) = &self.read().failed
            && asked_at.since(*at) < REST
        {
            return Err(error.clone());
        }
        let fetched = fetch().await;
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        match fetched {
            Ok(value) => {
                let value = Arc::new(value);
                state.value = Some((Arc::clone(&value), asked_at));
                state.failed = None;
                Ok(value)
            }
            Err(error) => {
                tracing::warn!(%error, "an issuer did not answer as it should");
                state.failed = Some((self.clock.now(), error.clone()));
                Err(error)
            }
        }
    }

    fn younger_than(&self, age: Duration) -> Option<(Arc<T>, Timestamp)> {
        let now = self.clock.now();
        self.read().value.clone().filter(|(_, at)| now.since(*at) < age)
    }

    fn may_renew(&self) -> bool {
        let now = self.clock.now();
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.renewals.retain(|at| now.since(*at) < MINUTE);
        let may = state.renewals.len() < MOST_RENEWALS;
        if may {
            state.renewals.push_back(now);
        }
        may
    }

    /// Nothing panics while it holds the lock; if something did, the state would still be whole.
    fn read(&self) -> RwLockReadGuard<'_, State<T>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}
