//! Groups as the WLCG token profile writes them (`/cms/uscms`), and with the roles that came before it
//! (`/cms/Role=pilot/Capability=NULL`).

use super::group::{BadGroup, DEEPEST, Group, LONGEST, Root};

/// A group and a role. Stricter than a path of the claim `groups`, since the profile says which characters there are.
pub(super) fn parse(text: &str) -> Result<(Group, Option<String>), BadGroup> {
    if text.len() > LONGEST {
        return Err(BadGroup::TooLong);
    }
    let mut path = text.strip_prefix('/').ok_or(BadGroup::NotAPath)?;
    // No VOMS server ever gave a capability other than this one, which says nothing.
    path = path.strip_suffix("/Capability=NULL").unwrap_or(path);
    let mut role = None;
    if let Some((group, said)) = path.split_once("/Role=") {
        if said.is_empty() || said.contains('/') {
            return Err(BadGroup::MisplacedRole);
        }
        check_name(said)?;
        role = (said != "NULL").then(|| said.to_owned());
        path = group;
    }
    let names: Vec<&str> = path.split('/').collect();
    if names.len() > DEEPEST {
        return Err(BadGroup::TooDeep);
    }
    names.iter().try_for_each(|name| check_name(name))?;
    Ok((Group::new(Root::Path, names.into_iter().map(str::to_owned).collect()), role))
}

/// `[a-zA-Z0-9][a-zA-Z0-9_.-]*`
fn check_name(name: &str) -> Result<(), BadGroup> {
    let first = name.chars().next().ok_or(BadGroup::Empty)?;
    let foreign = |c: &char| !c.is_ascii_alphanumeric() && !"_.-".contains(*c);
    match name.chars().find(foreign) {
        Some(c) => Err(BadGroup::Character(c)),
        None if !first.is_ascii_alphanumeric() => Err(BadGroup::Beginning(first)),
        None => Ok(()),
    }
}
