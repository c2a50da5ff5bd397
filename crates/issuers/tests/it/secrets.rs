//! Whatever goes wrong, no message shows a secret.

use issuers::{Callback, Error};
use model::Secret;
use serde_json::json;

use crate::forge::{Signer, laid, sign};
use crate::hostile::{Hostile, Reply};

const CANARY: &str = "canary-7c1d5a40b3f94e2ab8";

#[tokio::test]
async fn no_error_shows_what_was_sent_even_when_the_issuer_repeats_it() {
    let hostile = Hostile::start().await;
    let mut settings = hostile.settings();
    (settings.exchange, settings.introspection) = (true, true);
    settings.client_secret = Some(Secret::new(format!("{CANARY}-client-secret-of-some-length")));
    let world = hostile.world_with(settings);
    let issuer = world.issuer();
    let secret = |kind: &str| Secret::new(format!("{CANARY}-{kind}-of-some-length-as-they-have"));
    let subject = issuers::Subject::new("alice").expect("a subject");
    let mut errors: Vec<Error> = Vec::new();
    let echo =
        |text: &str| json!({"error": format!("bad {text}"), "error_description": format!("I do not like {text} from you")});
    for (status, body) in [
        (400, echo(secret("refresh").expose())),
        (401, echo(&format!("{CANARY}-client-secret-of-some-length"))),
        (500, echo(secret("code").expose())),
        (200, json!({"access_token": [secret("access").expose()], "token_type": "Bearer"})),
        (200, json!({"access_token": "x", "token_type": secret("type").expose()})),
        (200, json!({"access_token": "x", "token_type": "Bearer", "id_token": secret("id").expose()})),
        (200, json!({"active": true, "token_type": "Bearer", "sub": secret("subject").expose()})),
    ] {
        for path in ["/token", "/userinfo", "/revoke", "/device", "/introspect"] {
            hostile.answer(path, Reply::json(status, &body));
        }
        let begun = issuer.begin_browser("http://127.0.0.1/callback", &[]).await.unwrap_or_else(|error| panic!("{error}"));
        let state = begun.pending.state.expose().to_owned();
        let query = format!("code={}&state={state}&iss={}", secret("code").expose(), issuer.url());
        let callback = Callback::of_query(&query).unwrap_or_else(|error| panic!("{error}"));
        errors.extend(issuer.finish_browser(begun.pending, callback).await.err());
        errors.extend(issuer.refresh(&secret("refresh"), &subject).await.err());
        errors.extend(issuer.exchange(&secret("access"), "https://site.example", &[]).await.err());
        errors.extend(issuer.userinfo(&secret("access"), &subject).await.err());
        errors.extend(issuer.revoke(&secret("refresh")).await.err());
        errors.extend(issuer.begin_device().await.err());
        errors.extend(world.issuers.verify_bearer(&secret("opaque")).await.err());
    }
    // What a token says of itself is no safer.
    for (header, payload) in [
        (json!({"alg": CANARY}), json!({})),
        (json!({"kid": CANARY}), json!({})),
        (json!({"typ": CANARY}), json!({})),
        (json!({}), json!({"iss": format!("https://{CANARY}.example/{CANARY}")})),
        (json!({}), json!({"sub": format!("{CANARY}\n")})),
        (json!({}), json!({"aud": CANARY})),
        (json!({}), json!({"scope": [CANARY]})),
    ] {
        let token = sign(&laid(&hostile.forge.header(), &header), &laid(&hostile.forge.access(), &payload), &Signer::Ec);
        errors.extend(world.issuers.verify_bearer(&Secret::new(token.clone())).await.err());
        errors.extend(world.issuers.verify_logout_token(&token).await.err());
    }
    errors.extend(Callback::of_query(&format!("code={CANARY}&code={CANARY}")).err().map(Error::from));
    assert!(errors.len() > 45, "only {} errors", errors.len());
    for error in &errors {
        let (shown, debugged) = (error.to_string(), format!("{error:?}"));
        // An algorithm or issuer that a token names is shown, when it is short enough to be a name.
        let may_show = matches!(error, Error::Token(issuers::BadToken::Algorithm { .. }));
        assert!(may_show || !shown.contains(CANARY), "{shown}");
        assert!(may_show || !debugged.contains(CANARY), "{debugged}");
    }
}

#[test]
fn claims_show_their_names_alone() {
    let said = format!("{:?}", issuers::Claims::default());
    assert_eq!(said, "{}");
}
