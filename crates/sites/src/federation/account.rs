//! What signing in needs to know of a service.

use identity::groups::Entitlement;
use model::federation::{CommunityProject, FederatedService};

use crate::openstack::{Account, Expected};

impl From<&FederatedService> for Account {
    fn from(service: &FederatedService) -> Self {
        Self {
            identity_provider: service.identity_provider.clone(),
            protocol: service.protocol.clone(),
            issuers: service.issuers.clone(),
            audience: service.audience.clone(),
            expected: service.communities.iter().map(expected).collect(),
            region: service.region.clone(),
            endpoints: service.endpoint_overrides.clone(),
            ..Self::new(service.name.clone(), service.auth_url.clone())
        }
    }
}

/// Of `…:group:COMMUNITY:role=ROLE` the role, of `…:group:COMMUNITY:SUBGROUP:role=member` the subgroup: communities call
/// those who may start machines by one or the other.
fn expected(project: &CommunityProject) -> Expected {
    let community = project.community.clone();
    let needed = project.entitlement.as_deref().and_then(|text| text.parse::<Entitlement>().ok());
    let role = needed.and_then(|entitlement| {
        let group = entitlement.group().to_string();
        let (_, names) = group.split_once(":group:")?;
        match names.rsplit_once(':') {
            Some((_, subgroup)) => Some(subgroup.to_owned()),
            None => entitlement.role().map(str::to_owned),
        }
    });
    Expected { community, role }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_let_in_is_told_by_the_entitlement() {
        for (entitlement, role) in [
            (Some("urn:mace:egi.eu:group:biomed:role=vm_operator#aai.egi.eu"), Some("vm_operator")),
            (Some("urn:mace:egi.eu:group:demo.fedcloud.egi.eu:vm_operator:role=member#aai.egi.eu"), Some("vm_operator")),
            (Some("urn:mace:egi.eu:group:lagoproject.net:role=member#aai.egi.eu"), Some("member")),
            (Some("urn:mace:egi.eu:group:biomed#aai.egi.eu"), None),
            (Some("urn:mace:egi.eu: group:vo.imagine-ai.eu:role=vm_operator#aai.egi.eu"), None),
            (None, None),
        ] {
            let entitlement = entitlement.map(str::to_owned);
            let project = CommunityProject { community: "c".to_owned(), entitlement, ..CommunityProject::default() };
            let wanted = Expected { community: "c".to_owned(), role: role.map(str::to_owned) };
            assert_eq!(expected(&project), wanted);
        }
    }
}
