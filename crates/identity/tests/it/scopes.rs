use crate::world::{World, token};
use identity::{Scope, Scopes, TokenError};

/// Every set of scopes there is, but the empty one.
fn all_sets() -> Vec<Scopes> {
    (1_u8..8)
        .map(|bits| Scope::ALL.into_iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0).map(|(_, scope)| scope).collect())
        .collect()
}

#[tokio::test]
async fn no_token_makes_one_that_may_do_more() {
    let world = World::sqlite().await;
    let admin = world.person("root", true).await;
    let (mut made, mut refused) = (0, 0);
    for parent in all_sets() {
        let (_, secret) = world.issue(&admin, parent).await;
        let caller = world.identity.verify(&secret).await.expect("a caller");
        for child in all_sets() {
            let grows = Scope::ALL.into_iter().any(|scope| child.allow(scope) && !parent.allow(scope));
            match world.identity.create_token(&caller, token("child", child), None).await {
                Ok((view, secret)) => {
                    assert!(!grows, "{parent} made {child}");
                    assert_eq!(view.scopes, child);
                    assert_eq!(world.identity.verify(&secret).await.expect("a caller").scopes(), child);
                    made += 1;
                }
                Err(TokenError::MoreThanOwn { scope }) => {
                    assert!(grows && child.allow(scope) && !parent.allow(scope), "{parent} could not make {child}");
                    refused += 1;
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
    assert_eq!((made, refused), (4 * 7 + 2 * 3 + 1, 2 * 4 + 6), "read makes 1 kind, run 3, admin all 7");
    let none = world.identity.issue_token(&admin.id, token("none", [])).await;
    assert!(matches!(none, Err(TokenError::NoScope)));
}

#[tokio::test]
async fn only_administrators_have_admin_tokens_and_a_former_one_has_nothing_of_it() {
    let world = World::sqlite().await;
    let plain = world.person("plain", false).await;
    let refused = world.identity.issue_token(&plain.id, token("admin", [Scope::Admin])).await;
    assert!(matches!(refused, Err(TokenError::NotAdministrator)));

    let admin = world.person("root", true).await;
    let (_, secret) = world.issue(&admin, [Scope::Admin]).await;
    world.execute("UPDATE person SET administrator = 0 WHERE id = $1", db::args![admin.id.as_str()]).await;
    let caller = world.identity.verify(&secret).await.expect("still a person");
    assert!(!caller.is_administrator());
    let refused = world.identity.create_token(&caller, token("admin", [Scope::Admin]), None).await;
    assert!(matches!(refused, Err(TokenError::NotAdministrator)));
}
