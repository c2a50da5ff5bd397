use crate::world::{World, token};
use db::args;
use identity::{Credential, Denied, Idempotency, IdempotencyError, NewToken, Scope, TokenError};
use model::{Code, Problem, Secret, Timestamp};
use std::time::Duration;
use testkit::await_until;

const DAY: Duration = Duration::from_secs(24 * 3_600);
const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_token_works_from_the_moment_it_is_made_to_the_moment_it_is_revoked() {
    for world in World::on_both_engines().await {
        let (ada, eve) = (world.person("Ada", false).await, world.person("Eve", false).await);
        let owner = world.caller(&ada, Scope::Run).await;
        let (view, secret) = world.identity.create_token(&owner, token("laptop", [Scope::Run]), None).await.expect("a token");

        let caller = world.identity.verify(&secret).await.expect("a caller");
        assert_eq!((caller.person(), caller.name(), caller.credential()), (&ada.id, "Ada", &Credential::Token(view.id.clone())));
        assert!(caller.has(Scope::Read) && caller.has(Scope::Run) && !caller.has(Scope::Admin) && !caller.is_administrator());

        let stored: Vec<u8> =
            world.row("SELECT hash FROM token WHERE id = $1", args![view.id.as_str()]).await.get("hash").unwrap();
        assert_eq!(stored, db::sha256(secret.expose().as_bytes()), "only the hash is kept");
        let listed = world.identity.list_tokens(&caller, None, 10).await.expect("a list");
        assert_eq!(listed.len(), 2);
        assert!(listed.iter().any(|listed| listed.id == view.id && listed.name == "laptop"));
        assert!(!serde_json::to_string(&listed).unwrap().contains("rst_"));
        let first = world.identity.list_tokens(&caller, None, 1).await.expect("a page");
        let second = world.identity.list_tokens(&caller, Some(&first[0].id), 10).await.expect("a page");
        let pages: Vec<_> = first.iter().chain(&second).map(|token| &token.id).collect();
        assert_eq!(pages, listed.iter().map(|token| &token.id).collect::<Vec<_>>(), "pages neither repeat nor leave out");

        let stranger = world.caller(&eve, Scope::Run).await;
        assert!(!world.identity.revoke_token(&stranger, &view.id).await.expect("an answer"), "not hers, so not there");
        world.identity.verify(&secret).await.expect("still valid");
        assert!(world.identity.list_tokens(&stranger, None, 10).await.expect("a list").iter().all(|token| token.id != view.id));

        assert!(world.identity.revoke_token(&owner, &view.id).await.expect("revoked"));
        assert!(matches!(world.identity.verify(&secret).await, Err(Denied::Revoked)), "refused at once");
        let revoked_at = world.now();
        world.clock.advance(DAY);
        assert!(world.identity.revoke_token(&owner, &view.id).await.expect("revoked again"));
        let listed = world.identity.list_tokens(&owner, None, 10).await.expect("a list");
        let listed = listed.iter().find(|listed| listed.id == view.id).expect("still listed");
        assert_eq!(listed.revoked_at, Some(revoked_at), "the first time counts");
    }
}

#[tokio::test]
async fn the_text_of_a_token_is_nowhere_in_the_database() {
    let world = World::sqlite().await;
    let (_, secret) = world.issue(&world.person("Ada Lovelace", false).await, [Scope::Read]).await;
    assert!(world.is_on_disk("Ada Lovelace"), "the search finds what is there");
    assert!(!world.is_on_disk(&secret.expose()[4..40]));
}

#[tokio::test]
async fn what_does_not_work_says_why_only_to_who_holds_it() {
    for world in World::on_both_engines().await {
        let ada = world.person("Ada", false).await;
        let asked = NewToken { expires_at: Some(world.now().plus(DAY)), ..token("short", [Scope::Run]) };
        let (_, expiring) = world.identity.issue_token(&ada.id, asked).await.expect("a token");
        let (_, lasting) = world.issue(&ada, [Scope::Read]).await;
        let (gone, revoked) = world.issue(&ada, [Scope::Read]).await;
        world.execute("UPDATE token SET revoked_at = 1 WHERE id = $1", args![gone.id.as_str()]).await;
        let (unknown_id, unknown) = world.issue(&ada, [Scope::Read]).await;
        world.execute("DELETE FROM token WHERE id = $1", args![unknown_id.id.as_str()]).await;

        world.clock.advance(DAY - Duration::from_millis(1));
        world.identity.verify(&expiring).await.expect("valid to the last millisecond");
        world.clock.advance(Duration::from_millis(1));
        let expired = world.identity.verify(&expiring).await.expect_err("expired");
        assert!(matches!(expired, Denied::Expired(at) if at == world.now()));

        world.execute("UPDATE person SET suspended_at = 1 WHERE id = $1", args![ada.id.as_str()]).await;
        let suspended = world.identity.verify(&lasting).await.expect_err("suspended");
        assert!(matches!(suspended, Denied::Suspended));
        let revoked = world.identity.verify(&revoked).await.expect_err("revoked");
        assert!(matches!(revoked, Denied::Revoked), "a suspension does not reveal what was revoked");
        world.execute("UPDATE person SET suspended_at = NULL WHERE id = $1", args![ada.id.as_str()]).await;
        world.identity.verify(&lasting).await.expect("let in again");

        let unknown = world.identity.verify(&unknown).await.expect_err("unknown");
        assert!(matches!(unknown, Denied::Unknown));
        let typed = Secret::new(lasting.expose().replace("rst_", "rst-"));
        let malformed = world.identity.verify(&typed).await.expect_err("malformed");
        assert!(matches!(malformed, Denied::Malformed));

        let [expired, suspended, malformed] = [expired, suspended, malformed].map(Problem::from);
        assert!(expired.detail.contains(&world.now().to_string()) && suspended.detail.contains("suspended"));
        assert_eq!(Problem::from(revoked), Problem::from(unknown), "a revoked token is not told from one that never was");
        assert!(
            [expired, suspended, malformed]
                .iter()
                .all(|problem| problem.code == Code::BadCredential && !problem.remedy.is_empty())
        );
        assert_eq!(Problem::from(Denied::Missing).code, Code::NotSignedIn);
    }
}

#[tokio::test]
async fn a_token_lives_a_year_at_most_and_never_longer_than_its_maker() {
    let world = World::sqlite().await;
    let ada = world.person("Ada", false).await;
    let until = |at: Timestamp| NewToken { expires_at: Some(at), ..token("t", [Scope::Run]) };
    let now = world.now();
    let millisecond = Duration::from_millis(1);
    let latest = now.plus(366 * DAY);

    let past = world.identity.issue_token(&ada.id, until(now)).await;
    assert!(matches!(past, Err(TokenError::AlreadyExpired)));
    let late = world.identity.issue_token(&ada.id, until(latest.plus(millisecond))).await;
    assert!(matches!(late, Err(TokenError::ExpiresTooLate { latest: told }) if told == latest));
    let (_, secret) = world.identity.issue_token(&ada.id, until(latest)).await.expect("a year is allowed");
    world.clock.advance(DAY);

    let caller = world.identity.verify(&secret).await.expect("a caller");
    let longer = world.identity.create_token(&caller, until(latest.plus(millisecond)), None).await;
    assert!(matches!(longer, Err(TokenError::Outlives { latest: told }) if told == latest));
    let (view, _) = world.identity.create_token(&caller, token("t", [Scope::Run]), None).await.expect("a token");
    assert_eq!(view.expires_at, Some(latest), "as long as its maker");
    for name in ["", " ", "a\nb", "evil\u{202e}txt", &"x".repeat(121)] {
        let refused = world.identity.create_token(&caller, token(name, [Scope::Run]), None).await;
        let problem = Problem::from(refused.err().expect("refused"));
        assert_eq!((problem.code, problem.fields[0].field.as_str()), (Code::InvalidField, "name"), "{name:?}");
    }
    assert_eq!(world.count("token").await, 2, "what was refused left nothing");
}

#[tokio::test]
async fn the_last_use_is_known_to_the_minute_without_a_write_per_request() {
    for world in World::on_both_engines().await {
        let ada = world.person("Ada", false).await;
        let (view, secret) = world.issue(&ada, [Scope::Read]).await;
        let caller = world.identity.verify(&secret).await.expect("a caller");
        let used_at_becomes = async |at: Timestamp| {
            await_until(LIMIT, "the use to be written", async || {
                // One write at a time: a use that comes while the one before is being written is not.
                world.identity.verify(&secret).await.expect("a caller");
                let listed = world.identity.list_tokens(&caller, None, 10).await.expect("a list");
                listed.iter().any(|token| token.id == view.id && token.used_at == Some(at)).then_some(())
            })
            .await;
        };
        used_at_becomes(world.now()).await;
        // Were this use written, the next one would come too early to be.
        world.clock.advance(Duration::from_secs(59));
        for _ in 0..50 {
            world.identity.verify(&secret).await.expect("a caller");
        }
        world.clock.advance(Duration::from_secs(1));
        world.identity.verify(&secret).await.expect("a caller");
        used_at_becomes(world.now()).await;
    }
}

#[tokio::test]
async fn one_key_makes_one_token() {
    for world in World::on_both_engines().await {
        let ada = world.person("Ada", false).await;
        let owner = world.caller(&ada, Scope::Run).await;
        let once = |body: &[u8]| Idempotency { operation: "create_token", key: "key".into(), body_hash: db::sha256(body) };
        let make = async |body: &[u8]| {
            let asked = token("laptop", [Scope::Run]);
            world.identity.create_token(&owner, asked, Some(once(body))).await.map(|(view, _)| view.id)
        };
        let made = make(b"one").await.expect("a token");
        assert!(matches!(make(b"one").await, Err(TokenError::MadeBefore { id }) if id == made));
        let other = make(b"other").await.expect_err("used for another request");
        assert!(matches!(other, TokenError::Idempotency(IdempotencyError::OtherRequest)));
        assert_eq!(Problem::from(other).code, Code::IdempotencyConflict);
        let listed = world.identity.list_tokens(&owner, None, 10).await.expect("a list");
        assert_eq!(listed.iter().filter(|token| token.name == "laptop").count(), 1);
    }
}
