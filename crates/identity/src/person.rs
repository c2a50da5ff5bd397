//! People. A person is known to the outside by identities (issuer, subject), of which they may have several.

use crate::Identity;
use db::{DbError, Row, Tx, args};
use model::id::PersonId;
use model::problem::FieldProblem;
use model::request::valid_name;
use model::{Code, Problem, Timestamp};

/// The issuer of identities that the operating system vouches for.
const LOCAL: &str = "local";

db::statements! {
    BY_IDENTITY = "SELECT person.id, person.name, person.administrator FROM identity JOIN person ON person.id = identity.person
        WHERE identity.issuer = $1 AND identity.subject = $2";
    INSERT = "INSERT INTO person (id, name, administrator, created_at) VALUES ($1, $2, $3, $4)";
    LINK = "INSERT INTO identity (issuer, subject, person, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (issuer, subject) DO NOTHING";
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: PersonId,
    pub name: String,
    pub administrator: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum PersonError {
    #[error("a name is 1 to 120 printable characters on one line")]
    InvalidName,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Identity {
    /// The person who runs this gateway on their own computer: an administrator, the same one at every start. Someone
    /// took that right away from them later? Then it stays away.
    pub async fn ensure_local_person(&self, os_user_name: &str) -> Result<Person, PersonError> {
        if let Some(known) = self.person_by_identity(LOCAL, os_user_name).await? {
            return Ok(known);
        }
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        // Looked for again where writers are in line: the embedded engine shows others no commit of a batch before the
        // batch is durable, so the one who was faster may not have been seen above.
        if let Some(row) = tx.row(&BY_IDENTITY, args![LOCAL, os_user_name]).await? {
            tx.commit().await?;
            return Ok(Person::of_row(&row)?);
        }
        let person = insert(&mut tx, os_user_name, true, now).await?;
        let linked = tx.execute(&LINK, args![LOCAL, os_user_name, person.id.as_str(), now]).await?;
        if linked == 1 {
            tx.commit().await?;
            return Ok(person);
        }
        // Another gateway on PostgreSQL was faster; the person made here is undone with the transaction.
        drop(tx);
        Ok(self.person_by_identity(LOCAL, os_user_name).await?.ok_or(DbError::NoRow)?)
    }

    /// Someone without any identity yet: only tokens that are issued for them let them in.
    pub async fn add_person(&self, name: &str, administrator: bool) -> Result<Person, PersonError> {
        let mut tx = self.db.begin().await?;
        let person = insert(&mut tx, name, administrator, self.clock.now()).await?;
        tx.commit().await?;
        Ok(person)
    }

    async fn person_by_identity(&self, issuer: &str, subject: &str) -> Result<Option<Person>, DbError> {
        let row = self.db.row(&BY_IDENTITY, args![issuer, subject]).await?;
        row.as_ref().map(Person::of_row).transpose()
    }
}

impl Person {
    fn of_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self { id: row.parse("id")?, name: row.get("name")?, administrator: row.get("administrator")? })
    }
}

impl Person {
    /// For whom an issuer vouches; the name was made usable.
    pub(crate) async fn made(tx: &mut Tx, name: &str, administrator: bool, now: Timestamp) -> Result<PersonId, DbError> {
        match insert(tx, name, administrator, now).await {
            Ok(person) => Ok(person.id),
            Err(PersonError::Db(error)) => Err(error),
            Err(PersonError::InvalidName) => Err(DbError::Unreadable { column: "name".into(), detail: "not a name".into() }),
        }
    }
}

async fn insert(tx: &mut Tx, name: &str, administrator: bool, now: Timestamp) -> Result<Person, PersonError> {
    if !valid_name(name) {
        return Err(PersonError::InvalidName);
    }
    let person = Person { id: PersonId::new(db::seed(now)?), name: name.to_owned(), administrator };
    tx.execute(&INSERT, args![person.id.as_str(), name, administrator, now]).await?;
    Ok(person)
}

impl From<PersonError> for Problem {
    fn from(error: PersonError) -> Self {
        match error {
            PersonError::InvalidName => {
                let detail = error.to_string();
                Problem::new(Code::InvalidField, "The name of a person is not usable.", "Choose another name.")
                    .with_fields(vec![FieldProblem { field: "name".to_owned(), detail }])
            }
            PersonError::Db(error) => error.into(),
        }
    }
}
