//! The commands of a machine, carried out: in a sandbox (bubblewrap) whose programs note what they are asked for.

use super::{Aboard, everything, machine, text_of, told};
use serde_json::Value;
use sites::cloud_init::Parts;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

/// Notes its name and its words, and answers as on a fresh machine: a disk with a label, nothing mounted.
const PROGRAM: &str = r#"#!/bin/sh
name=${0##*/}
{ printf '%s' "$name"; [ $# = 0 ] || printf ' [%s]' "$@"; echo; } >>/tmp/stage/log
case $name in
mountpoint) exit 1 ;;
id) [ "$1" != roadstead ] ;;
blkid)
    case $1 in
    -L) echo /dev/vdz ;;
    -p) exit "$(cat /tmp/stage/found)" ;;
    -o) echo 12-34 ;;
    esac ;;
curl)
    while [ "$1" != -o ]; do shift; done
    printf 'the program' >"$2" ;;
python3) mkdir -p "$3/bin" && cp "$0" "$3/bin/pip" ;;
esac
"#;
const PROGRAMS: [&str; 14] = [
    "mount",
    "mountpoint",
    "blkid",
    "mkfs.xfs",
    "curl",
    "cvmfs_config",
    "usermod",
    "useradd",
    "id",
    "chown",
    "systemctl",
    "python3",
    "record",
    "dpkg",
];
/// Those that do what they do everywhere.
const REAL: [&str; 8] = ["sh", "mkdir", "cat", "cp", "rm", "grep", "chmod", "sha256sum"];

struct Guest(tempfile::TempDir);

impl Guest {
    /// With the files that cloud-init writes, and a program that installs packages.
    fn new(config: &Value, installer: &str) -> Self {
        let stage = tempfile::tempdir().expect("a directory");
        let at = stage.path();
        for directory in ["bin", "etc/profile.d", "roadstead", "opt", "mnt"] {
            fs::create_dir_all(at.join(directory)).expect("a directory");
        }
        for program in PROGRAMS.iter().chain([&installer]) {
            write(&at.join("bin").join(program), PROGRAM, 0o755);
        }
        for program in REAL {
            symlink(Path::new("/usr/bin").join(program), at.join("bin").join(program)).expect("a link");
        }
        write(&at.join("etc/fstab"), "", 0o644);
        for file in config["write_files"].as_array().expect("files") {
            let path = file["path"].as_str().expect("a path").replace("/var/lib/roadstead/", "/roadstead/");
            let path = at.join(path.trim_start_matches('/'));
            fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
            let mode = u32::from_str_radix(file["permissions"].as_str().expect("a mode"), 8).expect("octal digits");
            write(&path, file["content"].as_str().expect("a text"), mode);
        }
        Self(stage)
    }

    /// What the programs were asked for, and what was complained about. `found`: how a look at the disk ends.
    fn run(&self, commands: &str, found: u8) -> (String, String) {
        let stage = self.0.path();
        fs::write(stage.join("found"), found.to_string()).expect("it is written");
        fs::write(stage.join("log"), "").expect("it is written");
        write(&stage.join("runcmd"), commands, 0o700);
        let mut machine = Command::new("bwrap");
        machine.args(["--unshare-all", "--die-with-parent", "--uid", "0", "--gid", "0", "--ro-bind", "/", "/", "--dev", "/dev"]);
        machine.args(["--tmpfs", "/var/lib", "--tmpfs", "/tmp"]);
        for (from, to) in
            [("etc", "/etc"), ("roadstead", "/var/lib/roadstead"), ("opt", "/opt"), ("mnt", "/mnt"), ("", "/tmp/stage")]
        {
            machine.arg("--bind").arg(stage.join(from)).arg(to);
        }
        machine.args(["--setenv", "PATH", "/tmp/stage/bin", "/bin/sh", "/tmp/stage/runcmd"]);
        let output = machine.output().expect("bubblewrap");
        (self.read("log"), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}

fn write(path: &Path, text: &str, mode: u32) {
    fs::write(path, text).expect("it is written");
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("its mode");
}

#[test]
fn a_machine_becomes_what_its_recipe_says_and_no_word_is_read_by_a_shell() {
    let (recipe, aboard) = (everything(), Aboard::new());
    // Of what `curl` fetches in the sandbox.
    let digest = {
        let mut hasher = data::Hasher::new();
        hasher.update(b"the program");
        hasher.finish().to_string()
    };
    let of = |digest: &str| text_of(Parts { recipe: Some(&recipe), pilot: Some(aboard.pilot(digest)), ..machine() });
    let texts = BTreeMap::from([("right", of(&digest)), ("wrong", of(&"0".repeat(64)))]);
    let answers = told(&texts);
    let (config, commands) = (&answers["right"]["merged"], answers["right"]["commands"].as_str().expect("a script"));

    let debian = Guest::new(config, "apt-get");
    let (log, errors) = debian.run(commands, 2);
    assert_eq!(errors, "");
    let installed: Vec<&str> = log
        .lines()
        .filter_map(|line| {
            line.strip_prefix("apt-get [-qy] [-o] [DPkg::Lock::Timeout=600] [-o] [Dpkg::Options::=--force-confold] ")
        })
        .collect();
    let packages = ["nfs-common", "nfs-common", "cvmfs", "docker.io", "python3-venv", "bubblewrap"];
    assert_eq!(installed, packages.map(|package| format!("[install] [{package}]")));
    for expected in [
        "mount [/mnt/data]\n",
        "mount [/mnt/more]\n",
        "mkfs.xfs [/dev/vdz]\n",
        "mount [/mnt/scratch]\n",
        "cvmfs_config [setup]\ncvmfs_config [probe]\n",
        "usermod [-aG] [docker] [ubuntu]\n",
        "python3 [-m] [venv] [/opt/software]\n",
        "pip [install] [-q] [--no-input] [--disable-pip-version-check] [--] [astropy>=6,<8] [reproject[all]]\n",
        "[--cacert] [/var/lib/roadstead/authority.pem] [-o] [/var/lib/roadstead/pilot/roadstead] \
            [https://gateway.example.org/roadstead/program?x='y']\n",
        "systemctl [daemon-reload]\nsystemctl [enable] [--now] [roadstead-pilot.service]\n",
        &format!("record [{}]\nrecord [--last]\n", recipe.run[0][1]),
    ] {
        assert!(log.contains(expected), "{expected} in\n{log}");
    }
    assert!(log.ends_with("record [--last]\n"), "the recipe's own commands are the last:\n{log}");
    let fstab = "nfs.example.org:/export /mnt/data nfs ro,nfsvers=4.2,_netdev,nofail 0 0\n\
        [2001:db8::1]:/more /mnt/more nfs defaults,_netdev,nofail 0 0\n\
        UUID=12-34 /mnt/scratch xfs defaults,nofail 0 2\n";
    assert_eq!(debian.read("etc/fstab"), fstab);
    let cvmfs = "CVMFS_REPOSITORIES='a.example.org,b.example.org'\nCVMFS_HTTP_PROXY='http://squid.example.org:3128'\n";
    assert_eq!(debian.read("etc/cvmfs/default.local"), cvmfs);
    assert_eq!(debian.read("etc/profile.d/roadstead-software.sh"), "PATH=/opt/software/bin:$PATH\n");
    assert_eq!(debian.read("etc/nasty file"), recipe.files[0].content);
    assert_eq!(debian.read("roadstead/pilot/roadstead"), "the program");
    assert!(!debian.0.path().join("mnt/evil").exists());

    // Once more, with something on the disk: nothing is formatted, and nothing is written twice.
    for found in [0, 8] {
        let (log, errors) = debian.run(commands, found);
        assert!(errors.is_empty() && !log.contains("mkfs"), "{errors}{log}");
        assert_eq!(debian.read("etc/fstab"), fstab);
    }

    // Another program than the one that was announced is not left lying there, and the rest is made all the same.
    let (config, commands) = (&answers["wrong"]["merged"], answers["wrong"]["commands"].as_str().expect("a script"));
    let red_hat = Guest::new(config, "dnf");
    write(&red_hat.0.path().join("etc/os-release"), "ID=rocky\n", 0o644);
    let (log, errors) = red_hat.run(commands, 2);
    assert!(errors.contains("not the program") && errors.contains("was not made: pilot"), "{errors}");
    assert!(!red_hat.0.path().join("roadstead/pilot/roadstead").exists() && !log.contains("systemctl"), "{log}");
    for package in ["nfs-utils", "https://cvmrepo.s3.cern.ch/cvmrepo/yum/cvmfs-release-latest.noarch.rpm", "cvmfs", "moby-engine"]
    {
        assert!(log.contains(&format!("dnf [-qy] [install] [{package}]\n")), "{package} in\n{log}");
    }
    assert!(log.ends_with("record [--last]\n"), "{log}");
}
