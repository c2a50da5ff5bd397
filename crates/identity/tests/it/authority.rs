//! Every action, for every kind of caller, written out: the `match` below does not compile without a line for each.

use crate::world::World;
use Answer::{Hidden, NeedsAdmin, NeedsRun, Reserved, Yes};
use identity::{Action, Caller, Refused, Resource, Scope, authorize};
use model::id::TeamId;
use model::{Code, Problem};
use std::collections::HashSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Yes,
    Hidden,
    NeedsRun,
    NeedsAdmin,
    Reserved,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    /// Something of the owner's.
    TheOwner,
    /// A run of the owner's, in the name of `astro` and shared with a team.
    ARun,
    TheCommunity,
    TheTeam,
    TheDeployment,
}

struct Row(About, [Answer; 9]);

// A table is read by its columns: the owner with `read` and with `run`, another person, an administrator with `admin` and
// with `read`; then, with `run`, a manager of the community, a member of it, a member of the team, a manager of another community.
#[rustfmt::skip]
fn expected(action: Action) -> Row {
    use About::{ARun, TheCommunity, TheDeployment, TheOwner, TheTeam};
    match action {
        Action::MeRead =>              Row(TheOwner,      [Yes, Yes, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden]),
        Action::TokensList =>          Row(TheOwner,      [Yes, Yes, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden]),
        Action::TokensCreate =>        Row(TheOwner,      [NeedsRun, Yes, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden]),
        Action::TokensRevoke =>        Row(TheOwner,      [NeedsRun, Yes, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden]),
        Action::SessionsList =>        Row(TheOwner,      [Yes, Yes, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden]),
        Action::SessionsCreate =>      Row(TheOwner,      [NeedsRun, Yes, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden]),
        Action::SessionsEnd =>         Row(TheOwner,      [NeedsRun, Yes, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden]),
        Action::SessionsSignOut =>     Row(TheOwner,      [Yes, Yes, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden]),
        Action::KeysList =>            Row(TheOwner,      [Yes, Yes, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden]),
        Action::KeysAdd =>             Row(TheOwner,      [NeedsRun, Yes, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden]),
        Action::KeysRemove =>          Row(TheOwner,      [NeedsRun, Yes, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden]),
        Action::TermsRead =>           Row(TheOwner,      [Yes, Yes, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden]),
        Action::TermsAccept =>         Row(TheOwner,      [NeedsRun, Yes, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden]),
        Action::UploadsCreate =>       Row(TheOwner,      [NeedsRun, Yes, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden]),
        Action::UploadsRead =>         Row(TheOwner,      [Yes, Yes, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden]),
        Action::UploadsWrite =>        Row(TheOwner,      [NeedsRun, Yes, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden]),
        Action::UploadsDelete =>       Row(TheOwner,      [NeedsRun, Yes, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden]),
        Action::RunsCreate =>          Row(TheOwner,      [NeedsRun, Yes, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden]),
        Action::RunsCreateIn =>        Row(TheCommunity,  [Hidden, Hidden, Hidden, Hidden, Hidden, Yes, Yes, Yes, Hidden]),
        Action::RunsShare =>           Row(TheTeam,       [Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Yes, Hidden]),
        Action::RunsList =>            Row(TheOwner,      [Yes, Yes, Hidden, Yes, NeedsAdmin, Hidden, Hidden, Hidden, Hidden]),
        Action::RunsListOf =>          Row(TheCommunity,  [Hidden, Hidden, Hidden, Yes, NeedsAdmin, Yes, Hidden, Hidden, Hidden]),
        Action::RunsRead =>            Row(ARun,          [Yes, Yes, Hidden, Yes, NeedsAdmin, Yes, Hidden, Yes, Hidden]),
        Action::RunsEvents =>          Row(ARun,          [Yes, Yes, Hidden, Yes, NeedsAdmin, Yes, Hidden, Yes, Hidden]),
        Action::RunsLogs =>            Row(ARun,          [Yes, Yes, Hidden, Yes, NeedsAdmin, Reserved, Hidden, Yes, Hidden]),
        Action::RunsOutputs =>         Row(ARun,          [Yes, Yes, Hidden, Yes, NeedsAdmin, Reserved, Hidden, Yes, Hidden]),
        Action::RunsReceipt =>         Row(ARun,          [Yes, Yes, Hidden, Yes, NeedsAdmin, Yes, Hidden, Yes, Hidden]),
        Action::RunsCancel =>          Row(ARun,          [NeedsRun, Yes, Hidden, Yes, NeedsAdmin, Yes, Hidden, Reserved, Hidden]),
        Action::MachinesChange =>      Row(ARun,          [NeedsRun, Yes, Hidden, Yes, NeedsAdmin, Reserved, Hidden, Reserved, Hidden]),
        Action::RunsDelete =>          Row(ARun,          [NeedsRun, Yes, Hidden, Yes, NeedsAdmin, Reserved, Hidden, Reserved, Hidden]),
        Action::RunsRetry =>           Row(ARun,          [NeedsRun, Yes, Hidden, Reserved, Hidden, Reserved, Hidden, Reserved, Hidden]),
        Action::CredentialsList =>     Row(TheOwner,      [Yes, Yes, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden]),
        Action::CredentialsRevoke =>   Row(TheOwner,      [NeedsRun, Yes, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden]),
        Action::ConsentsList =>        Row(TheOwner,      [Yes, Yes, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden]),
        Action::ConsentsWithdraw =>    Row(TheOwner,      [NeedsRun, Yes, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden]),
        Action::SitesRead =>           Row(TheDeployment, [Yes, Yes, Yes, Yes, Yes, Yes, Yes, Yes, Yes]),
        Action::ServicesRead =>        Row(TheDeployment, [Yes, Yes, Yes, Yes, Yes, Yes, Yes, Yes, Yes]),
        Action::ServicesEnter =>       Row(TheOwner,      [NeedsRun, Yes, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden]),
        Action::OffersRead =>          Row(TheDeployment, [Yes, Yes, Yes, Yes, Yes, Yes, Yes, Yes, Yes]),
        Action::RecipesRead =>         Row(TheDeployment, [Yes, Yes, Yes, Yes, Yes, Yes, Yes, Yes, Yes]),
        Action::PlansCreate =>         Row(TheOwner,      [Yes, Yes, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden]),
        Action::PlansRead =>           Row(TheOwner,      [Yes, Yes, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden]),
        Action::CommunitiesOversee =>  Row(TheCommunity,  [Hidden, Hidden, Hidden, Yes, NeedsAdmin, Yes, Reserved, Reserved, Hidden]),
        Action::TeamsList =>           Row(TheOwner,      [Yes, Yes, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden]),
        Action::TeamsRead =>           Row(TheTeam,       [Hidden, Hidden, Hidden, Yes, NeedsAdmin, Yes, Hidden, Yes, Hidden]),
        Action::TeamsCreate =>         Row(TheCommunity,  [Hidden, Hidden, Hidden, Yes, NeedsAdmin, Yes, Reserved, Reserved, Hidden]),
        Action::TeamsChange =>         Row(TheTeam,       [Hidden, Hidden, Hidden, Yes, NeedsAdmin, Yes, Hidden, Reserved, Hidden]),
        Action::TeamsLeave =>          Row(TheTeam,       [Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Yes, Hidden]),
        Action::AdminFlows =>          Row(TheDeployment, [Reserved, Reserved, Reserved, Yes, NeedsAdmin, Reserved, Reserved, Reserved, Reserved]),
        Action::AdminHealth =>         Row(TheDeployment, [Reserved, Reserved, Reserved, Yes, NeedsAdmin, Reserved, Reserved, Reserved, Reserved]),
        Action::AdminUndo =>           Row(TheDeployment, [Reserved, Reserved, Reserved, Yes, NeedsAdmin, Reserved, Reserved, Reserved, Reserved]),
        Action::AdminPeople =>         Row(TheDeployment, [Reserved, Reserved, Reserved, Yes, NeedsAdmin, Reserved, Reserved, Reserved, Reserved]),
        Action::AdminSuspend =>        Row(TheDeployment, [Reserved, Reserved, Reserved, Yes, NeedsAdmin, Reserved, Reserved, Reserved, Reserved]),
        Action::AdminAudit =>          Row(TheDeployment, [Reserved, Reserved, Reserved, Yes, NeedsAdmin, Reserved, Reserved, Reserved, Reserved]),
        Action::AdminMapping =>        Row(TheDeployment, [Reserved, Reserved, Reserved, Yes, NeedsAdmin, Reserved, Reserved, Reserved, Reserved]),
        Action::AdminQuotas =>         Row(TheDeployment, [Reserved, Reserved, Reserved, Yes, NeedsAdmin, Reserved, Reserved, Reserved, Reserved]),
        Action::AdminRekey =>          Row(TheDeployment, [Reserved, Reserved, Reserved, Yes, NeedsAdmin, Reserved, Reserved, Reserved, Reserved]),
    }
}

fn answer(caller: &Caller, action: Action, resource: Resource<'_>) -> Answer {
    match authorize(caller, action, resource) {
        Ok(()) => Yes,
        Err(Refused::NotFound) => Hidden,
        Err(Refused::MissingScope { scope, action: told }) => {
            assert_eq!(told, action);
            match scope {
                Scope::Run => NeedsRun,
                Scope::Admin => NeedsAdmin,
                Scope::Read => panic!("every scope includes read"),
            }
        }
        Err(Refused::Reserved(told)) => {
            assert_eq!(told, action);
            Reserved
        }
        Err(Refused::OwesTerms(_)) => panic!("there are no terms here"),
    }
}

#[tokio::test]
async fn everyone_may_do_what_the_table_says_and_nothing_else() {
    let world = World::sqlite().await;
    let names = ["Ada", "Eve", "Root", "Mae", "Moe", "Tim", "Max"];
    let mut people = Vec::new();
    for name in names {
        people.push(world.person(name, name == "Root").await);
    }
    let [owner, other, admin, manager, member, mate, elsewhere] = people.try_into().expect("seven");
    world.join(&manager, "astro", "manager").await;
    world.join(&member, "astro", "member").await;
    world.join(&mate, "astro", "member").await;
    world.join(&elsewhere, "bio", "manager").await;
    let manager = world.caller(&manager, Scope::Run).await;
    let asked = identity::NewTeam { name: "survey".into(), community: Some("astro".into()) };
    let team: TeamId = world.identity.create_team(&manager, asked).await.expect("a team").id;
    world.identity.add_to_team(&manager, &team, &mate.id).await.expect("added");
    let callers = [
        world.caller(&owner, Scope::Read).await,
        world.caller(&owner, Scope::Run).await,
        world.caller(&other, Scope::Run).await,
        world.caller(&admin, Scope::Admin).await,
        world.caller(&admin, Scope::Read).await,
        manager,
        world.caller(&member, Scope::Run).await,
        world.caller(&mate, Scope::Run).await,
        world.caller(&elsewhere, Scope::Run).await,
    ];
    for action in Action::ALL.iter().copied() {
        let Row(about, answers) = expected(action);
        let resource = match about {
            About::TheOwner => Resource::Of(&owner.id),
            About::ARun => Resource::Run { owner: &owner.id, community: Some("astro"), team: Some(&team) },
            About::TheCommunity => Resource::Community("astro"),
            About::TheTeam => Resource::Team { id: &team, community: Some("astro") },
            About::TheDeployment => Resource::Deployment,
        };
        assert_eq!(callers.each_ref().map(|caller| answer(caller, action, resource)), answers, "{action:?}");
        let wrong = if about == About::TheDeployment { Resource::Of(&owner.id) } else { Resource::Deployment };
        if action != Action::TeamsCreate {
            let mismatched = callers.each_ref().map(|caller| answer(caller, action, wrong));
            assert_eq!(mismatched, [Hidden; 9], "{action:?} makes no sense for {wrong:?}");
        }
        if matches!(about, About::TheOwner | About::ARun) {
            let own = answer(&callers[3], action, Resource::Of(&admin.id));
            assert_eq!(own, Yes, "{action:?}: administrators are also people with things of their own");
            // Neither a community nor a team: then nobody but the owner and administrators has anything to do with it.
            let private = answer(&callers[5], action, Resource::Run { owner: &owner.id, community: None, team: None });
            assert_eq!(private, Hidden, "{action:?}");
        }
    }
    assert_eq!(answer(&callers[3], Action::TeamsCreate, Resource::Deployment), Yes, "across communities");
    assert_eq!(answer(&callers[5], Action::TeamsCreate, Resource::Deployment), Reserved);
    let names: HashSet<_> = Action::ALL.iter().map(|action| action.as_str()).collect();
    assert_eq!(names.len(), Action::ALL.len());

    // Who was looked at by a right over others is known afterwards; who shared it is not looked at.
    let run = Resource::Run { owner: &owner.id, community: Some("astro"), team: Some(&team) };
    for (caller, overseen) in [(&world.caller(&mate, Scope::Run).await, None), (&callers[5], Some(&owner.id))] {
        assert_eq!(answer(caller, Action::RunsRead, run), Yes);
        assert_eq!(caller.oversight().owner(), overseen);
    }
    // Out of the community is out of its teams, and the next reading knows.
    world.execute("DELETE FROM membership WHERE subject = $1", db::args![mate.id.as_str()]).await;
    assert_eq!(answer(&world.caller(&mate, Scope::Run).await, Action::RunsRead, run), Hidden);
}

#[tokio::test]
async fn an_admin_token_does_nothing_special_for_who_is_no_longer_an_administrator() {
    let world = World::sqlite().await;
    let (owner, former) = (world.person("Ada", false).await, world.person("Root", true).await);
    let (_, secret) = world.issue(&former, [Scope::Admin]).await;
    world.execute("UPDATE person SET administrator = 0 WHERE id = $1", db::args![former.id.as_str()]).await;
    let caller = world.identity.verify(&secret).await.expect("a caller");
    for action in Action::ALL.iter().copied() {
        let Row(about, [_, _, anyone, ..]) = expected(action);
        let resource = match about {
            About::TheOwner | About::ARun => Resource::Of(&owner.id),
            About::TheCommunity => Resource::Community("astro"),
            About::TheTeam => continue,
            About::TheDeployment => Resource::Deployment,
        };
        assert_eq!(answer(&caller, action, resource), anyone, "{action:?}: as for any other person");
    }
}

#[test]
fn prohibition_looks_like_absence_and_refusals_name_what_is_missing() {
    let id = "run-0000000000000000000000000v";
    assert_eq!(Refused::NotFound.about("run", id), Problem::not_found("run", id));
    assert_eq!(Problem::from(Refused::NotFound).code, Code::NotFound);
    let missing = Refused::MissingScope { action: Action::RunsCancel, scope: Scope::Run }.about("run", id);
    assert_eq!(missing.code, Code::Forbidden);
    assert!(missing.detail.contains("`runs.cancel`") && missing.detail.contains("`run`") && missing.remedy.contains("`run`"));
    for (action, whom) in [
        (Action::AdminUndo, "for administrators of this gateway."),
        (Action::RunsRetry, "for the owner."),
        (Action::RunsLogs, "for the owner, members of the team and administrators of this gateway."),
        (Action::CommunitiesOversee, "for managers of the community and administrators of this gateway."),
    ] {
        let problem = Problem::from(Refused::Reserved(action));
        assert_eq!(problem.code, Code::Forbidden);
        assert!(problem.detail.ends_with(whom) && problem.remedy.starts_with("Ask "), "{problem:?}");
    }
}
