use crate::world::{World, token};
use db::args;
use identity::{Credential, Denied, NewToken, Scope, SignInError, TokenError};
use model::{Code, Problem, Secret};
use std::time::Duration;
use testkit::await_until;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3_600);
const MILLISECOND: Duration = Duration::from_millis(1);

#[tokio::test]
async fn a_code_begins_one_session_within_a_minute() {
    for world in World::on_both_engines().await {
        let ada = world.person("Ada", false).await;
        let owner = world.caller(&ada, Scope::Run).await;
        let code = world.identity.create_code(&owner).await.expect("a code");
        let tries = [world.identity.sign_in(&code.code, None, "A\u{7}gent"), world.identity.sign_in(&code.code, None, "Agent")];
        let [first, second] = tries;
        let (first, second) = tokio::join!(first, second);
        assert!(first.is_ok() != second.is_ok(), "one of two gets in");
        let lost = [first.as_ref().err(), second.as_ref().err()];
        assert!(lost.into_iter().flatten().all(|error| matches!(error, SignInError::Unknown)), "{lost:?}");
        let session = first.or(second).expect("one got in");
        assert_eq!(session.view.user_agent, "Agent");
        assert_eq!(session.person, ada.id);
        let caller = world.identity.verify_session(&session.secret).await.expect("a caller");
        assert_eq!((caller.person(), caller.credential()), (&ada.id, &Credential::Session(session.view.id.clone())));
        assert!(caller.has(Scope::Run) && !caller.has(Scope::Admin));
        assert!(matches!(world.identity.verify(&session.secret).await, Err(Denied::Malformed)), "it is no token");

        let late = world.identity.create_code(&owner).await.expect("a code");
        let in_time = world.identity.create_code(&owner).await.expect("a code");
        world.clock.advance(MINUTE - MILLISECOND);
        world.identity.sign_in(&in_time.code, None, "").await.expect("in the last millisecond");
        world.clock.advance(MILLISECOND);
        let refused = world.identity.sign_in(&late.code, None, "").await.err().expect("too late");
        assert!(matches!(refused, SignInError::Expired(at) if at == late.expires_at));
        let again = world.identity.sign_in(&late.code, None, "").await.err().expect("used up");
        assert!(matches!(again, SignInError::Unknown));
        let malformed = world.identity.sign_in(&Secret::new("rsc_short".into()), None, "").await.err().expect("no code");
        for problem in [refused, again, malformed].map(Problem::from) {
            assert_eq!(problem.code, Code::CodeRefused);
            assert!(problem.remedy.contains("roadstead open"), "{problem:?}");
        }
        world.identity.create_code(&owner).await.expect("a code");
        world.clock.advance(MINUTE);
        world.identity.create_code(&owner).await.expect("a code");
        assert_eq!(world.count("sign_in_code").await, 1, "those that expired are forgotten");

        let code = world.identity.create_code(&owner).await.expect("a code");
        world.execute("UPDATE person SET suspended_at = 1 WHERE id = $1", args![ada.id.as_str()]).await;
        assert!(matches!(world.identity.sign_in(&code.code, None, "").await, Err(SignInError::Suspended)));
        assert!(matches!(world.identity.verify_session(&session.secret).await, Err(Denied::Suspended)));
    }
}

#[tokio::test]
async fn a_session_ends_without_use_with_its_month_and_when_it_is_told_to() {
    for world in World::on_both_engines().await {
        let ada = world.person("Ada", false).await;
        let eve = world.caller(&world.person("Eve", false).await, Scope::Run).await;
        let owner = world.caller(&ada, Scope::Run).await;
        let sign_in = async || {
            let code = world.identity.create_code(&owner).await.expect("a code");
            world.identity.sign_in(&code.code, None, "Agent").await.expect("a session")
        };
        let (used, unused, told) = (sign_in().await, sign_in().await, sign_in().await);
        assert!(!world.identity.end_session(&eve, &told.view.id).await.expect("an answer"), "not hers, so not there");
        world.identity.verify_session(&told.secret).await.expect("still valid");
        assert!(world.identity.end_session(&owner, &told.view.id).await.expect("ended"));
        assert!(matches!(world.identity.verify_session(&told.secret).await, Err(Denied::SessionOver)));
        assert!(!world.identity.end_session(&owner, &told.view.id).await.expect("an answer"));

        let seen = async |at: model::Timestamp| {
            await_until(Duration::from_secs(20), "the use to be written", async || {
                // One write at a time: a use that comes while the one before is being written is not.
                world.identity.verify_session(&used.secret).await.expect("in use");
                let listed = world.identity.list_sessions(&owner, None, 10).await.expect("a list");
                listed.iter().any(|session| session.id == used.view.id && session.last_seen_at == at).then_some(())
            })
            .await;
        };
        world.clock.advance(7 * DAY - MILLISECOND);
        world.identity.verify_session(&used.secret).await.expect("valid to the last millisecond");
        seen(world.now()).await;
        world.clock.advance(MILLISECOND);
        assert!(matches!(world.identity.verify_session(&unused.secret).await, Err(Denied::SessionOver)), "seven days unused");
        let listed = world.identity.list_sessions(&owner, None, 10).await.expect("a list");
        assert_eq!(listed.iter().map(|session| &session.id).collect::<Vec<_>>(), [&used.view.id], "only what still works");
        for _ in 0..3 {
            world.clock.advance(6 * DAY);
            world.identity.verify_session(&used.secret).await.expect("in use");
            seen(world.now()).await;
        }
        world.clock.advance(5 * DAY);
        assert_eq!(world.now(), used.view.expires_at, "thirty days");
        assert!(matches!(world.identity.verify_session(&used.secret).await, Err(Denied::SessionOver)));
        sign_in().await;
        assert_eq!(world.count("session").await, 1, "those that ended are forgotten");
    }
}

#[tokio::test]
async fn nothing_outgrows_a_token_by_way_of_a_browser() {
    let world = World::sqlite().await;
    let ada = world.person("Ada", true).await;
    let until = world.now().plus(3 * DAY);
    let asked = NewToken { expires_at: Some(until), ..token("short", [Scope::Run]) };
    let (_, short) = world.identity.issue_token(&ada.id, asked).await.expect("a token");
    let mut caller = world.identity.verify(&short).await.expect("a caller");
    // From session to session it stays so.
    for _ in 0..2 {
        let code = world.identity.create_code(&caller).await.expect("a code");
        let session = world.identity.sign_in(&code.code, None, "").await.expect("a session");
        assert_eq!(session.view.expires_at, until);
        caller = world.identity.verify_session(&session.secret).await.expect("a caller");
    }
    let (view, _) = world.identity.create_token(&caller, token("made", [Scope::Run]), None).await.expect("a token");
    assert_eq!(view.expires_at, Some(until));
    let more = world.identity.create_token(&caller, token("more", [Scope::Admin]), None).await;
    assert!(matches!(more, Err(TokenError::MoreThanOwn { scope: Scope::Admin })));

    let code = world.identity.issue_code(&ada.id).await.expect("a code");
    let session = world.identity.sign_in(&code.code, None, "").await.expect("a session");
    let caller = world.identity.verify_session(&session.secret).await.expect("a caller");
    assert!(caller.has(Scope::Admin), "the operator's own link has all rights");
    let (view, _) = world.identity.create_token(&caller, token("lasting", [Scope::Run]), None).await.expect("a token");
    assert_eq!(view.expires_at, None, "a session's end is not that of what the person makes");
    for secret in [&code.code, &session.secret] {
        assert!(!world.is_on_disk(&secret.expose()[4..40]), "only hashes are kept");
    }
}
