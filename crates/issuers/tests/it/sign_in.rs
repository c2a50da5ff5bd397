//! Sign-ins that somebody tampers with: the browser's answer, the issuer's tokens, what it says about the user.

use std::time::Duration;

use issuers::{BadSignIn, BadSubject, BadToken, Begun, Callback, Denied, Error, Feature, Lie, SignedIn, Subject};
use model::Secret;
use serde_json::{Value, json};

use crate::forge::{Signer, ec_key, half_hash, laid, now, sign};
use crate::hostile::{Hostile, Reply};
use crate::world::{World, fails_with};

const REDIRECT: &str = "http://127.0.0.1:7480/auth/callback";

async fn begin(world: &World) -> Begun {
    world.issuer().begin_browser(REDIRECT, &[]).await.expect("to begin")
}

/// The answer that an honest browser would bring.
fn honest(world: &World, begun: &Begun) -> String {
    query(&[("code", "c0de"), ("state", begun.pending.state.expose()), ("iss", world.issuer().url())])
}

fn query(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

async fn finish(world: &World, begun: Begun, query: &str) -> Result<SignedIn, Error> {
    world.issuer().finish_browser(begun.pending, Callback::of_query(query)?).await
}

fn tokens(id_token: &str) -> Value {
    json!({"access_token": "at-secret", "token_type": "Bearer", "expires_in": 300, "refresh_token": "rt-secret", "id_token": id_token})
}

fn id_token(hostile: &Hostile, begun: &Begun, header: &Value, payload: &Value) -> String {
    let header = laid(&json!({"alg": "ES256", "kid": "ec"}), header);
    sign(&header, &laid(&hostile.forge.id(begun.pending.nonce.expose()), payload), &Signer::Ec)
}

type Expected = Box<dyn Fn(&Error) -> bool>;

macro_rules! fails {
    ($error:pat $(if $guard:expr)?) => {
        Box::new(|error: &Error| matches!(error, $error $(if $guard)?)) as Expected
    };
}

macro_rules! bad_id {
    ($error:pat $(if $guard:expr)?) => {
        fails!(Error::Lie { lie: Lie::IdToken($error), .. } $(if $guard)?)
    };
}

#[tokio::test]
async fn an_answer_that_is_not_this_sign_ins_is_refused_before_anything_is_sent() {
    let hostile = Hostile::start().await;
    let world = hostile.world();
    let url = hostile.url().to_owned();
    type Answer = Box<dyn Fn(&str) -> String>;
    let of = |pairs: &'static [(&'static str, &'static str)], with_iss: bool| -> Answer {
        let url = url.clone();
        Box::new(move |state| {
            let mut all: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (*n, if *v == "STATE" { state } else { *v })).collect();
            if with_iss {
                all.push(("iss", &url));
            }
            query(&all)
        })
    };
    let rows: Vec<(&str, Answer, Expected)> = vec![
        ("another's state", of(&[("code", "c"), ("state", "abc")], true), fails!(Error::SignIn(BadSignIn::State))),
        (
            "an empty state",
            of(&[("code", "c"), ("state", "")], true),
            fails!(Error::SignIn(BadSignIn::Missing { parameter: "state" })),
        ),
        ("no state", of(&[("code", "c")], true), fails!(Error::SignIn(BadSignIn::Missing { parameter: "state" }))),
        (
            "state twice",
            of(&[("code", "c"), ("state", "STATE"), ("state", "STATE")], true),
            fails!(Error::SignIn(BadSignIn::Twice { parameter: "state" })),
        ),
        (
            "code twice",
            of(&[("code", "c"), ("state", "STATE"), ("code", "d")], true),
            fails!(Error::SignIn(BadSignIn::Twice { parameter: "code" })),
        ),
        (
            "code and error",
            of(&[("code", "c"), ("state", "STATE"), ("error", "x")], true),
            fails!(Error::SignIn(BadSignIn::Twice { .. })),
        ),
        ("no code", of(&[("state", "STATE")], true), fails!(Error::SignIn(BadSignIn::Missing { parameter: "code" }))),
        (
            "an empty code",
            of(&[("code", ""), ("state", "STATE")], true),
            fails!(Error::SignIn(BadSignIn::Missing { parameter: "code" })),
        ),
        (
            "no iss, which was promised",
            of(&[("code", "c"), ("state", "STATE")], false),
            fails!(Error::SignIn(BadSignIn::NoIssuer)),
        ),
        (
            "iss of another (mix-up)",
            of(&[("code", "c"), ("state", "STATE"), ("iss", "https://evil.example")], false),
            fails!(Error::SignIn(BadSignIn::OtherIssuer)),
        ),
        (
            "iss twice",
            of(&[("code", "c"), ("state", "STATE"), ("iss", "https://evil.example")], true),
            fails!(Error::SignIn(BadSignIn::Twice { parameter: "iss" })),
        ),
        (
            "an error with another's state",
            of(&[("error", "access_denied"), ("state", "abc")], true),
            fails!(Error::SignIn(BadSignIn::State)),
        ),
        (
            "the person refused",
            of(&[("error", "access_denied"), ("state", "STATE")], true),
            fails!(Error::Denied { denial, .. } if denial.what == Denied::AccessDenied),
        ),
        (
            "an error nobody knows",
            of(&[("error", "<b>x</b>"), ("state", "STATE")], true),
            fails!(Error::Denied { denial, .. } if matches!(denial.what, Denied::Other(_))),
        ),
    ];
    let mut wrong = Vec::new();
    for (name, answer, expected) in &rows {
        let begun = begin(&world).await;
        let query = answer(begun.pending.state.expose());
        fails_with(&mut wrong, name, finish(&world, begun, &query).await.map(|_| "accepted"), expected);
    }
    let long = format!("state=x&code={}", "c".repeat(20_000));
    let refused = fails!(Error::SignIn(BadSignIn::TooLarge { .. }));
    fails_with(&mut wrong, "an endless answer", finish(&world, begin(&world).await, &long).await.map(|_| "accepted"), &refused);

    let late = begin(&world).await;
    let (query, refused) = (honest(&world, &late), fails!(Error::SignIn(BadSignIn::TooLate { .. })));
    world.clock.forward(Duration::from_secs(901));
    fails_with(&mut wrong, "an answer after an hour", finish(&world, late, &query).await.map(|_| "accepted"), &refused);

    let mut elsewhere = begin(&world).await;
    elsewhere.pending.issuer = "another".to_owned();
    let (query, refused) = (honest(&world, &elsewhere), fails!(Error::SignIn(BadSignIn::BegunElsewhere)));
    fails_with(&mut wrong, "begun at another issuer", finish(&world, elsewhere, &query).await.map(|_| "accepted"), &refused);

    let (one, two) = (begin(&world).await, begin(&world).await);
    let (query, refused) = (honest(&world, &one), fails!(Error::SignIn(BadSignIn::State)));
    fails_with(&mut wrong, "the answer to another sign-in", finish(&world, two, &query).await.map(|_| "accepted"), &refused);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(hostile.requests("/token").is_empty(), "no code left the gateway");
}

#[tokio::test]
async fn an_id_token_that_is_not_for_this_sign_in_is_refused() {
    let hostile = Hostile::start().await;
    let world = hostile.world();
    let stranger = ec_key();
    let event = json!({"http://schemas.openid.net/event/backchannel-logout": {}});
    let rows: Vec<(&str, Value, Value, Expected)> = vec![
        ("alg none", json!({"alg": "none"}), json!({}), bad_id!(BadToken::Algorithm { .. })),
        ("HS256", json!({"alg": "HS256"}), json!({}), bad_id!(BadToken::Algorithm { .. })),
        ("an unknown key", json!({"kid": "x"}), json!({}), bad_id!(BadToken::UnknownKey)),
        ("crit", json!({"crit": ["x"]}), json!({}), bad_id!(BadToken::Critical)),
        ("an access token", json!({"typ": "at+jwt"}), json!({}), bad_id!(BadToken::Kind { .. })),
        ("Keycloak's access token", json!({}), json!({"typ": "Bearer"}), bad_id!(BadToken::Kind { .. })),
        ("a logout token by its type", json!({"typ": "logout+jwt"}), json!({}), bad_id!(BadToken::Kind { .. })),
        ("a logout token by its event", json!({}), json!({"events": event}), bad_id!(BadToken::Kind { .. })),
        ("another issuer", json!({}), json!({"iss": "https://evil.example"}), bad_id!(BadToken::OtherIssuer)),
        ("no issuer", json!({}), json!({"iss": null}), bad_id!(BadToken::NoIssuer)),
        ("another client", json!({}), json!({"aud": "another"}), bad_id!(BadToken::Audience { .. })),
        (
            "the gateway's audience, not its client",
            json!({}),
            json!({"aud": "https://gateway.example"}),
            bad_id!(BadToken::Audience { .. }),
        ),
        ("no audience", json!({}), json!({"aud": null}), bad_id!(BadToken::NoAudience)),
        ("more audiences, no azp", json!({}), json!({"aud": ["gateway", "another"]}), bad_id!(BadToken::AuthorizedParty)),
        (
            "more audiences, azp of another",
            json!({}),
            json!({"aud": ["gateway", "x"], "azp": "x"}),
            bad_id!(BadToken::AuthorizedParty),
        ),
        ("azp of another", json!({}), json!({"azp": "another"}), bad_id!(BadToken::AuthorizedParty)),
        ("azp is a list", json!({}), json!({"azp": ["gateway"]}), bad_id!(BadToken::Claim { claim: "azp" })),
        ("ended", json!({}), json!({"exp": now() - 60}), bad_id!(BadToken::Expired { .. })),
        ("no end", json!({}), json!({"exp": null}), bad_id!(BadToken::NoExpiry)),
        ("no iat", json!({}), json!({"iat": null}), bad_id!(BadToken::Claim { claim: "iat" })),
        ("of the future", json!({}), json!({"iat": now() + 600}), bad_id!(BadToken::FromTheFuture { .. })),
        ("another nonce (replay)", json!({}), json!({"nonce": "of another sign-in"}), bad_id!(BadToken::Nonce)),
        ("no nonce", json!({}), json!({"nonce": null}), bad_id!(BadToken::Nonce)),
        ("nonce is a list", json!({}), json!({"nonce": ["x"]}), bad_id!(BadToken::Claim { claim: "nonce" })),
        (
            "at_hash of another access token",
            json!({}),
            json!({"at_hash": half_hash("another")}),
            bad_id!(BadToken::AccessTokenHash),
        ),
        ("at_hash of nothing", json!({}), json!({"at_hash": ""}), bad_id!(BadToken::AccessTokenHash)),
        ("no subject", json!({}), json!({"sub": null}), bad_id!(BadToken::Subject(BadSubject::Missing))),
        ("an empty subject", json!({}), json!({"sub": ""}), bad_id!(BadToken::Subject(BadSubject::Empty))),
        ("an endless subject", json!({}), json!({"sub": "s".repeat(300)}), bad_id!(BadToken::Subject(BadSubject::TooLong))),
        ("a subject with a line break", json!({}), json!({"sub": "a\r\nb"}), bad_id!(BadToken::Subject(BadSubject::Characters))),
    ];
    let mut wrong = Vec::new();
    for (name, header, payload, expected) in &rows {
        let begun = begin(&world).await;
        hostile.answer("/token", Reply::json(200, &tokens(&id_token(&hostile, &begun, header, payload))));
        let query = honest(&world, &begun);
        fails_with(&mut wrong, name, finish(&world, begun, &query).await.map(|_| "accepted"), expected);
    }
    let begun = begin(&world).await;
    let forged =
        sign(&json!({"alg": "ES256", "kid": "ec"}), &hostile.forge.id(begun.pending.nonce.expose()), &Signer::OtherEc(&stranger));
    hostile.answer("/token", Reply::json(200, &tokens(&forged)));
    let query = honest(&world, &begun);
    fails_with(
        &mut wrong,
        "a stranger's",
        finish(&world, begun, &query).await.map(|_| "accepted"),
        &bad_id!(BadToken::Signature),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    let begun = begin(&world).await;
    let right = json!({"at_hash": half_hash("at-secret"), "azp": "gateway", "aud": ["gateway", "another"], "sid": "s1"});
    hostile.answer("/token", Reply::json(200, &tokens(&id_token(&hostile, &begun, &json!({"typ": "JWT"}), &right))));
    let query = honest(&world, &begun);
    let verifier = begun.pending.verifier.expose().to_owned();
    let signed_in = finish(&world, begun, &query).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((signed_in.subject.as_str(), signed_in.session.as_deref()), ("alice@example.org", Some("s1")));
    let sent = hostile.requests("/token");
    assert!(sent.last().is_some_and(|form| form.contains("code=c0de") && form.contains(&verifier)), "{sent:?}");
    assert!(hostile.requests("/userinfo").is_empty(), "the token says it all");
}

#[tokio::test]
async fn a_sign_in_asks_for_what_it_needs_and_proves_who_asks() {
    let hostile = Hostile::start().await;
    let mut settings = hostile.settings();
    settings.scopes = ["profile", "offline_access", "openid"].map(str::to_owned).to_vec();
    let world = hostile.world_with(settings);
    let asked = async |extra: &[(&str, &str)]| {
        let begun = world.issuer().begin_browser(REDIRECT, extra).await.unwrap_or_else(|error| panic!("{error}"));
        let url = url::Url::parse(&begun.url).expect("an address");
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        (begun.pending, pairs)
    };
    let has = |pairs: &[(String, String)], name: &str, value: &str| pairs.iter().any(|(n, v)| n == name && v == value);
    let (pending, pairs) = asked(&[("login_hint", "a&state=x")]).await;
    assert!(has(&pairs, "scope", "openid profile offline_access") && has(&pairs, "prompt", "consent"), "{pairs:?}");
    assert!(has(&pairs, "code_challenge_method", "S256") && has(&pairs, "redirect_uri", REDIRECT), "{pairs:?}");
    assert!(has(&pairs, "state", pending.state.expose()) && has(&pairs, "login_hint", "a&state=x"), "{pairs:?}");
    assert!(!pairs.iter().any(|(_, value)| value.contains(pending.verifier.expose())), "the verifier stays here");
    let (other, pairs) = asked(&[("prompt", "login")]).await;
    assert!(has(&pairs, "prompt", "login") && !has(&pairs, "prompt", "consent"), "{pairs:?}");
    for (one, two) in [(&pending.state, &other.state), (&pending.nonce, &other.nonce), (&pending.verifier, &other.verifier)] {
        assert!(one.expose() != two.expose() && one.expose().len() == 43);
    }

    // The secret goes into the form only where the issuer takes it nowhere else.
    let (subject, refresh) = (Subject::new("alice").expect("a subject"), Secret::new("rt".to_owned()));
    for (methods, in_form) in
        [(json!(["client_secret_basic", "client_secret_post"]), false), (json!(["client_secret_post"]), true)]
    {
        hostile.publish(&json!({ "token_endpoint_auth_methods_supported": methods }));
        world.clock.forward(crate::world::STALE);
        assert!(world.issuer().refresh(&refresh, &subject).await.is_err());
        let forms = hostile.requests("/token");
        let form = forms.last().expect("a form");
        assert_eq!(form.contains("client_secret=gateway-secret"), in_form, "{form}");
    }
}

#[tokio::test]
async fn an_answer_with_tokens_that_makes_no_sense_is_refused() {
    let hostile = Hostile::start().await;
    let world = hostile.world();
    let lacks = |field: &'static str| -> Expected {
        Box::new(move |error| matches!(error, Error::Lie { lie: Lie::Field { field: said, .. }, .. } if *said == field))
    };
    let rows: Vec<(&str, Value, Expected)> = vec![
        ("no access token", json!({"access_token": null}), lacks("access_token")),
        ("an access token with a line break", json!({"access_token": "a\r\nX-Admin: 1"}), lacks("access_token")),
        ("an access token that is a list", json!({"access_token": ["a"]}), lacks("access_token")),
        ("an empty access token", json!({"access_token": ""}), lacks("access_token")),
        ("no id_token", json!({"id_token": null}), lacks("id_token")),
        ("no token type", json!({"token_type": null}), lacks("token_type")),
        ("a token that is none to bear", json!({"token_type": "DPoP"}), fails!(Error::Lie { lie: Lie::TokenType { .. }, .. })),
        ("a life that is a text", json!({"expires_in": "300"}), lacks("expires_in")),
        ("a life that is negative", json!({"expires_in": -1}), lacks("expires_in")),
        ("a scope that is a list", json!({"scope": ["openid"]}), lacks("scope")),
        ("a scope with a line break", json!({"scope": "openid\nadmin"}), lacks("scope")),
        (
            "an exchanged refresh token",
            json!({"issued_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}),
            lacks("issued_token_type"),
        ),
    ];
    let mut wrong = Vec::new();
    for (name, changes, expected) in &rows {
        let begun = begin(&world).await;
        let token = id_token(&hostile, &begun, &json!({}), &json!({}));
        hostile.answer("/token", Reply::json(200, &laid(&tokens(&token), changes)));
        let query = honest(&world, &begun);
        fails_with(&mut wrong, name, finish(&world, begun, &query).await.map(|_| "accepted"), expected);
    }
    for (error, what) in [
        ("invalid_grant", Denied::InvalidGrant),
        ("invalid_client", Denied::InvalidClient),
        ("unauthorized_client", Denied::UnauthorizedClient),
        ("invalid_request", Denied::InvalidRequest),
        ("unsupported_grant_type", Denied::UnsupportedGrantType),
    ] {
        hostile.answer("/token", Reply::json(400, &json!({"error": error})));
        let begun = begin(&world).await;
        let query = honest(&world, &begun);
        let denied: Expected = Box::new(move |error| matches!(error, Error::Denied { denial, .. } if denial.what == what));
        fails_with(&mut wrong, error, finish(&world, begun, &query).await.map(|_| "accepted"), &denied);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_is_said_about_somebody_else_is_not_taken() {
    let hostile = Hostile::start().await;
    let mut settings = hostile.settings();
    settings.exchange = true;
    let world = hostile.world_with(settings);
    let issuer = world.issuer();
    let (access, alice) = (Secret::new("at".to_owned()), Subject::new("alice@example.org").expect("a subject"));
    // Userinfo, after a thin token.
    for (name, told, expected) in [
        ("another's", json!({"sub": "mallory", "groups": ["admins"]}), fails!(Error::Lie { lie: Lie::OtherSubject { .. }, .. })),
        ("in capitals", json!({"sub": "ALICE@example.org"}), fails!(Error::Lie { lie: Lie::OtherSubject { .. }, .. })),
        ("nobody's", json!({"groups": ["admins"]}), fails!(Error::Lie { lie: Lie::Field { field: "sub", .. }, .. })),
    ] {
        let begun = begin(&world).await;
        let thin = id_token(&hostile, &begun, &json!({}), &json!({"groups": null}));
        hostile.answer("/token", Reply::json(200, &tokens(&thin)));
        hostile.answer("/userinfo", Reply::json(200, &told));
        let (query, mut wrong) = (honest(&world, &begun), Vec::new());
        fails_with(&mut wrong, name, finish(&world, begun, &query).await.map(|_| "accepted"), &expected);
        assert!(wrong.is_empty(), "{wrong:?}");
    }
    hostile.answer("/userinfo", Reply::json(200, &json!({"sub": "alice@example.org", "name": "Eve", "groups": ["astro"]})));
    let begun = begin(&world).await;
    let thin = id_token(&hostile, &begun, &json!({}), &json!({"groups": null}));
    hostile.answer("/token", Reply::json(200, &tokens(&thin)));
    let query = honest(&world, &begun);
    let signed_in = finish(&world, begun, &query).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((signed_in.claims.text("name"), signed_in.claims.texts("groups")), (Some("Alice"), vec!["astro"]));
    for (status, what) in [(401, Denied::InvalidToken), (403, Denied::Other("insufficient_scope".to_owned()))] {
        hostile.answer("/userinfo", Reply::Whole { status, headers: "", body: Vec::new() });
        let told = issuer.userinfo(&access, &alice).await;
        assert!(matches!(told, Err(Error::Denied { denial, .. }) if denial.what == what), "{status}");
    }

    // A refresh that brings another's id_token.
    let other =
        sign(&json!({"alg": "ES256", "kid": "ec"}), &laid(&hostile.forge.id("n"), &json!({"sub": "mallory"})), &Signer::Ec);
    hostile.answer("/token", Reply::json(200, &tokens(&other)));
    let refreshed = issuer.refresh(&Secret::new("rt".to_owned()), &alice).await.err();
    assert!(matches!(refreshed, Some(Error::Lie { lie: Lie::OtherSubject { .. }, .. })));

    // An exchange that brings a token good for more, or for something else.
    for audience in [json!("https://gateway.example"), json!(["https://gateway.example"]), Value::Null] {
        let wide = hostile.forge.bearer(&json!({}), &json!({ "aud": audience }));
        hostile.answer("/token", Reply::json(200, &json!({"access_token": wide, "token_type": "Bearer"})));
        let exchanged = issuer.exchange(&access, "https://site.example", &["openid"]).await.err();
        assert!(matches!(exchanged, Some(Error::Lie { lie: Lie::OtherAudience { .. }, .. })));
    }
    hostile.answer("/token", Reply::json(400, &json!({"error": "invalid_target"})));
    let exchanged = issuer.exchange(&access, "https://site.example", &[]).await.err();
    assert!(matches!(exchanged, Some(Error::Denied { denial, .. }) if denial.what == Denied::InvalidTarget));
    let unset = hostile.world().issuer().exchange(&access, "https://site.example", &[]).await.err();
    assert!(matches!(unset, Some(Error::NotOffered { what: Feature::Exchange, .. })));
}

/// Some say names and groups in the id_token, and SSH keys at userinfo alone.
#[tokio::test]
async fn keys_that_were_asked_for_are_looked_for_at_userinfo_too() {
    let hostile = Hostile::start().await;
    let mut settings = hostile.settings();
    let plain = hostile.world_with(settings.clone());
    settings.scopes.push("ssh_public_key".to_owned());
    let asking = hostile.world_with(settings);
    let sign_in = async |world: &World, claims: Value| {
        let begun = begin(world).await;
        let payload = laid(&json!({"name": "Alice", "groups": ["astro"]}), &claims);
        hostile.answer("/token", Reply::json(200, &tokens(&id_token(&hostile, &begun, &json!({}), &payload))));
        let answer = honest(world, &begun);
        finish(world, begun, &answer).await.unwrap_or_else(|error| panic!("{error}")).claims
    };
    let told = json!({"sub": "alice@example.org", "ssh_public_key": ["of userinfo"], "groups": ["others"]});
    hostile.answer("/userinfo", Reply::json(200, &told));
    let claims = sign_in(&asking, json!({})).await;
    assert_eq!((claims.texts("ssh_public_key"), claims.texts("groups")), (vec!["of userinfo"], vec!["astro"]));
    let said = json!({"ssh_public_key": "of the id_token"});
    assert_eq!(sign_in(&asking, said).await.text("ssh_public_key"), Some("of the id_token"));
    assert!(sign_in(&plain, json!({})).await.get("ssh_public_key").is_none());
    assert_eq!(hostile.requests("/userinfo").len(), 1, "only when something is missing that was asked for");
}
