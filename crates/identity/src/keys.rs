//! People's public SSH keys, known once for all sites: the person's own, and those that a login service says are theirs.
//!
//! Whatever makes a machine for somebody asks here whom it lets in. Only public keys ever get this far: see [`PublicKey`].

mod bad;
mod blob;
mod line;
mod told;

pub use bad::BadKey;
pub use line::PublicKey;

use crate::{Action, Caller, Idempotency, Identity, Resource, authorize};
use db::{Db, DbError, Row, args};
use model::id::{KeyId, PersonId};
use model::problem::FieldProblem;
use model::request::valid_name;
use model::{Code, Problem, Timestamp};
use serde::{Deserialize, Serialize};

/// Of one person, wherever they come from: all of them have to fit into what a site takes to begin a machine with.
const MOST: usize = 20;

db::statements! {
    OF_PERSON = "SELECT id, name, algorithm, public_key, fingerprint, issuer, created_at FROM ssh_key WHERE person = $1 ORDER BY name, id";
    /// Nothing when one of the person's keys has the name or is the same: then somebody was faster.
    ADD = "INSERT INTO ssh_key (id, person, name, algorithm, public_key, fingerprint, issuer, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
    REMOVE = "DELETE FROM ssh_key WHERE id = $1 AND person = $2";
}

/// A public key to be added.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// To recognise it by: whose or on which computer it is. When left out: the key's comment, or its algorithm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// One line, as in the file whose name ends in `.pub`: `ssh-ed25519 AAAA… comment`.
    pub public_key: String,
}

/// A public key of somebody's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Key {
    pub id: KeyId,
    /// No other key of the person has it.
    pub name: String,
    /// As OpenSSH writes it: `ssh-ed25519`.
    pub algorithm: String,
    /// One line, as in `authorized_keys`.
    pub public_key: String,
    /// As `ssh-keygen -l` shows it: `SHA256:…`.
    pub fingerprint: String,
    /// The address of the login service that says that it is the person's; absent when they added it here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    pub created_at: Timestamp,
}

/// What became of a request to add a key.
#[derive(Debug)]
pub enum AddedKey {
    Now(Key),
    /// By the same request.
    Before(Key),
}

impl Identity {
    /// The caller's keys, by their names.
    pub async fn keys(&self, caller: &Caller) -> Result<Vec<Key>, Problem> {
        authorize(caller, Action::KeysList, Resource::Of(caller.person()))?;
        Ok(keys_of(&self.db, caller.person()).await?)
    }

    pub async fn add_key(&self, caller: &Caller, asked: NewKey, once: Option<Idempotency>) -> Result<AddedKey, Problem> {
        let person = caller.person();
        authorize(caller, Action::KeysAdd, Resource::Of(person))?;
        let public = PublicKey::read(&asked.public_key)?;
        if asked.name.as_deref().is_some_and(|name| !valid_name(name)) {
            return Err(wrong_name("must be 1 to 120 printable characters on one line"));
        }
        let now = self.clock.now();
        let id = KeyId::new(db::seed(now)?);
        // Twice at most: whoever was faster has added what the second look finds.
        loop {
            let mut tx = self.db.begin().await?;
            if let Some(once) = &once
                && let Some(earlier) = once.claim(&mut tx, person, id.as_str(), now).await.map_err(Problem::from)?
            {
                tx.commit().await?;
                return self.added_before(person, &earlier).await;
            }
            let held = read(&tx.rows(&OF_PERSON, args![person.as_str()]).await?)?;
            let name = name_of_new(&public, asked.name.as_deref(), &held)?;
            let key = Key::new(id.clone(), name, &public, None, now);
            if tx.execute(&ADD, key.values(person)).await? == 1 {
                tx.commit().await?;
                return Ok(AddedKey::Now(key));
            }
        }
    }

    async fn added_before(&self, person: &PersonId, id: &str) -> Result<AddedKey, Problem> {
        let known = keys_of(&self.db, person).await?.into_iter().find(|key| key.id.as_str() == id);
        known.map(AddedKey::Before).ok_or_else(|| {
            let detail = format!("This request has added the key {id} before, and it was removed since.");
            Problem::new(Code::StateConflict, detail, "To add it again, ask with a new Idempotency-Key.")
        })
    }

    /// Machines that let it in already go on to do so.
    pub async fn remove_key(&self, caller: &Caller, id: &KeyId) -> Result<(), Problem> {
        authorize(caller, Action::KeysRemove, Resource::Of(caller.person()))?;
        let mut tx = self.db.begin().await?;
        let held = read(&tx.rows(&OF_PERSON, args![caller.person().as_str()]).await?)?;
        let key = held.iter().find(|key| key.id == *id).ok_or_else(|| Problem::not_found("key", id.as_str()))?;
        if let Some(issuer) = &key.issuer {
            return Err(Problem::new(
                Code::StateConflict,
                format!(
                    "The key `{}` is yours by the word of {issuer}: removed here, it would come back with your next sign-in.",
                    key.name
                ),
                "Remove it from your profile at that login service, then sign in here again: it is gone from then on.",
            ));
        }
        tx.execute(&REMOVE, args![id.as_str(), caller.person().as_str()]).await?;
        Ok(tx.commit().await?)
    }
}

/// The keys of a person, by their names: who decides that somebody else may know them asks no caller.
pub async fn keys_of(db: &Db, person: &PersonId) -> Result<Vec<Key>, DbError> {
    read(&db.rows(&OF_PERSON, args![person.as_str()]).await?)
}

/// Those of these names; all of them when none is named.
pub async fn keys_named(db: &Db, person: &PersonId, names: &[String]) -> Result<Vec<Key>, Problem> {
    let held = keys_of(db, person).await?;
    let Some(unknown) = names.iter().find(|name| held.iter().all(|key| key.name != **name)) else {
        return Ok(held.into_iter().filter(|key| names.is_empty() || names.contains(&key.name)).collect());
    };
    let known: Vec<String> = held.iter().map(|key| format!("`{}`", key.name)).collect();
    let remedy = match known.is_empty() {
        true => "You have none: `roadstead keys add` adds one.".to_owned(),
        false => format!("You have {}; `roadstead keys add` adds one.", known.join(", ")),
    };
    let detail = format!("names `{unknown}`, and you have no such key");
    let problem = Problem::new(Code::InvalidField, format!("machine.keys: {detail}."), remedy);
    Err(problem.with_fields(vec![FieldProblem { field: "machine.keys".to_owned(), detail }]))
}

fn read(rows: &[Row]) -> Result<Vec<Key>, DbError> {
    let read = |row: &Row| {
        Ok(Key {
            id: row.parse("id")?,
            name: row.get("name")?,
            algorithm: row.get("algorithm")?,
            public_key: row.get("public_key")?,
            fingerprint: row.get("fingerprint")?,
            issuer: row.get("issuer")?,
            created_at: row.get("created_at")?,
        })
    };
    rows.iter().map(read).collect()
}

impl Key {
    fn new(id: KeyId, name: String, public: &PublicKey, issuer: Option<&str>, created_at: Timestamp) -> Self {
        Self {
            id,
            name,
            algorithm: public.algorithm().to_owned(),
            public_key: public.to_string(),
            fingerprint: public.fingerprint().to_owned(),
            issuer: issuer.map(str::to_owned),
            created_at,
        }
    }

    fn values(&self, person: &PersonId) -> Vec<db::Value> {
        args![
            self.id.as_str(),
            person.as_str(),
            self.name.as_str(),
            self.algorithm.as_str(),
            self.public_key.as_str(),
            self.fingerprint.as_str(),
            self.issuer.as_deref(),
            self.created_at
        ]
    }
}

/// What a new key of the person's own is called, or why it cannot be added to those they have.
fn name_of_new(public: &PublicKey, wanted: Option<&str>, held: &[Key]) -> Result<String, Problem> {
    if let Some(same) = held.iter().find(|key| key.fingerprint == public.fingerprint()) {
        let by = same.issuer.as_ref().map_or(String::new(), |issuer| format!(", by the word of {issuer}"));
        let detail = format!("You have this key already, under the name `{}`{by}.", same.name);
        return Err(Problem::new(
            Code::StateConflict,
            detail,
            "There is nothing to do; to rename it, remove it and add it again.",
        ));
    }
    if held.len() >= MOST {
        let detail = format!("A person has at most {MOST} keys.");
        return Err(Problem::new(Code::StateConflict, detail, "Remove one that you need no more: `roadstead keys list`."));
    }
    match wanted {
        Some(name) if held.iter().any(|key| key.name == name) => Err(wrong_name("is that of another key of yours")),
        Some(name) => Ok(name.to_owned()),
        None => Ok(free_name(public.comment().unwrap_or(public.algorithm()), held)),
    }
}

/// The name, or with a number behind it the first that no other key has: for names that nobody chose.
fn free_name(wanted: &str, held: &[Key]) -> String {
    let is_free = |name: &String| held.iter().all(|key| key.name != *name);
    let short: String = wanted.chars().take(110).collect();
    let numbered = (2..).map(|number| format!("{short} {number}"));
    std::iter::once(wanted.to_owned()).chain(numbered).find(is_free).unwrap_or_default()
}

fn wrong_name(detail: &str) -> Problem {
    let field = FieldProblem { field: "name".to_owned(), detail: detail.to_owned() };
    Problem::new(Code::InvalidField, format!("name: {detail}"), "Choose another name.").with_fields(vec![field])
}
