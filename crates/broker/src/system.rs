//! Versions of operating systems, and the words in which people name accelerators.

use std::cmp::Ordering;

use model::offer::{Accelerator, System};

/// Versions by their parts: `9` before `10`, `22.04` before `24.04`, none before any.
pub(crate) fn compare(a: Option<&str>, b: Option<&str>) -> Ordering {
    let (Some(a), Some(b)) = (a, b) else { return a.is_some().cmp(&b.is_some()) };
    let part = |text: &str| text.parse::<u64>().ok();
    let (mut of_a, mut of_b) = (parts(a), parts(b));
    loop {
        let order = match (of_a.next(), of_b.next()) {
            (None, None) => return Ordering::Equal,
            (one, other) if one.is_none() || other.is_none() => one.is_some().cmp(&other.is_some()),
            (one, other) => {
                let (one, other) = (one.unwrap_or_default(), other.unwrap_or_default());
                match (part(one), part(other)) {
                    (Some(one), Some(other)) => one.cmp(&other),
                    // A number is later than a word: `22.04` after `22.beta`.
                    (None, Some(_)) => Ordering::Less,
                    (Some(_), None) => Ordering::Greater,
                    (None, None) => one.cmp(other),
                }
            }
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn parts(version: &str) -> impl Iterator<Item = &str> {
    version.split(['.', '-', '_'])
}

pub(crate) fn named(system: &System) -> String {
    match &system.version {
        Some(version) => format!("{}:{version}", system.name),
        None => system.name.clone(),
    }
}

/// Every word that is wanted is one of its vendor's or model's: `nvidia a100` is an `NVIDIA` `A100-SXM4-40GB`, and an
/// `A10` is not an `A100`. What nobody describes has no words, and is nothing that anybody wants.
pub(crate) fn is_accelerator(has: &[String], wanted: &[String]) -> bool {
    !has.is_empty() && wanted.iter().all(|wanted| has.contains(wanted))
}

pub(crate) fn words_of(accelerator: &Accelerator) -> Vec<String> {
    accelerator.vendor.iter().chain(&accelerator.model).flat_map(|text| words(text)).collect()
}

/// In lower case, without what stands between them.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::offer::AcceleratorKind;

    #[test]
    fn versions_are_compared_by_their_parts_and_asked_for_by_their_beginning() {
        for (older, newer) in
            [(None, Some("1")), (Some("9"), Some("10")), (Some("22.04"), Some("24.04")), (Some("22"), Some("22.04"))]
        {
            assert_eq!(compare(older, newer), Ordering::Less, "{older:?} {newer:?}");
            assert_eq!(compare(newer, older), Ordering::Greater);
        }
        let system = |name: &str, version: Option<&str>| System { name: name.into(), version: version.map(Into::into) };
        let jammy = system("ubuntu", Some("22.04"));
        for version in [None, Some("22"), Some("22.04")] {
            assert!(jammy.is(&system("ubuntu", version)), "{version:?}");
        }
        for (name, version) in [("ubuntu", Some("22.0")), ("ubuntu", Some("2")), ("ubuntu", Some("22.04.1")), ("debian", None)] {
            assert!(!jammy.is(&system(name, version)), "{name} {version:?}");
        }
        assert!(!system("ubuntu", Some("é2")).is(&system("ubuntu", Some("2"))), "no character is cut in two");
    }

    #[test]
    fn accelerators_are_known_by_their_words() {
        let (vendor, model) = (Some("NVIDIA".to_owned()), Some("A100-SXM4-40GB".to_owned()));
        let a100 = Accelerator { kind: AcceleratorKind::Unknown, vendor, model, memory: None };
        for wanted in ["a100", "NVIDIA", "Nvidia A100", "nvidia/a100", "A100 40gb"] {
            assert!(is_accelerator(&words_of(&a100), &words(wanted)), "{wanted}");
        }
        for wanted in ["a10", "amd", "nvidia v100", "a100 80gb"] {
            assert!(!is_accelerator(&words_of(&a100), &words(wanted)), "{wanted}");
        }
    }
}
