//! What administrators configure about people: terms of use and quotas, from the file to the person who types.

use super::helpers::Desk;

#[test]
fn terms_are_asked_for_once_and_quotas_hold_from_the_configuration_on() {
    let desk = Desk::new();
    let terms = desk.write("terms.md", "# Be kind\n\nUse it for science.\n");
    let config = |version: &str| {
        format!(
            "terms = {{ version = \"{version}\", file = \"{}\", title = \"House rules\" }}\n[quotas]\nperson = {{ runs = 1, cores = 0.5 }}\n",
            terms.display()
        )
    };
    desk.write("config/roadstead/config.toml", config("2026-1"));
    let run = ["run", "-q", "--cores", "0.5", "--", "true"];

    let refused = desk.type_in(&run);
    assert!(
        refused.code != 0 && refused.err.contains("RS-2011") && refused.err.contains("roadstead terms accept"),
        "{refused:?}"
    );
    assert_eq!(desk.json(&["ps", "--all"])["items"].as_array().map(Vec::len), Some(0), "reading is possible");
    let shown = desk.type_in(&["terms"]);
    assert!(shown.out.contains("Use it for science.") && shown.err.contains("House rules, version 2026-1"), "{shown:?}");
    let other = desk.type_in(&["terms", "accept", "--version", "2025-1"]);
    assert!(other.code != 0 && other.err.contains("RS-1013"), "{other:?}");
    desk.ok(&["terms", "accept"]);
    assert!(desk.json(&["terms"])["accepted_at"].is_string());
    desk.ok(&run);

    let large = desk.type_in(&["run", "-q", "--cores", "1", "--", "true"]);
    assert!(large.code != 0 && large.err.contains("RS-3004") && large.err.contains("0.5 cores"), "{large:?}");
    // Two at once, of which one may be in flight: both come to their end.
    let both = [desk.start(&run), desk.start(&run)];
    for one in both {
        let typed = super::helpers::finish(one);
        assert_eq!(typed.code, 0, "{typed:?}");
    }
    let quota = desk.json(&["quotas"]);
    assert_eq!((quota["runs"]["used"].as_u64(), quota["runs"]["most"].as_u64()), (Some(0), Some(1)), "{quota}");
    assert!(desk.ok(&["quotas"]).contains("0 of 0.5"));

    let me = desk.json(&["admin", "people"])["items"][0]["id"].as_str().expect("an identifier").to_owned();
    assert!(desk.ok(&["admin", "quotas", "--person", &me, "--cores", "2"]).contains("0 of 2"));
    desk.ok(&["run", "-q", "--cores", "1", "--", "true"]);
    assert!(desk.type_in(&["admin", "quotas", "--person", &me]).code != 0, "how much is not said");
    desk.ok(&["admin", "quotas", "--person", &me, "--as-for-all"]);
    assert!(desk.ok(&["quotas"]).contains("0 of 0.5"));

    let stranger = desk.type_in(&["run", "-q", "--vo", "astro", "--", "true"]);
    assert!(
        stranger.code != 0 && stranger.err.contains("RS-2012") && stranger.err.contains("roadstead communities"),
        "{stranger:?}"
    );
    // Across communities, as administrators make them.
    let team = desk.json(&["teams", "create", "survey"])["id"].as_str().expect("an identifier").to_owned();
    desk.ok(&["teams", "add", &team, &me]);
    desk.ok(&["run", "-q", "--cores", "0.5", "--share-with", "survey", "--", "true"]);
    let shared = desk.json(&["ps", "--all", "--team", &team]);
    assert_eq!(shared["items"].as_array().map(Vec::len), Some(1), "{shared}");
    assert!(desk.ok(&["teams", "show", &team]).contains(&me));
    desk.ok(&["teams", "remove", &team, &me]);
    assert!(desk.type_in(&["ps", "--all", "--team", &team]).err.is_empty(), "an administrator sees it all the same");
    desk.ok(&["teams", "delete", &team]);
    assert!(desk.ok(&["communities"]).is_empty(), "in none");
}
