//! The variables that people of the federation have set already, for other programs.

const SITE: &[&str] = &["EGI_SITE", "FEDCLOUD_SITE"];
const COMMUNITY: &[&str] = &["EGI_VO", "FEDCLOUD_VO"];
const PROJECT: &[&str] = &["OS_PROJECT_ID", "OS_PROJECT_NAME"];

pub const VARIABLES: &str = "\
Variables that are understood where a flag is not given: EGI_SITE or FEDCLOUD_SITE (--site), EGI_VO or FEDCLOUD_VO
(--community), OS_PROJECT_ID or OS_PROJECT_NAME (--project).";

pub fn site(flag: Option<String>) -> Option<String> {
    flag.or_else(|| first(SITE, variable))
}

pub fn community(flag: Option<String>) -> Option<String> {
    flag.or_else(|| first(COMMUNITY, variable))
}

pub fn project(flag: Option<String>) -> Option<String> {
    flag.or_else(|| first(PROJECT, variable))
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// One that is empty is as good as none. `ALL_SITES` is how others say "at every site".
fn first(names: &[&str], variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let set = names.iter().filter_map(|name| variable(name));
    set.map(|text| text.trim().to_owned()).find(|text| !text.is_empty()).filter(|text| text != "ALL_SITES")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_says_something_counts() {
        let variables = |name: &str| match name {
            "EGI_SITE" => Some(" ".to_owned()),
            "FEDCLOUD_SITE" => Some("CESGA\n".to_owned()),
            "EGI_VO" => Some("ALL_SITES".to_owned()),
            _ => None,
        };
        assert_eq!(first(SITE, variables).as_deref(), Some("CESGA"));
        assert_eq!(first(COMMUNITY, variables), None);
        assert_eq!(first(PROJECT, variables), None);
    }
}
