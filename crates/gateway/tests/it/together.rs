//! People of a community and of a team, beside those that every world has.

use crate::world::{World, body, text_of};
use db::args;
use identity::{NewToken, Scope};
use model::Secret;
use model::id::{PersonId, TeamId};
use reqwest::Method;
use testkit::OpenIdProvider;

db::statements! {
    KNOWN = "INSERT INTO identity (issuer, subject, person, created_at) VALUES ('test', $1, $1, 0)";
    COMMUNITY = "INSERT INTO community (id, name, created_at) VALUES ($1, $1, 0) ON CONFLICT (id) DO NOTHING";
    JOIN = "INSERT INTO membership (issuer, subject, community, role) VALUES ('test', $1, $2, $3)";
    TEAM = "INSERT INTO team (id, community, name, created_at) VALUES ($1, 'astro', $1, 0)";
    MATE = "INSERT INTO team_member (team, person, added_at) VALUES ($1, $2, 0)";
    SHARE = "UPDATE run SET community = 'astro', team = $2 WHERE id = $1";
}

/// Tokens of people, and the team that the owner and the mate are in.
pub struct Together {
    pub manager: String,
    pub member: String,
    pub mate: String,
    pub elsewhere: String,
    pub mate_id: String,
    owner_id: String,
    team: String,
}

impl Together {
    pub async fn new(world: &World) -> Self {
        let owner = world.caller(&world.owner).await.person().clone();
        put_into(world, &owner, "astro", "member").await;
        let (manager, _) = person(world, "Mae", "astro", "manager").await;
        let (member, _) = person(world, "Moe", "astro", "member").await;
        let (elsewhere, _) = person(world, "Zoe", "bio", "manager").await;
        let (mate, mate_id) = person(world, "Tim", "astro", "member").await;
        let mut together = Self {
            manager,
            member,
            mate,
            elsewhere,
            mate_id: mate_id.to_string(),
            owner_id: owner.to_string(),
            team: String::new(),
        };
        together.team = together.team(world).await;
        together
    }

    /// A team of the owner and the mate.
    pub async fn team(&self, world: &World) -> String {
        let id = TeamId::new(db::seed(model::Timestamp::from_millis(1)).expect("random"));
        world.db.write(&TEAM, args![id.as_str()]).await.expect("a team");
        for person in [&self.owner_id, &self.mate_id] {
            world.db.write(&MATE, args![id.as_str(), person.as_str()]).await.expect("a member");
        }
        id.to_string()
    }

    /// Makes a run of the owner's one in the name of the community, shared with the team.
    pub async fn take_in(&self, world: &World, run: &str) -> String {
        world.db.write(&SHARE, args![run, self.team.as_str()]).await.expect("shared");
        run.to_owned()
    }

    /// Of another manager, who comes with a token of the issuer's.
    pub async fn bearer(&self, world: &World, provider: &OpenIdProvider) -> String {
        let bearer = tokio::task::block_in_place(|| provider.token(&[("user", "carol"), ("scope", "openid")]));
        let me = body(world.by(&bearer, Method::GET, "/api/v1/me").send().await.expect("sent")).await;
        put_into(world, &text_of(&me, "id").parse().expect("an id"), "astro", "manager").await;
        bearer
    }
}

/// A person with a role, and a token of theirs.
pub async fn person(world: &World, name: &str, community: &str, role: &str) -> (String, PersonId) {
    let person = world.identity.add_person(name, false).await.expect("a person");
    put_into(world, &person.id, community, role).await;
    let asked = NewToken { name: "test".into(), scopes: [Scope::Run].into(), expires_at: None };
    let (_, secret): (_, Secret) = world.identity.issue_token(&person.id, asked).await.expect("a token");
    (secret.expose().to_owned(), person.id)
}

async fn put_into(world: &World, person: &PersonId, community: &str, role: &str) {
    // By the word of another issuer than the test's, which a change of the mapping would ask again.
    world.db.write(&KNOWN, args![person.as_str()]).await.expect("known");
    world.db.write(&COMMUNITY, args![community]).await.expect("a community");
    world.db.write(&JOIN, args![person.as_str(), community, role]).await.expect("a member");
}
