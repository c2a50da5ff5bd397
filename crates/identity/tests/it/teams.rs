//! Communities, their teams, and the terms of use, on both engines.

use crate::world::World;
use identity::groups::Role;
use identity::{Action, Identity, NewTeam, Refused, Resource, Scope, Terms, authorize};
use model::Code;

#[tokio::test]
async fn managers_look_after_the_teams_of_their_community_and_of_no_other() {
    for world in World::on_both_engines().await {
        let [manager, member, other, outsider] = [
            world.person("Mae", false).await,
            world.person("Moe", false).await,
            world.person("Zoe", false).await,
            world.person("Out", false).await,
        ];
        for (person, community, role) in [
            (&manager, "astro", "manager"),
            (&manager, "bio", "member"),
            (&member, "astro", "member"),
            (&other, "bio", "manager"),
        ] {
            world.join(person, community, role).await;
        }
        let [mae, moe, zoe, out] = [
            world.caller(&manager, Scope::Run).await,
            world.caller(&member, Scope::Run).await,
            world.caller(&other, Scope::Run).await,
            world.caller(&outsider, Scope::Run).await,
        ];
        let identity = &world.identity;
        assert_eq!(
            (mae.role_in("astro"), mae.role_in("bio"), mae.role_in("geo")),
            (Some(Role::Manager), Some(Role::Member), None)
        );

        let asked = |name: &str, community: Option<&str>| NewTeam { name: name.into(), community: community.map(str::to_owned) };
        let team = identity.create_team(&mae, asked("survey", Some("astro"))).await.expect("a team");
        assert!(team.yours_to_change && team.members == 0);
        for (caller, new, code) in [
            (&mae, asked("survey", Some("astro")), Code::InvalidField),
            (&mae, asked("a\u{202e}b", Some("astro")), Code::InvalidField),
            (&mae, asked("x", Some("bio")), Code::Forbidden),
            (&mae, asked("x", Some("geo")), Code::NotFound),
            (&out, asked("x", Some("astro")), Code::NotFound),
            (&mae, asked("x", None), Code::Forbidden),
        ] {
            let refused = identity.create_team(caller, new.clone()).await.expect_err("refused");
            assert_eq!(refused.code, code, "{new:?}: {refused:?}");
        }
        // Whom nothing is hidden from is told all the same that there is no such community.
        let root = world.caller(&world.person("Ann", true).await, Scope::Admin).await;
        let refused = identity.create_team(&root, asked("x", Some("geo"))).await.expect_err("misspelled");
        assert_eq!(refused.code, Code::NotFound);

        identity.add_to_team(&mae, &team.id, &member.id).await.expect("added");
        identity.add_to_team(&mae, &team.id, &member.id).await.expect("again changes nothing");
        let refused = identity.add_to_team(&mae, &team.id, &outsider.id).await.expect_err("not of the community");
        assert_eq!(refused.code, Code::NotFound);
        assert_eq!(identity.add_to_team(&zoe, &team.id, &member.id).await.expect_err("another's").code, Code::NotFound);
        assert_eq!(identity.team(&zoe, &team.id).await.expect_err("another's").code, Code::NotFound);
        // Nobody has to be told twice who they are: the next reading has it.
        let moe_before = moe;
        let moe = world.caller(&member, Scope::Run).await;
        assert!(!moe_before.is_in_team(&team.id) && moe.is_in_team(&team.id));
        assert_eq!(identity.add_to_team(&moe, &team.id, &manager.id).await.expect_err("a member").code, Code::Forbidden);
        assert_eq!(identity.teams(&moe).await.expect("mine").len(), 1);
        assert_eq!(identity.teams(&zoe).await.expect("none"), []);
        assert_eq!(identity::team_to_share_with(&world.db, &moe, "survey").await.expect("mine"), team.id);
        assert_eq!(identity::team_to_share_with(&world.db, &moe, team.id.as_str()).await.expect("mine"), team.id);
        let absent = identity::team_to_share_with(&world.db, &moe, "nothing").await.expect_err("absent");
        let not_mine = identity::team_to_share_with(&world.db, &zoe, "survey").await.expect_err("not mine");
        assert_eq!(absent.detail.replace("nothing", "survey"), not_mine.detail, "absence and prohibition look the same");

        let members = identity.members(&mae, "astro", None, 10).await.expect("a list");
        let mut told: Vec<_> = members.iter().map(|one| (one.name.as_str(), one.role)).collect();
        told.sort();
        assert_eq!(told, [("Mae", Role::Manager), ("Moe", Role::Member)]);
        assert_eq!(identity.members(&mae, "astro", Some(&members[0].person), 10).await.expect("the rest").len(), 1);
        assert_eq!(identity.number_of_members(&mae, "astro").await.expect("a number"), 2);
        assert_eq!(identity.members(&moe, "astro", None, 10).await.expect_err("a member").code, Code::Forbidden);
        let [absent, hidden] =
            [identity.members(&out, "nowhere", None, 10).await, identity.members(&out, "astro", None, 10).await]
                .map(|refused| refused.expect_err("not theirs"));
        assert_eq!(absent.detail.replace("nowhere", "astro"), hidden.detail);

        identity.remove_from_team(&moe, &team.id, &member.id).await.expect("everybody may leave");
        assert_eq!(identity.remove_from_team(&mae, &team.id, &member.id).await.expect_err("gone").code, Code::NotFound);
        assert_eq!(identity.remove_team(&zoe, &team.id).await.expect_err("another's").code, Code::NotFound);
        identity.remove_team(&mae, &team.id).await.expect("removed");
        assert_eq!(identity.teams(&mae).await.expect("none"), []);
    }
}

#[tokio::test]
async fn terms_are_accepted_once_for_each_version_before_anything_is_started() {
    for world in World::on_both_engines().await {
        let terms = |version: &str| Terms { version: version.into(), title: "Terms".into(), text: "Be kind.".into() };
        let asking = |version: &str| Identity::new(world.db.clone(), world.clock.clone()).with_terms(Some(terms(version)));
        let ada = world.person("Ada", false).await;
        let (_, secret) = world.issue(&ada, [Scope::Run]).await;
        let (_, reading) = world.issue(&ada, [Scope::Read]).await;
        let about = Resource::Of(&ada.id);
        let nobody_asks = world.identity.verify(&secret).await.expect("a caller");
        assert!(!nobody_asks.owes_terms());
        assert_eq!(world.identity.terms(&nobody_asks).await.expect_err("none").code, Code::NotFound);

        let first = asking("1");
        let caller = first.verify(&secret).await.expect("a caller");
        for action in [Action::RunsCreate, Action::RunsRetry, Action::UploadsCreate] {
            assert_eq!(authorize(&caller, action, about), Err(Refused::OwesTerms(action)));
        }
        for action in [Action::RunsRead, Action::RunsCancel, Action::TokensCreate] {
            assert_eq!(authorize(&caller, action, about), Ok(()), "{action:?}");
        }
        let refused = model::Problem::from(Refused::OwesTerms(Action::RunsCreate));
        assert!(refused.code == Code::TermsNotAccepted && refused.remedy.contains("roadstead terms accept"));
        let shown = first.terms(&caller).await.expect("terms");
        assert_eq!((shown.version.as_str(), shown.text.as_str(), shown.accepted_at), ("1", "Be kind.", None));
        assert_eq!(first.accept_terms(&caller, "0").await.expect_err("another version").code, Code::StateConflict);
        let reader = first.verify(&reading).await.expect("a caller");
        assert_eq!(first.accept_terms(&reader, "1").await.expect_err("a token that reads").code, Code::Forbidden);
        let at = first.accept_terms(&caller, "1").await.expect("accepted").accepted_at.expect("now");
        world.clock.advance(std::time::Duration::from_secs(60));
        assert_eq!(first.accept_terms(&caller, "1").await.expect("again").accepted_at, Some(at), "the first time counts");
        let caller = first.verify(&secret).await.expect("a caller");
        assert_eq!(authorize(&caller, Action::RunsCreate, about), Ok(()));

        // Another version is another question, for sessions and bearers too.
        let second = asking("2");
        assert!(second.verify(&secret).await.expect("a caller").owes_terms());
        assert!(!asking("1").verify(&secret).await.expect("a caller").owes_terms());
    }
}
