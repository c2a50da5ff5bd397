//! Keystone's one answer, told apart.

use model::Secret;
use sites::openstack::{Account, Credentials, Error, Expected, Refusal};
use testkit::OpenStack;

use crate::world::{account, alice, keystone};

/// The account, the bearer, and what the refusal has to be.
type Case = (&'static str, Account, String, fn(&Refusal) -> bool);

/// At a site that asks the issuer about bearers, and at one that checks them by the issuer's keys.
#[tokio::test]
async fn each_cause_of_a_refusal_is_told_apart_at_both_kinds_of_sites() {
    let bed = OpenStack::shared();
    for key in ["a", "d"] {
        let known = || account(&bed, key);
        let unknown = || Account::new(known().service, known().auth_url);
        let token = |fields: &[(&str, &str)]| bed.token(fields);
        let mut cases: Vec<Case> = vec![
            ("expired", unknown(), token(&[("bad", "exp")]), |it| matches!(it, Refusal::Expired { .. })),
            (
                "issuer",
                known(),
                bed.foreign_token(&[]),
                |it| matches!(it, Refusal::OtherIssuer { yours, trusted } if yours.starts_with("https://") && trusted.len() == 1),
            ),
            ("forged", known(), token(&[("bad", "sig")]), |it| *it == Refusal::NotBelieved),
            ("no token", known(), "nonsense".to_owned(), |it| *it == Refusal::NotBelieved),
            ("thin", known(), token(&[("scope", "openid")]), |it| *it == Refusal::NoGroups),
            (
                "stranger",
                known(),
                token(&[("user", "mallory")]),
                |it| matches!(it, Refusal::NoCommunity { yours, known } if yours.is_empty() && known.len() == 2),
            ),
            (
                "provider",
                Account { identity_provider: "other".to_owned(), ..known() },
                token(&[]),
                |it| matches!(it, Refusal::NoProtocol { tried } if *tried == ["openid", "oidc"]),
            ),
        ];
        if key == "a" {
            cases.push(("role", known(), token(&[("user", "dave")]), |it| {
                matches!(it, Refusal::NoRole { community, yours, needed }
                    if community == "vo.access.egi.eu" && *yours == ["member"] && needed == "vm_operator")
            }));
            cases.push((
                "community",
                known(),
                token(&[("user", "bob")]),
                |it| matches!(it, Refusal::NoCommunity { yours, .. } if *yours == ["fedcloud.egi.eu", "vo.testbed.eu:bio"]),
            ));
        } else {
            // The keys are the issuer's, so the web server believes; Keystone knows no such issuer.
            cases.push(("claimed issuer", unknown(), token(&[("bad", "iss")]), |it| {
                matches!(it, Refusal::OtherIssuer { yours, trusted } if yours == "https://evil.example/" && trusted.is_empty())
            }));
        }
        for (name, account, bearer, is_right) in cases {
            let keystone = keystone(&bed, account);
            let refused = keystone.login(&Credentials::Bearer(Secret::new(bearer))).await.err();
            match refused {
                Some(Error::Refused { refusal, .. }) if is_right(&refusal) => {}
                other => panic!("{name} at {key}: {other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_site_with_an_audience_of_its_own_wants_an_exchanged_token() {
    let bed = OpenStack::shared();
    let wanted = bed.site("b").audience.clone().expect("an audience");
    let issued = bed.token(&[("user", "alice"), ("client_id", "gateway")]);
    for account in [account(&bed, "b"), Account { audience: None, ..account(&bed, "b") }] {
        let known = account.audience.clone();
        let refused = keystone(&bed, account).login(&Credentials::Bearer(Secret::new(issued.clone()))).await.err();
        let Some(Error::Refused { refusal: Refusal::OtherAudience { yours, wanted }, .. }) = refused else {
            panic!("{refused:?}");
        };
        assert!(wanted == known && yours.len() == 1 && yours[0].ends_with("/api"), "{yours:?}");
    }
    let authority = reqwest::Certificate::from_pem(&std::fs::read(bed.authority()).unwrap()).unwrap();
    let client = reqwest::Client::builder().add_root_certificate(authority).no_proxy().build().unwrap();
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("subject_token", issued.as_str()),
        ("audience", wanted.as_str()),
    ];
    let fields: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", value.replace(':', "%3A"))).collect();
    let answer = client
        .post(format!("{}/protocol/openid-connect/token", bed.issuer()))
        .basic_auth("gateway", Some("gateway-secret"))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(fields.join("&"))
        .send()
        .await
        .unwrap();
    let told: serde_json::Value = answer.json().await.unwrap();
    let exchanged = told["access_token"].as_str().unwrap_or_else(|| panic!("{told}")).to_owned();
    keystone(&bed, account(&bed, "b")).login(&Credentials::Bearer(Secret::new(exchanged))).await.expect("a login");
}

#[tokio::test]
async fn projects_of_others_and_closed_ones_are_refused_alike() {
    let bed = OpenStack::shared();
    let keystone_a = keystone(&bed, account(&bed, "a"));
    let login = keystone_a.login(&Credentials::Bearer(alice(&bed, "a"))).await.expect("a login");
    let closed =
        keystone(&bed, Account { expected: vec![Expected { community: "x".to_owned(), role: None }], ..account(&bed, "d") });
    let bob = closed.login(&Credentials::Bearer(Secret::new(bed.token(&[("user", "bob")])))).await.expect("a login");
    assert!(closed.projects(&bob).await.expect("projects").iter().all(|project| !project.enabled));
    let cases = [
        (&keystone_a, &login, bed.site("a").projects["ops"].as_str()),
        (&keystone_a, &login, "no-such-project"),
        (&closed, &bob, bed.site("d").projects["fedcloud-closed"].as_str()),
    ];
    for (keystone, login, project) in cases {
        let refused = keystone.session(login, project).await.err();
        let expected = Refusal::NotYourProject { project: project.to_owned() };
        assert!(matches!(&refused, Some(Error::Refused { refusal, .. }) if *refusal == expected), "{refused:?}");
    }
}
