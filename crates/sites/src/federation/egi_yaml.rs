//! Site files as the EGI catch-all operations publish them: one service in each, with its communities.

use model::federation::{CommunityProject, LoginKind, Trouble};

use super::node::{Node, read_yaml};
use super::word::{Address, Broken, ServiceWord, SiteWord, Words, name, problem};

/// More communities at one service than this are a mistake.
const MOST: usize = 1_000;

/// `stem` is the name of the file without its ending: usually the site's, and the site's where the file does not say it.
pub(super) fn read(text: &str, origin: &str, stem: &str) -> (Words, Option<Broken>) {
    let tree = read_yaml(text);
    let root = &tree.node;
    let mut word = SiteWord { origin: origin.to_owned(), ..SiteWord::default() };
    let is_site = !root.get("endpoint").is_nothing() || !root.get("vos").is_nothing() || tree.broken.is_some();
    word.site = match (root.get("gocdb").text().and_then(name), name(stem)) {
        (Some(site), _) => site,
        (None, Some(site)) if is_site => {
            if tree.broken.is_none() {
                let detail = format!("`gocdb`, the name of the site, is missing; `{site}` is taken, the name of the file");
                word.problems.push(problem(origin, Trouble::Incomplete, detail));
            }
            site
        }
        _ => {
            let broken = Broken::new(Trouble::Malformed, "it is not the file of a site: it has neither `gocdb` nor `endpoint`");
            return (Words::default(), Some(broken));
        }
    };
    let is_cut = tree.broken.is_some();
    // Of a file that is broken at its beginning nothing is known but that it is.
    word.service = Some(service(root, &mut word, is_cut)).filter(|_| !is_cut || !root.get("gocdb").is_nothing());
    (Words { sites: vec![word], ..Words::default() }, tree.broken)
}

fn service(root: &Node, word: &mut SiteWord, is_cut: bool) -> ServiceWord {
    let mut service = ServiceWord { login: login(root, word), ..ServiceWord::default() };
    match root.get("endpoint").text().map(Address::read) {
        Some(Ok(address)) => service.addresses.push(address),
        Some(Err(why)) => word.complain(Trouble::Wrong, format!("`endpoint`: {why}")),
        None if is_cut => {}
        None => word.complain(Trouble::Incomplete, "`endpoint`, the address of Keystone, is missing"),
    }
    service.protocol = root.get("protocol").text().map(str::to_owned);
    service.region = root.get("region").text().map(str::to_owned);
    service.communities = communities(root.get("vos"), service.login, word);
    let formats = root.get("images").get("formats").texts().join(", ");
    let synchronised = root.get("images").get("sync").text().map(str::to_owned);
    let further = [("image_formats", Some(formats)), ("images_synchronised", synchronised)];
    service.further =
        further.into_iter().filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?))).collect();
    service
}

fn login(root: &Node, word: &mut SiteWord) -> Option<LoginKind> {
    match root.get("auth").text()? {
        "v3oidcaccesstoken" | "v3oidc" => Some(LoginKind::OpenId),
        "v3applicationcredential" => Some(LoginKind::ApplicationCredential),
        "v3password" | "password" => Some(LoginKind::Password),
        other => {
            word.complain(Trouble::Wrong, format!("`auth` is `{other}`, a way to sign in that is not known here"));
            None
        }
    }
}

fn communities(vos: &Node, login: Option<LoginKind>, word: &mut SiteWord) -> Vec<CommunityProject> {
    if !matches!(vos, Node::List(_) | Node::Nothing) {
        word.complain(Trouble::Malformed, "`vos` is not a list");
    }
    if vos.list().len() > MOST {
        word.complain(Trouble::TooLarge, format!("`vos` names more than {MOST} communities; the others are left out"));
    }
    let mut all: Vec<CommunityProject> = Vec::new();
    for (index, entry) in vos.list().iter().take(MOST).enumerate() {
        let Some(community) = entry.get("name").text().and_then(name) else {
            word.complain(Trouble::Incomplete, format!("`vos[{index}]` has no name that can be used"));
            continue;
        };
        if all.iter().any(|other| other.community == community) {
            word.complain(Trouble::Duplicate, format!("the community {community} is named twice; the first counts"));
            continue;
        }
        let auth = entry.get("auth");
        let text = |node: &Node| node.text().map(str::to_owned);
        let project_id = text(auth.get("project_id"));
        if project_id.is_none() && !matches!(login, Some(LoginKind::ApplicationCredential)) {
            word.complain(Trouble::Incomplete, format!("the project of {community} is not said; it shows after signing in"));
        }
        all.push(CommunityProject {
            project_id,
            region: text(auth.get("region")).or_else(|| text(entry.get("region"))),
            entitlement: text(entry.get("entitlement")),
            network_hint: text(entry.get("defaultNetwork")),
            public_network_hint: text(entry.get("publicNetwork")),
            community,
        });
    }
    all
}
