//! udocker with proot (its mode P1): no privilege, no namespaces, no walls; for computers that have nothing else.

use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use model::request::ArchiveKind;

use super::{Indoor, Kind, Room, allowed, ask, own_environment, text};
use crate::execute::container::launch::{lines, variables};
use crate::execute::container::{TEMP, WORK};
use crate::execute::host::on_own_path;
use crate::execute::{Command, End, Error};

/// udocker's name for the image, and for the container made of it.
const IMAGE: &str = "roadstead/image";
const NAME: &str = "element";
/// Below the temporary directory: made at the last moment before the command.
const STARTED: &str = ".roadstead-started";

/// udocker starts nothing in an image that does not know its root, and complains of what it cannot make when it starts.
const KNOW_ROOT: &str = r#"cd "$1"
mkdir -p etc ../.mountpoints
[ -e etc/passwd ] || echo 'root:x:0:0:root:/:/bin/sh' >etc/passwd
[ -e etc/group ] || echo 'root:x:0:' >etc/group
"#;

/// Starts proot for udocker. Leaves out the kernel's name (`-k`), with which versions of proot break directories' listings.
/// A mark tells that everything before the command went well, since udocker's own failures have codes that commands have.
const WRAPPER: &str = r#"#!/bin/sh
left=$# seen=
while [ "$left" -gt 0 ]; do
  word=$1
  shift
  left=$((left - 1))
  case $seen$word in
  -k)
    shift
    left=$((left - 1))
    continue
    ;;
  -r)
    seen=command
    : >/tmp/.roadstead-started
    ;;
  esac
  set -- "$@" "$word"
done
exec PROOT "$@"
"#;

pub(super) async fn describe(place: &Path, patience: Duration) -> Option<Result<Indoor, String>> {
    let program = on_own_path("udocker")?;
    Some(described(program, place, patience).await)
}

async fn described(program: PathBuf, place: &Path, patience: Duration) -> Result<Indoor, String> {
    let words = [allowed(), &["--version"]].concat();
    let said = ask(&program, &words, place, patience).await?;
    let version = said.lines().find_map(|line| line.strip_prefix("version: ")).ok_or("it does not say its version")?;
    let proot =
        proot().ok_or("is installed, but not proot, which it starts commands with (also `udocker install` brings one)")?;
    Ok(Indoor { kind: Kind::Udocker { proot }, program, version: version.trim().to_owned() })
}

/// The computer's, or the one that udocker fetched for the person.
fn proot() -> Option<PathBuf> {
    let fetched = || {
        let own = std::env::var_os("UDOCKER_DIR").map(PathBuf::from);
        let directory = own.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".udocker")))?.join("bin");
        let arch = std::env::consts::ARCH.replace("aarch64", "arm64");
        let names = [format!("proot-{arch}-4_8_0"), format!("proot-{arch}")];
        names.into_iter().map(|name| directory.join(name)).find(|path| path.is_file())
    };
    on_own_path("proot").or_else(fetched)
}

/// The words before the command's own, and the engine's environment.
pub(super) async fn prepare(
    room: &Room<'_>,
    engine: &Indoor,
    proot: &Path,
    kind: ArchiveKind,
    archive: &Path,
    command: &Command,
) -> Result<(Vec<String>, BTreeMap<String, String>), String> {
    let trouble = |error: std::io::Error| error.to_string();
    let home = room.directory.join("udocker");
    std::fs::create_dir_all(home.join("lib")).map_err(trouble)?;
    // Else it would fetch programs for itself; it needs none but proot.
    std::fs::write(home.join("lib/VERSION"), "99.0.0\n").map_err(trouble)?;
    let wrapper = room.directory.join("proot");
    let quoted = format!("'{}'", text(proot).replace('\'', "'\\''"));
    std::fs::write(&wrapper, WRAPPER.replace("PROOT", &quoted)).map_err(trouble)?;
    std::fs::set_permissions(&wrapper, Permissions::from_mode(0o700)).map_err(trouble)?;
    let settings = own_settings(&home, &wrapper);
    let udocker = |words: &[&str]| -> Vec<String> {
        let program = text(&engine.program);
        let all = [&[program.as_str()], allowed(), &["--quiet"], words].concat();
        all.into_iter().map(str::to_owned).collect()
    };
    let archive = match kind {
        ArchiveKind::Docker => repack(room).await?,
        ArchiveKind::Oci | ArchiveKind::Sif => archive.to_owned(),
    };
    let loaded = room.succeed(&udocker(&["load", "-i", &text(&archive), IMAGE]), &settings).await?;
    let image = loaded_as(&loaded).ok_or_else(|| format!("udocker did not say what it loaded: {}", loaded.trim()))?;
    room.succeed(&udocker(&["create", &format!("--name={NAME}"), &image]), &settings).await?;
    let root = home.join("containers").join(NAME).join("ROOT");
    room.succeed(&["sh", "-ec", KNOW_ROOT, "sh", &text(&root)].map(str::to_owned), &BTreeMap::new()).await?;
    let env_file = room.directory.join("env");
    std::fs::write(&env_file, lines(variables(command))).map_err(trouble)?;
    std::fs::set_permissions(&env_file, Permissions::from_mode(0o600)).map_err(trouble)?;
    let work = format!("--volume={}:{WORK}", text(room.work_dir));
    let variables = format!("--env-file={}", text(&env_file));
    let words = udocker(&[
        "run",
        "--nobanner",
        "--nosysdirs",
        "--containerauth",
        "--user=root",
        "--volume=/dev",
        "--volume=/proc",
        "--volume=/sys",
        &format!("--volume={TEMP}"),
        &work,
        &format!("--workdir={WORK}"),
        &variables,
        "--entrypoint=",
        NAME,
    ]);
    let mut environment = own_environment();
    environment.extend(settings);
    Ok((words, environment))
}

fn own_settings(home: &Path, wrapper: &Path) -> BTreeMap<String, String> {
    let setting = |name: &str, value: &str| (format!("UDOCKER_{name}"), value.to_owned());
    [
        setting("DIR", &text(home)),
        setting("TMP", TEMP),
        setting("USE_PROOT_EXECUTABLE", &text(wrapper)),
        setting("DEFAULT_EXECUTION_MODE", "P1"),
        // It would ask there for an image that it does not find: nobody answers.
        setting("REGISTRY", "http://127.0.0.1:1"),
        setting("INDEX", "http://127.0.0.1:1"),
    ]
    .into()
}

/// Some engines write a layer as a link to another file of the archive, which udocker does not follow.
async fn repack(room: &Room<'_>) -> Result<PathBuf, String> {
    let to = room.directory.join("archive.tar");
    let words = ["tar", "-chf", &text(&to), "-C", &text(&room.directory.join("archive")), "."].map(str::to_owned);
    room.succeed(&words, &BTreeMap::new()).await.map(|_| to)
}

/// `name:tag` of what `udocker load` printed: as such, or as a list in Python's way.
fn loaded_as(said: &str) -> Option<String> {
    let line = said.lines().map(str::trim).rfind(|line| !line.is_empty())?;
    let first = line.trim_matches(['[', ']']).split(',').next()?.trim_matches([' ', '\'', '"']);
    let plain = |c: char| c.is_ascii_alphanumeric() || "./_-:".contains(c);
    (first.contains(':') && first.chars().all(plain) && !first.starts_with('-')).then(|| first.to_owned())
}

pub(super) fn verdict(command: &Command, end: End, said: &str, temp_dir: &Path) -> Result<End, Error> {
    if !matches!(end, End::Exited { .. }) || temp_dir.join(STARTED).exists() {
        return Ok(end);
    }
    let reason = said.lines().find_map(|line| line.strip_prefix("Error: ")).unwrap_or(said).trim().to_owned();
    if reason.starts_with("command not found") {
        return Err(Error::NotFound {
            word: command.word().to_owned(),
            reason: "not found in the image, or not executable".into(),
        });
    }
    Err(Error::Container(if reason.is_empty() { "the engine said nothing".to_owned() } else { reason }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn understands_what_was_loaded() {
        assert_eq!(loaded_as("['roadstead/image:1']\n").as_deref(), Some("roadstead/image:1"));
        assert_eq!(loaded_as("Info: x\nroadstead/image:1.2-a\n").as_deref(), Some("roadstead/image:1.2-a"));
        for strange in ["", "[]", "Error", "['--rm:x']", "a b:1"] {
            assert_eq!(loaded_as(strange), None, "{strange}");
        }
    }

    #[test]
    fn the_wrapper_leaves_out_the_kernel_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let show = directory.path().join("it's proot");
        std::fs::write(&show, "#!/bin/sh\nprintf '<%s>' \"$@\"\n").unwrap();
        std::fs::set_permissions(&show, Permissions::from_mode(0o700)).unwrap();
        let quoted = format!("'{}'", text(&show).replace('\'', "'\\''"));
        let script = WRAPPER.replace("PROOT", &quoted).replace("/tmp/.roadstead-started", "started");
        let run = |words: &[&str]| {
            let output = std::process::Command::new("sh")
                .arg("-c")
                .arg(&script)
                .arg("proot")
                .args(words)
                .current_dir(directory.path())
                .output();
            String::from_utf8(output.unwrap().stdout).unwrap()
        };
        assert_eq!(run(&["--help"]), "<--help>");
        assert!(!directory.path().join("started").exists());
        let given = ["-b", "/a b:/work", "-0", "-k", "6.1", "-r", "/root", "-w", "/work", "ps", "-k", "", "a\nb"];
        assert_eq!(run(&given), "<-b></a b:/work><-0><-r></root><-w></work><ps><-k><><a\nb>");
        assert!(directory.path().join("started").exists());
    }
}
