//! Attempts that come in, wait and leave, on both engines, without the flows that would ask for it.

use super::{Entry, Holder};
use crate::{Defaults, Retention, Runs, Settings};
use db::blobs::Blobs;
use db::{Db, args, seed};
use delegation::Delegation;
use identity::Identity;
use identity::sealing::Vault;
use issuers::{Issuers, Limits};
use model::id::{AttemptId, GatewayId, PersonId, RunId};
use model::time::{Clock, SystemClock};
use sites::Sites;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use testkit::{Postgres, await_until};

db::statements! {
    NEW_RUN = "INSERT INTO run (id, person, name, state, doc, request, plan, changed, created_at, community)
        VALUES ($1, $2, 'test', 'planned', '{}', '{}', '{}', 0, 0, $3)";
    NEW_ATTEMPT = "INSERT INTO attempt (id, run, number, service, offer, cores, memory, width, share, started_at, takes_cores)
        VALUES ($1, $2, 1, 'bench', '{}', 1, 1, $3, 'none', 0, $4)";
    NEW_FLOW = "INSERT INTO flow (id, kind, version, subject, audience, input, outputs, step, direction, status, epoch, lease_until,
            wake_at, wakes, tries, cancel, created_at, updated_at)
        SELECT $1, 'attempt', 1, $1, 'nobody', '{}', '{}', 'admit', 1, 'running', 1, 0, now_ms - $2, 0, 0, 0, now_ms, now_ms FROM clock";
    DECIDE = "INSERT INTO quota (holder, most_runs, most_cores) VALUES ($1, $2, $3)
        ON CONFLICT (holder) DO UPDATE SET most_runs = $2, most_cores = $3";
    COUNTED = "SELECT runs, cores FROM quota WHERE holder = $1";
    STANDING = "SELECT share, width, held_by, wakes FROM attempt JOIN flow ON flow.subject = attempt.run WHERE attempt.id = $1";
}

struct World {
    runs: Runs,
    ada: PersonId,
    bob: PersonId,
}

impl World {
    async fn new(db: Db, directory: &Path) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let gateway = GatewayId::new(seed(clock.now()).expect("random"));
        let vault = Vault::open(db.clone(), clock.clone(), &directory.join("sealing.key")).await.expect("a key");
        let nobody = Issuers::new(vec![], vec![], Limits::default(), clock.clone()).expect("no issuers");
        let identity = Identity::new(db.clone(), clock.clone());
        let settings = Settings {
            retention: Retention::default(),
            policies: vec![],
            recipes: model::recipe::Recipes::default(),
            gateway: gateway.clone(),
            local_person: None,
            file_roots: vec![],
            allowed_hosts: vec![],
            token_hosts: vec![],
            hide: vec![],
            isolation_required: false,
            stream_cap_bytes: 1,
            input_cap_bytes: 1,
            output_cap_bytes: 1,
            upload_cap_bytes: 1,
            upload_lifetime: Duration::from_secs(1),
            enrolment_lifetime: Duration::from_secs(1),
            pilot_silence: Duration::from_secs(1),
            settle: std::time::Duration::from_secs(1),
            pilots: crate::PilotSettings::default(),
            machines: crate::MachineSettings::default(),
            attempts: 1,
            quotas: Defaults::default(),
        };
        let options = flow::Options { gateway, host: "here".into(), lease: Duration::from_secs(60), concurrency: 1 };
        let blobs = Blobs::open(&directory.join("blobs")).expect("blobs");
        let delegation = Delegation::new(db.clone(), clock.clone(), vault, nobody);
        let ada = identity.add_person("Ada", false).await.expect("a person").id;
        let bob = identity.add_person("Bob", false).await.expect("a person").id;
        Self { runs: Runs::new(db, blobs, Sites::new(vec![]), delegation, clock, settings, options), ada, bob }
    }

    fn db(&self) -> &Db {
        &self.runs.0.db
    }

    async fn decide(&self, holder: &Holder, runs: u32, cores: Option<i64>) {
        self.db().write(&DECIDE, args![holder.key(), runs, cores]).await.expect("decided");
    }

    /// An attempt whose elements take a core each, and whose flow was due so many seconds ago.
    async fn attempt(&self, person: &PersonId, community: Option<&str>, width: u32, due: i64) -> AttemptId {
        let new = || seed(SystemClock.now()).expect("random");
        let (run, attempt) = (RunId::new(new()), AttemptId::new(new()));
        self.db().write(&NEW_RUN, args![run.as_str(), person.as_str(), community]).await.expect("a run");
        let takes = i64::from(width) * 1_000;
        self.db().write(&NEW_ATTEMPT, args![attempt.as_str(), run.as_str(), width, takes]).await.expect("an attempt");
        self.db().write(&NEW_FLOW, args![run.as_str(), due * 1_000]).await.expect("a flow");
        attempt
    }

    async fn come(&self, attempt: &AttemptId) -> &'static str {
        let mut tx = self.db().begin().await.expect("begun");
        let entry = self.runs.0.count_in(&mut tx, attempt).await.expect("looked");
        tx.commit().await.expect("committed");
        match entry {
            Entry::In => "in",
            Entry::Held(Holder::Person(_)) => "held for a person",
            Entry::Held(Holder::Community(_)) => "held for a community",
            Entry::Never(_) => "never",
        }
    }

    async fn leave(&self, attempt: &AttemptId) -> bool {
        let mut tx = self.db().begin().await.expect("begun");
        let left = self.runs.0.count_out(&mut tx, attempt).await.expect("left");
        tx.commit().await.expect("committed");
        left
    }

    async fn counted(&self, holder: &Holder) -> (i64, i64) {
        let row = self.db().row(&COUNTED, args![holder.key()]).await.expect("read").expect("a row");
        (row.get("runs").expect("runs"), row.get("cores").expect("cores"))
    }

    /// Its share, its width, whether it is held, and how often it was woken.
    async fn standing(&self, attempt: &AttemptId) -> (String, u32, bool, i64) {
        let row = self.db().row(&STANDING, args![attempt.as_str()]).await.expect("read").expect("a row");
        let held: Option<String> = row.get("held_by").expect("held");
        (row.get("share").expect("a share"), row.get("width").expect("a width"), held.is_some(), row.get("wakes").expect("wakes"))
    }
}

#[tokio::test]
async fn attempts_come_in_and_leave_as_quotas_allow_on_both_engines() {
    let directory = tempfile::tempdir().expect("a directory");
    let sqlite = Db::open_sqlite(&directory.path().join("db")).await.expect("a database");
    let postgres = Db::open_postgres(&Postgres::shared().database()).await.expect("a database");
    for (db, name) in [(sqlite, "sqlite"), (postgres, "postgres")] {
        let directory = directory.path().join(name);
        std::fs::create_dir(&directory).expect("a directory");
        let world = World::new(db, &directory).await;
        an_attempt_that_is_over_is_neither_counted_nor_held(&world).await;
        one_that_waits_for_a_smaller_quota_is_narrowed_or_never_comes_in(&world).await;
        nobody_waits_behind_one_that_no_gateway_carries_on(&world).await;
        one_that_waits_for_another_quota_lets_the_next_look(&world).await;
    }
}

async fn an_attempt_that_is_over_is_neither_counted_nor_held(world: &World) {
    let ada = Holder::Person(world.ada.clone());
    world.decide(&ada, 1, None).await;
    let [first, second] = [world.attempt(&world.ada, None, 1, 0).await, world.attempt(&world.ada, None, 1, 0).await];
    assert_eq!((world.come(&first).await, world.come(&second).await), ("in", "held for a person"));
    assert_eq!((world.leave(&first).await, world.leave(&first).await), (true, false));
    assert_eq!(world.standing(&second).await, ("held".into(), 1, true, 1), "it is woken");
    // As when the gateway that asks was frozen meanwhile.
    world.come(&first).await;
    assert_eq!((world.counted(&ada).await, world.standing(&first).await.0.as_str()), ((0, 0), "over"));
    assert_eq!(world.come(&second).await, "in");
    world.come(&first).await;
    assert_eq!((world.counted(&ada).await, world.standing(&first).await), ((1, 1_000), ("over".into(), 1, false, 0)));
    assert!(world.leave(&second).await);
    assert_eq!(world.counted(&ada).await, (0, 0));
}

async fn one_that_waits_for_a_smaller_quota_is_narrowed_or_never_comes_in(world: &World) {
    let ada = Holder::Person(world.ada.clone());
    world.decide(&ada, 1, Some(4_000)).await;
    let [first, wide] = [world.attempt(&world.ada, None, 1, 0).await, world.attempt(&world.ada, None, 4, 0).await];
    assert_eq!((world.come(&first).await, world.come(&wide).await), ("in", "held for a person"));
    world.decide(&ada, 1, Some(2_500)).await;
    assert!(world.leave(&first).await);
    assert_eq!((world.come(&wide).await, world.counted(&ada).await, world.standing(&wide).await.1), ("in", (1, 2_000), 2));
    assert!(world.leave(&wide).await);
    assert_eq!(world.counted(&ada).await, (0, 0));
    world.decide(&ada, 1, Some(500)).await;
    let never = world.attempt(&world.ada, None, 4, 0).await;
    assert_eq!((world.come(&never).await, world.counted(&ada).await), ("never", (0, 0)));
}

async fn nobody_waits_behind_one_that_no_gateway_carries_on(world: &World) {
    let ada = Holder::Person(world.ada.clone());
    world.decide(&ada, 1, None).await;
    let inside = world.attempt(&world.ada, None, 1, 0).await;
    let (dead, alive) = (world.attempt(&world.ada, None, 1, 300).await, world.attempt(&world.ada, None, 1, 0).await);
    let last = world.attempt(&world.ada, None, 1, 0).await;
    for (attempt, entry) in [(&inside, "in"), (&dead, "held for a person"), (&alive, "held for a person")] {
        assert_eq!(world.come(attempt).await, entry);
    }
    assert!(world.leave(&inside).await);
    assert_eq!((world.standing(&dead).await.3, world.standing(&alive).await.3), (0, 1));
    assert_eq!(world.come(&last).await, "held for a person", "one before it is alive");
    assert_eq!(world.come(&alive).await, "in");
    assert!(world.leave(&alive).await && world.leave(&last).await);
    assert_eq!((world.come(&dead).await, world.leave(&dead).await), ("in", true), "should somebody carry it on again");
}

async fn one_that_waits_for_another_quota_lets_the_next_look(world: &World) {
    let (ada, astro) = (Holder::Person(world.ada.clone()), Holder::Community("astro".into()));
    world.decide(&ada, 1, None).await;
    world.decide(&astro, 1, None).await;
    let (bobs, adas) = (world.attempt(&world.bob, Some("astro"), 1, 0).await, world.attempt(&world.ada, None, 1, 0).await);
    let (both, next) = (world.attempt(&world.ada, Some("astro"), 1, 0).await, world.attempt(&world.ada, None, 1, 0).await);
    for (attempt, entry) in [(&bobs, "in"), (&adas, "in"), (&both, "held for a person"), (&next, "held for a person")] {
        assert_eq!(world.come(attempt).await, entry);
    }
    assert!(world.leave(&adas).await);
    assert_eq!((world.standing(&both).await.3, world.standing(&next).await.3), (1, 0));
    assert_eq!(world.come(&both).await, "held for a community");
    assert_eq!((world.standing(&next).await.3, world.come(&next).await), (1, "in"));
    for attempt in [&bobs, &both, &next] {
        assert!(world.leave(attempt).await);
    }
    assert_eq!((world.counted(&ada).await, world.counted(&astro).await), ((0, 0), (0, 0)));
}

/// Two gateways, and the first two attempts of somebody who never had one.
#[tokio::test(flavor = "multi_thread")]
async fn two_first_attempts_at_once_both_come_in() {
    let directory = tempfile::tempdir().expect("a directory");
    let url = Postgres::shared().database();
    let world = Arc::new(World::new(Db::open_postgres(&url).await.expect("a database"), directory.path()).await);
    let [first, second] = [world.attempt(&world.ada, None, 1, 0).await, world.attempt(&world.ada, None, 1, 0).await];
    let mut tx = world.db().begin().await.expect("begun");
    assert!(matches!(world.runs.0.count_in(&mut tx, &first).await, Ok(Entry::In)));
    let other = tokio::spawn({
        let world = world.clone();
        async move { world.come(&second).await }
    });
    let database = url.rsplit('/').next().expect("a name").split('?').next().expect("a name").to_owned();
    await_until(Duration::from_secs(20), "the other to wait for the row", async || {
        let waiting = format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}' AND wait_event_type = 'Lock'");
        (Postgres::shared().query("postgres", &waiting).trim() == "1").then_some(())
    })
    .await;
    tx.commit().await.expect("committed");
    assert_eq!(other.await.expect("looked"), "in");
    assert_eq!(world.counted(&Holder::Person(world.ada.clone())).await, (2, 2_000));
}
