//! Ways in that work.

use std::sync::Arc;
use std::time::Duration;

use model::Secret;
use model::time::SystemClock;
use serde_json::{Value, json};
use sites::openstack::{Account, Credentials, Error, Http, Keystone, Limits, Refusal, SetupError, Unreachable};
use testkit::OpenStack;

use crate::world::{account, alice, guard, keystone, keystone_within, limits};

#[tokio::test]
async fn four_unlike_sites_are_entered_by_the_same_words() {
    let bed = OpenStack::shared();
    let expected = [
        ("a", vec!["eosc-synergy.eu", "vo.access.egi.eu"], "http://127.0.0.1"),
        ("b", vec!["egi_vo.access.egi.eu"], "http://127.0.0.1"),
        ("c", vec!["VO_eosc", "VO_vo_access"], "https://127.0.0.1"),
        ("d", vec!["vo.access.egi.eu"], "http://127.0.0.1"),
    ];
    for (key, names, nova) in expected {
        let site = bed.site(key);
        // Whatever a source says, the protocol is found: `oidc` at site c, `openid` elsewhere.
        let keystone = keystone(&bed, Account { protocol: Some("oidc".to_owned()), ..account(&bed, key) });
        let login = keystone.login(&Credentials::Bearer(alice(&bed, key))).await.expect(key);
        let mut projects = keystone.projects(&login).await.expect(key);
        projects.sort_by(|one, other| one.name.cmp(&other.name));
        assert_eq!(projects.iter().map(|project| project.name.as_str()).collect::<Vec<_>>(), names, "{key}");
        assert!(projects.iter().all(|project| project.enabled && site.projects[&project.name] == project.id));
        assert_eq!(projects.iter().all(|project| project.community.is_some()), key == "a");
        let session = keystone.session(&login, &projects[0].id).await.expect(key);
        assert_eq!(session.project.id, projects[0].id);
        assert!(session.roles.contains(&"member".to_owned()), "{:?}", session.roles);
        assert!(session.expires <= login.expires);
        let compute = session.catalogue.public(&["compute"], Some(&site.region)).expect("Nova").url.clone();
        assert!(compute.starts_with(nova), "{compute}");
        assert_eq!(compute.ends_with(&projects[0].id), key == "b", "{compute}");
        assert_eq!(session.catalogue.public(&["volumev3", "block-storage"], None).is_some(), key == "a");
    }
}

/// Keystone fails for all but one of those (`DBDuplicateEntry`), and does not for whoever asks again.
#[tokio::test]
async fn who_comes_for_the_first_time_in_several_ways_at_once_gets_in() {
    let bed = OpenStack::shared();
    let someone = format!(r#"{{"sub": "first-{}"}}"#, std::process::id());
    let bearer = Credentials::Bearer(Secret::new(bed.token(&[("user", "alice"), ("extra", &someone)])));
    let keystone = keystone(&bed, account(&bed, "d"));
    let come = || keystone.login(&bearer);
    let (one, two, three, four) = tokio::join!(come(), come(), come(), come());
    for login in [one, two, three, four] {
        login.expect("a login");
    }
}

#[tokio::test]
async fn an_address_is_understood_however_it_was_published() {
    let bed = OpenStack::shared();
    for (key, is_below_identity) in [("a", false), ("b", true)] {
        let origin = bed.site(key).auth_url.split("/v3").next().unwrap().trim_end_matches("/identity").to_owned();
        let path = if is_below_identity { "/identity" } else { "" };
        for published in ["", "/", "/v3/", "//v3//", "/v3/v3"] {
            // The address alone leads below /identity, too.
            let path = if published.is_empty() { "" } else { path };
            let keystone = keystone(&bed, Account { auth_url: format!("{origin}{path}{published}"), ..account(&bed, key) });
            let login = keystone.login(&Credentials::Bearer(alice(&bed, key))).await;
            assert!(login.is_ok(), "{origin}{path}{published}: {:?}", login.err());
        }
    }
}

#[tokio::test]
async fn names_with_passwords_and_application_credentials_open_as_well() {
    let bed = OpenStack::shared();
    let site = bed.site("c");
    let keystone = keystone(&bed, account(&bed, "c"));
    let password = |password: &str| Credentials::Password {
        name: "demo".to_owned(),
        domain: "Default".to_owned(),
        password: Secret::new(password.to_owned()),
    };
    let refused = keystone.login(&password("wrong")).await.err();
    assert!(matches!(refused, Some(Error::Refused { refusal: Refusal::BadPassword, .. })), "{refused:?}");
    let (name, secret) = bed.administrator();
    let operator =
        Credentials::Password { name: name.to_owned(), domain: "Default".to_owned(), password: Secret::new(secret.to_owned()) };
    keystone.login(&operator).await.expect("a login");
    let login = keystone.login(&password("demo")).await.expect("a login");
    let session = keystone.session(&login, &site.projects["VO_eosc"]).await.expect("a session");

    let authority = reqwest::Certificate::from_pem(&std::fs::read(bed.authority()).unwrap()).unwrap();
    let client = reqwest::Client::builder().add_root_certificate(authority).no_proxy().build().unwrap();
    let token = session.token.expose();
    let whoami = client.get(format!("{}/auth/tokens", site.auth_url)).header("X-Auth-Token", token);
    let whoami: Value = whoami.header("X-Subject-Token", token).send().await.unwrap().json().await.unwrap();
    let credentials =
        format!("{}/users/{}/application_credentials", site.auth_url, whoami["token"]["user"]["id"].as_str().unwrap());
    let wanted = json!({"application_credential": {"name": format!("test-{}", std::process::id())}}).to_string();
    let made = client.post(&credentials).header("X-Auth-Token", token).header("Content-Type", "application/json");
    let made: Value = made.body(wanted).send().await.unwrap().json().await.unwrap();
    let made = &made["application_credential"];
    let (id, secret) = (made["id"].as_str().expect("an id"), Secret::new(made["secret"].as_str().unwrap().to_owned()));

    // It says by itself which project it is for.
    let by_credential = keystone.session_of_application_credential(id, &secret).await.expect("a session");
    assert_eq!(by_credential.project, session.project);
    let gone = client.delete(format!("{credentials}/{id}")).header("X-Auth-Token", token).send().await.unwrap();
    assert_eq!(gone.status(), 204);
    let refused = keystone.session_of_application_credential(id, &secret).await.err();
    assert!(matches!(refused, Some(Error::Refused { refusal: Refusal::BadApplicationCredential, .. })), "{refused:?}");
}

#[tokio::test]
async fn an_authority_is_believed_only_where_it_was_given() {
    let bed = OpenStack::shared();
    let address = bed.site("c").auth_url.split('/').nth(2).unwrap().to_owned();
    let strangers = Http::new(guard(std::slice::from_ref(&address)), limits(), None).expect("a client");
    let keystone = Keystone::new(account(&bed, "c"), strangers, Arc::new(SystemClock));
    let refused = keystone.login(&Credentials::Bearer(alice(&bed, "c"))).await.err();
    let Some(Error::Unreachable { why: Unreachable::Connect { why }, .. }) = refused else { panic!("{refused:?}") };
    assert!(why.contains("certificate"), "{why}");
    // Nor is loopback asked unless somebody said so.
    let closed = Http::new(guard(&[]), limits(), None).expect("a client");
    let keystone = Keystone::new(account(&bed, "c"), closed, Arc::new(SystemClock));
    let refused = keystone.login(&Credentials::Bearer(alice(&bed, "c"))).await.err();
    assert!(matches!(refused, Some(Error::Unreachable { why: Unreachable::Guarded(_), .. })), "{refused:?}");
    for nonsense in [b"".as_slice(), b"nonsense", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let made = Http::new(guard(&[]), limits(), Some(nonsense)).err();
        assert!(matches!(made, Some(SetupError::Authority { .. })), "{made:?}");
    }
}

#[tokio::test]
async fn a_site_that_hangs_is_told_at_the_deadline_and_harms_nobody_else() {
    let bed = OpenStack::shared();
    let hasty = Limits { deadline: Duration::from_secs(3), ..limits() };
    let (d, a) = (keystone_within(&bed, account(&bed, "d"), hasty.clone()), keystone(&bed, account(&bed, "a")));
    let paused = bed.pause("d", "keystone");
    let (bearer_d, bearer_a) = (Credentials::Bearer(alice(&bed, "d")), Credentials::Bearer(alice(&bed, "a")));
    let (hung, answered) = tokio::join!(d.login(&bearer_d), a.login(&bearer_a));
    let expected = Unreachable::Deadline { limit: hasty.deadline };
    assert_eq!(hung.err(), Some(Error::Unreachable { service: "DELTA-FULL".to_owned(), why: expected }));
    answered.expect("a login");
    drop(paused);
    // Nothing has to be done about it.
    keystone(&bed, account(&bed, "d")).login(&bearer_d).await.expect("a login");
}
