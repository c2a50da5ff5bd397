//! Everything that lists: a table that fits, or JSON and nothing else.

use super::helpers::{Desk, announcement};

/// Each with the keys that its JSON must have.
const LISTINGS: &[(&[&str], &[&str])] = &[
    (&["ps", "--all"], &["items", "next"]),
    (&["show", "seen"], &["id", "state", "outcome", "request", "attempts", "elements"]),
    (&["show", "seen", "--events", "--plan", "--receipt"], &["run", "events", "plan", "receipt"]),
    (&["outputs", "seen"], &["items", "next"]),
    (&["sites"], &["items", "next"]),
    (&["services"], &["items", "next"]),
    (&["services", "local"], &["items", "next"]),
    (&["offers", "--cores", "1", "--why"], &["offers", "rejections", "counterfactuals"]),
    (&["plan", "--memory", "1GiB", "--", "true"], &["offers", "rejections", "counterfactuals"]),
    (&["tokens", "list"], &["items", "next"]),
    (&["keys", "list"], &["items", "next"]),
    (&["uploads", "list"], &["items", "next"]),
    (&["quotas"], &["runs", "cores", "accelerators", "waiting"]),
    (&["admin", "people"], &["items"]),
    (&["admin", "audit"], &["items", "next"]),
    (&["admin", "flows"], &["items", "next"]),
    (&["admin", "health"], &[]),
    (&["explain"], &["items", "next"]),
    (&["config", "check"], &["sources", "config"]),
    (&["openapi"], &["openapi", "paths"]),
];

#[test]
fn every_listing_fits_eighty_columns_and_speaks_json() {
    let desk = Desk::new();
    let name = "seen";
    let long = "銀河".repeat(40);
    desk.ok(&["run", "-q", "--name", &long, "--", "true"]);
    desk.ok(&[
        "run",
        "-q",
        "--name",
        name,
        "-o",
        "*",
        "--",
        "sh",
        "-c",
        "echo x > a-file-with-a-rather-long-name-that-goes-on-and-on-and-on-for-a-while.txt",
    ]);
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIY1XHGTHhPKTfKUOzJJCFVKYLWhjBaO6fVyJzFaE3kG";
    let file = desk.write("key.pub", format!("{key} somebody@a-computer-with-a-rather-long-name.example.org"));
    desk.ok(&["keys", "add", file.to_str().expect("UTF-8")]);
    let file = desk.write("sent.txt", "x");
    desk.ok(&["uploads", "send", file.to_str().expect("UTF-8")]);
    for (arguments, keys) in LISTINGS {
        let shown = desk.ok(arguments);
        assert!(!shown.is_empty(), "{arguments:?}");
        if ["ps", "outputs", "sites", "services", "tokens", "uploads", "explain"].contains(&arguments[0])
            || arguments[1..] == ["flows"]
        {
            for line in shown.lines() {
                // Two columns for each of these characters.
                let width: usize = line.chars().map(|c| if ('\u{4e00}'..='\u{9fff}').contains(&c) { 2 } else { 1 }).sum();
                assert!(width <= 80 || arguments == &["services", "local"], "{arguments:?}: {width}: {line}");
            }
        }
        let json = desk.json(arguments);
        for key in *keys {
            assert!(json.get(key).is_some_and(|value| *key == "next" || !value.is_null()), "{arguments:?}: no {key} in {json}");
        }
    }
    let runs = desk.json(&["ps", "--all", "--limit", "1"]);
    assert_eq!(runs["items"].as_array().map(Vec::len), Some(1));
    assert!(runs["next"].is_string(), "{runs}");
    let said = desk.type_in(&["ps", "--all", "--limit", "1"]);
    assert!(said.err.contains("more than"), "{said:?}");
    assert_eq!(desk.json(&["ps", "--state", "failed"])["items"], serde_json::json!([]));
}

#[test]
fn tokens_are_shown_once_do_what_their_scope_says_and_end() {
    let desk = Desk::new();
    let typed = desk.type_in(&["tokens", "create", "reader", "--scope", "read", "--lives", "1h"]);
    let secret = typed.out.trim_end();
    assert!(typed.code == 0 && secret.lines().count() == 1 && !typed.err.contains(secret), "{typed:?}");
    let tokens = desk.json(&["tokens", "list"]);
    let id = tokens["items"][0]["id"].as_str().expect("an id").to_owned();
    assert!(!tokens.to_string().contains(secret));

    let file = desk.write("reader", secret);
    let url = announcement(&desk)["url"].as_str().expect("an address").to_owned();
    let as_reader = |arguments: &[&str]| {
        let with = ["--gateway", url.as_str(), "--token-file", file.to_str().expect("UTF-8")];
        desk.type_in(&[&with, arguments].concat())
    };
    assert_eq!(as_reader(&["ps"]).code, 0);
    let refused = as_reader(&["run", "--", "true"]);
    assert!(refused.code == 4 && refused.err.contains("error[RS-2003]"), "{refused:?}");
    desk.ok(&["tokens", "revoke", &id]);
    assert_eq!(as_reader(&["ps"]).code, 4);
}

#[test]
fn help_has_an_example_for_every_command_that_needs_one() {
    let desk = Desk::new();
    let help = desk.ok(&["--help"]);
    for word in ["Exit codes:", "run", "demo", "130"] {
        assert!(help.contains(word), "{word}");
    }
    for command in [
        "run", "ps", "show", "logs", "outputs", "plan", "offers", "services", "uploads", "tokens", "keys", "demo", "serve",
        "explain",
    ] {
        let help = desk.ok(&[command, "--help"]);
        assert!(help.contains(&format!("roadstead {command}")), "{command}: {help}");
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{command}: {help}");
    }
    assert!(!help.contains("pilot"), "{help}");
}

#[test]
fn a_mapping_is_converted_tried_and_put_in_force() {
    let desk = Desk::new();
    let yaml = "vos:\n  biomed: \"urn:mace:egi.eu:group:biomed:role=vm_operator#aai.egi.eu\"\n";
    let file = desk.write("vo-mappings.yaml", yaml);
    let issuer = "https://aai.egi.eu/auth/realms/egi";
    let made = desk.type_in(&["admin", "mapping", "convert", file.to_str().expect("UTF-8"), "--issuer", issuer]);
    assert!(made.code == 0 && made.out.contains("member_of") && made.out.contains("biomed"), "{made:?}");
    let mapping = desk.write("mapping.toml", &made.out);
    let set = desk.ok(&["admin", "mapping", "set", mapping.to_str().expect("UTF-8")]);
    assert!(set.contains("Version 1 with 1 rule is"), "{set}");
    assert_eq!(desk.ok(&["admin", "mapping", "show"]).trim(), made.out.trim(), "what is shown can be set again");

    let claims = |role: &str| format!(r#"{{"eduperson_entitlement": ["urn:mace:egi.eu:group:biomed:role={role}#aai.egi.eu"]}}"#);
    let preview = |role: &str| {
        let file = desk.write("claims.json", claims(role));
        desk.ok(&["admin", "mapping", "preview", "--issuer", issuer, file.to_str().expect("UTF-8")])
    };
    let given = preview("vm_operator");
    assert!(given.contains("member of biomed") && given.contains("by rule 0"), "{given}");
    let nearly = preview("member");
    assert!(nearly.starts_with("nothing") && nearly.contains("nearly biomed") && nearly.contains("vm_operator"), "{nearly}");
    let wrong = desk.write("wrong.toml", "[[rules]]\nissuer = \"any\"\n");
    let refused = desk.type_in(&["admin", "mapping", "set", wrong.to_str().expect("UTF-8")]);
    assert!(refused.code != 0 && refused.err.contains("wrong.toml"), "{refused:?}");
    let late = desk.type_in(&["admin", "mapping", "set", mapping.to_str().expect("UTF-8"), "--version", "0"]);
    assert!(late.code != 0 && late.err.contains("RS-1013"), "{late:?}");
}

#[test]
fn the_audit_tells_what_was_done_and_people_are_listed() {
    let desk = Desk::new();
    let run = desk.ok(&["run", "--detach", "--", "true"]);
    let me = desk.json(&["admin", "people"])["items"][0].clone();
    let id = me["id"].as_str().expect("an id");
    assert!(me["administrator"] == true && me["last_seen_at"].is_string(), "{me}");
    let typed = desk.type_in(&["admin", "people", "--suspend", id, "--because", "a try"]);
    assert!(typed.code != 0 && typed.err.contains("RS-1013"), "{typed:?}");

    let shown = desk.ok(&["admin", "audit", "--about", run.trim()]);
    assert!(shown.contains("create_run") && shown.contains("done"), "{shown}");
    let exported = desk.ok(&["admin", "audit", "--export"]);
    let operations: Vec<String> = exported
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("an entry to a line"))
        .map(|entry| format!("{} {}", entry["operation"].as_str().expect("a name"), entry["allowed"]))
        .collect();
    for told in ["create_run true", "suspend_person false", "list_people true"] {
        assert!(operations.iter().any(|operation| operation == told), "{told} in {operations:?}");
    }
}
