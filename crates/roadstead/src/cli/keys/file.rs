//! Where a public key is read from on this computer.

use crate::wiring::places;
use identity::{BadKey, PublicKey};
use model::{Code, Problem};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// In the order in which `ssh` offers them.
const USUAL: [&str; 3] = ["id_ed25519.pub", "id_ecdsa.pub", "id_rsa.pub"];
/// Much more than a key is long: enough to tell what the file is instead.
const MOST: u64 = 64 * 1_024;

/// The public key in the file, or in the usual one when none is named. Anything else is refused, private keys first of all.
pub fn read(file: Option<PathBuf>, is_stdin_taken: bool) -> Result<PublicKey, Problem> {
    let file = file.map_or_else(usual, Ok)?;
    let is_stdin = file == Path::new("-");
    if is_stdin && is_stdin_taken {
        let detail = "Standard input cannot be both the token (--token-stdin) and the key (-).";
        return Err(Problem::new(Code::UsageWrong, detail, "Name the file of the key."));
    }
    let shown = if is_stdin { "standard input".to_owned() } else { file.display().to_string() };
    let mut bytes = Vec::new();
    let read = match is_stdin {
        true => std::io::stdin().lock().take(MOST).read_to_end(&mut bytes),
        false => File::open(&file).and_then(|file| file.take(MOST).read_to_end(&mut bytes)),
    };
    read.map_err(|error| {
        let remedy = "Check its name, and that you may read it; `ssh-keygen -t ed25519` makes a key pair.";
        Problem::new(Code::FileUnreadable, format!("{shown}: {error}."), remedy)
    })?;
    PublicKey::read(&String::from_utf8_lossy(&bytes)).map_err(|bad| match bad {
        BadKey::Private => Problem::new(
            Code::UsageWrong,
            format!("What is in {shown} is a private key, which nobody but you may ever see. Nothing was sent."),
            "Give the file with its public half, whose name ends in `.pub`.",
        ),
        bad => {
            let Problem { remedy, .. } = bad.into();
            Problem::new(Code::UsageWrong, format!("What is in {shown} {bad}."), remedy)
        }
    })
}

fn usual() -> Result<PathBuf, Problem> {
    let directory = places::ssh_dir();
    let found = USUAL.iter().map(|name| directory.join(name)).find(|path| path.exists());
    found.ok_or_else(|| {
        let detail = format!("There is none of {} in {}.", USUAL.join(", "), directory.display());
        Problem::new(Code::FileUnreadable, detail, "Make a key pair with `ssh-keygen -t ed25519`, or name the file of one.")
    })
}
