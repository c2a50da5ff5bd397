//! Tokens on standard input and in variables.

use super::{Elsewhere, User, all_arguments, checkin};
use crate::cli::helpers::{announcement, finish};
use testkit::{Flavour, OpenIdProvider};

#[test]
fn tokens_that_people_have_are_taken_in_order_and_refused_by_name() {
    let provider = checkin();
    let stranger = OpenIdProvider::start(Flavour::Iam);
    let gateway = Elsewhere::trusting(&[("checkin", &provider)]);
    let user = User::of(&gateway.url);
    let of = |person: &str| provider.token(&[("user", person)]);
    let (alice, bob, carol) = (of("alice"), of("bob"), of("carol"));
    let who = |variables: &[(&str, &str)]| user.ok(variables, &["whoami"]);
    assert!(who(&[("OIDC_ACCESS_TOKEN", &alice)]).starts_with("Alice"));
    assert!(who(&[("FEDCLOUD_OIDC_ACCESS_TOKEN", &bob)]).starts_with("Bob"));
    assert!(who(&[("OIDC_ACCESS_TOKEN", &alice), ("FEDCLOUD_OIDC_ACCESS_TOKEN", &bob)]).starts_with("Alice"));
    assert!(who(&[("OIDC_ACCESS_TOKEN", ""), ("FEDCLOUD_OIDC_ACCESS_TOKEN", &bob)]).starts_with("Bob"), "an empty one is none");
    assert!(who(&[("ROADSTEAD_TOKEN", &carol), ("OIDC_ACCESS_TOKEN", &alice)]).starts_with("Carol"));
    user.desk.write("bob", &bob);
    assert!(who(&[("ROADSTEAD_TOKEN_FILE", "bob"), ("OIDC_ACCESS_TOKEN", &alice)]).starts_with("Bob"));
    assert!(who(&[("ROADSTEAD_TOKEN_FILE", "bob"), ("ROADSTEAD_TOKEN", &alice)]).starts_with("Alice"));
    let piped = user.pipe(&format!("{carol}\n"), &["--token-stdin", "whoami"]);
    assert!(piped.code == 0 && piped.out.starts_with("Carol"), "{piped:?}");

    // Refused: which token, why, and what to do.
    let refused = |variable: &str, token: &str, why: &str| {
        let typed = user.type_in(&[(variable, token)], &["whoami"]);
        assert_eq!(typed.code, 4, "{typed:?}");
        assert!(typed.err.contains(&format!("The token came from the variable {variable}")), "{typed:?}");
        assert!(typed.err.contains(why) && typed.err.contains("remedy: Set"), "{why}: {typed:?}");
        assert!(!typed.err.contains(&token[token.len() - 20..]), "{typed:?}");
    };
    refused("OIDC_ACCESS_TOKEN", &provider.token(&[("bad", "exp")]), "the token ended at");
    refused("FEDCLOUD_OIDC_ACCESS_TOKEN", &provider.token(&[("aud", "https://elsewhere.example")]), "not meant for this gateway");
    refused("OIDC_ACCESS_TOKEN", &provider.token(&[("bad", "sig")]), "signature is wrong");
    refused("OIDC_ACCESS_TOKEN", &stranger.token(&[]), "not trusted here");
    let garbage = user.type_in(&[("OIDC_ACCESS_TOKEN", "two words of it")], &["whoami"]);
    assert!(
        garbage.code == 4 && garbage.err.contains("OIDC_ACCESS_TOKEN is no token") && !garbage.err.contains("words of it"),
        "{garbage:?}"
    );
    let piped = user.pipe("", &["--token-stdin", "whoami"]);
    assert!(piped.code == 4 && piped.err.contains("standard input is no token"), "{piped:?}");
    let both = user.pipe(&alice, &["--token-stdin", "--oidc-agent", "a", "whoami"]);
    assert_eq!(both.code, 2, "{both:?}");
    let open = User::of("http://gateway.example.org");
    let open = open.type_in(&[("OIDC_ACCESS_TOKEN", &alice)], &["whoami"]);
    assert!(open.code == 2 && open.err.contains("not https"), "nothing is sent where others can read it: {open:?}");
    let here = user.desk.type_in(&["--oidc-agent", "a", "whoami"]);
    assert!(here.code == 2 && here.err.contains("--gateway"), "{here:?}");

    // The gateway of this computer knows its owner, and what was given to the command that starts it is not for it.
    let mut command = user.desk.command(&["whoami"]);
    command.env("OIDC_ACCESS_TOKEN", &alice).env("ROADSTEAD_TOKEN", &bob);
    let owner = finish(user.desk.home.start(command));
    assert!(owner.code == 0 && owner.out.contains(" at local"), "{owner:?}");
    let environment = std::fs::read(format!("/proc/{}/environ", announcement(&user.desk)["process"])).expect("it runs");
    let environment = String::from_utf8_lossy(&environment);
    assert!(environment.contains("TESTKIT_HOME") && !environment.contains(&alice) && !environment.contains(&bob));

    // A sign-in with a token that somebody has; it counts before what is for many services, and after what is said.
    let kept = user.pipe(&bob, &["login", "--token-stdin"]);
    assert!(kept.code == 0 && kept.out.starts_with("You are signed in as Bob"), "{kept:?}");
    assert_eq!(user.token(), bob);
    assert!(who(&[("OIDC_ACCESS_TOKEN", &alice)]).starts_with("Bob"));
    assert!(who(&[("ROADSTEAD_TOKEN", &alice)]).starts_with("Alice"));
    let bad = user.pipe(&provider.token(&[("bad", "exp")]), &["login", "--token-stdin"]);
    assert!(bad.code == 4 && bad.err.contains("on standard input"), "{bad:?}");
    assert_eq!(user.token(), bob, "what is refused takes the place of nothing");
    assert!(user.ok(&[], &["logout"]).contains("only that can end it"));
    assert!(user.kept().is_empty());

    // While a command works its token is nowhere to be seen.
    let mut follow = user.start(&[("OIDC_ACCESS_TOKEN", &alice)], &["run", "--", "sh", "-c", "echo begun; sleep 600"]);
    follow.wait_for_line(super::LIMIT, "its output", |line| line == "begun");
    let seen = all_arguments();
    let tokens = [&alice, &bob, &carol];
    assert!(seen.contains("echo begun") && tokens.iter().all(|token| !seen.contains(token.as_str())));
    drop(follow);
    let log = gateway.log();
    assert!(tokens.iter().all(|token| !log.contains(&token[token.len() - 40..])), "a token in the log");
}
