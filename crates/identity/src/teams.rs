//! Teams: people who may see each other's runs when these are shared with the team.
//!
//! A team belongs to a community, whose managers look after it, and has people of that community in it; who leaves the
//! community is out of its teams at once, since [`Standing`](crate::standing) counts both. A team across communities belongs
//! to none and is looked after by administrators.

use crate::{Action, Caller, Identity, Refused, Resource, authorize};
use db::{Db, DbError, Row, args};
use model::id::{PersonId, TeamId};
use model::problem::FieldProblem;
use model::request::valid_name;
use model::{Code, Problem, Timestamp};
use serde::{Deserialize, Serialize};

/// In one team; each is read with whoever calls.
const MOST_MEMBERS: i64 = 500;
/// Of one person, for the same reason.
const MOST_TEAMS: i64 = 200;
/// Of one community: they are listed together.
const MOST_OF_COMMUNITY: i64 = 500;

db::statements! {
    /// Those somebody is in; with `$2`, all of the gateway; and those of the communities that they manage.
    LIST = "SELECT team.id, team.name, team.community, team.created_at,
            (SELECT count(*) FROM team_member WHERE team_member.team = team.id) AS members FROM team
        WHERE $2 <> 0 OR EXISTS (SELECT 1 FROM team_member WHERE team_member.team = team.id AND team_member.person = $1)
            OR EXISTS (SELECT 1 FROM identity JOIN membership ON membership.issuer = identity.issuer AND membership.subject = identity.subject
                WHERE identity.person = $1 AND membership.community = team.community AND membership.role = 'manager')
        ORDER BY team.name, team.id";
    ONE = "SELECT team.id, team.name, team.community, team.created_at,
            (SELECT count(*) FROM team_member WHERE team_member.team = team.id) AS members FROM team WHERE team.id = $1";
    OF_NAME = "SELECT team.id FROM team JOIN team_member ON team_member.team = team.id
        WHERE team_member.person = $1 AND (team.name = $2 OR team.id = $2) ORDER BY team.id";
    MEMBERS = "SELECT person.id, person.name, team_member.added_at FROM team_member JOIN person ON person.id = team_member.person
        WHERE team_member.team = $1 ORDER BY person.name, person.id";
    ADD = "INSERT INTO team (id, community, name, created_at) VALUES ($1, $2, $3, $4)";
    JOIN = "INSERT INTO team_member (team, person, added_at) SELECT $1, id, $3 FROM person WHERE id = $2 ON CONFLICT (team, person) DO NOTHING";
    NUMBERS = "SELECT (SELECT count(*) FROM team_member WHERE team = $1) AS members, (SELECT count(*) FROM team_member WHERE person = $2) AS teams";
    OF_COMMUNITY = "SELECT (SELECT count(*) FROM community WHERE id = $1) AS known, (SELECT count(*) FROM team WHERE community = $1) AS teams";
    LEAVE = "DELETE FROM team_member WHERE team = $1 AND person = $2";
    EMPTY = "DELETE FROM team_member WHERE team = $1";
    REMOVE = "DELETE FROM team WHERE id = $1";
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TeamView {
    pub id: TeamId,
    pub name: String,
    /// Absent: across communities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub community: Option<String>,
    pub created_at: Timestamp,
    /// How many people are in it.
    pub members: u32,
    /// Whether you may add and remove people.
    pub yours_to_change: bool,
}

/// Somebody in a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TeamMember {
    pub person: PersonId,
    pub name: String,
    pub added_at: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTeam {
    /// 1 to 120 printable characters; no other team of the community has it.
    pub name: String,
    /// One that you manage. Left out, the team is across communities, which only administrators make.
    #[serde(default)]
    pub community: Option<String>,
}

impl Identity {
    /// The teams that the caller is in or looks after.
    pub async fn teams(&self, caller: &Caller) -> Result<Vec<TeamView>, Problem> {
        authorize(caller, Action::TeamsList, Resource::Of(caller.person()))?;
        let all = caller.is_administrator() && caller.has(crate::Scope::Admin);
        let rows = self.db.rows(&LIST, args![caller.person().as_str(), all]).await?;
        let views = rows.iter().map(|row| TeamView::of_row(row, caller)).collect::<Result<Vec<_>, DbError>>()?;
        // On the list of a team without being in its community any more: then it is not theirs to see.
        let sees = |team: &TeamView| authorize(caller, Action::TeamsRead, team.resource()).is_ok();
        Ok(views.into_iter().filter(sees).collect())
    }

    pub async fn team(&self, caller: &Caller, id: &TeamId) -> Result<(TeamView, Vec<TeamMember>), Problem> {
        let view = self.team_for(caller, Action::TeamsRead, id).await?;
        let rows = self.db.rows(&MEMBERS, args![id.as_str()]).await?;
        let read =
            |row: &Row| Ok(TeamMember { person: row.parse("id")?, name: row.get("name")?, added_at: row.get("added_at")? });
        Ok((view, rows.iter().map(read).collect::<Result<_, DbError>>()?))
    }

    pub async fn create_team(&self, caller: &Caller, asked: NewTeam) -> Result<TeamView, Problem> {
        let resource = asked.community.as_deref().map_or(Resource::Deployment, Resource::Community);
        authorize(caller, Action::TeamsCreate, resource)
            .map_err(|refused| refused.about("community", asked.community.as_deref().unwrap_or_default()))?;
        if !valid_name(&asked.name) {
            return Err(wrong_name("must be 1 to 120 printable characters on one line"));
        }
        if let Some(community) = &asked.community {
            let row = self.db.row(&OF_COMMUNITY, args![community.as_str()]).await?.ok_or(DbError::NoRow)?;
            if row.get::<i64>("known")? == 0 {
                return Err(Problem::not_found("community", community));
            }
            if row.get::<i64>("teams")? >= MOST_OF_COMMUNITY {
                let detail = format!("A community has at most {MOST_OF_COMMUNITY} teams.");
                return Err(Problem::new(Code::StateConflict, detail, "Remove one that nobody needs any more."));
            }
        }
        let now = self.clock.now();
        let id = TeamId::new(db::seed(now)?);
        let values = args![id.as_str(), asked.community.as_deref(), asked.name.as_str(), now];
        match self.db.write(&ADD, values).await {
            Ok(_) => Ok(self.team_view(caller, &id).await?.ok_or(DbError::NoRow)?),
            Err(error) if error.is_duplicate() => Err(wrong_name("is that of another team there")),
            Err(error) => Err(error.into()),
        }
    }

    /// The runs that were shared with it are their owners' alone from now on.
    pub async fn remove_team(&self, caller: &Caller, id: &TeamId) -> Result<(), Problem> {
        self.team_for(caller, Action::TeamsChange, id).await?;
        let mut tx = self.db.begin().await?;
        for statement in [&EMPTY, &REMOVE] {
            tx.execute(statement, args![id.as_str()]).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Somebody of the community. Adding them again changes nothing.
    pub async fn add_to_team(&self, caller: &Caller, id: &TeamId, person: &PersonId) -> Result<(), Problem> {
        let team = self.team_for(caller, Action::TeamsChange, id).await?;
        // Of a person who is not in the community the manager learns nothing, not even that there is one.
        let unknown = || Problem::not_found("member", person.as_str());
        if let Some(community) = &team.community
            && !self.is_member(community, person).await?
        {
            return Err(unknown());
        }
        let row = self.db.row(&NUMBERS, args![id.as_str(), person.as_str()]).await?.ok_or(DbError::NoRow)?;
        if row.get::<i64>("members")? >= MOST_MEMBERS || row.get::<i64>("teams")? >= MOST_TEAMS {
            let detail = format!("A team has at most {MOST_MEMBERS} members, and a person is in at most {MOST_TEAMS} teams.");
            return Err(Problem::new(Code::StateConflict, detail, "Make another team, or take out who needs it no more."));
        }
        let mut tx = self.db.begin().await?;
        tx.execute(&JOIN, args![id.as_str(), person.as_str(), self.clock.now()]).await?;
        tx.commit().await?;
        // Nobody was added where there is nobody of that name.
        let (_, members) = self.team(caller, id).await?;
        if members.iter().any(|member| member.person == *person) { Ok(()) } else { Err(unknown()) }
    }

    /// Whoever looks after the team removes anybody, and everybody may leave.
    pub async fn remove_from_team(&self, caller: &Caller, id: &TeamId, person: &PersonId) -> Result<(), Problem> {
        let action = if person == caller.person() && caller.is_in_team(id) { Action::TeamsLeave } else { Action::TeamsChange };
        self.team_for(caller, action, id).await?;
        let mut tx = self.db.begin().await?;
        let gone = tx.execute(&LEAVE, args![id.as_str(), person.as_str()]).await?;
        tx.commit().await?;
        if gone == 1 { Ok(()) } else { Err(Problem::not_found("member", person.as_str())) }
    }

    async fn team_for(&self, caller: &Caller, action: Action, id: &TeamId) -> Result<TeamView, Problem> {
        let team = self.team_view(caller, id).await?.ok_or_else(|| Problem::not_found("team", id.as_str()))?;
        authorize(caller, action, team.resource()).map_err(|refused| refused.about("team", id.as_str()))?;
        Ok(team)
    }

    async fn team_view(&self, caller: &Caller, id: &TeamId) -> Result<Option<TeamView>, DbError> {
        let row = self.db.row(&ONE, args![id.as_str()]).await?;
        row.map(|row| TeamView::of_row(&row, caller)).transpose()
    }
}

impl TeamView {
    fn of_row(row: &Row, caller: &Caller) -> Result<Self, DbError> {
        let mut view = Self {
            id: row.parse("id")?,
            name: row.get("name")?,
            community: row.get("community")?,
            created_at: row.get("created_at")?,
            members: row.get("members")?,
            yours_to_change: false,
        };
        view.yours_to_change = authorize(caller, Action::TeamsChange, view.resource()).is_ok();
        Ok(view)
    }

    fn resource(&self) -> Resource<'_> {
        Resource::Team { id: &self.id, community: self.community.as_deref() }
    }
}

/// The team that a run is shared with: one of the caller's, by its identifier or its name.
pub async fn team_to_share_with(db: &Db, caller: &Caller, named: &str) -> Result<TeamId, Problem> {
    let refuse = |code: Code, detail: String| {
        let field = FieldProblem { field: "share_with".to_owned(), detail: detail.clone() };
        let remedy = "`roadstead teams` lists yours; name one by its identifier.";
        Err(Problem::new(code, format!("share_with: {detail}"), remedy).with_fields(vec![field]))
    };
    let rows = db.rows(&OF_NAME, args![caller.person().as_str(), named]).await?;
    let found = rows.iter().map(|row| row.parse("id")).collect::<Result<Vec<TeamId>, DbError>>()?;
    let may =
        |id: &TeamId| authorize(caller, Action::RunsShare, Resource::Team { id, community: None }) != Err(Refused::NotFound);
    let shown: String = named.chars().filter(|c| !c.is_control()).take(120).collect();
    let mut mine = found.into_iter().filter(may);
    match (mine.next(), mine.next()) {
        (Some(id), None) => Ok(id),
        (Some(_), Some(_)) => refuse(Code::InvalidField, format!("you are in several teams called `{shown}`")),
        (None, _) => refuse(Code::NotAMember, format!("you are in no team `{shown}`")),
    }
}

fn wrong_name(detail: &str) -> Problem {
    let field = FieldProblem { field: "name".to_owned(), detail: detail.to_owned() };
    Problem::new(Code::InvalidField, format!("name: {detail}"), "Choose another name.").with_fields(vec![field])
}
