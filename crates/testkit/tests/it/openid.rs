use std::net::TcpListener;
use std::time::Duration;

use testkit::{Flavour, OpenIdProvider, wait_until};

use crate::owner::kill_owner;

fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

#[test]
fn two_providers_run_at_once_and_are_gone_once_dropped() {
    let other = std::thread::spawn(|| OpenIdProvider::start(Flavour::Iam));
    let (egi, iam) = (OpenIdProvider::start(Flavour::Egi), other.join().expect("the second provider"));
    assert!(egi.issuer().ends_with("/auth/realms/egi") && iam.issuer().ends_with('/'));
    assert_ne!(egi.port(), iam.port());
    assert_eq!(egi.token(&[]).split('.').count(), 3);
    // People are each instance's own.
    egi.open("person", &[("name", "dora"), ("changes", r#"{"full_name":"Dora","email":"dora@example.org"}"#)]);
    assert_eq!(egi.open("users", &[])["dora"]["name"], "Dora");
    assert!(iam.open("users", &[])["dora"].is_null());
    let ports = [egi.port(), iam.port()];
    drop((egi, iam));
    assert!(ports.into_iter().all(is_free));
}

#[test]
fn a_provider_is_gone_once_its_owner_is_killed() {
    let told = kill_owner("openid::a_provider_is_gone_once_its_owner_is_killed", || {
        let provider = OpenIdProvider::start(Flavour::Egi);
        let port = provider.port();
        (provider, port.to_string())
    });
    let port = told.parse().expect("a port");
    wait_until(Duration::from_secs(20), "the end of the provider", || is_free(port).then_some(()));
}
