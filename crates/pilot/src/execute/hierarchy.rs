//! Where control groups can be made: below (version 2: or beside) the group that this process is in, never outside of
//! it, as that would escape the limits that the administrator put on us.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::Command;

use super::cgroup::Group;
use super::host::attempt;
use super::{Limiter, Limits, Mark};

/// A mounted hierarchy and where this process is in it.
#[derive(Debug, PartialEq, Eq)]
struct Hierarchy {
    /// Empty for version 2.
    controllers: Vec<String>,
    mount: PathBuf,
    own: PathBuf,
}

/// In order of preference; the reason where one is out of the question.
pub(super) fn candidates(configured: Option<&Path>) -> Vec<Result<Limiter, String>> {
    let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
    let hierarchies = parse(&read("/proc/self/mountinfo"), &read("/proc/self/cgroup"));
    let mut candidates = Vec::new();
    if let Some(configured) = configured {
        candidates.push(version_2(configured, None));
    }
    match hierarchies.iter().find(|hierarchy| hierarchy.controllers.is_empty()) {
        None => candidates.push(Err("cgroup v2 is not mounted".into())),
        Some(Hierarchy { mount, own, .. }) => {
            // Beside ourselves, where an earlier detection, perhaps in the process that started us, made room.
            let made_room = |parent: &&Path| own.ends_with(OWN) && hands_on(parent, "memory");
            candidates.push(match own.parent().filter(made_room) {
                Some(parent) => version_2(parent, None),
                None => version_2(own, Some(mount)),
            });
        }
    }
    candidates.push(version_1(&hierarchies));
    candidates
}

/// A hierarchy for others: where it is mounted, and where in it this process is.
pub(super) struct Mounted {
    pub mount: PathBuf,
    pub own: PathBuf,
    pub is_version_2: bool,
}

pub(super) fn mounted() -> Vec<Mounted> {
    let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
    let all = parse(&read("/proc/self/mountinfo"), &read("/proc/self/cgroup"));
    let open = |Hierarchy { controllers, mount, own }| Mounted { mount, own, is_version_2: controllers.is_empty() };
    all.into_iter().map(open).collect()
}

/// The child group that this process moves to.
const OWN: &str = "roadstead";

fn words(file: PathBuf) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.split_whitespace().map(str::to_owned).collect()
}

fn hands_on(parent: &Path, controller: &str) -> bool {
    words(parent.join("cgroup.subtree_control")).iter().any(|name| name == controller)
}

/// `mount` is given when the group is our own.
fn version_2(parent: &Path, mount: Option<&Path>) -> Result<Limiter, String> {
    let there = words(parent.join("cgroup.controllers"));
    if !there.iter().any(|name| name == "memory") {
        return Err(format!("cgroup v2: no memory controller in {}", parent.display()));
    }
    for controller in ["memory", "cpu", "pids"] {
        if !there.iter().any(|name| name == controller) || hands_on(parent, controller) {
            continue;
        }
        let hand_on = || fs::write(parent.join("cgroup.subtree_control"), format!("+{controller}"));
        let mut handed = hand_on();
        // "Busy": the group has processes. If that is only us, a child group is as good a place for us.
        if handed.is_err() && mount.is_some_and(|mount| mount != parent) && alone_in(parent) {
            handed = move_into(&parent.join(OWN)).and_then(|()| hand_on());
        }
        if let (Err(error), "memory") = (handed, controller) {
            return Err(format!("cgroup v2: {} cannot hand on its controllers: {error}", parent.display()));
        }
    }
    Ok(Limiter::CgroupV2 { parent: parent.to_owned() })
}

fn alone_in(group: &Path) -> bool {
    words(group.join("cgroup.procs")) == [std::process::id().to_string()]
}

fn move_into(group: &Path) -> std::io::Result<()> {
    if !group.is_dir() {
        fs::create_dir(group)?;
    }
    fs::write(group.join("cgroup.procs"), std::process::id().to_string())
}

fn version_1(hierarchies: &[Hierarchy]) -> Result<Limiter, String> {
    let with = |controller: &str| {
        let holds = |hierarchy: &&Hierarchy| hierarchy.controllers.iter().any(|name| name == controller);
        hierarchies.iter().find(holds).map(|hierarchy| hierarchy.own.clone())
    };
    let Some(memory) = with("memory") else {
        return Err("cgroup v1: no memory hierarchy is mounted".into());
    };
    let writable = |path: &PathBuf| rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok();
    let optional = |controller| with(controller).filter(writable);
    Ok(Limiter::CgroupV1 { memory, cpu: optional("cpu"), cpuacct: optional("cpuacct"), pids: optional("pids") })
}

/// Makes a group with a limit, has a process join it, and removes it.
pub(super) async fn try_group(limiter: &Limiter, deadline: Duration) -> Result<(), String> {
    let limits = Limits { memory_bytes: Some(256 << 20), cores: Some(1), ..Limits::default() };
    let Some(mark) = Mark::new("trial", std::process::id()) else { return Err("no name for a trial".into()) };
    let group = match Group::create(limiter, &mark, &limits) {
        Ok(Some(group)) => group,
        Ok(None) => return Err("no groups to try".into()),
        Err(error) => return Err(error.to_string()),
    };
    let mut command = Command::new("/bin/sh");
    command.args(["-c", r#"for door; do echo $$ >"$door" || exit 1; done"#, "sh"]).args(group.doors());
    let tried = match attempt(command, deadline).await {
        Ok(answer) if answer.code == Some(0) => Ok(()),
        Ok(answer) => Err(answer.complaint()),
        Err(reason) => Err(reason),
    };
    match group.remove() {
        Ok(true) => tried,
        Ok(false) => Err("a trial group could not be emptied".into()),
        Err(error) => Err(error.to_string()),
    }
}

fn parse(mountinfo: &str, cgroup: &str) -> Vec<Hierarchy> {
    // "4:memory:/a/b", "0::/a/b"
    let own: Vec<(Vec<&str>, &str)> = cgroup
        .lines()
        .filter_map(|line| {
            let mut parts = line.splitn(3, ':').skip(1);
            let controllers = parts.next()?.split(',').filter(|name| !name.is_empty()).collect();
            Some((controllers, parts.next()?))
        })
        .collect();
    mountinfo.lines().filter_map(|line| hierarchy(line, &own)).collect()
}

fn hierarchy(line: &str, own: &[(Vec<&str>, &str)]) -> Option<Hierarchy> {
    // "30 25 0:27 /root /mount opts [optional]* - type source superoptions"
    let (place, kind) = line.split_once(" - ")?;
    let mut place = place.split(' ').skip(3);
    let (root, mount) = (place.next()?, PathBuf::from(place.next()?));
    let mut kind = kind.split(' ');
    let controllers: Vec<String> = match kind.next()? {
        "cgroup2" => Vec::new(),
        "cgroup" => kind.nth(1)?.split(',').map(str::to_owned).collect(),
        _ => return None,
    };
    let (_, path) = own.iter().find(|(names, _)| {
        names.is_empty() == controllers.is_empty() && names.iter().all(|name| controllers.iter().any(|other| other == name))
    })?;
    // In a container the mount shows a part of the hierarchy only.
    let below = Path::new(path).strip_prefix(root).or_else(|_| Path::new(path).strip_prefix("/")).ok()?;
    let own = mount.join(below);
    Some(Hierarchy { controllers, mount, own })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_where_the_hierarchies_are() {
        let mounts = "25 20 0:23 / /proc rw - proc proc rw\n\
            30 25 0:27 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n\
            31 25 0:28 /docker/abc /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n\
            32 25 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\nnonsense";
        let own = "9:name=systemd:/\n4:memory:/a/b\n2:cpu,cpuacct:/docker/abc/x\n0::/user.slice\n";
        let found = parse(mounts, own);
        let places: Vec<(usize, &str)> =
            found.iter().map(|hierarchy| (hierarchy.controllers.len(), hierarchy.own.to_str().unwrap())).collect();
        assert_eq!(
            places,
            [(2, "/sys/fs/cgroup/memory/a/b"), (3, "/sys/fs/cgroup/cpu,cpuacct/x"), (0, "/sys/fs/cgroup/unified/user.slice"),]
        );
        assert!(parse("", own).is_empty() && parse(mounts, "").is_empty());
    }
}
