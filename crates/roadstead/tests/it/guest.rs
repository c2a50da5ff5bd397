//! A machine's first boot, as cloud-init would carry it out: with the files and commands of its user data, in a sandbox
//! (bubblewrap) that has directories and processes of its own. Only what would change this computer has a stand-in.

use data_encoding::BASE64;
use serde_json::Value;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use testkit::wait_until;

use crate::cli::helpers::LIMIT;

const STAND_INS: [&str; 3] = ["useradd", "systemctl", "chown"];
const UNIT: &str = "/etc/systemd/system/roadstead-pilot.service";

pub struct Guest {
    stage: tempfile::TempDir,
    config: Value,
    /// What its service manager runs.
    unit: Option<Child>,
}

impl Guest {
    /// `user_data`: as the site has it.
    #[track_caller]
    pub fn told(user_data: &str) -> Self {
        let text = String::from_utf8(BASE64.decode(user_data.as_bytes()).expect("base64")).expect("UTF-8");
        let config = text.strip_prefix("#cloud-config\n").expect("a config for cloud-init");
        let config = serde_json::from_str(config).expect("JSON");
        let stage = tempfile::tempdir().expect("a directory");
        for directory in ["bin", "lib", "units"] {
            fs::create_dir(stage.path().join(directory)).expect("a directory");
        }
        let guest = Self { stage, config, unit: None };
        for program in STAND_INS {
            guest.write(&format!("bin/{program}"), "#!/bin/sh\necho \"${0##*/} $*\" >>/tmp/stage/asked\n", 0o755);
        }
        guest
    }

    /// All that its user data says, in the words of its pilot's recipe and commands.
    pub fn config(&mut self) -> &mut Value {
        &mut self.config
    }

    /// The code that its pilot enrols with.
    pub fn code(&self) -> String {
        let files = self.config["write_files"].as_array().expect("files");
        let recipe = files.iter().find(|file| file["path"] == "/var/lib/roadstead/pilot.json").expect("a recipe");
        let recipe: Value = serde_json::from_str(recipe["content"].as_str().expect("a text")).expect("JSON");
        recipe["enrolment"].as_str().expect("a code").to_owned()
    }

    /// Writes the files and runs the commands, each to its end. What they complained about.
    pub fn boot(&self) -> String {
        for file in self.config["write_files"].as_array().expect("files") {
            let path = self.inside(file["path"].as_str().expect("a path"));
            let mode = u32::from_str_radix(file["permissions"].as_str().expect("a mode"), 8).expect("octal digits");
            self.write(&path, file["content"].as_str().expect("a text"), mode);
        }
        let commands = self.config["runcmd"].as_array().expect("commands");
        let run = |words: &Value| {
            let words = words.as_array().expect("words").iter().map(|word| word.as_str().expect("a word"));
            let Output { stderr, .. } = self.sandbox("/").args(words).output().expect("bubblewrap");
            String::from_utf8_lossy(&stderr).into_owned()
        };
        commands.iter().map(run).collect()
    }

    /// What the service manager and the others were asked for.
    pub fn asked(&self) -> String {
        fs::read_to_string(self.stage.path().join("asked")).unwrap_or_default()
    }

    pub fn program(&self) -> std::path::PathBuf {
        self.stage.path().join(self.inside("/var/lib/roadstead/pilot/roadstead"))
    }

    /// As the service manager does, by the unit's own words.
    #[track_caller]
    pub fn start_unit(&mut self) {
        let text = fs::read_to_string(self.stage.path().join(self.inside(UNIT))).expect("a unit");
        let said = |name: &str| {
            text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')).unwrap_or_else(|| panic!("{name}"))
        };
        let input = said("StandardInput").strip_prefix("file:").expect("a file");
        let (name, value) = said("Environment").split_once('=').expect("a variable");
        let log = File::options().create(true).append(true).open(self.stage.path().join("journal")).expect("a journal");
        let mut unit = self.sandbox(said("WorkingDirectory"));
        unit.args(said("ExecStart").split(' ')).stdin(File::open(self.stage.path().join(self.inside(input))).expect("a recipe"));
        // An authority of nobody's would leave the pilot with none.
        if fs::metadata(self.stage.path().join(self.inside(value))).is_ok_and(|file| file.len() > 0) {
            unit.env(name, value);
        }
        unit.stdout(log.try_clone().expect("a journal")).stderr(log);
        self.unit = Some(unit.spawn().expect("bubblewrap"));
    }

    pub fn journal(&self) -> String {
        fs::read_to_string(self.stage.path().join("journal")).unwrap_or_default()
    }

    /// Everything that runs there stops at once.
    pub fn power_off(&mut self) {
        if let Some(mut unit) = self.unit.take() {
            unit.kill().expect("killed");
            unit.wait().expect("its end");
        }
    }

    /// The unit ends by itself; whether it is to be started again.
    #[track_caller]
    pub fn until_over(&mut self) -> bool {
        let unit = self.unit.as_mut().expect("it was started");
        let status = wait_until(LIMIT, "the end of the pilot", || unit.try_wait().expect("its state"));
        !status.success()
    }

    /// The names of what attempts have there.
    pub fn attempts(&self) -> Vec<String> {
        let directory = self.stage.path().join(self.inside("/var/lib/roadstead/pilot/attempt/attempts"));
        let names = fs::read_dir(directory).into_iter().flatten().flatten();
        names.filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }

    /// Where a path of the machine's is on the stage.
    fn inside(&self, path: &str) -> String {
        path.replace("/var/lib/roadstead/", "lib/").replace("/etc/systemd/system/", "units/")
    }

    fn write(&self, path: &str, text: &str, mode: u32) {
        assert!(!path.starts_with('/'), "{path} is no part of the machine");
        let path = self.stage.path().join(path);
        fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        fs::write(&path, text).expect("it is written");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("its mode");
    }

    fn sandbox(&self, directory: &str) -> Command {
        let mut machine = Command::new("bwrap");
        machine.args(["--unshare-pid", "--die-with-parent", "--cap-add", "ALL", "--dev-bind", "/", "/", "--proc", "/proc"]);
        machine.args(["--tmpfs", "/var/lib", "--tmpfs", "/tmp", "--setenv", "PATH", &path()]);
        for (from, to) in [("lib", "/var/lib/roadstead"), ("units", "/etc/systemd/system"), ("", "/tmp/stage")] {
            machine.arg("--bind").arg(self.stage.path().join(from)).arg(to);
        }
        machine.args(["--chdir", directory, "--"]).stdin(Stdio::null());
        machine
    }
}

fn path() -> String {
    let usual = std::env::var("PATH").unwrap_or_default();
    format!("/tmp/stage/bin:{usual}")
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.power_off();
    }
}

/// The first bytes of a file, for comparing programs.
pub fn digest(file: &Path) -> String {
    data::hash_reader(File::open(file).expect("it is there")).expect("it can be read").0.to_string()
}
