//! Runs from the command line: followed, left, found again, ended.

use super::helpers::{Desk, LIMIT, announcement, finish};
use testkit::Signal;

#[test]
fn a_run_is_followed_to_its_end_and_ends_like_its_command() {
    let desk = Desk::new();
    let typed = desk.type_in(&["run", "--name", "talk", "--", "sh", "-c", "echo heard; echo seen >&2; exit 7"]);
    assert_eq!((typed.code, typed.out.as_str()), (7, "heard\n"), "{typed:?}");
    for said in ["talk", "running", "seen\n", "failed after", "error[RS-5002]", "remedy:"] {
        assert!(typed.err.contains(said), "{said}: {typed:?}");
    }

    let typed = desk.type_in(&["run", "--quiet", "--", "sh", "-c", "kill -9 $$"]);
    assert_eq!(typed.code, 128 + 9, "{typed:?}");
    let typed = desk.type_in(&["run", "--output", "missing.txt", "--", "true"]);
    assert_eq!(typed.code, 1, "{typed:?}");
    let typed = desk.type_in(&["run", "--quiet", "--", "printf", "no newline"]);
    assert_eq!((typed.code, typed.out.as_str(), typed.err.as_str()), (0, "no newline", ""));

    // With --json the command's words are not mixed with the document.
    let run = desk.json(&["run", "--", "echo", "heard"]);
    assert_eq!((run["outcome"].as_str(), run["name"].as_str()), (Some("done"), Some("echo")));
    assert_eq!(run["request"]["command"][1], "heard");
}

#[test]
fn a_run_goes_on_when_its_follower_leaves_and_is_found_by_id_prefix_and_name() {
    let desk = Desk::new();
    let id = desk.ok(&["run", "--detach", "--name", "long", "--", "sh", "-c", "echo begun; exec sleep 300"]);
    assert!(id.starts_with("run-") && id.len() == 30, "{id}");
    assert!(desk.ok(&["ps"]).contains(&id));

    let mut follower = desk.start(&["logs", "-f", "long"]);
    follower.wait_for_line(LIMIT, "what the command wrote", |line| line == "begun");

    // A second run of that name: the name means the newest, a prefix must be of one run only.
    let mut attached = desk.start(&["run", "--name", "long", "--", "sleep", "300"]);
    attached.wait_for_line(LIMIT, "its state", |line| line.ends_with("running"));
    attached.kill(Signal::INT);
    let left = finish(attached);
    assert_eq!(left.code, 130, "{left:?}");
    assert!(left.err.contains("roadstead cancel run-"), "{left:?}");
    assert_eq!(desk.json(&["ps"])["items"].as_array().map(Vec::len), Some(2));

    let newest = desk.json(&["show", "long"])["id"].as_str().expect("an id").to_owned();
    assert_ne!(newest, id);
    assert_eq!(desk.json(&["show", &id[..id.len() - 1]])["id"], id.as_str());
    assert_eq!(desk.json(&["show", &newest[4..]])["id"], newest.as_str());
    let common = id.chars().zip(newest.chars()).take_while(|(one, other)| one == other).count();
    let typed = desk.type_in(&["show", &id[..common]]);
    assert_eq!(typed.code, 2, "{typed:?}");
    assert!(typed.err.contains(&id) && typed.err.contains(&newest), "{typed:?}");

    assert!(desk.ok(&["cancel", &id, "long"]).contains("is being cancelled"));
    assert_eq!(finish(follower).code, 0);
    for id in [&id, &newest] {
        desk.ok(&["logs", "-f", id]);
        testkit::wait_until(LIMIT, "its end", || (desk.json(&["show", id])["state"] == "ended").then_some(()));
        assert_eq!(desk.json(&["show", id])["outcome"], "cancelled");
        desk.ok(&["delete", id]);
        let typed = desk.type_in(&["show", id]);
        assert!(typed.code == 1 && typed.err.contains("error[RS-1008]"), "{typed:?}");
    }
}

#[test]
fn whoever_follows_a_cancelled_run_learns_it() {
    let desk = Desk::new();
    let mut follower = desk.start(&["run", "--name", "doomed", "--", "sleep", "300"]);
    follower.wait_for_line(LIMIT, "its state", |line| line.ends_with("running"));
    desk.ok(&["cancel", "doomed"]);
    let typed = finish(follower);
    assert_eq!(typed.code, 130, "{typed:?}");
    assert!(typed.err.contains("cancelled after"), "{typed:?}");
}

#[test]
fn an_array_counts_says_which_failed_and_is_repaired() {
    let desk = Desk::new();
    let gate = desk.path("gate");
    let script = "echo I am $RS_INDEX; echo $RS_INDEX > o-$RS_INDEX.txt; case $RS_INDEX in 2|4) test -s gate;; esac";
    let job = desk.write(
        "job/array.toml",
        format!("name = \"many\"\ncommand = [\"sh\", \"-c\", \"{script}\"]\ninputs = [{{ from = \"file:../gate\", to = \"gate\" }}]\noutputs = [{{ path = \"o-{{index}}.txt\" }}]\n[array]\ncount = 5\n"),
    );
    std::fs::write(&gate, "").expect("write");
    let typed = desk.type_in(&["run", job.to_str().expect("UTF-8")]);
    assert_eq!((typed.code, typed.out.as_str()), (1, ""), "{typed:?}");
    assert!(typed.err.contains("3 done, 2 failed") && typed.err.contains("RS-5013"), "{typed:?}");

    let shown = desk.ok(&["show", "many"]);
    assert!(shown.contains("Failed elements (2 of 2)"), "{shown}");
    assert_eq!(desk.ok(&["logs", "many", "--element", "3"]), "I am 3");
    let typed = desk.type_in(&["logs", "many"]);
    assert!(typed.code == 2 && typed.err.contains("--element"), "{typed:?}");

    let typed = desk.type_in(&["retry", "many", "--element", "2", "--element", "3"]);
    assert!(typed.code == 1 && typed.err.contains("Of the 2 elements that were named, only 1 failed"), "{typed:?}");
    std::fs::write(&gate, "open").expect("write");
    let said = desk.ok(&["retry", "many", "--element", "4", "--element", "2"]);
    assert!(said.starts_with("many, 2 elements, is executed again"), "{said}");
    testkit::wait_until(LIMIT, "its second end", || (desk.json(&["show", "many"])["state"] == "ended").then_some(()));
    assert_eq!(desk.json(&["show", "many"])["outcome"], "done");
    let said = desk.ok(&["outputs", "many", "--to", "results"]);
    assert!(said.starts_with("5 files fetched"), "{said}");
    for index in 0..5 {
        assert_eq!(super::helpers::text_of(&desk.path(&format!("results/{index}/o-{index}.txt"))), format!("{index}\n"));
    }
}

#[test]
fn exit_codes_tell_what_kind_of_trouble_it_was() {
    let desk = Desk::new();
    let code = |arguments: &[&str]| desk.type_in(arguments).code;
    assert_eq!(code(&["dance"]), 2);
    assert_eq!(code(&["run"]), 1, "an empty request is a problem of its fields");
    assert_eq!(code(&["run", "--memory", "8", "--", "true"]), 2);
    assert_eq!(code(&["run", "no-such.toml"]), 1);
    assert_eq!(code(&["show", "nothing"]), 1);
    let token = desk.write("token", "rst_wrong");
    let token = token.to_str().expect("UTF-8");
    let closed = format!("http://127.0.0.1:{}", testkit::free_port());
    assert_eq!(code(&["ps", "--gateway", &closed, "--token-file", token]), 3);
    assert_eq!(code(&["ps", "--gateway", "ftp://x", "--token-file", token]), 2);
    let mut gateway = desk.start(&["--json", "serve", "--listen", "127.0.0.1:0", "--data-dir", "other"]);
    gateway.wait_for_line(LIMIT, "its address", |line| line == "}");
    let said: serde_json::Value = serde_json::from_str(&gateway.stdout()).expect("JSON");
    let url = said["url"].as_str().expect("an address");
    let typed = desk.type_in(&["ps", "--gateway", url, "--token-file", token]);
    assert_eq!(typed.code, 4, "{typed:?}");
    assert!(!typed.err.contains("rst_wrong"), "{typed:?}");
}

#[test]
fn mistakes_in_a_request_are_named_and_nothing_is_started() {
    let desk = Desk::new();
    let job = desk.write("job.toml", "comand = [\"true\"]\n");
    let typed = desk.type_in(&["run", job.to_str().expect("UTF-8")]);
    assert!(typed.err.contains("error[RS-1002]") && typed.err.contains("comand"), "{typed:?}");
    let typed = desk.type_in(&["run", "--input", "/etc/hostname=../x", "--cores", "0", "--", "true"]);
    for field in ["inputs[0].to", "resources.cores"] {
        assert!(typed.err.contains(field), "{typed:?}");
    }
    assert_eq!(desk.json(&["ps", "--all"])["items"], serde_json::json!([]));
}

#[test]
fn a_follower_starts_the_gateway_again_that_was_killed() {
    let desk = Desk::new();
    // Long enough to lose the gateway in: commands see no file of the test that could tell them to go on.
    let mut follower = desk.start(&["run", "--", "sh", "-c", "echo first; sleep 4; echo last"]);
    follower.wait_for_line(LIMIT, "what the command wrote", |line| line == "first");
    let gateway = announcement(&desk)["process"].as_i64().and_then(|id| i32::try_from(id).ok()).expect("a process");
    let gateway = rustix::process::Pid::from_raw(gateway).expect("a process");
    rustix::process::kill_process(gateway, Signal::KILL).expect("kill the gateway");
    let typed = finish(follower);
    assert_eq!((typed.code, typed.out.as_str()), (0, "first\nlast\n"), "{typed:?}");
}
