//! Events: numbered per subject and per audience in the commit that they tell of, so that a reader who resumes at a
//! number misses nothing (a sequence of the whole database would show numbers in another order than they commit).

use db::{Db, DbError, Tx, args};
use futures_util::FutureExt;
use model::Timestamp;
use model::event::{Event, Happening};
use model::id::RunId;
use tokio::sync::broadcast;

/// Told to those who follow: something new can be read.
#[derive(Clone, Debug)]
pub struct News {
    pub subject: String,
    pub audience: String,
}

#[derive(Clone)]
pub struct Timeline {
    db: Db,
    news: broadcast::Sender<News>,
}

db::statements! {
    /// Both counters at once: an event costs two statements, not three. Audience and subject are never the same.
    COUNT = "INSERT INTO counter (subject, last) VALUES ($1, 1), ($2, 1)
        ON CONFLICT (subject) DO UPDATE SET last = counter.last + 1 RETURNING subject, last";
    APPEND = "INSERT INTO flow_event (subject, seq, audience, audience_seq, at, body) VALUES ($1, $2, $3, $4, $5, $6)";
    OF_SUBJECT = "SELECT subject, seq, audience_seq, at, body FROM flow_event WHERE subject = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    OF_AUDIENCE = "SELECT subject, seq, audience_seq, at, body FROM flow_event
        WHERE audience = $1 AND audience_seq > $2 ORDER BY audience_seq LIMIT $3";
    LAST = "SELECT last FROM counter WHERE subject = $1";
    FORGET = "DELETE FROM flow_event WHERE subject = $1";
}

/// An event and its place in the stream of its audience.
#[derive(Clone, Debug)]
pub struct Numbered {
    pub audience_seq: i64,
    pub event: Event,
}

impl Timeline {
    pub fn new(db: Db) -> Self {
        Self { db, news: broadcast::channel(1_024).0 }
    }

    pub fn follow(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }

    /// Tells of something with the commit of `tx`. The number is given at its very end: all of an audience share a
    /// counter, and a transaction that held it while it waits for another row could meet one that does the reverse.
    pub async fn append(
        &self,
        tx: &mut Tx,
        subject: &str,
        audience: &str,
        at: Timestamp,
        what: &Happening,
    ) -> Result<(), DbError> {
        let news = News { subject: subject.to_owned(), audience: audience.to_owned() };
        let numbered = news.clone();
        let body = serde_json::to_string(what).unwrap_or_default();
        tx.before_commit(move |tx| number(tx, numbered, at, body).boxed());
        let sender = self.news.clone();
        // Nobody may be following: that is no error.
        tx.after_commit(move || drop(sender.send(news)));
        Ok(())
    }

    /// Events of one subject after a number.
    pub async fn of_subject(&self, subject: &str, after: i64, limit: i64) -> Result<Vec<Numbered>, DbError> {
        self.db.rows(&OF_SUBJECT, args![subject, after, limit]).await?.iter().map(numbered).collect()
    }

    /// Events of everything an audience may see, after a number.
    pub async fn of_audience(&self, audience: &str, after: i64, limit: i64) -> Result<Vec<Numbered>, DbError> {
        self.db.rows(&OF_AUDIENCE, args![audience, after, limit]).await?.iter().map(numbered).collect()
    }

    /// The newest number of a subject or an audience.
    pub async fn last(&self, subject_or_audience: &str) -> Result<i64, DbError> {
        let row = self.db.row(&LAST, args![subject_or_audience]).await?;
        row.map_or(Ok(0), |row| row.get("last"))
    }

    /// Removes what is known of a subject; its numbers are never given again.
    pub async fn forget(&self, tx: &mut Tx, subject: &str) -> Result<(), DbError> {
        tx.execute(&FORGET, args![subject]).await.map(|_| ())
    }
}

async fn number(tx: &mut Tx, of: News, at: Timestamp, body: String) -> Result<(), DbError> {
    let News { subject, audience } = of;
    let (mut audience_seq, mut seq) = (0_i64, 0_i64);
    for row in tx.rows(&COUNT, args![audience.as_str(), subject.as_str()]).await? {
        let counted = if row.get::<String>("subject")? == subject { &mut seq } else { &mut audience_seq };
        *counted = row.get("last")?;
    }
    tx.execute(&APPEND, args![subject, seq, audience, audience_seq, at, body]).await.map(|_| ())
}

fn numbered(row: &db::Row) -> Result<Numbered, DbError> {
    let run: RunId = row.parse("subject")?;
    let event = Event { run, seq: row.get("seq")?, at: row.get("at")?, what: row.json("body")? };
    Ok(Numbered { audience_seq: row.get("audience_seq")?, event })
}
