//! PostgreSQL as the operating system's package brings it.

use std::fs::{self, DirBuilder};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use crate::short_dir;

/// Where PostgreSQL's programs are, and the user they run as.
#[derive(Clone)]
pub(super) struct Install {
    pub(super) bin: PathBuf,
    /// `initdb` refuses to run as root: then the package's own user takes over.
    user: Option<(u32, u32)>,
}

impl Install {
    pub(super) fn find() -> Self {
        let packaged = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path());
        let mut versions: Vec<PathBuf> = packaged.map(|path| path.join("bin")).collect();
        versions.sort();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut candidates = versions.into_iter().rev().chain(std::env::split_paths(&path));
        let bin = candidates.find(|bin| bin.join("initdb").exists() && bin.join("postgres").exists());
        let bin = bin.expect("PostgreSQL's server programs (on Debian: apt-get install postgresql)");
        let user = rustix::process::geteuid().is_root().then(|| user_ids("postgres"));
        Self { bin, user }
    }

    pub(super) fn become_user(&self, command: &mut Command) {
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
    }

    pub(super) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C.UTF-8").current_dir("/");
        self.become_user(&mut command);
        command
    }

    pub(super) fn new_directory(&self) -> tempfile::TempDir {
        let directory = short_dir();
        if let Some((user, group)) = self.user {
            chown(directory.path(), Some(user), Some(group)).expect("give the directory to the server's user");
        }
        directory
    }

    /// An archive of a freshly made data directory. `initdb` takes seconds, unpacking a fraction of one; and a single
    /// file is there or not there, where whoever tidies `/tmp` could leave half of a directory.
    pub(super) fn template(&self) -> PathBuf {
        let version = run(self.command("postgres").arg("--version"), "");
        let version: String = version.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let cache = cache_directory();
        let template = cache.join(format!("{}.tar", version.trim_matches('-')));
        if !template.exists() {
            let directory = self.new_directory();
            let mut initdb = self.command("initdb");
            initdb.arg("-D").arg(directory.path().join("data")).args(["-U", "postgres", "-E", "UTF8", "--no-sync"]);
            // Local: only who can enter the server's directory reaches its socket. Loopback is open to everyone.
            run(initdb.args(["--auth-local=trust", "--auth-host=scram-sha-256"]), "");
            let archive = tempfile::NamedTempFile::new_in(&cache).expect("make the template's file");
            let mut tar = Command::new("tar");
            tar.arg("-C").arg(directory.path()).arg("-cf").arg(archive.path()).arg("data");
            run(&mut tar, "");
            fs::set_permissions(archive.path(), fs::Permissions::from_mode(0o644)).expect("open the template to read");
            archive.persist(&template).expect("name the template");
        }
        template
    }
}

/// `/tmp/roadstead-testkit-UID`. Its name is known to everyone, so it counts only while nobody else can write to it.
fn cache_directory() -> PathBuf {
    let owner = rustix::process::geteuid().as_raw();
    let path = PathBuf::from(format!("/tmp/roadstead-testkit-{owner}"));
    let _ = DirBuilder::new().mode(0o755).create(&path);
    let found = fs::symlink_metadata(&path).expect("the directory for templates");
    assert!(
        found.is_dir() && found.uid() == owner && found.mode() & 0o022 == 0,
        "{} must be a directory that only user {owner} writes to",
        path.display()
    );
    path
}

fn user_ids(name: &str) -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").expect("read /etc/passwd");
    let fields = users.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|fields| fields[0] == name);
    let ids = fields.and_then(|fields| Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?)));
    ids.unwrap_or_else(|| panic!("root cannot run PostgreSQL, and there is no user {name} to run it"))
}

#[track_caller]
pub(super) fn run(command: &mut Command, input: &str) -> String {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    let mut stdin = child.stdin.take().expect("the command's standard input");
    stdin.write_all(input.as_bytes()).expect("write to the command's standard input");
    drop(stdin);
    let Output { status, stdout, stderr } = child.wait_with_output().expect("wait for the command");
    assert!(status.success(), "{command:?} ended with {status}:\n{}", String::from_utf8_lossy(&stderr));
    String::from_utf8_lossy(&stdout).trim_end().to_owned()
}
