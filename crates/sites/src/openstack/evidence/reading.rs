//! What the name of an image says. Only that: whether it is believed is decided elsewhere.

use super::systems::{ARCHITECTURES, CODE_NAMES, DISTRIBUTIONS, Distribution, by_name, counted, counts_by_months, glued_version};

/// Words between a distribution's and its version.
const BETWEEN: &[&str] = &[
    "linux",
    "server",
    "stream",
    "cloud",
    "cloudimg",
    "base",
    "image",
    "minimal",
    "genericcloud",
    "generic",
    "lts",
    "gnu",
    "os",
    "release",
    "version",
    "leap",
    "desktop",
    "el",
    "enterprise",
    "core",
    "v",
];

/// What a name says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    pub system: Option<&'static Distribution>,
    pub version: Option<String>,
    pub architecture: Option<&'static str>,
    /// The words that say something else: what an image is beyond its system.
    pub rest: Vec<String>,
}

pub(super) fn read(name: &str) -> Reading {
    let lower = name.to_lowercase().replace("x86_64", "amd64").replace("x86-64", "amd64");
    let tokens = words(&lower);
    let mut reading = Reading::default();
    let mut used = vec![false; tokens.len()];
    for (at, token) in tokens.iter().enumerate() {
        if let Some((_, architecture)) = ARCHITECTURES.iter().find(|(word, _)| word == token) {
            reading.architecture.get_or_insert(architecture);
            mark(&mut used, at);
        }
    }
    if let Some((distribution, at, words)) = tokens.iter().enumerate().find_map(|(at, _)| named_at(&tokens, at)) {
        reading.system = Some(distribution);
        (at..at + words).for_each(|at| mark(&mut used, at));
        let glued = tokens.get(at).and_then(|token| glued_version(token, distribution));
        reading.version = glued.or_else(|| version_after(&tokens, at + words, distribution));
    }
    for (at, token) in tokens.iter().enumerate() {
        let code = CODE_NAMES.iter().find(|(word, ..)| word == token);
        let Some((_, name, version)) = code else { continue };
        // `ubuntu-jammy` is one system; `debian with jammy themes` is not.
        if reading.system.is_none_or(|system| system.name == *name) {
            reading.system = reading.system.or_else(|| by_name(name));
            reading.version.get_or_insert_with(|| (*version).to_owned());
            mark(&mut used, at);
        }
    }
    reading.rest = rest(&tokens, &used, reading.system);
    reading
}

/// Letters and digits, with a dot only between digits: `ubuntu.22.04.qcow2` has three words.
fn words(text: &str) -> Vec<&str> {
    let digit_at = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let mut words = Vec::new();
    let mut start = 0;
    let separates = |(at, c): &(usize, char)| match c {
        '.' => !(at.checked_sub(1).is_some_and(digit_at) && digit_at(at + 1)),
        c => !c.is_alphanumeric(),
    };
    for (at, c) in text.char_indices().filter(separates) {
        words.extend(text.get(start..at));
        start = at + c.len_utf8();
    }
    words.extend(text.get(start..));
    words.retain(|word| !word.is_empty());
    words
}

fn mark(used: &mut [bool], at: usize) {
    if let Some(used) = used.get_mut(at) {
        *used = true;
    }
}

/// The distribution named at this place, and in how many words.
fn named_at(tokens: &[&str], at: usize) -> Option<(&'static Distribution, usize, usize)> {
    let token = tokens.get(at)?;
    let next = tokens.get(at + 1).copied().unwrap_or_default();
    // Most words of most names are no system's: the first letter tells, and names come by the hundred.
    let alike = |word: &&&str| word.as_bytes().first() == token.as_bytes().first();
    let longer = DISTRIBUTIONS.iter().find(|distribution| {
        let mut pairs = distribution.words.iter().filter(alike).filter_map(|words| words.split_once(' '));
        pairs.any(|(first, second)| first == *token && second == next)
    });
    if let Some(distribution) = longer {
        return Some((distribution, at, 2));
    }
    let single = |distribution: &&Distribution| {
        let mut words = distribution.words.iter().filter(alike).filter(|word| !word.contains(' '));
        words.any(|word| word == token || (token.starts_with(word) && glued_version(token, distribution).is_some()))
    };
    DISTRIBUTIONS.iter().find(single).map(|distribution| (distribution, at, 1))
}

/// The next number that may be a version. Not much further on: a date or a build may come.
fn version_after(tokens: &[&str], from: usize, distribution: &Distribution) -> Option<String> {
    let mut after = tokens.iter().skip(from).skip_while(|token| BETWEEN.contains(token));
    let next = after.next().copied();
    let first = next.and_then(|token| counted(token.strip_prefix('v').unwrap_or(token), distribution));
    let written_out = || tokens.iter().find_map(|token| counted(token, distribution).filter(|_| token.contains('.')));
    first.or_else(|| if counts_by_months(distribution) { written_out() } else { None })
}

/// Words that every second image has in its name, and builds and dates.
fn rest(tokens: &[&str], used: &[bool], system: Option<&Distribution>) -> Vec<String> {
    const NOISE: &[&str] = &[
        "image",
        "images",
        "img",
        "for",
        "egi",
        "registry",
        "eu",
        "vm",
        "cloudimg",
        "genericcloud",
        "generic",
        "cloud",
        "server",
        "base",
        "kvm",
        "qemu",
        "xen",
        "virtualbox",
        "vmware",
        "qcow2",
        "raw",
        "vmdk",
        "linux",
        "gnu",
        "os",
        "lts",
        "release",
        "version",
        "standard",
        "official",
        "latest",
        "current",
        "daily",
        "stable",
        "openstack",
        "nocloud",
        "disk",
        "disk1",
        "64bit",
        "bit",
        "v",
        "the",
        "system",
        "operating",
        "default",
        "enterprise",
    ];
    let is_build = |token: &str| {
        let digits = token.bytes().filter(u8::is_ascii_digit).count();
        let numeric = token.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'v');
        let hash = token.len() >= 6 && digits > 0 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
        (digits > 0 && numeric) || hash || (token.len() >= 8 && digits >= 8)
    };
    let says_system =
        |token: &str| system.is_some_and(|system| system.words.contains(&token) || glued_version(token, system).is_some());
    let told = |token: &str| NOISE.contains(&token) || is_build(token) || says_system(token);
    let left = tokens.iter().zip(used).filter(|(token, used)| !**used && !told(token));
    let mut rest: Vec<String> = left.map(|(token, _)| (*token).to_owned()).collect();
    rest.sort();
    rest.dedup();
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read() {
        let cases = [
            ("EGI Image for Ubuntu 22.04 [Ubuntu/22.04/KVM]", "ubuntu", "22.04", "", ""),
            ("EGI Image for AlmaLinux 9 [AlmaLinux/9/KVM]", "almalinux", "9", "", ""),
            ("Image for EGI Ubuntu 20.04 [Ubuntu/20.04/VirtualBox]", "ubuntu", "20.04", "", ""),
            ("registry.egi.eu egi_vm_images/ubuntu:22.04", "ubuntu", "22.04", "", ""),
            ("Ubuntu.22.04-2025-09-04-4d7122d6.qcow2", "ubuntu", "22.04", "", ""),
            ("ubuntu-jammy-x86_64", "ubuntu", "22.04", "x86_64", ""),
            ("noble-server-cloudimg-amd64.img", "ubuntu", "24.04", "x86_64", ""),
            ("ubuntu-22.04-server", "ubuntu", "22.04", "", ""),
            ("ubuntu2204", "ubuntu", "22.04", "", ""),
            ("Ubuntu 20.04 LTS", "ubuntu", "20.04", "", ""),
            ("Ubuntu 22.04.3 LTS", "ubuntu", "22.04", "", ""),
            ("CentOS-7-x86_64-GenericCloud-2009", "centos", "7", "x86_64", ""),
            ("CentOS Stream 9", "centos", "9", "", "stream"),
            ("Rocky-9-GenericCloud-Base-9.4-20240609.0.x86_64.qcow2", "rocky", "9", "x86_64", ""),
            ("Rocky Linux 8.10", "rocky", "8.10", "", ""),
            ("Debian 12", "debian", "12", "", ""),
            ("debian-12-generic-arm64-20240101-1614", "debian", "12", "aarch64", ""),
            ("bookworm", "debian", "12", "", ""),
            ("windows-2019", "windows", "2019", "", ""),
            ("Windows Server 2022 Datacenter", "windows", "2022", "", "datacenter"),
            ("win2016", "windows", "2016", "", ""),
            ("Fedora-Cloud-Base-39-1.5.x86_64", "fedora", "39", "x86_64", ""),
            ("fedora-coreos-39.20231101", "fedora-coreos", "39.20231101", "", ""),
            ("Red Hat Enterprise Linux 9", "rhel", "9", "", ""),
            ("Docker on Ubuntu 22.04", "ubuntu", "22.04", "", "docker on"),
            ("ubuntu-22.04-cuda12", "ubuntu", "22.04", "", "cuda12"),
            ("EGI Docker", "", "", "", "docker"),
            ("my-snapshot", "", "", "", "my snapshot"),
            ("debian jammy", "debian", "", "", "jammy"),
            ("archive-2019", "", "", "", "archive"),
            ("winter-2019", "", "", "", "winter"),
            ("", "", "", "", ""),
        ];
        for (name, system, version, architecture, others) in cases {
            let found = read(name);
            assert_eq!(found.system.map_or("", |system| system.name), system, "{name}");
            assert_eq!(found.version.as_deref().unwrap_or(""), version, "{name}");
            assert_eq!(found.architecture.unwrap_or(""), architecture, "{name}");
            assert_eq!(found.rest.join(" "), others, "{name}");
        }
    }
}
