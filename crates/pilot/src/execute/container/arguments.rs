//! The words of `podman run`: what a payload gets, and nothing else.

use std::path::Path;

use model::request::Network;

use super::{TEMP, WORK};
use crate::execute::{Limits, Mark};

pub(super) struct Arguments<'a> {
    pub name: &'a str,
    pub mark: &'a Mark,
    pub image_id: &'a str,
    pub network: Network,
    pub limits: &'a Limits,
    pub group: &'a str,
    pub work_dir: &'a str,
    pub temp_dir: &'a str,
    pub env_file: &'a Path,
    /// Empty when the image's own command is to run.
    pub argv: &'a [String],
}

/// So many processes and threads as a person usually may have.
const PROCESSES: u32 = 4096;

impl Arguments<'_> {
    pub fn words(&self) -> Vec<String> {
        let mut words = vec!["run".to_owned()];
        let mut add = |name: &str, value: &str| words.extend([format!("--{name}"), value.to_owned()]);
        add("name", self.name);
        // Of an earlier try, should its pilot have been killed.
        add("replace", "");
        add("label", &format!("roadstead.attempt={}", self.mark.attempt()));
        add("label", &format!("roadstead.element={}", self.mark.index()));
        add("pull", "never");
        add("network", if self.network == Network::Host { "host" } else { "none" });
        // What a payload wrote into its image would be lost without a word, and would fill the computer's disk.
        add("read-only", "");
        add("image-volume", "ignore");
        add("mount", &mount(self.work_dir, WORK));
        add("mount", &mount(self.temp_dir, TEMP));
        add("workdir", WORK);
        add("cap-drop", "all");
        add("security-opt", "no-new-privileges");
        // Root inside is the pilot's user outside: the files it makes are the pilot's.
        add("user", "0:0");
        add("env-file", &self.env_file.to_string_lossy());
        // Addresses of proxies often hold passwords.
        add("http-proxy", "false");
        // Straight into our pipes, byte by byte; nothing is kept or waited for on the way.
        add("log-driver", "passthrough");
        add("cgroups", "no-conmon");
        add("cgroup-parent", self.group);
        add("pids-limit", &PROCESSES.to_string());
        // The group around it has the same limits; these are for payloads that ask what they have.
        if let Some(bytes) = self.limits.memory_bytes {
            add("memory", &format!("{bytes}b"));
            add("memory-swap", &format!("{bytes}b"));
        }
        if let Some(cores) = self.limits.cores {
            add("cpus", &cores.to_string());
        }
        if !self.argv.is_empty() {
            // The JSON form is passed on as it is; the argument of one word would be read by podman.
            let entry_point: Vec<&String> = self.argv.iter().take(1).collect();
            add("entrypoint", &serde_json::to_string(&entry_point).unwrap_or_default());
        }
        let mut words = joined(words);
        words.push(self.image_id.to_owned());
        words.extend(self.argv.iter().skip(1).cloned());
        words
    }
}

/// `--name value` as `--name=value`, which flags and values that begin with a hyphen need.
fn joined(words: Vec<String>) -> Vec<String> {
    let (command, options) = words.split_at(1);
    let join = |pair: &[String]| match pair {
        [name, value] if value.is_empty() => name.clone(),
        pair => pair.join("="),
    };
    command.iter().cloned().chain(options.chunks(2).map(join)).collect()
}

/// One field of a line of comma-separated values may hold everything but a quote, when it is quoted.
fn mount(from: &str, to: &str) -> String {
    format!("type=bind,\"source={from}\",destination={to},nosuid,nodev,relabel=private")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_gets_its_own_and_nothing_else() {
        let mark = Mark::new("a1", 3).unwrap();
        let argv = ["-x".to_owned(), "--privileged".to_owned(), "a \"b".to_owned()];
        let words = Arguments {
            name: "rs-a1-3",
            mark: &mark,
            image_id: "0123",
            network: Network::None,
            limits: &Limits { cores: Some(2), memory_bytes: Some(1 << 30), ..Limits::default() },
            group: "/g/payload",
            work_dir: "/data, x/work",
            temp_dir: "/data/temp",
            env_file: Path::new("/data/env"),
            argv: &argv,
        }
        .words();
        assert_eq!(words.first().map(String::as_str), Some("run"));
        let image = words.iter().position(|word| word == "0123").unwrap();
        assert_eq!(&words[image + 1..], &argv[1..]);
        let options: Vec<&str> = words[1..image].iter().map(String::as_str).collect();
        assert!(options.iter().all(|word| word.starts_with("--")), "{options:?}");
        for needed in [
            "--network=none",
            "--read-only",
            "--cap-drop=all",
            "--security-opt=no-new-privileges",
            "--user=0:0",
            "--pull=never",
            "--memory=1073741824b",
            "--cpus=2",
            "--entrypoint=[\"-x\"]",
            "--cgroup-parent=/g/payload",
            "--mount=type=bind,\"source=/data, x/work\",destination=/work,nosuid,nodev,relabel=private",
        ] {
            assert!(options.contains(&needed), "{needed} is missing in {options:?}");
        }
        assert_eq!(options.iter().filter(|word| word.starts_with("--mount=")).count(), 2);
    }
}
