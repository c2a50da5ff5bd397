//! Command lines that wait for somebody at an issuer, on several gateways at once.

use crate::world::World;
use db::args;
use identity::sealing::Vault;
use identity::{DeviceEnd, DeviceLogin, Logins, NewDeviceLogin, Scope, Scopes, TokenError, Turn, Vouched};
use model::Secret;
use serde_json::json;
use std::time::Duration;

const INTERVAL: Duration = Duration::from_secs(5);
const MILLISECOND: Duration = Duration::from_millis(1);
const LIFE: Duration = Duration::from_secs(600);

async fn logins(world: &World) -> Logins {
    let vault = Vault::open(world.db.clone(), world.clock.clone(), &world.directory.path().join("key")).await.expect("a key");
    Logins::new(world.db.clone(), world.clock.clone(), vault)
}

async fn begin(world: &World, logins: &Logins) -> Secret {
    let code = Secret::new("the-issuers-device-code".into());
    let begun = NewDeviceLogin {
        issuer: "checkin",
        device_code: &code,
        interval: INTERVAL,
        expires_at: world.now().plus(LIFE),
        scopes: [Scope::Read, Scope::Run].into(),
        name: "laptop",
    };
    logins.begin_device(&begun).await.expect("begun")
}

async fn wait(logins: &Logins, secret: &Secret) -> Duration {
    match logins.find_device(secret).await.expect("found") {
        DeviceLogin::Wait(pause) => pause,
        DeviceLogin::Turn(_) => panic!("the issuer would be asked too soon"),
        DeviceLogin::Unknown | DeviceLogin::Ended(_) => panic!("it has not ended"),
    }
}

async fn turn(logins: &Logins, secret: &Secret) -> Turn {
    match logins.find_device(secret).await.expect("found") {
        DeviceLogin::Turn(turn) => *turn,
        _ => panic!("it is time"),
    }
}

async fn ended(logins: &Logins, secret: &Secret) -> Option<DeviceEnd> {
    match logins.find_device(secret).await.expect("found") {
        DeviceLogin::Ended(end) => Some(end),
        DeviceLogin::Unknown => None,
        _ => panic!("it goes on"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_all_who_ask_one_has_its_turn_and_one_end_counts() {
    for world in World::on_both_engines().await {
        let (here, there) = (logins(&world).await, logins(&world).await);
        let secret = begin(&world, &here).await;
        assert_eq!(wait(&there, &secret).await, INTERVAL, "the first question waits as well");
        world.clock.advance(INTERVAL - MILLISECOND);
        assert_eq!(wait(&here, &secret).await, MILLISECOND);
        world.clock.advance(MILLISECOND);
        let asked = (0..8).map(|number| {
            let (logins, secret) = (if number % 2 == 0 { here.clone() } else { there.clone() }, secret.clone());
            tokio::spawn(async move { logins.find_device(&secret).await.expect("found") })
        });
        let mut turns = Vec::new();
        for asked in asked.collect::<Vec<_>>() {
            match asked.await.expect("no panic") {
                DeviceLogin::Turn(turn) => turns.push(turn),
                DeviceLogin::Wait(pause) => assert_eq!(pause, INTERVAL),
                _ => panic!("it has not ended"),
            }
        }
        assert_eq!(turns.len(), 1);
        let first = turns.remove(0);
        assert_eq!(
            (first.issuer.as_str(), first.name.as_str(), first.device_code.expose()),
            ("checkin", "laptop", "the-issuers-device-code")
        );
        assert_eq!(first.scopes, Scopes::from([Scope::Read, Scope::Run]));
        // The issuer wants it slower, and counts from its answer.
        world.clock.advance(INTERVAL);
        there.give_back(&first, INTERVAL * 2).await.expect("given back");
        assert_eq!(wait(&here, &secret).await, INTERVAL * 2);
        world.clock.advance(INTERVAL * 2);
        // A gateway that dies in its turn holds the others up for a minute.
        drop(turn(&here, &secret).await);
        world.clock.advance(Duration::from_secs(60) - MILLISECOND);
        assert_eq!(wait(&there, &secret).await, MILLISECOND);
        world.clock.advance(MILLISECOND);
        let second = turn(&there, &secret).await;
        assert_eq!(second.interval, INTERVAL * 2, "it stays slower");
        assert_eq!(world.count("sealed").await, 1);
        let (one, other) =
            tokio::join!(here.end_device(&first, DeviceEnd::SignedIn), there.end_device(&second, DeviceEnd::SignedIn));
        assert_ne!(one.expect("ended"), other.expect("ended"), "what follows from it follows once");
        assert_eq!(world.count("sealed").await, 0, "the device code is forgotten");
        assert_eq!(ended(&here, &secret).await, Some(DeviceEnd::SignedIn));
        assert!(!there.end_device(&second, DeviceEnd::Denied).await.expect("asked"));
        there.give_back(&second, INTERVAL).await.expect("nothing to give back");
        assert_eq!(ended(&here, &secret).await, Some(DeviceEnd::SignedIn));

        let forgotten = begin(&world, &here).await;
        world.clock.advance(LIFE);
        assert_eq!(ended(&there, &forgotten).await, Some(DeviceEnd::Expired));
        begin(&world, &here).await;
        assert_eq!(
            (ended(&here, &secret).await, ended(&here, &forgotten).await),
            (Some(DeviceEnd::SignedIn), Some(DeviceEnd::Expired))
        );
        world.clock.advance(LIFE);
        begin(&world, &here).await;
        assert_eq!((ended(&here, &secret).await, ended(&here, &forgotten).await), (None, None), "swept up with their secrets");
        assert_eq!((world.count("device_login").await, world.count("sealed").await), (2, 2));
        for garbage in ["", "rsd_x", "the-issuers-device-code"] {
            assert_eq!(ended(&here, &Secret::new(garbage.into())).await, None);
        }
    }
}

#[tokio::test]
async fn who_signs_in_gets_what_they_may_and_nothing_when_suspended() {
    for world in World::on_both_engines().await {
        let claims = json!({"name": "Ada"});
        let vouched = Vouched { issuer: "https://checkin.example", subject: "ada", claims: claims.as_object().expect("claims") };
        let ada = world.identity.admit(&vouched).await.expect("admitted");
        let given = async |asked: &[Scope]| {
            let made = world.identity.begin_token(&ada, "laptop", asked.iter().copied().collect()).await;
            made.map(|(view, secret)| (view.scopes.to_string(), view.expires_at, secret))
        };
        let (scopes, expires_at, secret) = given(&[Scope::Read, Scope::Run, Scope::Admin]).await.expect("a token");
        assert_eq!((scopes.as_str(), expires_at), ("read,run", Some(world.now().plus(Duration::from_secs(30 * 86_400)))));
        assert_eq!(world.identity.verify(&secret).await.expect("a caller").person(), &ada.person);
        assert_eq!(given(&[Scope::Admin]).await.expect("a token").0, "run");
        world.execute("UPDATE identity SET administrator = 1 WHERE subject = $1", args!["ada"]).await;
        assert_eq!(given(&[Scope::Admin]).await.expect("a token").0, "admin", "by the word of the issuer");
        world.execute("UPDATE person SET suspended_at = 1 WHERE id = $1", args![ada.person.as_str()]).await;
        assert!(matches!(given(&[Scope::Run]).await, Err(TokenError::Suspended)));
        assert_eq!(world.count("token").await, 3);
    }
}
