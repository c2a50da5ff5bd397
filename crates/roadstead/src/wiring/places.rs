//! Where things are on this computer, by the XDG rules.

use std::path::PathBuf;

fn from_env(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

fn home() -> PathBuf {
    from_env("HOME").unwrap_or_else(|| PathBuf::from("/"))
}

/// Databases, logs, outputs.
pub fn data_dir() -> PathBuf {
    from_env("XDG_DATA_HOME").unwrap_or_else(|| home().join(".local/share")).join("roadstead")
}

/// Configuration and the command line's token.
pub fn config_dir() -> PathBuf {
    from_env("XDG_CONFIG_HOME").unwrap_or_else(|| home().join(".config")).join("roadstead")
}

/// Where OpenSSH keeps somebody's keys.
pub fn ssh_dir() -> PathBuf {
    home().join(".ssh")
}

/// What must not outlive a session; none where the system has no such place.
pub fn runtime_dir() -> Option<PathBuf> {
    from_env("XDG_RUNTIME_DIR").map(|path| path.join("roadstead"))
}

/// What commands of runs must not see: where people and programs keep keys.
pub fn secret_dirs() -> Vec<PathBuf> {
    let home = home();
    let in_home =
        [".ssh", ".gnupg", ".aws", ".kube", ".docker", ".config/rclone", ".config/openstack", ".config/fedcloud", ".oidc-agent"];
    let mut dirs: Vec<PathBuf> = in_home.iter().map(|name| home.join(name)).collect();
    // Whoever can speak to an engine of containers is master of the computer.
    dirs.extend(
        ["/run/docker.sock", "/run/podman", "/run/containerd"].map(PathBuf::from).into_iter().filter(|path| path.exists()),
    );
    dirs.push(config_dir());
    dirs.extend(runtime_dir());
    dirs
}

/// The operating-system user, for the name of the local person.
pub fn user_name() -> String {
    let id = rustix::process::getuid().as_raw();
    let of_passwd = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse::<u32>() == Ok(id)).then(|| name.to_owned())
    };
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    passwd.lines().find_map(of_passwd).unwrap_or_else(|| format!("user {id}"))
}

/// What this computer calls itself.
pub fn node_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Names this computer among those that share a database.
pub fn host_name() -> String {
    let machine = std::fs::read_to_string("/etc/machine-id").unwrap_or_default();
    let node = node_name();
    match machine.trim() {
        "" => node,
        machine => format!("{node}-{}", machine.chars().take(12).collect::<String>()),
    }
}
