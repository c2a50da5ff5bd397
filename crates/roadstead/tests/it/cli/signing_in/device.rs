//! `login`, `whoami`, `logout`.

use super::{Elsewhere, LIMIT, User, all_arguments, checkin};
use crate::cli::helpers::finish;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use testkit::{Flavour, OpenIdProvider, Signal};

#[test]
fn people_sign_in_with_a_code_and_out_again() {
    let (checkin, iam) = (checkin(), OpenIdProvider::start(Flavour::Iam));
    let gateway = Elsewhere::trusting(&[("checkin", &checkin), ("iam", &iam)]);
    let user = User::of(&gateway.url);
    let before = user.type_in(&[], &["whoami"]);
    assert!(before.code == 4 && before.err.contains("roadstead login --gateway http://127.0.0.1"), "{before:?}");
    let which = user.type_in(&[], &["login"]);
    assert!(which.code == 2 && which.err.contains("The service iam") && which.err.contains("--issuer"), "{which:?}");
    let none = user.type_in(&[], &["login", "--issuer", "other"]);
    assert!(none.code == 1 && none.err.contains("checkin"), "{none:?}");

    let (login, code) = user.begin(&["--issuer", "checkin"]);
    checkin.approve(&code, "alice");
    let done = finish(login);
    assert!(done.code == 0 && done.out.starts_with("You are signed in as Alice Astronomer, until "), "{done:?}");
    let first = user.token();
    let me: Value = serde_json::from_str(&user.ok(&[], &["--json", "whoami"])).expect("JSON");
    assert_eq!(
        (me["me"]["name"].as_str(), me["identities"][0]["issuer"].as_str()),
        (Some("Alice Astronomer"), Some(checkin.issuer()))
    );
    assert_eq!(me["me"]["scopes"].to_string(), r#"["read","run"]"#);
    let said = user.ok(&[], &["whoami"]);
    assert!(said.contains("alice@example.org") && said.contains("may read,run") && said.contains("in 29 days"), "{said}");
    assert_eq!(user.ok(&[], &["--json", "tokens", "list"]).matches("\"name\": \"command line on ").count(), 1);

    assert_eq!(user.pipe(&first, &["login", "--token-stdin"]).code, 0);
    user.ok(&[], &["whoami"]);

    // Declined: what was there stays.
    let (login, code) = user.begin(&["--issuer", "iam"]);
    iam.open("approve", &[("user_code", &code), ("deny", "yes")]);
    let declined = finish(login);
    assert!(declined.code == 4 && declined.err.contains("declined"), "{declined:?}");
    assert_eq!(user.token(), first);

    // Interrupted: nothing stays but what was there, and nothing comes of a late yes.
    let (mut login, code) = user.begin(&["--issuer", "checkin"]);
    login.kill(Signal::INT);
    assert_eq!(finish(login).code, 130);
    checkin.approve(&code, "bob");
    assert_eq!((user.kept().len(), user.token()), (1, first.clone()));
    let other = User::of(&gateway.url);
    let (mut login, _) = other.begin(&["--issuer", "checkin", "--scope", "read"]);
    login.kill(Signal::INT);
    assert_eq!(finish(login).code, 130);
    assert!(!other.desk.path("config/roadstead").exists(), "nothing at all");

    // Again: the token of before is of no use any more.
    let (login, code) = user.begin(&["--issuer", "iam", "--json"]);
    iam.approve(&code, "carol");
    let done = finish(login);
    let said: Value = serde_json::from_str(&done.out).unwrap_or_else(|_| panic!("{done:?}"));
    assert!(said["person"]["name"].as_str().is_some_and(|name| name.contains("Carol")), "{said}");
    let second = user.token();
    assert!(second != first && !done.out.contains(&second) && !done.err.contains(&second));
    let old = other.type_in(&[("ROADSTEAD_TOKEN", &first)], &["whoami"]);
    assert!(old.code == 4 && old.err.contains("from the variable ROADSTEAD_TOKEN"), "{old:?}");

    // A file that others can read is not used.
    let file = user.kept().remove(0);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).expect("changed");
    let seen = user.type_in(&[], &["whoami"]);
    assert!(seen.code == 1 && seen.err.contains("not private") && seen.err.contains("remedy: Remove"), "{seen:?}");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("changed");

    let out = user.ok(&[], &["logout"]);
    assert!(out.contains("does not work any more") && user.kept().is_empty(), "{out}");
    assert_eq!(other.type_in(&[("ROADSTEAD_TOKEN", &second)], &["whoami"]).code, 4, "revoked at the gateway");
    assert_eq!(user.type_in(&[], &["logout"]).code, 4);
    // One that may only read can leave as well.
    let (login, code) = other.begin(&["--issuer", "checkin", "--scope", "read"]);
    checkin.approve(&code, "alice");
    assert_eq!(finish(login).code, 0);
    let third = other.token();
    other.ok(&[], &["logout"]);
    assert_eq!(user.type_in(&[("ROADSTEAD_TOKEN", &third)], &["whoami"]).code, 4);

    let log = gateway.log();
    for secret in [&first, &second, &third] {
        assert!(!log.contains(secret.as_str()) && !log.contains(&secret[4..40]), "a token in the log");
    }
    assert!(!log.contains("rsd_") && log.contains("/api/v1/logins/token"), "the log has the questions, and no secret of theirs");
}

#[test]
fn a_sign_in_outlives_a_restart_of_the_gateway_and_ends_in_time() {
    let provider = OpenIdProvider::start_with(Flavour::Egi, &["--device-lifetime", "300"]);
    let mut gateway = Elsewhere::trusting(&[("checkin", &provider)]);
    let url = gateway.url.clone();
    let user = User::of(&url);
    // With one login service nobody is asked which.
    let (mut login, code) = user.begin(&[]);
    assert!(!all_arguments().contains("rsd_"));
    gateway.stop();
    login.wait_for_line(LIMIT, "that it waits on", |line| line.contains("does not answer") || line.contains("Waiting on."));
    provider.approve(&code, "alice");
    gateway.start_again();
    let done = finish(login);
    assert!(done.code == 0 && done.out.contains("Alice Astronomer"), "{done:?}");
    user.ok(&[], &["whoami"]);

    // The login service is away for a while.
    let (mut login, code) = user.begin(&[]);
    provider.open("outage", &[("mode", "503"), ("path", "/token")]);
    login.wait_for_line(LIMIT, "that it waits on", |line| line.contains("The service checkin does not answer"));
    provider.open("outage", &[]);
    provider.approve(&code, "bob");
    assert_eq!(finish(login).code, 0);

    let hasty = OpenIdProvider::start_with(Flavour::Egi, &["--device-lifetime", "6"]);
    let gateway = Elsewhere::trusting(&[("hasty", &hasty)]);
    let user = User::of(&gateway.url);
    let (login, _) = user.begin(&[]);
    let late = finish(login);
    assert!(
        late.code == 4 && late.err.contains("Nobody typed the code in time") && late.err.contains("roadstead login"),
        "{late:?}"
    );
    drop(hasty);
    let down = user.type_in(&[], &["login"]);
    assert!(down.code == 1 && down.err.contains("RS-2006") && down.err.contains("remedy: Try again"), "{down:?}");
    assert!(user.kept().is_empty());
    let plain = User::of("http://gateway.example.org").type_in(&[], &["login"]);
    assert!(plain.code == 2 && plain.err.contains("https"), "{plain:?}");
    let here = user.desk.type_in(&["login"]);
    assert!(here.code == 2 && here.err.contains("--gateway"), "{here:?}");
}
