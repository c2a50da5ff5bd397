//! An owner to kill: this very test program, run again for one of its tests.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

const ROLE: &str = "TESTKIT_TEST_OWNER";
const SIGN: &str = "owned: ";

/// Lets another process `acquire` something and tell of it, kills that process with signal 9, and returns what it
/// told. `test` is the full name of the calling test, which the other process runs up to this call.
pub fn kill_owner<T>(test: &str, acquire: impl FnOnce() -> (T, String)) -> String {
    if std::env::var_os(ROLE).is_some() {
        let (_owned, told) = acquire();
        println!("{SIGN}{told}");
        let _ = std::io::stdin().read(&mut [0]);
        panic!("the owner was not killed");
    }
    let this = std::env::current_exe().expect("the path of the test program");
    let mut command = Command::new(this);
    command.args(["--exact", test, "--nocapture"]).env(ROLE, "1").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut owner = command.spawn().expect("start the test program again");
    let output = BufReader::new(owner.stdout.take().expect("the owner's output"));
    let mut lines = output.lines().map(|line| line.expect("a line of the owner's output"));
    let told = lines.find_map(|line| line.split_once(SIGN).map(|(_, told)| told.to_owned()));
    owner.kill().expect("kill the owner");
    owner.wait().expect("wait for the owner");
    told.expect("the owner to tell what it owns")
}
