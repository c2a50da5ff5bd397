//! What the administrator cannot have meant.

use std::sync::Arc;
use std::time::Duration;

use issuers::{Algorithm, Issuers, Limits, Settings, SetupError};
use model::Secret;
use model::time::SystemClock;

fn set_up(settings: Vec<Settings>) -> Result<Issuers, SetupError> {
    Issuers::new(settings, Vec::new(), Limits::default(), Arc::new(SystemClock))
}

fn sound() -> Settings {
    let mut settings = Settings::new("checkin", "https://aai.example/realms/egi", "gateway", &["https://gateway.example"]);
    settings.client_secret = Some(Secret::new("secret".to_owned()));
    settings
}

#[test]
fn settings_that_would_let_strangers_in_keep_the_gateway_from_starting() {
    type Change = fn(&mut Settings);
    type Expected = fn(&SetupError) -> bool;
    let rows: Vec<(&str, Change, Expected)> = vec![
        ("no audience", |one| one.audiences.clear(), |error| matches!(error, SetupError::NoAudience { .. })),
        ("an empty audience", |one| one.audiences.push(String::new()), |error| matches!(error, SetupError::Audience { .. })),
        ("no algorithm", |one| one.algorithms.clear(), |error| matches!(error, SetupError::NoAlgorithm { .. })),
        ("no client", |one| one.client_id.clear(), |error| matches!(error, SetupError::ClientId { .. })),
        ("a name in capitals", |one| one.name = "Check-in".to_owned(), |error| matches!(error, SetupError::Name { .. })),
        ("a name with a slash", |one| one.name = "a/b".to_owned(), |error| matches!(error, SetupError::Name { .. })),
        ("no name", |one| one.name.clear(), |error| matches!(error, SetupError::Name { .. })),
        ("http", |one| one.url = "http://aai.example".to_owned(), |error| matches!(error, SetupError::Url { .. })),
        (
            "http on loopback, not permitted",
            |one| one.url = "http://127.0.0.1:1".to_owned(),
            |error| matches!(error, SetupError::Url { .. }),
        ),
        ("a file", |one| one.url = "file:///x".to_owned(), |error| matches!(error, SetupError::Url { .. })),
        (
            "a password in the address",
            |one| one.url = "https://a:b@aai.example".to_owned(),
            |error| matches!(error, SetupError::Url { .. }),
        ),
        (
            "a fragment in the address",
            |one| one.url = "https://aai.example/#x".to_owned(),
            |error| matches!(error, SetupError::Url { .. }),
        ),
        ("an address that is none", |one| one.url = "aai".to_owned(), |error| matches!(error, SetupError::Url { .. })),
        ("two scopes in one", |one| one.scopes.push("a b".to_owned()), |error| matches!(error, SetupError::Scope { .. })),
        ("an hour of leeway", |one| one.leeway = Duration::from_secs(3600), |error| matches!(error, SetupError::Leeway { .. })),
        (
            "introspection without secret",
            |one| (one.introspection, one.client_secret) = (true, None),
            |error| matches!(error, SetupError::NoSecret { .. }),
        ),
        (
            "exchange without secret",
            |one| (one.exchange, one.client_secret) = (true, None),
            |error| matches!(error, SetupError::NoSecret { .. }),
        ),
    ];
    for (name, change, expected) in rows {
        let mut settings = sound();
        change(&mut settings);
        let error = set_up(vec![settings]).err().unwrap_or_else(|| panic!("{name}: accepted"));
        assert!(expected(&error), "{name}: {error}");
    }
    let other = |change: Change| {
        let mut settings = sound();
        (settings.name, settings.url) = ("iam".to_owned(), "https://iam.example/".to_owned());
        change(&mut settings);
        settings
    };
    let both = |one: Settings, two: Settings| set_up(vec![one, two]).err();
    assert!(matches!(both(sound(), other(|one| one.name = "checkin".to_owned())), Some(SetupError::NameTwice { .. })));
    let url = |one: &mut Settings| one.url = "https://aai.example/realms/egi".to_owned();
    assert!(matches!(both(sound(), other(url)), Some(SetupError::UrlTwice { .. })));
    let introspecting = Settings { introspection: true, ..sound() };
    assert!(matches!(both(introspecting, other(|one| one.introspection = true)), Some(SetupError::TwoIntrospect { .. })));

    let issuers = set_up(vec![sound(), other(|_| ())]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(issuers.by_name("iam").map(|issuer| issuer.url()), Some("https://iam.example/"));
    assert!(issuers.by_url("https://iam.example").is_none(), "letter by letter");
    for name in ["none", "HS256", "HS384", "HS512", "rs256", "ES512", ""] {
        assert_eq!(Algorithm::of_name(name), None, "{name} cannot even be named");
    }
}
