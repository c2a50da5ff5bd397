//! Public keys, typed: the usual file, other files, standard input, and what is not sent.

use super::helpers::{Desk, Typed, announcement, text_of};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

fn make_pair(file: &Path, options: &[&str]) {
    std::fs::create_dir_all(file.parent().expect("a parent")).expect("make directories");
    let mut command = Command::new("ssh-keygen");
    let made = command.args(["-q", "-N", "", "-C", "ada@observatory", "-f"]).arg(file).args(options).status();
    assert!(made.expect("ssh-keygen").success());
}

fn fingerprint(file: &Path) -> String {
    let shown = Command::new("ssh-keygen").arg("-lf").arg(file).output().expect("ssh-keygen");
    String::from_utf8(shown.stdout).expect("UTF-8").split(' ').nth(1).expect("a fingerprint").to_owned()
}

fn pipe(desk: &Desk, file: &Path, arguments: &[&str]) -> Typed {
    let mut command = desk.command(arguments);
    let done = command.stdin(std::fs::File::open(file).expect("a file")).output().expect("typed");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Typed { code: done.status.code().unwrap_or(-1), out: text(&done.stdout), err: text(&done.stderr) }
}

/// All that the gateway and the commands of this home wrote, but for the keys themselves.
fn written(directory: &Path, into: &mut Vec<u8>) {
    for entry in std::fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry")) {
        let kind = entry.file_type().expect("a type");
        if kind.is_dir() && entry.file_name() != ".ssh" {
            written(&entry.path(), into);
        } else if kind.is_file() {
            into.extend(std::fs::read(entry.path()).unwrap_or_default());
        }
    }
}

#[test]
fn keys_are_added_from_where_they_are_and_private_ones_never_leave() {
    let desk = Desk::new();
    let none = desk.type_in(&["keys", "add"]);
    assert!(none.code != 0 && none.err.contains("id_ed25519.pub") && none.err.contains("ssh-keygen -t ed25519"), "{none:?}");
    let private = desk.path(".ssh/id_rsa");
    make_pair(&private, &["-trsa", "-b2048"]);
    let refused = desk.type_in(&["keys", "add", private.to_str().expect("UTF-8")]);
    assert!(refused.code == 2 && refused.err.contains("Nothing was sent") && refused.err.contains(".pub"), "{refused:?}");
    assert!(pipe(&desk, &private, &["keys", "add", "-"]).err.contains("Nothing was sent"));
    assert!(desk.home.processes().is_empty(), "not even a gateway was started");

    // The first of the usual ones that is there.
    let added = desk.ok(&["keys", "add"]);
    let of_rsa = fingerprint(&private.with_extension("pub"));
    assert_eq!(added, format!("ada@observatory is added: {of_rsa}"));
    make_pair(&desk.path(".ssh/id_ed25519"), &["-ted25519"]);
    let (file, of_ed25519) = (desk.path(".ssh/id_ed25519.pub"), fingerprint(&desk.path(".ssh/id_ed25519.pub")));
    let key = desk.json(&["keys", "add", "--name", "the \u{201c}desk\u{201d} / here"]);
    assert_eq!((key["fingerprint"].as_str(), key["algorithm"].as_str()), (Some(of_ed25519.as_str()), Some("ssh-ed25519")));
    let again = pipe(&desk, &file, &["keys", "add", "-"]);
    assert!(again.code != 0 && again.err.contains("RS-1013") && again.err.contains("/ here"), "{again:?}");
    make_pair(&desk.path("work"), &["-tecdsa", "-b384"]);
    assert!(pipe(&desk, &desk.path("work.pub"), &["keys", "add", "-", "--name", "work"]).out.starts_with("work is added"));
    let shown = desk.ok(&["keys", "list"]);
    let lines: Vec<Vec<&str>> = shown.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["NAME", "TYPE", "FINGERPRINT", "FROM", "ADDED"]);
    for (kind, fingerprint) in [("RSA", &of_rsa), ("ED25519", &of_ed25519), ("ECDSA", &fingerprint(&desk.path("work.pub")))] {
        let has = |line: &&Vec<&str>| line.contains(&kind) && line.contains(&fingerprint.as_str()) && line.contains(&"you");
        assert_eq!(lines.iter().filter(has).count(), 1, "{kind}: {shown}");
    }

    let many = desk.write("many.pub", format!("{}{}", text_of(&file), text_of(&desk.path("work.pub"))));
    let many = desk.type_in(&["keys", "add", many.to_str().expect("UTF-8")]);
    assert!(many.code == 2 && many.err.contains("more than one line"), "{many:?}");
    let unknown = desk.type_in(&["keys", "remove", "work", "nothing"]);
    assert!(unknown.code != 0 && unknown.err.contains("`nothing`") && unknown.err.contains("`work`"), "{unknown:?}");
    assert_eq!(desk.json(&["keys", "list"])["items"].as_array().map(Vec::len), Some(3), "none was removed");
    desk.ok(&["keys", "remove", "work", "the \u{201c}desk\u{201d} / here", &of_rsa]);
    assert!(desk.type_in(&["keys", "list"]).err.contains("ssh-keygen -t ed25519"));

    // Whoever sends one past this command is told, and nothing of it is kept or logged.
    let text = text_of(&private);
    let secret = text.lines().nth(3).expect("a line of it");
    let told = announcement(&desk);
    let host = told["url"].as_str().and_then(|url| url.strip_prefix("http://")).expect("an address").trim_end_matches('/');
    let body = serde_json::json!({ "public_key": text }).to_string();
    let token = desk.ok(&["tokens", "create", "by-hand", "--scope", "run"]);
    let mut stream = TcpStream::connect(host).expect("connect");
    let head = format!(
        "POST /api/v1/keys HTTP/1.0\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(
        answer.contains(" 422 ") && answer.contains("must be considered compromised") && !answer.contains(secret),
        "{answer}"
    );
    let (mut all, mut log) = (Vec::new(), desk.ok(&["admin", "audit", "--json"]));
    written(desk.home.path(), &mut all);
    log.push_str(&String::from_utf8_lossy(&all));
    assert!(log.contains("add_key") && !log.contains(secret), "a private key was written down");
}
