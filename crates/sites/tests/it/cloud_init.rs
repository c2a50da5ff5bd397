//! User data, read by Debian's cloud-init itself; and what it says is carried out, in a sandbox that stands for the machine.

mod guest;

use data_encoding::HEXLOWER;
use model::Secret;
use model::id::{AttemptId, DeploymentId, PilotId, RunId};
use model::mark::{Mark, Slot};
use model::recipe::{Recipe, Recipes};
use serde_json::{Value, json};
use sites::cloud_init::{CloudInitError, Key, MOST_BASE64, Parts, PilotStart, render};
use sites::driver::Start;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const NASTY: &str = "it's \"quoted\" $(touch /mnt/evil) `touch /mnt/evil`; \\n\n# é 銀河 🚀\u{2028}\u{85}\u{feff} #{x} {{y}}: no";
const KEYS: [Key<'_>; 2] = [
    Key { name: "laptop", line: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA ada@laptop" },
    Key { name: "it's \"mine\": é", line: "ecdsa-sha2-nistp256 AAAAE2VjZHNh" },
];

/// Every part there is.
fn everything() -> Recipe {
    let text = r#"
        name = "all"
        packages = ["git", "libcfitsio-dev=4.2-1"]
        engine = "docker"
        software = { python = ["astropy>=6,<8", "reproject[all]"] }
        mounts = [
            { kind = "nfs", from = "nfs.example.org:/export", at = "/mnt/data", options = "ro,nfsvers=4.2" },
            { kind = "nfs", from = "[2001:db8::1]:/more", at = "/mnt/more" },
            { kind = "cvmfs", repositories = ["a.example.org", "b.example.org"], proxy = "http://squid.example.org:3128" },
            { kind = "volume", label = "scratch", at = "/mnt/scratch", filesystem = "xfs" },
        ]
        files = [{ path = "/etc/nasty file", content = "?", mode = "0600" }]
        run = [["record", "?"], ["record", "--last"]]
    "#;
    let mut recipe: Recipe = toml::from_str(text).expect("a recipe");
    recipe.files[0].content = NASTY.replace(['\u{85}'], "");
    recipe.run[0][1] = recipe.files[0].content.clone();
    Recipes::try_from(vec![recipe]).expect("a sound recipe").find("all").expect("it").clone()
}

struct Aboard {
    mark: Mark,
    start: Start,
}

impl Aboard {
    fn new() -> Self {
        let number = "0000000000000000000000000v";
        let mark = Mark {
            deployment: format!("{}-{number}", DeploymentId::PREFIX).parse().expect("an id"),
            run: format!("{}-{number}", RunId::PREFIX).parse().expect("an id"),
            attempt: format!("{}-{number}", AttemptId::PREFIX).parse().expect("an id"),
            slot: Slot::new("pilot", 0),
        };
        let pilot = format!("{}-{number}", PilotId::PREFIX).parse().expect("an id");
        Self { mark, start: Start { pilot, enrolment: Secret::new("only-once".into()), width: 3, containers: false } }
    }

    fn pilot<'a>(&'a self, sha256: &'a str) -> PilotStart<'a> {
        PilotStart {
            mark: &self.mark,
            start: &self.start,
            gateway: "https://gateway.example.org/roadstead",
            authority: Some("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"),
            patience: Duration::from_secs(60),
            program: "https://gateway.example.org/roadstead/program?x='y'",
            sha256,
        }
    }
}

fn text_of(parts: Parts<'_>) -> String {
    render(&parts).expect("user data").expose().to_owned()
}

/// What cloud-init says of each.
fn told(texts: &BTreeMap<&str, String>) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cloud_init.py");
    let mut python = Command::new("/usr/bin/python3");
    python.arg("-B").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut python = python.spawn().expect("start python3");
    let mut stdin = python.stdin.take().expect("its input");
    stdin.write_all(&serde_json::to_vec(texts).expect("JSON")).expect("it reads");
    drop(stdin);
    let output = python.wait_with_output().expect("it ends");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "Debian's package cloud-init is needed: {errors}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The first block of a page in this language.
fn block(page: &str, language: &str) -> String {
    let (_, rest) = page.split_once(&format!("```{language}\n")).expect("a block");
    rest.split_once("```").expect("its end").0.to_owned()
}

fn of_book(text: &str) -> Recipes {
    #[derive(serde::Deserialize)]
    struct Config {
        recipes: Recipes,
    }
    toml::from_str::<Config>(text).expect("recipes").recipes
}

fn machine() -> Parts<'static> {
    Parts { hostname: "m-1", login: Some("ubuntu"), keys: &KEYS, ..Parts::default() }
}

#[test]
fn cloud_init_reads_every_kind_of_user_data_as_it_was_meant() {
    let (recipe, aboard) = (everything(), Aboard::new());
    let digest = HEXLOWER.encode(&[0xab; 32]);
    let own = "#cloud-config\nhostname: mine\nuser: ada\npackages: [vim]\nruncmd: [echo last]\nfinal_message: done\nmanage_etc_hosts: true\n\
        write_files:\n- {path: /etc/mine, content: mine}\nssh_authorized_keys:\n- ssh-rsa AAAAB3 theirs\n";
    // What a person's file says of merging is about their own files.
    let strange = format!("{own}merge_how: dict(replace)+list(replace)+str(append)\nusers:\n- {{name: eve}}\n");
    let script = "#!/bin/sh\necho é\n--roadstead\n";
    let mut lookalike = recipe.clone();
    lookalike.files[0].content = "MIME-Version: 1.0\nContent-Type: text/x-shellscript\n".to_owned();
    let mut texts = BTreeMap::from([
        ("bare", text_of(machine())),
        ("nobody", text_of(Parts { hostname: "m-1", ..Parts::default() })),
        ("recipe", text_of(Parts { recipe: Some(&recipe), ..machine() })),
        ("pilot", text_of(Parts { recipe: Some(&recipe), pilot: Some(aboard.pilot(&digest)), ..machine() })),
        ("own", text_of(Parts { recipe: Some(&recipe), own: Some(own), ..machine() })),
        ("strange", text_of(Parts { recipe: Some(&recipe), own: Some(&strange), ..machine() })),
        ("script", text_of(Parts { recipe: Some(&recipe), own: Some(script), ..machine() })),
        ("empty", text_of(Parts { own: Some("#cloud-config\n# later\n"), ..machine() })),
        ("lookalike", text_of(Parts { recipe: Some(&lookalike), ..machine() })),
    ]);
    let book = [include_str!("../../../../docs/administrators/recipes.md"), include_str!("../../../../docs/users/machines.md")];
    let recipes = of_book(&block(book[0], "toml"));
    let told_as = ["config in the book", "script in the book"];
    let (_, of_own) = book[1].split_once("## A file of your own").expect("the section");
    let kinds = ["yaml", "sh"].map(|kind| block(of_own, kind));
    for ((name, own), recipe) in told_as.into_iter().zip(&kinds).zip(recipes.iter()) {
        texts.insert(name, text_of(Parts { recipe: Some(recipe), own: Some(own), ..machine() }));
    }
    let answers = told(&texts);
    assert_ne!(answers["a mistake"][0], 0, "the check knows what is wrong: {}", answers["a mistake"]);
    for name in texts.keys() {
        let checks = answers[name]["checks"].as_array().expect("checks");
        assert!(!checks.is_empty() && checks.iter().all(|check| check[0] == 0), "{name}: {checks:#?}");
    }
    let merged = |name: &str| answers[name]["merged"].clone();

    // Ours alone is what it says, letter by letter.
    let keys = json!(["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA laptop", "ecdsa-sha2-nistp256 AAAAE2VjZHNh it's \"mine\": é"]);
    assert_eq!(merged("bare"), json!({ "hostname": "m-1", "user": "ubuntu", "ssh_authorized_keys": keys }));
    assert_eq!((merged("nobody"), merged("empty")), (json!({ "hostname": "m-1" }), merged("bare")));
    assert!(texts["recipe"].starts_with("#cloud-config\n{"));
    for name in ["recipe", "pilot"] {
        let json: Value = serde_json::from_str(&texts[name]["#cloud-config\n".len()..]).expect("JSON");
        assert_eq!(merged(name), json, "{name}");
    }
    let ours = merged("recipe");
    assert_eq!(ours["packages"], json!(recipe.packages));
    assert_eq!(ours["write_files"][0]["content"], recipe.files[0].content.as_str());
    assert_eq!(merged("lookalike")["write_files"][0]["content"], lookalike.files[0].content.as_str());

    // Lists are joined, ours in front; what the person says otherwise counts; whatever they say of merging.
    for (name, text) in [("own", own), ("strange", strange.as_str())] {
        let both = merged(name);
        assert_eq!(answers[name]["parts"][0][2], text, "it goes as it is");
        for (list, theirs) in [
            ("packages", json!(["vim"])),
            ("runcmd", json!(["echo last"])),
            ("write_files", json!([{ "path": "/etc/mine", "content": "mine" }])),
            ("ssh_authorized_keys", json!(["ssh-rsa AAAAB3 theirs"])),
        ] {
            let expected = [ours[list].as_array().expect("a list").as_slice(), theirs.as_array().expect("a list")].concat();
            assert_eq!(both[list], json!(expected), "{name}: {list}");
        }
        assert_eq!((&both["hostname"], &both["user"], &both["package_update"]), (&json!("mine"), &json!("ada"), &json!(true)));
        assert_eq!((&both["final_message"], &both["manage_etc_hosts"]), (&json!("done"), &json!(true)));
        assert_eq!(both.get("users").is_some(), name == "strange");
    }
    assert_eq!(merged("script"), ours);
    assert_eq!(answers["script"]["parts"][0][2], script);
    assert_eq!(answers["script"]["scripts"], json!(["runcmd", "script-of-its-owner"]), "theirs runs when the rest is done");

    // The pilot is told what it has to know, in a file for root alone, and the code is there once.
    let files = merged("pilot")["write_files"].clone();
    let recipe = files.as_array().expect("files").iter().find(|file| file["path"] == "/var/lib/roadstead/pilot.json");
    let recipe = recipe.expect("what the pilot reads");
    assert_eq!((&recipe["permissions"], &recipe["owner"]), (&json!("0600"), &json!("root:root")));
    let read = pilot::read_recipe(recipe["content"].as_str().expect("a text").as_bytes()).expect("a recipe");
    assert_eq!((read.enrolment.expose(), read.width, read.slot.as_str()), ("only-once", 3, "pilot-0"));
    assert_eq!(texts["pilot"].matches("only-once").count(), 1);
}

#[test]
fn what_is_too_large_or_not_understood_never_leaves() {
    let large = format!("#!/bin/sh\n{}", "#".repeat(49_000));
    let parts = |own| Parts { own: Some(own), ..machine() };
    let Err(CloudInitError::TooLarge { bytes }) = render(&parts(&large)).map(|_| ()) else { panic!("it does not fit") };
    assert!(bytes > MOST_BASE64);
    let most = render(&parts(&large[..48_000])).expect("it fits");
    assert!(most.expose().len().div_ceil(3) * 4 <= MOST_BASE64);
    let recipe = everything();
    let own = "#cloud-config\npackages: vim\n";
    let refused = render(&Parts { recipe: Some(&recipe), own: Some(own), ..machine() }).map(|_| ());
    assert!(matches!(&refused, Err(CloudInitError::BadOwnFile(why)) if why.contains("packages")), "{refused:?}");
    let aboard = Aboard::new();
    for (program, digest) in [("ftp://x", "ab".repeat(32)), ("https://x", "ab".into()), ("https://x y", "ab".repeat(32))] {
        let pilot = PilotStart { program, ..aboard.pilot(&digest) };
        let refused = render(&Parts { pilot: Some(pilot), ..machine() }).map(|_| ());
        assert_eq!(refused, Err(CloudInitError::BadProgram(program.to_owned())));
    }
}
