//! Apptainer, without any privilege of its own (`--userns`): the image becomes a directory, read-only for the command.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use model::request::ArchiveKind;

use super::{Indoor, Kind, Room, ask, own_environment, text};
use crate::execute::container::launch::variables;
use crate::execute::container::{TEMP, WORK};
use crate::execute::host::on_own_path;
use crate::execute::{Command, End, Error};

/// As `apptainer build` does from other sources; from its own format it would do it in a container, for which it mounts more
/// than a sandbox may.
const UNPACK: &str = r#"number=$("$1" --silent --nocolor sif list "$2" | sed -n 's/^\([0-9]\{1,\}\) .*FS (Squashfs\/\*System.*/\1/p')
[ -n "$number" ] || { echo 'it has no file system of the kind SquashFS' >&2; exit 1; }
"$1" --silent --nocolor sif dump "$number" "$2" >"$3.squashfs"
unsquashfs -quiet -no-progress -no-xattrs -dest "$3" "$3.squashfs"
rm "$3.squashfs"
"#;

pub(super) async fn describe(name: &str, place: &Path, patience: Duration) -> Option<Result<Indoor, String>> {
    let program = on_own_path(name)?;
    let said = match ask(&program, &["--version"], place, patience).await {
        Ok(said) => said,
        Err(reason) => return Some(Err(reason)),
    };
    // The name is shared with SingularityCE, which has gone ways of its own.
    let version = said.trim().strip_prefix("apptainer version ").map(str::to_owned);
    Some(match version {
        Some(version) => Ok(Indoor { kind: Kind::Apptainer, program, version }),
        None => Err(format!("is not Apptainer ({}), and not used", said.trim())),
    })
}

/// The words before the command's own, and the engine's environment.
pub(super) async fn prepare(
    room: &Room<'_>,
    engine: &Indoor,
    kind: ArchiveKind,
    archive: &Path,
    command: &Command,
) -> Result<(Vec<String>, BTreeMap<String, String>), String> {
    let root = room.directory.join("root");
    let program = text(&engine.program);
    let from = match kind {
        // Unpacked already.
        ArchiveKind::Oci => Some(format!("oci:{}", text(&room.directory.join("archive")))),
        ArchiveKind::Docker => Some(format!("docker-archive:{}", text(archive))),
        ArchiveKind::Sif => None,
    };
    match from {
        Some(from) => {
            let words = [&program, "--silent", "--nocolor", "build", "--sandbox", &text(&root), &from];
            room.succeed(&words.map(str::to_owned), &own_settings()).await?;
        }
        None => {
            let words = ["sh", "-ec", UNPACK, "sh", &program, &text(archive), &text(&root)];
            room.succeed(&words.map(str::to_owned), &own_settings()).await?;
        }
    }
    let work = format!("{}:{WORK}", text(room.work_dir));
    let temp = format!("{TEMP}:{TEMP}");
    let words = [
        &program,
        "--silent",
        "--nocolor",
        "exec",
        "--userns",
        "--contain",
        "--cleanenv",
        "--no-privs",
        "--no-eval",
        // The sandbox has these already, as far as they are the command's business; a second /proc the kernel refuses.
        "--no-mount",
        "proc,sys,devpts,tmp,cwd,bind-paths,hostfs",
        "--bind",
        "/proc:/proc",
        "--bind",
        "/sys:/sys",
        "--bind",
        &temp,
        // Which is the only way to say what HOME is.
        "--home",
        &work,
        "--pwd",
        WORK,
        &text(&root),
    ]
    .map(str::to_owned)
    .to_vec();
    let mut environment = own_environment();
    environment.extend(own_settings());
    let mut variables = variables(command);
    variables.remove("HOME");
    environment.extend(variables.into_iter().map(|(name, value)| (format!("APPTAINERENV_{name}"), value)));
    Ok((words, environment))
}

fn own_settings() -> BTreeMap<String, String> {
    let setting = |name: &str, value: &str| (format!("APPTAINER_{name}"), value.to_owned());
    [setting("CONFIGDIR", "/tmp/.apptainer"), setting("DISABLE_CACHE", "true"), setting("TMPDIR", TEMP)].into()
}

/// It ends with 255 and says so when it could not start the command, which may do both as well; then the command is told
/// to have failed to start, which it did in its way.
pub(super) fn verdict(command: &Command, end: End, said: &str) -> Result<End, Error> {
    let fatal = said.lines().find_map(|line| line.strip_prefix("FATAL:").or_else(|| line.strip_prefix("ERROR:")));
    let (End::Exited { code: 255 | 1 }, Some(reason)) = (end, fatal) else { return Ok(end) };
    let (word, reason) = (command.word().to_owned(), reason.trim().to_owned());
    if reason.contains("not found in $PATH") || reason.contains("no such file or directory") {
        Err(Error::NotFound { word, reason })
    } else if reason.contains("permission denied") || reason.contains("exec format error") {
        Err(Error::NotExecutable { word, reason })
    } else {
        Err(Error::Container(reason))
    }
}
