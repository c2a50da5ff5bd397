//! A database of its own, a clock that the test moves, people and their tokens.

use db::{Db, Row, Statement, Value, args};
use identity::{Caller, Identity, NewToken, Person, Scope, Scopes, TokenView};
use model::time::Clock;
use model::{Secret, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use testkit::Postgres;

pub struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

impl TestClock {
    pub fn advance(&self, duration: Duration) {
        self.0.fetch_add(duration.as_millis().try_into().expect("short"), Ordering::SeqCst);
    }
}

pub struct World {
    pub db: Db,
    pub clock: Arc<TestClock>,
    pub identity: Identity,
    pub directory: tempfile::TempDir,
}

impl World {
    pub async fn sqlite() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let db = Db::open_sqlite(&directory.path().join("data")).await.expect("open SQLite");
        Self::new(db, directory)
    }

    pub async fn postgres() -> Self {
        let db = Db::open_postgres(&Postgres::shared().database()).await.expect("open PostgreSQL");
        Self::new(db, tempfile::tempdir().expect("a directory"))
    }

    pub async fn on_both_engines() -> [Self; 2] {
        [Self::sqlite().await, Self::postgres().await]
    }

    fn new(db: Db, directory: tempfile::TempDir) -> Self {
        let clock = Arc::new(TestClock(AtomicI64::new(1_795_247_000_000)));
        let identity = Identity::new(db.clone(), clock.clone());
        Self { db, clock, identity, directory }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub async fn person(&self, name: &str, administrator: bool) -> Person {
        self.identity.add_person(name, administrator).await.expect("a person")
    }

    pub async fn issue(&self, person: &Person, scopes: impl Into<Scopes>) -> (TokenView, Secret) {
        self.identity.issue_token(&person.id, token("issued", scopes)).await.expect("a token")
    }

    pub async fn caller(&self, person: &Person, scope: Scope) -> Caller {
        let (_, secret) = self.issue(person, [scope]).await;
        self.identity.verify(&secret).await.expect("a caller")
    }

    /// Makes somebody a member of a community, as an issuer's word would.
    pub async fn join(&self, person: &Person, community: &str, role: &str) {
        let (id, now) = (person.id.as_str(), self.now());
        self.execute(
            "INSERT INTO identity (issuer, subject, person, created_at) VALUES ('test', $1, $1, $2) ON CONFLICT (issuer, subject) DO UPDATE SET person = $1",
            args![id, now],
        )
        .await;
        self.execute(
            "INSERT INTO community (id, name, created_at) VALUES ($1, $1, $2) ON CONFLICT (id) DO UPDATE SET name = $1",
            args![community, now],
        )
        .await;
        let joined = args![id, community, role];
        self.execute("INSERT INTO membership (issuer, subject, community, role) VALUES ('test', $1, $2, $3)", joined).await;
    }

    /// Changes rows behind the crate's back.
    pub async fn execute(&self, sql: &'static str, values: Vec<Value>) {
        let mut tx = self.db.begin().await.expect("begin");
        let changed = tx.execute(&Statement { name: "test", sql }, values).await.expect(sql);
        assert!(changed > 0, "{sql} changed nothing");
        tx.commit().await.expect("commit");
    }

    pub async fn row(&self, sql: &'static str, values: Vec<Value>) -> Row {
        self.db.row(&Statement { name: "test", sql }, values).await.expect(sql).expect("a row")
    }

    pub async fn count(&self, table: &'static str) -> i64 {
        let sql = match table {
            "person" => "SELECT count(*) AS n FROM person",
            "session" => "SELECT count(*) AS n FROM session",
            "sign_in_code" => "SELECT count(*) AS n FROM sign_in_code",
            "device_login" => "SELECT count(*) AS n FROM device_login",
            "sealed" => "SELECT count(*) AS n FROM sealed",
            "token" => "SELECT count(*) AS n FROM token",
            _ => panic!("count what?"),
        };
        self.row(sql, args![]).await.get("n").expect("a number")
    }

    /// Whether any file of the embedded database holds this text.
    pub fn is_on_disk(&self, text: &str) -> bool {
        let files = std::fs::read_dir(self.directory.path().join("data")).expect("the database's directory");
        files
            .map(|file| std::fs::read(file.expect("a file").path()).expect("its bytes"))
            .any(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
    }
}

pub fn token(name: &str, scopes: impl Into<Scopes>) -> NewToken {
    NewToken { name: name.to_owned(), scopes: scopes.into(), expires_at: None }
}
