//! From the table as it was written to one that can be applied, or to everything that is wrong with it.

use super::component::{canonical, shown};
use super::entitlement::{IN_AUTHORITIES, IN_NAMES};
use super::mapping::{Checked, Grant};
use super::{
    AuthorityPattern, CommunityName, Entitlement, Gives, Group, GroupPattern, IssuerPattern, Kind, Mapping, Role, RolePattern,
    Rule, Table, path,
};
use model::problem::FieldProblem;
use std::collections::BTreeMap;

/// Enough for every community there is, several times; and what bounds the work at a login.
const MOST_RULES: usize = 2_000;

impl Table {
    /// The mapping, or each mistake with the field it is in (`rules[3].group`).
    pub fn check(self) -> Result<Mapping, Vec<FieldProblem>> {
        let mut found = Findings { at: String::new(), problems: Vec::new() };
        if self.rules.len() > MOST_RULES {
            found.add("", format!("are {}; {MOST_RULES} are allowed", self.rules.len()));
            return Err(found.problems);
        }
        let mut checked = Vec::with_capacity(self.rules.len());
        for (index, rule) in self.rules.iter().enumerate() {
            found.at = format!("[{index}]");
            checked.extend(check_rule(rule, &mut found));
        }
        check_names(&checked, &mut found);
        if found.problems.is_empty() { Ok(Mapping::new(self, checked)) } else { Err(found.problems) }
    }
}

struct Findings {
    at: String,
    problems: Vec<FieldProblem>,
}

impl Findings {
    fn add(&mut self, field: &str, detail: impl Into<String>) {
        self.problems.push(FieldProblem { field: format!("rules{}{field}", self.at), detail: detail.into() });
    }

    fn note<T, E: std::fmt::Display>(&mut self, field: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.add(field, error.to_string())).ok()
    }
}

/// Every field is looked at, also when an earlier one is wrong.
fn check_rule(rule: &Rule, found: &mut Findings) -> Option<Checked> {
    let issuer = match &rule.issuer {
        IssuerPattern::Any => Some(IssuerPattern::Any),
        IssuerPattern::Exactly(issuer) => found.note(".issuer", check_issuer(issuer)).map(|()| rule.issuer.clone()),
    };
    let group = found.note(".group", check_group(rule.claim, rule.group.name()));
    let role = match &rule.role {
        RolePattern::Exactly(role) => {
            let role = check_role(rule.claim, role);
            found.note(".role", role).map(RolePattern::Exactly)
        }
        other => Some(other.clone()),
    };
    let authority = match &rule.authority {
        AuthorityPattern::Any => Some(AuthorityPattern::Any),
        AuthorityPattern::Exactly(authority) => {
            let authority = check_authority(rule.claim, authority);
            found.note(".authority", authority).map(AuthorityPattern::Exactly)
        }
    };
    let grant = match &rule.gives {
        Gives::MemberOf(name) => {
            found.note(".gives.member_of", name.parse()).map(|community| Grant::Community(community, Role::Member))
        }
        Gives::ManagerOf(name) => {
            found.note(".gives.manager_of", name.parse()).map(|community| Grant::Community(community, Role::Manager))
        }
        Gives::Administrator => Some(Grant::Administrator),
    };
    check_reach(rule, found);
    let subgroups = matches!(rule.group, GroupPattern::WithSubgroups(_));
    Some(Checked {
        issuer: issuer?,
        claim: rule.claim,
        group: group?,
        subgroups,
        role: role?,
        authority: authority?,
        grant: grant?,
    })
}

/// The more a rule gives, the more exactly it has to say to whom.
fn check_reach(rule: &Rule, found: &mut Findings) {
    let what = match rule.gives {
        Gives::MemberOf(_) => return,
        Gives::ManagerOf(_) => "management of a community",
        Gives::Administrator => "administration of the gateway",
    };
    if matches!(rule.group, GroupPattern::WithSubgroups(_)) {
        let detail = format!("gives {what} to every group within it, and to those that somebody makes later: use `exactly`");
        found.add(".group", detail);
    }
    if rule.issuer == IssuerPattern::Any {
        found.add(".issuer", format!("gives {what} by the word of any issuer: use `exactly`"));
    }
}

/// Two communities whose names differ in letter case alone would be taken for each other by people and file systems.
fn check_names(checked: &[Checked], found: &mut Findings) {
    found.at.clear();
    let mut names: BTreeMap<String, &CommunityName> = BTreeMap::new();
    for rule in checked {
        let Grant::Community(name, _) = &rule.grant else { continue };
        let first = *names.entry(name.as_str().to_ascii_lowercase()).or_insert(name);
        if first != name {
            found.add("", format!("name the communities `{first}` and `{name}`, which differ in letter case alone"));
        }
    }
}

fn check_issuer(issuer: &str) -> Result<(), &'static str> {
    let rest = issuer.strip_prefix("https://").or_else(|| issuer.strip_prefix("http://"));
    let named = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?', '#', ':']));
    if !named {
        return Err("must be the address of an issuer, as it stands in `iss`: https://…");
    }
    let right = issuer.len() <= 1_024 && issuer.chars().all(|c| c.is_ascii_graphic() && !"?#\"<>\\^`{|}".contains(c));
    if right { Ok(()) } else { Err("must be an address of at most 1024 visible characters, without `?` and `#`") }
}

fn check_group(claim: Kind, name: &str) -> Result<Group, String> {
    let seen = shown(name);
    match claim {
        Kind::Entitlements => {
            let entitlement: Entitlement = name.parse().map_err(|why| format!("`{seen}` {why}"))?;
            match entitlement.into_parts() {
                (group, None, None) => Ok(group),
                _ => Err(format!("`{seen}` is more than a group: move its role to `role` and what is behind `#` to `authority`")),
            }
        }
        Kind::WlcgGroups => match path::parse(name).map_err(|why| format!("`{seen}` {why}"))? {
            (group, None) if group.to_string() == name => Ok(group),
            _ => Err(format!("`{seen}` is more than a group: move its role to `role`")),
        },
        Kind::Groups => Group::from_name(name).map_err(|why| format!("`{seen}` {why}")),
    }
}

fn check_role(claim: Kind, role: &str) -> Result<String, String> {
    match claim {
        Kind::Entitlements => canonical(role, IN_NAMES).map_err(|why| format!("`{}` {why}", shown(role))),
        Kind::WlcgGroups => {
            let with_role = path::parse(&format!("/group/Role={role}")).ok().and_then(|(_, role)| role);
            with_role.filter(|read| read == role).ok_or_else(|| format!("`{}` is not a role of WLCG", shown(role)))
        }
        Kind::Groups => Err("the claim `groups` has no roles: use `any`".to_owned()),
    }
}

fn check_authority(claim: Kind, authority: &str) -> Result<String, String> {
    match claim {
        Kind::Entitlements => canonical(authority, IN_AUTHORITIES).map_err(|why| format!("`{}` {why}", shown(authority))),
        Kind::WlcgGroups | Kind::Groups => Err(format!("the claim `{}` names no authorities: use `any`", claim.as_str())),
    }
}
