//! Claims what is due and carries it out, many flows at once.

mod drive;

use crate::flow::{Flow, NewFlow};
use crate::store::{self, Claimed, millis};
use crate::timeline::Timeline;
use db::{Db, DbError, Tx, args};
use model::id::{FlowId, GatewayId};
use model::time::{Clock, SystemClock};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, Semaphore};

#[derive(Clone, Debug)]
pub struct Options {
    pub gateway: GatewayId,
    /// Flows that are bound to a host are carried out only on that one.
    pub host: String,
    /// How long a gateway may be silent before another takes over what it holds.
    pub lease: Duration,
    /// How many flows are carried out at once.
    pub concurrency: usize,
}

/// Shared by everyone who starts or wakes flows. Cheap to clone.
#[derive(Clone)]
pub struct Engine(Arc<Shared>);

struct Shared {
    db: Db,
    timeline: Timeline,
    options: Options,
    flows: HashMap<(&'static str, i64), Arc<dyn Flow>>,
    /// `,kind/version,kind/version,`: what this gateway can carry out, as the claiming statement compares it.
    known: String,
    due: Notify,
    places: Arc<Semaphore>,
    stopping: AtomicBool,
    tasks: tokio_util::task::TaskTracker,
}

/// Flows nobody could carry out for so long are shown as parked.
const PARKED_AFTER: Duration = Duration::from_secs(60);
/// How often a gateway of several looks for what others left; news of its own reaches it at once.
const SHARED_POLL: Duration = Duration::from_millis(500);
const LONE_POLL: Duration = Duration::from_secs(5);
/// Until the database, or the clock, is looked at again after it was found wrong.
const TROUBLE_POLL: Duration = Duration::from_secs(1);
/// Another gateway took what was due: it has committed by then.
const CONTENDED_POLL: Duration = Duration::from_millis(20);
const LARGEST_CLAIM: usize = 16;

impl Engine {
    pub fn new(db: Db, timeline: Timeline, options: Options, flows: Vec<Arc<dyn Flow>>) -> Self {
        let known = flows.iter().fold(String::from(","), |list, flow| format!("{list}{}/{},", flow.kind(), flow.version()));
        let flows = flows.into_iter().map(|flow| ((flow.kind(), flow.version()), flow)).collect();
        let places = Arc::new(Semaphore::new(options.concurrency));
        Self(Arc::new(Shared {
            db,
            timeline,
            options,
            flows,
            known,
            due: Notify::new(),
            places,
            stopping: AtomicBool::new(false),
            tasks: tokio_util::task::TaskTracker::new(),
        }))
    }

    /// Inserts a flow, already held by this gateway: it begins with the commit, without a second one for the claim.
    pub async fn start(&self, tx: &mut Tx, new: NewFlow) -> Result<(), DbError> {
        let shared = &self.0;
        let version = shared.flows.keys().filter(|(kind, _)| *kind == new.kind).map(|(_, version)| *version).max();
        let flow = version.and_then(|version| shared.flows.get(&(new.kind, version)));
        let Some((flow, first)) = flow.and_then(|flow| flow.steps().first().map(|step| (flow, step))) else {
            tracing::error!(kind = new.kind, "a flow of a kind that this program does not know");
            return Err(DbError::NoRow);
        };
        let input = new.input.to_string();
        // Bound to another host, or nobody here to begin it: leave it to whoever claims it.
        let mine = new.runs_on.as_ref().is_none_or(|host| *host == shared.options.host) && !self.is_stopping();
        let place = if mine { shared.places.clone().try_acquire_owned().ok() } else { None };
        let lease = if place.is_some() { millis(shared.options.lease) } else { 0 };
        let lease_from = Instant::now();
        let owner = shared.options.gateway.as_str();
        let values = args![
            new.id.as_str(),
            new.kind,
            flow.version(),
            new.subject.clone(),
            new.audience.clone(),
            input,
            first.name,
            owner,
            lease,
            new.runs_on
        ];
        tx.execute(&store::INSERT, values).await?;
        let held = Claimed {
            kind: new.kind.to_owned(),
            version: flow.version(),
            step: first.name.to_owned(),
            direction: crate::Direction::Forward,
            epoch: 1,
            wakes: 0,
            lease_from,
            context: crate::Context {
                id: new.id,
                subject: new.subject,
                audience: new.audience,
                input: new.input,
                outputs: serde_json::Map::new(),
                tries: 0,
                cancel: false,
                error: None,
                created_at: SystemClock.now(),
            },
        };
        let engine = self.clone();
        tx.after_commit(move || match place {
            Some(place) => engine.carry_out(held, place),
            None => engine.0.due.notify_one(),
        });
        Ok(())
    }

    /// Makes a subject's waiting flows look again, with the commit of `tx`. In a transaction that also changes what
    /// steps commit (the run), change that first: steps lock their flow last, and PostgreSQL ends one of two who meet
    /// crosswise.
    pub async fn wake(&self, tx: &mut Tx, subject: &str) -> Result<(), DbError> {
        store::wake(tx, subject).await?;
        self.notify_after(tx);
        Ok(())
    }

    /// Tells a subject's flows that somebody wants them to end early. Returns how many there are. The order of
    /// [`Engine::wake`] holds here too.
    pub async fn cancel(&self, tx: &mut Tx, subject: &str) -> Result<u64, DbError> {
        let told = store::cancel(tx, subject).await?;
        self.notify_after(tx);
        Ok(told)
    }

    /// Lets a failed undo be tried again, by order of an administrator.
    pub async fn retry_undo(&self, tx: &mut Tx, id: &FlowId) -> Result<bool, DbError> {
        let found = store::retry_undo(tx, id).await?;
        self.notify_after(tx);
        Ok(found)
    }

    fn notify_after(&self, tx: &mut Tx) {
        let engine = self.clone();
        tx.after_commit(move || engine.0.due.notify_one());
    }

    /// Claims and carries out until [`Engine::stop`].
    pub async fn run(&self) {
        let shared = &self.0;
        // So that stopping waits for a claim that is under way.
        let _running = shared.tasks.token();
        if !shared.db.is_shared()
            && let Err(error) = self.take_all_leases().await
        {
            tracing::error!(%error, "leases of an earlier gateway could not be taken over");
        }
        let mut looked_for_parked: Option<Instant> = None;
        while !self.is_stopping() {
            if looked_for_parked.is_none_or(|at| at.elapsed() > PARKED_AFTER / 2) {
                looked_for_parked = Some(Instant::now());
                if let Err(error) = self.look_for_parked().await {
                    tracing::warn!(%error, "the database did not answer");
                }
            }
            let pause = self.claim_what_is_due().await.unwrap_or_else(|error| {
                tracing::warn!(%error, "claiming failed; it is tried again");
                TROUBLE_POLL
            });
            // Waking up is a hint; the time-out makes it the truth.
            let _ = tokio::time::timeout(pause, shared.due.notified()).await;
        }
    }

    /// Stops claiming and waits for the steps under way, after which each flow is given back.
    pub async fn stop(&self) {
        let shared = &self.0;
        shared.stopping.store(true, Ordering::SeqCst);
        shared.due.notify_one();
        shared.tasks.close();
        if tokio::time::timeout(shared.options.lease, shared.tasks.wait()).await.is_err() {
            tracing::warn!("some steps did not end in time; their leases run out by themselves");
        }
    }

    fn is_stopping(&self) -> bool {
        self.0.stopping.load(Ordering::SeqCst)
    }

    /// The only gateway of its database: whoever else held something is dead. Flows that this one started already go on.
    async fn take_all_leases(&self) -> Result<(), DbError> {
        let mut tx = self.0.db.begin().await?;
        tx.execute(&store::RELEASE_OTHERS, args![self.0.options.gateway.as_str()]).await?;
        tx.commit().await
    }

    /// Parks what nobody knows, and takes back what this version knows.
    async fn look_for_parked(&self) -> Result<(), DbError> {
        let shared = &self.0;
        let mut tx = shared.db.begin().await?;
        tx.execute(&store::UNPARK, args![shared.known.clone()]).await?;
        let parked = tx.execute(&store::PARK, args![shared.known.clone(), millis(PARKED_AFTER)]).await?;
        tx.commit().await?;
        if parked > 0 {
            tracing::warn!(parked, "flows of a kind or version that this gateway does not know were parked");
        }
        Ok(())
    }

    /// Returns how long to wait before looking again.
    async fn claim_what_is_due(&self) -> Result<Duration, DbError> {
        let shared = &self.0;
        let options = &shared.options;
        let longest = if shared.db.is_shared() { SHARED_POLL } else { LONE_POLL };
        // Looked up first: an idle gateway writes nothing.
        match store::next_due(&shared.db, &options.host, &shared.known).await? {
            None => return Ok(longest),
            Some(ms) if ms > 0 => return Ok(Duration::from_millis(ms.unsigned_abs()).min(longest)),
            Some(_) => {}
        }
        if !self.clock_agrees().await? {
            return Ok(TROUBLE_POLL);
        }
        let Ok(first) = shared.places.clone().acquire_owned().await else { return Ok(longest) };
        let mut places = vec![first];
        while places.len() < LARGEST_CLAIM
            && let Ok(another) = shared.places.clone().try_acquire_owned()
        {
            places.push(another);
        }
        if self.is_stopping() {
            return Ok(longest);
        }
        let (count, claimed) =
            store::claim(&shared.db, options.gateway.as_str(), &options.host, &shared.known, options.lease, places.len()).await?;
        for (held, place) in claimed.into_iter().zip(places) {
            self.carry_out(held, place);
        }
        Ok(if count == 0 { CONTENDED_POLL } else { Duration::ZERO })
    }

    /// Leases are measured with the database's clock. A gateway far off it would misjudge what it still holds.
    async fn clock_agrees(&self) -> Result<bool, DbError> {
        if !self.0.db.is_shared() {
            return Ok(true);
        }
        let before = SystemClock.now().millis();
        let theirs = self.0.db.now_ms().await?;
        let after = SystemClock.now().millis();
        // A slow answer is no wrong clock: only what lies outside the time of asking counts.
        let offset = (before - theirs).max(theirs - after).max(0).unsigned_abs();
        let agrees = u128::from(offset) <= self.0.options.lease.as_millis() / 4;
        if !agrees {
            tracing::error!(offset_ms = offset, code = %model::Code::ClockWrong, "the clocks of gateway and database disagree; nothing is claimed");
        }
        Ok(agrees)
    }

    fn carry_out(&self, held: Claimed, place: tokio::sync::OwnedSemaphorePermit) {
        let engine = self.clone();
        self.0.tasks.spawn(async move {
            drive::drive(&engine, held).await;
            drop(place);
            engine.0.due.notify_one();
        });
    }
}
