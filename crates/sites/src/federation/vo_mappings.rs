//! `vo-mappings.yaml`: what a token has to say for each community, wherever a site itself says nothing of it.

use identity::groups::Entitlement;
use model::federation::Trouble;

use super::node::read_yaml;
use super::word::{Broken, EntitlementWord, Words, name, problem};

const MOST: usize = 10_000;

pub(super) fn read(text: &str, origin: &str) -> (Words, Option<Broken>) {
    let tree = read_yaml(text);
    let vos = tree.node.get("vos");
    if vos.is_nothing() && tree.broken.is_none() {
        return (Words::default(), Some(Broken::new(Trouble::Malformed, "it has no `vos`")));
    }
    let mut words = Words::default();
    for (vo, entitlement) in vos.entries().iter().take(MOST) {
        let (Some(community), Some(entitlement)) = (name(vo), entitlement.text()) else {
            words.problems.push(problem(origin, Trouble::Wrong, format!("the entry `{vo}` is not a name with one entitlement")));
            continue;
        };
        // Kept all the same: it is what sites are told to demand.
        if let Err(why) = entitlement.parse::<Entitlement>() {
            let detail = format!("the entitlement of {community} {why}: `{entitlement}`");
            words.problems.push(problem(origin, Trouble::Wrong, detail));
        }
        words.entitlements.push(EntitlementWord { community, entitlement: entitlement.to_owned(), origin: origin.to_owned() });
    }
    (words, tree.broken)
}
