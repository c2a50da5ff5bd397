//! People whom an issuer vouches for: found by (issuer, subject) and nothing else, made when they come first.
//!
//! Names and addresses are for showing. They change, two people may share one, and an issuer may give one to somebody
//! else: nobody is ever found by them. What the issuer says about groups is kept as it said it, so that a changed
//! mapping acts at once and not at the next sign-in.

use crate::groups::{Claim, Granted, Memberships, Role};
use crate::person::Person;
use crate::{Caller, Credential, Denied, Identity, standing, terms};
use db::{Db, DbError, Row, Tx, args};
use model::Timestamp;
use model::id::PersonId;
use model::request::valid_name;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

db::statements! {
    KNOWN = "SELECT identity.person, identity.claims_hash FROM identity WHERE issuer = $1 AND subject = $2";
    CALLER = concat!("SELECT person.id AS person, person.name, person.suspended_at, identity.claims_hash, person.administrator AS administrator,
            ", standing::columns!(), ", ", terms::column!("$3"), "
        FROM identity JOIN person ON person.id = identity.person WHERE identity.issuer = $1 AND identity.subject = $2");
    LINK = "INSERT INTO identity (issuer, subject, person, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (issuer, subject) DO NOTHING";
    SAID = "UPDATE identity SET name = coalesce($3, name), email = coalesce($4, email), claims = $5, claims_hash = $6, granted = $7, administrator = $8, seen_at = $9
        WHERE issuer = $1 AND subject = $2";
    RENAME = "UPDATE person SET name = $2 WHERE id = $1 AND name <> $2";
    LEAVE = "DELETE FROM membership WHERE issuer = $1 AND subject = $2";
    JOIN = "INSERT INTO membership (issuer, subject, community, role) VALUES ($1, $2, $3, $4)";
    COMMUNITY = "INSERT INTO community (id, name, created_at) VALUES ($1, $1, $2) ON CONFLICT (id) DO NOTHING";
    MINE = "SELECT membership.community, membership.role, membership.issuer FROM membership
        JOIN identity ON identity.issuer = membership.issuer AND identity.subject = membership.subject
        WHERE identity.person = $1 ORDER BY membership.community, membership.role, membership.issuer";
    IDENTITIES = "SELECT issuer, subject, name, email, granted, seen_at FROM identity WHERE person = $1 ORDER BY issuer, subject";
    CLAIMS = "SELECT claims FROM identity WHERE person = $1 AND claims IS NOT NULL";
    ISSUERS = "SELECT DISTINCT issuer FROM identity WHERE claims IS NOT NULL";
    DISTRUST = "UPDATE identity SET claims = NULL, claims_hash = NULL, granted = NULL, administrator = 0 WHERE issuer = $1";
    NO_MEMBERS = "DELETE FROM membership WHERE issuer = $1";
    NO_SESSIONS = "DELETE FROM session WHERE issuer = $1";
    NO_KEYS = "DELETE FROM ssh_key WHERE issuer = $1";
}

/// What an issuer says, after its signature was checked.
#[derive(Clone, Copy, Debug)]
pub struct Vouched<'a> {
    pub issuer: &'a str,
    pub subject: &'a str,
    pub claims: &'a Map<String, Value>,
}

/// Somebody who came from an issuer a moment ago.
#[derive(Clone, Debug)]
pub struct Admitted {
    pub person: PersonId,
    pub granted: Granted,
    pub(crate) issuer: String,
    pub(crate) subject: String,
    /// The session there, by which it can end the one here.
    pub session: Option<String>,
}

impl Admitted {
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    pub fn subject(&self) -> &str {
        &self.subject
    }
}

/// How an issuer knows somebody.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct IdentityView {
    pub issuer: String,
    pub subject: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// What the mapping makes of what the issuer last said about groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Granted>)]
    pub gives: Option<Value>,
    /// When it last said something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<Timestamp>,
}

/// A community that somebody is in, and by whose word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Membership {
    pub community: String,
    pub role: Role,
    pub issuer: String,
}

impl Identity {
    /// Finds or makes the person, and writes down what is said of them.
    pub async fn admit(&self, vouched: &Vouched<'_>) -> Result<Admitted, DbError> {
        let mapping = self.mapping_now().await?;
        let granted = mapping.apply(vouched.issuer, vouched.claims);
        let said = Said::of(vouched);
        // Twice at most: whoever was faster has made the person that the second look finds.
        loop {
            let mut tx = self.db.begin().await?;
            let known = tx.row(&KNOWN, args![vouched.issuer, vouched.subject]).await?;
            let person = match known {
                Some(row) => row.parse("person")?,
                None => {
                    let now = self.clock.now();
                    let name = said.name.as_deref().filter(|name| valid_name(name)).unwrap_or("somebody");
                    let made = Person::made(&mut tx, name, false, now).await?;
                    let linked = tx.execute(&LINK, args![vouched.issuer, vouched.subject, made.as_str(), now]).await?;
                    if linked == 0 {
                        continue;
                    }
                    made
                }
            };
            if let Some(name) = &said.name {
                tx.execute(&RENAME, args![person.as_str(), name.as_str()]).await?;
            }
            self.write_down(&mut tx, vouched.issuer, vouched.subject, &said, &granted).await?;
            tx.commit().await?;
            let (issuer, subject) = (vouched.issuer.to_owned(), vouched.subject.to_owned());
            return Ok(Admitted { person, granted, issuer, subject, session: None });
        }
    }

    async fn write_down(&self, tx: &mut Tx, issuer: &str, subject: &str, said: &Said, granted: &Granted) -> Result<(), DbError> {
        let now = self.clock.now();
        let (claims, hash) = (said.groups.to_string(), said.hash());
        let (name, email) = (said.name.as_deref(), said.email.as_deref());
        let because = serde_json::to_string(granted)
            .map_err(|error| DbError::Unreadable { column: "granted".into(), detail: error.to_string() })?;
        let values = args![issuer, subject, name, email, claims, hash.as_slice(), because, granted.administrator, now];
        tx.execute(&SAID, values).await?;
        join(tx, issuer, subject, granted, now).await
    }

    /// Who came with a token of an issuer's, judged already. One read when nothing changed since the last time.
    ///
    /// A token that was made for few things may say nothing of groups: then what was known before stays, since the
    /// person did not leave them by using it.
    pub async fn verify_vouched(&self, vouched: &Vouched<'_>, expires_at: Timestamp) -> Result<Caller, Denied> {
        let hash = Said::of(vouched).hash();
        let find = async || self.db.row(&CALLER, args![vouched.issuer, vouched.subject, self.terms_version()]).await;
        let is_news =
            |row: &Row| Ok::<_, DbError>(row.get::<Option<Vec<u8>>>("claims_hash")?.as_deref() != Some(hash.as_slice()));
        let row = match find().await? {
            Some(row) if !speaks_of_groups(vouched) || !is_news(&row)? => row,
            _ => {
                self.admit(vouched).await?;
                find().await?.ok_or(DbError::NoRow)?
            }
        };
        if row.get::<Option<Timestamp>>("suspended_at")?.is_some() {
            return Err(Denied::Suspended);
        }
        Ok(Caller::of_row(&row, Credential::Bearer, Some(expires_at))?)
    }

    /// How issuers know the caller, and what that gives, with the reasons.
    pub async fn identities(&self, caller: &Caller) -> Result<Vec<IdentityView>, DbError> {
        let rows = self.db.rows(&IDENTITIES, args![caller.person().as_str()]).await?;
        let read = |row: &Row| {
            Ok(IdentityView {
                issuer: row.get("issuer")?,
                subject: row.get("subject")?,
                name: row.get("name")?,
                email: row.get("email")?,
                gives: row.json_or_null("granted")?,
                seen_at: row.get("seen_at")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Takes back what issuers gave that are not trusted any more, and ends the sessions that began there. The people
    /// stay: when the issuer is trusted again, they are who they were.
    pub async fn trust_only(&self, issuers: &[&str]) -> Result<(), DbError> {
        let mut tx = self.db.begin().await?;
        for row in tx.rows(&ISSUERS, args![]).await? {
            let issuer: String = row.get("issuer")?;
            if !issuers.contains(&issuer.as_str()) {
                for statement in [&DISTRUST, &NO_MEMBERS, &NO_SESSIONS, &NO_KEYS] {
                    tx.execute(statement, args![issuer.as_str()]).await?;
                }
            }
        }
        tx.commit().await
    }

    /// The caller's communities, each with by whose word.
    pub async fn memberships(&self, caller: &Caller) -> Result<Vec<Membership>, DbError> {
        let rows = self.db.rows(&MINE, args![caller.person().as_str()]).await?;
        let read =
            |row: &Row| Ok(Membership { community: row.get("community")?, role: row.parse("role")?, issuer: row.get("issuer")? });
        rows.iter().map(read).collect()
    }
}

/// The outermost groups that issuers say the caller is in, with whatever role, mapped or not: what sites judge by is their
/// own business.
pub async fn outermost_groups(db: &Db, caller: &Caller) -> Result<Vec<String>, DbError> {
    let mut groups = BTreeSet::new();
    for row in db.rows(&CLAIMS, args![caller.person().as_str()]).await? {
        let claims: Map<String, Value> = row.json("claims")?;
        let held = Memberships::read(&claims).held.into_iter();
        groups.extend(held.filter_map(|one| one.group.outermost().map(str::to_owned)));
    }
    Ok(groups.into_iter().collect())
}

fn speaks_of_groups(vouched: &Vouched<'_>) -> bool {
    Claim::ALL.iter().any(|claim| vouched.claims.contains_key(claim.as_str()))
}

/// Replaces what was given before.
pub(crate) async fn join(tx: &mut Tx, issuer: &str, subject: &str, granted: &Granted, now: Timestamp) -> Result<(), DbError> {
    tx.execute(&LEAVE, args![issuer, subject]).await?;
    for (community, role) in &granted.communities {
        tx.execute(&COMMUNITY, args![community.as_str(), now]).await?;
        tx.execute(&JOIN, args![issuer, subject, community.as_str(), role.as_str()]).await?;
    }
    Ok(())
}

/// What is kept of claims: what people see, and what the mapping reads.
struct Said {
    name: Option<String>,
    email: Option<String>,
    groups: Value,
}

impl Said {
    fn of(vouched: &Vouched<'_>) -> Self {
        let text = |name: &str| vouched.claims.get(name).and_then(Value::as_str).map(str::trim);
        let fitting = |text: &str| -> String { text.chars().take(120).collect() };
        let name = [text("name"), text("preferred_username")].into_iter().flatten().map(fitting).find(|name| valid_name(name));
        let email = text("email").map(fitting).filter(|email| valid_name(email));
        let groups = Claim::ALL.iter().filter_map(|claim| {
            let name = claim.as_str();
            vouched.claims.get(name).map(|value| (name.to_owned(), value.clone()))
        });
        Self { name, email, groups: Value::Object(groups.collect()) }
    }

    fn hash(&self) -> [u8; 32] {
        // JSON of the three, in which nothing of one can be taken for another.
        db::sha256(
            Value::from(vec![Value::from(self.name.clone()), Value::from(self.email.clone()), self.groups.clone()])
                .to_string()
                .as_bytes(),
        )
    }
}
