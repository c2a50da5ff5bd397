//! Links that sign a browser in: who prints them, what they are good for, where they never appear.

use super::helpers::{Desk, LIMIT, finish, text_of};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use testkit::wait_until;

/// Swaps the link's code for a session, as the portal does.
fn swap(link: &str) -> (u16, Option<String>) {
    let (home, code) = link.split_once("/#code=").expect("a code in the fragment");
    assert!(code.starts_with("rsc_"), "{code}");
    let body = serde_json::json!({ "code": code }).to_string();
    let request = async {
        let client = reqwest::Client::new();
        let page = client.get(format!("{home}/")).header("accept", "text/html").send().await.expect("the page");
        assert!(page.status().is_success() && page.headers().contains_key("content-security-policy"));
        let request = client.post(format!("{home}/api/v1/sessions")).header("origin", home);
        let answer = request.header("content-type", "application/json").body(body).send().await.expect("an answer");
        let cookie = answer.headers().get("set-cookie").map(|value| value.to_str().expect("ascii").to_owned());
        (answer.status().as_u16(), cookie)
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(request)
}

/// The link in what was printed.
fn link_in(text: &str) -> Option<String> {
    text.split_whitespace().find(|word| word.contains("/#code=")).map(str::to_owned)
}

#[test]
fn links_sign_in_once_and_are_in_no_log_and_no_argument() {
    let desk = Desk::new();
    let mut serving = desk.start(&["serve", "--listen", "127.0.0.1:0"]);
    let link = wait_until(LIMIT, "the link to be printed", || link_in(&serving.stdout()));
    let said = serving.stdout();
    let (first, second) = (said.lines().next().expect("a line"), said.lines().nth(1).expect("another line"));
    assert!(first.starts_with("Roadstead serves at ") && second.contains(&link), "{said}");
    let (status, cookie) = swap(&link);
    let cookie = cookie.expect("a cookie");
    assert_eq!(status, 201);
    assert!(cookie.starts_with("roadstead-dep-") && cookie.contains("HttpOnly"), "{cookie}");
    assert_eq!(swap(&link).0, 401, "once");

    let printed = desk.ok(&["open", "--print"]);
    assert_eq!(printed.split_once("/#").map(|(home, _)| home), link.split_once("/#").map(|(home, _)| home));
    assert_eq!(swap(&printed).0, 201);
    let made = desk.json(&["open"]);
    assert!(made["url"].as_str().is_some_and(|url| url.ends_with(made["code"].as_str().expect("a code"))), "{made}");

    // A stand-in for the desktop's own opener, which writes down what it is asked to open.
    let opener =
        desk.write("bin/xdg-open", "#!/bin/sh\nprintf '%s\\n' \"$@\" > \"$HOME/asked\"\nmv \"$HOME/asked\" \"$HOME/opened\"\n");
    std::fs::set_permissions(&opener, std::fs::Permissions::from_mode(0o755)).expect("executable");
    let mut command = desk.command(&["open"]);
    let path = std::env::var("PATH").expect("PATH");
    command.env("DISPLAY", ":0").env("PATH", format!("{}:{path}", opener.parent().expect("a folder").display()));
    let typed = finish(desk.home.start(command));
    assert_eq!(typed.code, 0, "{typed:?}");
    let opened = wait_until(LIMIT, "the browser to be asked", || std::fs::read_to_string(desk.path("opened")).ok());
    assert!(!opened.contains("rsc_") && opened.lines().count() == 1, "everybody here can read arguments: {opened}");
    let page = Path::new(opened.trim());
    assert_eq!(std::fs::metadata(page).expect("the page").permissions().mode() & 0o777, 0o600);
    let link = typed.out.trim();
    assert!(text_of(page).contains(&format!("url={link}\"")), "{}", text_of(page));
    assert_eq!(swap(link).0, 201);

    assert!(serving.stop().success());
    let logged = serving.stderr();
    assert!(logged.contains("/api/v1/sessions/codes") && !logged.contains("rsc_") && !logged.contains("rss_"), "{logged}");
}

#[test]
fn a_gateway_that_writes_to_the_journal_prints_no_link() {
    let desk = Desk::new();
    let mut command = desk.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("JOURNAL_STREAM", "8:12345");
    let mut serving = desk.home.start(command);
    wait_until(LIMIT, "the hint to be printed", || serving.stdout().contains("roadstead open").then_some(()));
    assert_eq!(link_in(&serving.stdout()), None);
    assert!(serving.stop().success());
}
