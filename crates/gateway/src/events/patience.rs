//! Waiting for news for as long as somebody may and wants to wait.

use crate::app::App;
use crate::edge::Place;
use crate::extract::Staying;
use crate::refusal::Refusal;
use identity::Caller;
use model::Code;
use model::id::RunId;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout_at};

/// News of other gateways do not reach this one: it has to look.
const SHARED_POLL: Duration = Duration::from_secs(1);

pub(crate) struct Patience {
    pub app: App,
    staying: Staying,
    /// When the caller's token is looked at again.
    check_at: Instant,
    /// The run that is followed, which may be somebody else's.
    follows: Option<RunId>,
    _place: Place,
}

impl Patience {
    pub fn new(app: &App, staying: Staying) -> Result<Self, Refusal> {
        let place = app.limits.stream(staying.caller.person())?;
        Ok(Self { check_at: Instant::now() + app.settings().heartbeat, app: app.clone(), staying, follows: None, _place: place })
    }

    /// Ends also when the caller may not follow this run any more.
    pub fn while_following(mut self, run: RunId) -> Self {
        self.follows = Some(run);
        self
    }

    pub fn caller(&self) -> &Caller {
        &self.staying.caller
    }

    /// Waits for `news` (which says whether it is about us) or until it is time to look anyway. None when the stream
    /// must end: the gateway stops, or the token does.
    pub async fn until(&mut self, news: impl Future<Output = bool>) -> Option<bool> {
        let now = Instant::now();
        if now >= self.check_at {
            if !self.staying.is_still_welcome().await || !self.may_still_follow().await {
                return None;
            }
            self.check_at = now + self.app.settings().heartbeat;
        }
        let poll = if self.app.gateway.db.is_shared() { SHARED_POLL } else { self.app.settings().heartbeat };
        let look_at = self.check_at.min(now + poll);
        tokio::select! {
            () = self.app.shutdown.cancelled() => None,
            () = sleep_until(look_at) => Some(true),
            told = timeout_at(look_at, news) => Some(told.unwrap_or(true)),
        }
    }

    async fn may_still_follow(&self) -> bool {
        let Some(run) = &self.follows else { return true };
        match self.app.gateway.runs.may_follow(&self.staying.caller, run).await {
            Ok(_) => true,
            // A database that does not answer takes no right away.
            Err(problem) => !matches!(problem.code, Code::NotFound | Code::Forbidden),
        }
    }
}
