//! Public keys: which are taken, against the real `ssh-keygen`; whose they are; what a login service says of them.

use crate::world::World;
use data_encoding::BASE64;
use identity::{AddedKey, BadKey, Idempotency, Key, NewKey, PublicKey, Scope, Vouched, keys_of};
use model::{Code, Problem};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// The line with the public half of a new pair; beside it is the private one.
fn made(directory: &Path, options: &[&str]) -> String {
    let file = directory.join(options.concat());
    let mut command = Command::new("ssh-keygen");
    let made = command.args(["-q", "-N", "", "-C", "ada@observatory", "-f"]).arg(&file).args(options).output();
    let made = made.expect("ssh-keygen");
    assert!(made.status.success(), "{options:?}: {}", String::from_utf8_lossy(&made.stderr));
    std::fs::read_to_string(file.with_extension("pub")).expect("a public key")
}

/// Bits, fingerprint and kind, as `ssh-keygen -l` says.
fn shown(directory: &Path, line: &str) -> Option<(usize, String)> {
    let file = directory.join("shown.pub");
    std::fs::write(&file, line).expect("written");
    let said = Command::new("ssh-keygen").arg("-lf").arg(&file).output().expect("ssh-keygen");
    let said = String::from_utf8(said.stdout).expect("UTF-8");
    let mut words = said.split(' ');
    Some((words.next()?.parse().ok()?, words.next()?.to_owned()))
}

/// A line of parts, each with its length before it.
fn line(algorithm: &str, parts: &[&[u8]]) -> String {
    let all = std::iter::once(algorithm.as_bytes()).chain(parts.iter().copied());
    let length = |part: &[u8]| u32::try_from(part.len()).expect("short").to_be_bytes();
    let blob: Vec<u8> = all.flat_map(|part| [&length(part), part].concat()).collect();
    format!("{algorithm} {}", BASE64.encode(&blob))
}

fn parts_of(line: &str) -> Vec<Vec<u8>> {
    let blob = BASE64.decode(line.split(' ').nth(1).expect("base64").as_bytes()).expect("base64");
    let (mut rest, mut parts) = (blob.as_slice(), Vec::new());
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (part, after) = after.split_at(u32::from_be_bytes(*length) as usize);
        parts.push(part.to_vec());
        rest = after;
    }
    parts
}

#[test]
fn what_ssh_keygen_makes_is_taken_with_the_fingerprint_that_it_shows() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut lines: Vec<String> =
        [&["-ted25519"] as &[&str], &["-tecdsa", "-b256"], &["-tecdsa", "-b384"], &["-tecdsa", "-b521"], &["-trsa", "-b2048"]]
            .map(|options| made(directory.path(), options))
            .into();
    // Of hardware that is not here: made of the parts of the others.
    let (ed25519, ecdsa) = (parts_of(&lines[0]), parts_of(&lines[1]));
    lines.push(line("sk-ssh-ed25519@openssh.com", &[&ed25519[1], b"ssh:"]));
    lines.push(line("sk-ecdsa-sha2-nistp256@openssh.com", &[&ecdsa[1], &ecdsa[2], b"ssh:"]));
    for line in &lines {
        let public = PublicKey::read(line).unwrap_or_else(|bad| panic!("{line}: {bad}"));
        let (_, fingerprint) = shown(directory.path(), line).unwrap_or_else(|| panic!("ssh-keygen does not know {line}"));
        assert_eq!(public.fingerprint(), fingerprint, "{line}");
        assert_eq!(public.to_string(), line.trim_end());
        assert_eq!(Some(public.algorithm()), line.split(' ').next());
    }
    // What people do to a line on its way.
    let spaced = format!("\r\n \t{}\n\n", lines[0].trim_end().replace(' ', " \t "));
    assert_eq!(PublicKey::read(&spaced), PublicKey::read(&lines[0]));
    let bare = lines[0].trim_end().strip_suffix(" ada@observatory").expect("a comment");
    assert_eq!(PublicKey::read(bare).expect("a key").comment(), None);
    for (comment, kept) in [("Ada's laptop, #2", true), ("a\u{202e}b", false), ("a\u{7}b", false), (&"x".repeat(121), false)] {
        let public = PublicKey::read(&format!("{bare} {comment}")).expect("a key");
        assert_eq!(public.comment(), kept.then_some(comment));
        assert_eq!(public.to_string().contains(comment), kept);
    }
}

#[test]
fn what_is_no_good_key_is_refused_with_what_to_do_and_nothing_of_it_is_repeated() {
    let directory = tempfile::tempdir().expect("a directory");
    let ed25519 = made(directory.path(), &["-ted25519"]);
    let ed25519 = ed25519.trim_end();
    let rsa = parts_of(&made(directory.path(), &["-trsa", "-b2048"]));
    let key = parts_of(ed25519)[1].clone();
    let ecdsa = parts_of(&made(directory.path(), &["-tecdsa", "-b256"]));
    let mut compressed = ecdsa[2].clone();
    compressed[0] = 2;
    let wide = ["-trsa", "-b1024"];
    let refused = [
        (String::new(), BadKey::Empty),
        (" \n\t".into(), BadKey::Empty),
        (made(directory.path(), &wide), BadKey::ShortRsa { bits: 1024 }),
        (line("ssh-dss", &[&[1; 128]]), BadKey::Dsa),
        (format!("command=\"rm -rf /\" {ed25519}"), BadKey::Options),
        (format!("no-pty,from=\"10.0.0.1\" {ed25519}"), BadKey::Options),
        (format!("{ed25519}\n{ed25519}"), BadKey::SeveralLines),
        (format!("{ed25519}\rssh-ed25519 AAAA"), BadKey::SeveralLines),
        (format!("{ed25519} {}", "x".repeat(9_000)), BadKey::TooLong),
        (line("ssh-ed25519-cert-v01@openssh.com", &[&key]), BadKey::Certificate),
        ("---- BEGIN SSH2 PUBLIC KEY ----\nAAAA".into(), BadKey::OtherFormat),
        ("-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----".into(), BadKey::OtherFormat),
        ("hello".into(), BadKey::NotAKey),
        ("SSH-ED25519 AAAA".into(), BadKey::NotAKey),
        ("ssh-ed25519".into(), BadKey::Damaged),
        (ed25519.replace(' ', "\u{a0}"), BadKey::NotAKey),
        (line("ssh-ed25519", &[&key]).replace("ssh-ed25519 ", "ecdsa-sha2-nistp256 "), BadKey::OtherAlgorithm),
        (line("ssh-ed25519", &[&key[..31]]), BadKey::Damaged),
        (line("ssh-ed25519", &[&key, b"more"]), BadKey::Damaged),
        (format!("ssh-ed25519 {}=", BASE64.encode(b"x")), BadKey::Damaged),
        (line("ecdsa-sha2-nistp256", &[b"nistp384", &ecdsa[2]]), BadKey::Damaged),
        (line("ecdsa-sha2-nistp256", &[b"nistp256", &compressed]), BadKey::Damaged),
        (line("sk-ssh-ed25519@openssh.com", &[&key, b"ssh:\nssh-rsa"]), BadKey::Damaged),
        (line("ssh-rsa", &[&rsa[1], &[&[0], rsa[2].as_slice()].concat()]), BadKey::Damaged),
        (line("ssh-rsa", &[&[1], &rsa[2]]), BadKey::Damaged),
        (line("ssh-rsa", &[&rsa[1], &[0x7f; 2049]]), BadKey::LongRsa { bits: 16_391 }),
    ];
    for (text, why) in &refused {
        assert_eq!(PublicKey::read(text), Err(*why), "{text}");
    }
    for why in refused.iter().map(|(_, why)| *why).filter(|why| matches!(why, BadKey::Dsa | BadKey::ShortRsa { .. })) {
        assert!(Problem::from(why).remedy.contains("ssh-keygen -t ed25519"), "{why}");
    }

    // A private key in each of the formats in which people have one.
    let new = std::fs::read_to_string(directory.path().join("-ted25519")).expect("a private key");
    made(directory.path(), &["-trsa", "-b3072", "-mPEM"]);
    let old = std::fs::read_to_string(directory.path().join("-trsa-b3072-mPEM")).expect("a private key");
    made(directory.path(), &["-tecdsa", "-b256", "-mPKCS8"]);
    let other = std::fs::read_to_string(directory.path().join("-tecdsa-b256-mPKCS8")).expect("a private key");
    let body = new.lines().filter(|line| !line.starts_with('-')).collect::<Vec<_>>();
    let putty = "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPrivate-Lines: 1\nAAAA";
    for text in [&new, &old, &other, &body.concat(), &new.replace('\n', " "), putty, &format!("{ed25519}\n{new}")] {
        assert_eq!(PublicKey::read(text), Err(BadKey::Private), "{text}");
    }
    let problem = Problem::from(BadKey::Private);
    assert!(problem.detail.contains("must be considered compromised") && problem.code == Code::InvalidField, "{problem:?}");
    assert_eq!(problem.fields[0].field, "public_key");
}

proptest! {
    /// Whatever is taken has one spelling, one line, and is what it says.
    #[test]
    fn no_text_is_taken_for_another(
        at in 0_usize..200, with in any::<char>(), cut in 0_usize..4,
        base in prop_oneof![
            Just("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIY1XHGTHhPKTfKUOzJJCFVKYLWhjBaO6fVyJzFaE3kG ada"),
            Just("sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIIY1XHGTHhPKTfKUOzJJCFVKYLWhjBaO6fVyJzFaE3kGAAAABHNzaDo= a b"),
        ],
    ) {
        let mut text: Vec<char> = base.chars().collect();
        let at = at % text.len();
        text.splice(at..(at + cut).min(text.len()), [with]);
        let text: String = text.into_iter().collect();
        if let Ok(public) = PublicKey::read(&text) {
            let line = public.to_string();
            prop_assert!(!line.contains(['\n', '\r', '\0']));
            let said = &parts_of(&line)[0];
            prop_assert_eq!(said.as_slice(), public.algorithm().as_bytes());
            prop_assert_eq!(PublicKey::read(&line), Ok(public));
        }
    }
}

fn new(name: Option<&str>, public_key: &str) -> NewKey {
    NewKey { name: name.map(str::to_owned), public_key: public_key.to_owned() }
}

fn names(keys: &[Key]) -> Vec<&str> {
    keys.iter().map(|key| key.name.as_str()).collect()
}

/// A different key for each number.
fn numbered(number: u8) -> String {
    line("ssh-ed25519", &[&[number; 32]])
}

#[tokio::test]
async fn people_keep_keys_under_names_that_are_theirs_alone() {
    for world in World::on_both_engines().await {
        let (ada, eve) = (world.person("Ada", false).await, world.person("Eve", false).await);
        let (caller, other) = (world.caller(&ada, Scope::Run).await, world.caller(&eve, Scope::Run).await);
        let add = async |name: Option<&str>, line: &str| world.identity.add_key(&caller, new(name, line), None).await;
        let added = async |name: Option<&str>, line: &str| match add(name, line).await {
            Ok(AddedKey::Now(key)) => key,
            other => panic!("{other:?}"),
        };
        let first = added(None, &format!("{} ada@laptop\n", numbered(1))).await;
        assert_eq!((first.name.as_str(), first.algorithm.as_str(), &first.issuer), ("ada@laptop", "ssh-ed25519", &None));
        assert_eq!(first.public_key, format!("{} ada@laptop", numbered(1)));
        assert_eq!(added(None, &numbered(2)).await.name, "ssh-ed25519");
        assert_eq!(added(None, &format!("{} ada@laptop", numbered(3))).await.name, "ada@laptop 2", "nobody chose it");
        added(Some("desk"), &numbered(4)).await;
        let same = add(Some("again"), &numbered(1)).await.expect_err("the same key");
        assert!(same.code == Code::StateConflict && same.detail.contains("`ada@laptop`"), "{same:?}");
        let taken = add(Some("desk"), &numbered(5)).await.expect_err("another key's name");
        assert_eq!((taken.code, taken.fields[0].field.as_str()), (Code::InvalidField, "name"));
        for wrong in ["", "two\nlines"] {
            assert_eq!(add(Some(wrong), &numbered(5)).await.expect_err("no name").code, Code::InvalidField);
        }
        // Somebody else may have the same name, and the same key.
        let theirs = world.identity.add_key(&other, new(Some("desk"), &numbered(1)), None).await.expect("added");
        assert!(matches!(theirs, AddedKey::Now(_)));
        let all = world.identity.keys(&caller).await.expect("a list");
        assert_eq!(names(&all), ["ada@laptop", "ada@laptop 2", "desk", "ssh-ed25519"]);
        assert_eq!(all[0], first);
        assert_eq!(keys_of(&world.db, &eve.id).await.expect("a list").len(), 1);

        // With one key for the request it is added once; with another body it is another request.
        let once = |body: &[u8]| Some(Idempotency { operation: "add_key", key: "k".into(), body_hash: db::sha256(body) });
        let again = async |body: &[u8]| world.identity.add_key(&caller, new(None, &numbered(6)), once(body)).await;
        let Ok(AddedKey::Now(made)) = again(b"one").await else { panic!("not added") };
        assert!(matches!(again(b"one").await, Ok(AddedKey::Before(key)) if key == made));
        assert_eq!(again(b"two").await.expect_err("another request").code, Code::IdempotencyConflict);
        world.identity.remove_key(&caller, &made.id).await.expect("removed");
        let gone = again(b"one").await.expect_err("removed since");
        assert!(gone.code == Code::StateConflict && gone.detail.contains(made.id.as_str()), "{gone:?}");

        assert_eq!(world.identity.remove_key(&other, &first.id).await.expect_err("not theirs").code, Code::NotFound);
        world.identity.remove_key(&caller, &first.id).await.expect("removed");
        assert_eq!(world.identity.remove_key(&caller, &first.id).await.expect_err("gone").code, Code::NotFound);
        assert_eq!(added(None, &numbered(1)).await.name, "ssh-ed25519 2", "and can be added again");

        // No more than fit on a machine.
        let mut more = 10;
        let full = loop {
            match add(None, &numbered(more)).await {
                Ok(_) => more += 1,
                Err(problem) => break problem,
            }
        };
        assert!(full.code == Code::StateConflict && full.detail.contains("20"), "{full:?}");
        assert_eq!(world.identity.keys(&caller).await.expect("a list").len(), 20);

        let reader = world.caller(&eve, Scope::Read).await;
        assert_eq!(names(&world.identity.keys(&reader).await.expect("a list")), ["desk"]);
        let refused = world.identity.add_key(&reader, new(None, &numbered(7)), None).await.expect_err("it only reads");
        assert_eq!(refused.code, Code::Forbidden);
    }
}

#[tokio::test]
async fn of_many_that_add_the_same_key_at_once_one_does() {
    for world in World::on_both_engines().await {
        let ada = world.person("Ada", false).await;
        let caller = world.caller(&ada, Scope::Run).await;
        let mut all = tokio::task::JoinSet::new();
        for number in 0..8_u8 {
            let (identity, caller) = (world.identity.clone(), caller.clone());
            let asked = new(None, &numbered(number / 4));
            all.spawn(async move { identity.add_key(&caller, asked, None).await });
        }
        let answers = all.join_all().await;
        let added = answers.iter().filter(|answer| matches!(answer, Ok(AddedKey::Now(_)))).count();
        let refused =
            answers.iter().filter(|answer| matches!(answer, Err(problem) if problem.code == Code::StateConflict)).count();
        assert_eq!((added, refused), (2, 6), "{answers:?}");
        assert_eq!(names(&world.identity.keys(&caller).await.expect("a list")), ["ssh-ed25519", "ssh-ed25519 2"]);
    }
}

#[tokio::test]
async fn what_a_login_service_says_of_keys_is_followed_at_each_sign_in_and_what_one_added_stays() {
    const CHECK_IN: &str = "https://aai.example/realms/egi";
    const OTHER: &str = "https://other.example";
    for world in World::on_both_engines().await {
        let sign_in = async |issuer: &str, keys: Value| {
            let claims = json!({ "ssh_public_key": keys });
            let claims = claims.as_object().expect("an object");
            let admitted = world.identity.admit(&Vouched { issuer, subject: "ada", claims }).await.expect("admitted");
            world.identity.follow_keys(&admitted, claims, "checkin").await.expect("followed");
            admitted
        };
        let ada = sign_in(CHECK_IN, json!(format!("{}\n# old\n\n{} ada@home\n", numbered(1), numbered(2)))).await;
        let held = async || keys_of(&world.db, &ada.person).await.expect("a list");
        let first = held().await;
        assert_eq!(names(&first), ["ada@home", "checkin"]);
        assert!(first.iter().all(|key| key.issuer.as_deref() == Some(CHECK_IN)));
        // The same again, as a list, with what is no key: nothing changes, and the bad ones are passed over.
        let private = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAA\n-----END OPENSSH PRIVATE KEY-----";
        sign_in(CHECK_IN, json!([numbered(2), 7, "ssh-dss AAAA", private, numbered(1), format!("{} other words", numbered(1))]))
            .await;
        assert_eq!(held().await, first);

        // One's own stay one's own, also when the login service says them too; theirs are theirs to remove.
        let (_, token) = world.identity.begin_token(&ada, "laptop", [Scope::Run].into()).await.expect("a token");
        let caller = world.identity.verify(&token).await.expect("a caller");
        world.identity.add_key(&caller, new(Some("mine"), &numbered(3)), None).await.expect("added");
        let known = world.identity.add_key(&caller, new(None, &numbered(1)), None).await.expect_err("known already");
        assert!(known.code == Code::StateConflict && known.detail.contains(CHECK_IN), "{known:?}");
        let refused = world.identity.remove_key(&caller, &first[0].id).await.expect_err("not here");
        assert!(refused.code == Code::StateConflict && refused.detail.contains(CHECK_IN), "{refused:?}");
        sign_in(CHECK_IN, json!([numbered(3), numbered(2), numbered(4)])).await;
        let now = held().await;
        assert_eq!(names(&now), ["ada@home", "checkin", "mine"]);
        assert_eq!(now[2].issuer, None);
        assert_ne!(now[1].id, first[1].id, "another key under a name that became free");

        // Another login service speaks of its own people.
        let elsewhere = sign_in(OTHER, json!(numbered(1))).await;
        assert_ne!(elsewhere.person, ada.person);
        sign_in(CHECK_IN, Value::Null).await;
        assert_eq!(names(&held().await), ["mine"], "what is not said any more is gone");
        assert_eq!(keys_of(&world.db, &elsewhere.person).await.expect("a list").len(), 1);
        world.identity.trust_only(&[CHECK_IN]).await.expect("distrusted");
        assert!(keys_of(&world.db, &elsewhere.person).await.expect("a list").is_empty());

        let many: Vec<String> = (0..60).map(numbered).collect();
        sign_in(CHECK_IN, json!(many)).await;
        assert_eq!(held().await.len(), 20);
        // A program's token of theirs changes nothing of it.
        let claims = json!({"ssh_public_key": numbered(99), "eduperson_entitlement": ["urn:x:group:y"]});
        let vouched = Vouched { issuer: CHECK_IN, subject: "ada", claims: claims.as_object().expect("an object") };
        world.identity.verify_vouched(&vouched, world.now()).await.expect("a caller");
        assert_eq!(held().await.len(), 20);
    }
}
