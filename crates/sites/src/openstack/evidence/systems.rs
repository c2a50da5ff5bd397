//! Operating systems: what they are called, how they count their versions, whom one signs in as.

use super::reading;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Distribution {
    pub name: &'static str,
    /// Words that mean it and nothing else. Of two words, with a space between.
    pub words: &'static [&'static str],
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
pub(super) const DISTRIBUTIONS: &[Distribution] = &[
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

pub(super) const CODE_NAMES: &[(&str, &str, &str)] = &[
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

pub(super) const ARCHITECTURES: &[(&str, &str)] = &[
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

/// `debian12`, `ubuntu2204`.
pub(super) fn glued_version(token: &str, distribution: &Distribution) -> Option<String> {
    let version = distribution.words.iter().find_map(|word| token.strip_prefix(word).filter(|rest| !rest.is_empty()))?;
    counted(version, distribution)
}

/// The version as the distribution writes it; none: this is not one of its versions.
pub(super) fn counted(text: &str, distribution: &Distribution) -> Option<String> {
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

/// Versions that are unlike any other number: `22.04`.
pub(super) fn counts_by_months(distribution: &Distribution) -> bool {
    distribution.counting == Counting::YearAndMonth
}

/// What a property says of a distribution: `Ubuntu`, `rockylinux`, `centos7`.
pub(super) fn by_property(text: &str) -> Option<(&'static Distribution, Option<String>)> {
    let lower = text.to_lowercase();
    let alias = ALIASES.iter().find(|(alias, _)| *alias == lower).and_then(|(_, name)| by_name(name));
    if let Some(distribution) = alias.or_else(|| by_name(&lower)) {
        return Some((distribution, None));
    }
    let reading = reading::read(&lower);
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

#[cfg(test)]
mod tests {
    use super::*;

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
