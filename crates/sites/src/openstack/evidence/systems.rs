//! Operating systems: what they are called, how they count their versions, whom one signs in as.

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Distribution {
    pub name: &'static str,
    /// Words that mean it and nothing else. Of two words, with a space between.
    words: &'static [&'static str],
    counting: Counting,
    /// Of the images that its makers publish.
    pub user: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counting {
    /// `22.04`, also written `2204`.
    YearAndMonth,
    /// `7`, `9.4`: small numbers.
    Small,
    /// `39`.
    Tens,
    /// `2019`, or `10` and `11`.
    Windows,
    Any,
}

const fn linux(
    name: &'static str,
    words: &'static [&'static str],
    counting: Counting,
    user: Option<&'static str>,
) -> Distribution {
    Distribution { name, words, counting, user }
}

/// Longer ways to say it before shorter ones that are a part of them.
const DISTRIBUTIONS: &[Distribution] = &[
    linux("fedora-coreos", &["fedora coreos", "fcos"], Counting::Tens, Some("core")),
    linux("ubuntu", &["ubuntu"], Counting::YearAndMonth, Some("ubuntu")),
    linux("debian", &["debian"], Counting::Small, Some("debian")),
    linux("almalinux", &["almalinux", "alma linux", "alma"], Counting::Small, Some("almalinux")),
    linux("rocky", &["rocky", "rocky linux", "rockylinux"], Counting::Small, Some("rocky")),
    linux("centos", &["centos"], Counting::Small, Some("centos")),
    linux("rhel", &["rhel", "red hat", "redhat"], Counting::Small, Some("cloud-user")),
    linux("fedora", &["fedora"], Counting::Tens, Some("fedora")),
    linux("oraclelinux", &["oraclelinux", "oracle linux"], Counting::Small, Some("cloud-user")),
    linux("scientific", &["scientificlinux", "scientific linux"], Counting::Small, None),
    linux("opensuse", &["opensuse", "open suse"], Counting::Any, Some("opensuse")),
    linux("sles", &["sles", "suse linux"], Counting::Any, Some("sles")),
    linux("arch", &["archlinux", "arch linux"], Counting::Any, Some("arch")),
    linux("alpine", &["alpine"], Counting::Any, Some("alpine")),
    linux("gentoo", &["gentoo"], Counting::Any, Some("gentoo")),
    linux("flatcar", &["flatcar"], Counting::Any, Some("core")),
    linux("coreos", &["coreos"], Counting::Any, Some("core")),
    linux("cirros", &["cirros"], Counting::Any, Some("cirros")),
    linux("freebsd", &["freebsd"], Counting::Any, Some("freebsd")),
    linux("windows", &["windows", "windows server", "win"], Counting::Windows, None),
];

/// What properties say instead of a distribution's word.
const ALIASES: &[(&str, &str)] =
    &[("alma", "almalinux"), ("rockylinux", "rocky"), ("redhat", "rhel"), ("rh", "rhel"), ("sl", "scientific"), ("suse", "sles")];

const CODE_NAMES: &[(&str, &str, &str)] = &[
    ("trusty", "ubuntu", "14.04"),
    ("xenial", "ubuntu", "16.04"),
    ("bionic", "ubuntu", "18.04"),
    ("focal", "ubuntu", "20.04"),
    ("jammy", "ubuntu", "22.04"),
    ("noble", "ubuntu", "24.04"),
    ("jessie", "debian", "8"),
    ("stretch", "debian", "9"),
    ("buster", "debian", "10"),
    ("bullseye", "debian", "11"),
    ("bookworm", "debian", "12"),
    ("trixie", "debian", "13"),
];

const ARCHITECTURES: &[(&str, &str)] = &[
    ("amd64", "x86_64"),
    ("x64", "x86_64"),
    ("aarch64", "aarch64"),
    ("arm64", "aarch64"),
    ("ppc64le", "ppc64le"),
    ("riscv64", "riscv64"),
    ("s390x", "s390x"),
    ("i386", "i686"),
    ("i686", "i686"),
];

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

/// `debian12`, `ubuntu2204`.
fn glued_version(token: &str, distribution: &Distribution) -> Option<String> {
    let version = distribution.words.iter().find_map(|word| token.strip_prefix(word).filter(|rest| !rest.is_empty()))?;
    counted(version, distribution)
}

/// The next number that may be a version. Not much further on: a date or a build may come.
fn version_after(tokens: &[&str], from: usize, distribution: &Distribution) -> Option<String> {
    let mut after = tokens.iter().skip(from).skip_while(|token| BETWEEN.contains(token));
    let next = after.next().copied();
    let first = next.and_then(|token| counted(token.strip_prefix('v').unwrap_or(token), distribution));
    let written_out = || tokens.iter().find_map(|token| counted(token, distribution).filter(|_| token.contains('.')));
    first.or_else(|| if distribution.counting == Counting::YearAndMonth { written_out() } else { None })
}

/// The version as the distribution writes it; none: this is not one of its versions.
fn counted(text: &str, distribution: &Distribution) -> Option<String> {
    if text.is_empty() || text.len() > 12 || !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let mut parts = text.split('.');
    let first = parts.next()?;
    let number: u32 = first.parse().ok()?;
    let second = parts.next();
    let fits = match distribution.counting {
        Counting::YearAndMonth => {
            if first.len() == 4 && second.is_none() {
                let (year, month) = first.split_at_checked(2)?;
                return counted(&format!("{year}.{month}"), distribution);
            }
            let month = second.is_none_or(|month| month == "04" || month == "10");
            if (6..=60).contains(&number) && month {
                return Some(second.map_or_else(|| first.to_owned(), |month| format!("{first}.{month}")));
            }
            false
        }
        Counting::Small => (3..=30).contains(&number),
        Counting::Tens => (18..=99).contains(&number),
        Counting::Windows => (7..=12).contains(&number) || (2003..=2050).contains(&number),
        Counting::Any => number < 100_000,
    };
    fits.then(|| text.to_owned())
}

/// What a property says of a distribution: `Ubuntu`, `rockylinux`, `centos7`.
pub(super) fn by_property(text: &str) -> Option<(&'static Distribution, Option<String>)> {
    let lower = text.to_lowercase();
    let alias = ALIASES.iter().find(|(alias, _)| *alias == lower).and_then(|(_, name)| by_name(name));
    if let Some(distribution) = alias.or_else(|| by_name(&lower)) {
        return Some((distribution, None));
    }
    let reading = read(&lower);
    reading.system.map(|system| (system, reading.version))
}

pub(super) fn by_name(name: &str) -> Option<&'static Distribution> {
    DISTRIBUTIONS.iter().find(|distribution| distribution.name == name)
}

/// What a property says of a version: `22.04.3 LTS`, `12 (bookworm)`, `jammy`.
pub(super) fn version_by_property(text: &str, distribution: Option<&'static Distribution>) -> Option<String> {
    let lower = text.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric());
    let of_this = |name: &str| distribution.is_none_or(|distribution| distribution.name == name);
    let start = lower.find(|c: char| c.is_ascii_digit());
    let Some(numbers) = start.and_then(|start| lower.get(start..)) else {
        let code = words.find_map(|word| CODE_NAMES.iter().find(|(code, name, _)| *code == word && of_this(name)));
        return code.map(|(.., version)| (*version).to_owned());
    };
    let end = numbers.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(numbers.len());
    let numbers = numbers.get(..end)?.trim_matches('.');
    Some(distribution.and_then(|distribution| counted(numbers, distribution)).unwrap_or_else(|| numbers.to_owned()))
}

pub(super) fn architecture(text: &str) -> String {
    let lower = text.to_lowercase().replace("x86-64", "x86_64");
    let known = ARCHITECTURES.iter().find(|(word, _)| *word == lower);
    known.map_or(lower, |(_, architecture)| (*architecture).to_owned())
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

    #[test]
    fn properties_are_read() {
        let system = |text| by_property(text).map(|(system, version)| (system.name, version));
        assert_eq!(system("Ubuntu"), Some(("ubuntu", None)));
        assert_eq!(system("rockylinux"), Some(("rocky", None)));
        assert_eq!(system("centos7"), Some(("centos", Some("7".to_owned()))));
        assert_eq!(system("AlmaLinux"), Some(("almalinux", None)));
        assert_eq!(system("others"), None);
        let version = |text| version_by_property(text, by_name("ubuntu"));
        for text in ["22.04", "22.04.3 LTS", "jammy", "Jammy Jellyfish", "2204", "v22.04"] {
            assert_eq!(version(text).as_deref(), Some("22.04"), "{text}");
        }
        assert_eq!(version_by_property("12 (bookworm)", by_name("debian")).as_deref(), Some("12"));
        assert_eq!(version_by_property("7.9.2009", by_name("centos")).as_deref(), Some("7.9.2009"));
        assert_eq!(version_by_property("unknown", None), None);
        assert_eq!(architecture("AMD64"), "x86_64");
        assert_eq!(architecture("x86_64"), "x86_64");
    }
}
