//! Every action, for every kind of caller, written out: the `match` below does not compile without a line for each.

use crate::world::World;
use Answer::{AdminsOnly, Hidden, NeedsAdmin, NeedsRun, OwnerOnly, Yes};
use identity::{Action, Caller, Refused, Resource, Scope, authorize};
use model::{Code, Problem};
use std::collections::HashSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Yes,
    Hidden,
    NeedsRun,
    NeedsAdmin,
    AdminsOnly,
    OwnerOnly,
}

enum About {
    TheOwner,
    TheDeployment,
}

struct Row(About, [Answer; 5]);

// A table is read by its columns.
#[rustfmt::skip]
fn expected(action: Action) -> Row {
    use About::{TheDeployment, TheOwner};
    match action {
        //                                          owner, read  owner, run  other, run  admin, admin  admin, read
        Action::MeRead => Row(TheOwner,            [Yes,         Yes,        Hidden,     Hidden,       Hidden]),
        Action::TokensList => Row(TheOwner,        [Yes,         Yes,        Hidden,     Hidden,       Hidden]),
        Action::TokensCreate => Row(TheOwner,      [NeedsRun,    Yes,        Hidden,     Hidden,       Hidden]),
        Action::TokensRevoke => Row(TheOwner,      [NeedsRun,    Yes,        Hidden,     Hidden,       Hidden]),
        Action::SessionsList => Row(TheOwner,      [Yes,         Yes,        Hidden,     Hidden,       Hidden]),
        Action::SessionsCreate => Row(TheOwner,    [NeedsRun,    Yes,        Hidden,     Hidden,       Hidden]),
        Action::SessionsEnd => Row(TheOwner,       [NeedsRun,    Yes,        Hidden,     Hidden,       Hidden]),
        Action::SessionsSignOut => Row(TheOwner,   [Yes,         Yes,        Hidden,     Hidden,       Hidden]),
        Action::UploadsCreate => Row(TheOwner,     [NeedsRun,    Yes,        Hidden,     Hidden,       Hidden]),
        Action::UploadsRead => Row(TheOwner,       [Yes,         Yes,        Hidden,     Hidden,       Hidden]),
        Action::UploadsWrite => Row(TheOwner,      [NeedsRun,    Yes,        Hidden,     Hidden,       Hidden]),
        Action::UploadsDelete => Row(TheOwner,     [NeedsRun,    Yes,        Hidden,     Hidden,       Hidden]),
        Action::RunsCreate => Row(TheOwner,        [NeedsRun,    Yes,        Hidden,     Hidden,       Hidden]),
        Action::RunsList => Row(TheOwner,          [Yes,         Yes,        Hidden,     Yes,          NeedsAdmin]),
        Action::RunsRead => Row(TheOwner,          [Yes,         Yes,        Hidden,     Yes,          NeedsAdmin]),
        Action::RunsEvents => Row(TheOwner,        [Yes,         Yes,        Hidden,     Yes,          NeedsAdmin]),
        Action::RunsLogs => Row(TheOwner,          [Yes,         Yes,        Hidden,     Yes,          NeedsAdmin]),
        Action::RunsOutputs => Row(TheOwner,       [Yes,         Yes,        Hidden,     Yes,          NeedsAdmin]),
        Action::RunsReceipt => Row(TheOwner,       [Yes,         Yes,        Hidden,     Yes,          NeedsAdmin]),
        Action::RunsCancel => Row(TheOwner,        [NeedsRun,    Yes,        Hidden,     Yes,          NeedsAdmin]),
        Action::RunsDelete => Row(TheOwner,        [NeedsRun,    Yes,        Hidden,     Yes,          NeedsAdmin]),
        Action::RunsRetry => Row(TheOwner,         [NeedsRun,    Yes,        Hidden,     OwnerOnly,    Hidden]),
        Action::CredentialsList => Row(TheOwner,   [Yes,         Yes,        Hidden,     Hidden,       Hidden]),
        Action::CredentialsRevoke => Row(TheOwner, [NeedsRun,    Yes,        Hidden,     Hidden,       Hidden]),
        Action::ConsentsList => Row(TheOwner,      [Yes,         Yes,        Hidden,     Hidden,       Hidden]),
        Action::ConsentsWithdraw => Row(TheOwner,  [NeedsRun,    Yes,        Hidden,     Hidden,       Hidden]),
        Action::SitesRead => Row(TheDeployment,    [Yes,         Yes,        Yes,        Yes,          Yes]),
        Action::ServicesRead => Row(TheDeployment, [Yes,         Yes,        Yes,        Yes,          Yes]),
        Action::OffersRead => Row(TheDeployment,   [Yes,         Yes,        Yes,        Yes,          Yes]),
        Action::PlansCreate => Row(TheOwner,       [Yes,         Yes,        Hidden,     Hidden,       Hidden]),
        Action::PlansRead => Row(TheOwner,         [Yes,         Yes,        Hidden,     Hidden,       Hidden]),
        Action::AdminFlows => Row(TheDeployment,   [AdminsOnly,  AdminsOnly, AdminsOnly, Yes,          NeedsAdmin]),
        Action::AdminHealth => Row(TheDeployment,  [AdminsOnly,  AdminsOnly, AdminsOnly, Yes,          NeedsAdmin]),
        Action::AdminUndo => Row(TheDeployment,    [AdminsOnly,  AdminsOnly, AdminsOnly, Yes,          NeedsAdmin]),
        Action::AdminPeople => Row(TheDeployment,  [AdminsOnly,  AdminsOnly, AdminsOnly, Yes,          NeedsAdmin]),
        Action::AdminSuspend => Row(TheDeployment, [AdminsOnly,  AdminsOnly, AdminsOnly, Yes,          NeedsAdmin]),
        Action::AdminAudit => Row(TheDeployment,   [AdminsOnly,  AdminsOnly, AdminsOnly, Yes,          NeedsAdmin]),
        Action::AdminMapping => Row(TheDeployment, [AdminsOnly,  AdminsOnly, AdminsOnly, Yes,          NeedsAdmin]),
        Action::AdminRekey => Row(TheDeployment,   [AdminsOnly,  AdminsOnly, AdminsOnly, Yes,          NeedsAdmin]),
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
        Err(Refused::NotAdministrator(told)) => {
            assert_eq!(told, action);
            AdminsOnly
        }
        Err(Refused::NotOwner(told)) => {
            assert_eq!(told, action);
            OwnerOnly
        }
    }
}

#[tokio::test]
async fn everyone_may_do_what_the_table_says_and_nothing_else() {
    let world = World::sqlite().await;
    let (owner, other) = (world.person("Ada", false).await, world.person("Eve", false).await);
    let admin = world.person("Root", true).await;
    let callers = [
        world.caller(&owner, Scope::Read).await,
        world.caller(&owner, Scope::Run).await,
        world.caller(&other, Scope::Run).await,
        world.caller(&admin, Scope::Admin).await,
        world.caller(&admin, Scope::Read).await,
    ];
    for action in Action::ALL.iter().copied() {
        let Row(about, answers) = expected(action);
        let (resource, wrong) = match about {
            About::TheOwner => (Resource::Of(&owner.id), Resource::Deployment),
            About::TheDeployment => (Resource::Deployment, Resource::Of(&owner.id)),
        };
        assert_eq!(callers.each_ref().map(|caller| answer(caller, action, resource)), answers, "{action:?}");
        let mismatched = callers.each_ref().map(|caller| answer(caller, action, wrong));
        assert_eq!(mismatched, [Hidden; 5], "{action:?} makes no sense for {wrong:?}");
        if let Resource::Of(_) = resource {
            let own = answer(&callers[3], action, Resource::Of(&admin.id));
            assert_eq!(own, Yes, "{action:?}: administrators are also people with things of their own");
        }
    }
    let names: HashSet<_> = Action::ALL.iter().map(|action| action.as_str()).collect();
    assert_eq!(names.len(), Action::ALL.len());
}

#[tokio::test]
async fn an_admin_token_does_nothing_special_for_who_is_no_longer_an_administrator() {
    let world = World::sqlite().await;
    let (owner, former) = (world.person("Ada", false).await, world.person("Root", true).await);
    let (_, secret) = world.issue(&former, [Scope::Admin]).await;
    world.execute("UPDATE person SET administrator = 0 WHERE id = $1", db::args![former.id.as_str()]).await;
    let caller = world.identity.verify(&secret).await.expect("a caller");
    for action in Action::ALL.iter().copied() {
        let Row(about, [.., anyone, _, _]) = expected(action);
        let resource = match about {
            About::TheOwner => Resource::Of(&owner.id),
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
    for refused in [Refused::NotAdministrator(Action::AdminUndo), Refused::NotOwner(Action::RunsRetry)] {
        let problem = Problem::from(refused);
        assert_eq!(problem.code, Code::Forbidden);
        assert!(!problem.remedy.is_empty());
    }
}
