//! What people and communities may have in flight, seen through the door and by several gateways; and terms of use.

use crate::service::Bench;
use crate::together::Together;
use crate::world::{World, body, no_delegation, problem, run_settings, text_of};
use db::blobs::Blobs;
use db::{Db, args, seed};
use identity::{Identity, NewToken, Scope};
use model::id::{GatewayId, RunId};
use model::request::RunRequest;
use model::time::{Clock, SystemClock};
use reqwest::Method;
use runs::{Defaults, Quota, Runs};
use serde_json::{Value, json};
use sites::Sites;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use testkit::{Postgres, await_until};

db::statements! {
    LEFT = "SELECT CAST((SELECT coalesce(sum(runs + cores + accelerators), 0) FROM quota) + (SELECT coalesce(sum(counted), 0) FROM attempt)
        + (SELECT count(*) FROM attempt WHERE held_by IS NOT NULL) AS BIGINT) AS number";
    INSIDE = "SELECT count(*) AS inside, (SELECT coalesce(max(runs), 0) FROM quota) AS counted FROM attempt WHERE share IN ('queued', 'aboard')";
}

async fn decide(world: &World, holder: &str, quota: Value) -> Value {
    let request = world.by(&world.admin, Method::PUT, &format!("/api/v1/admin/quotas/{holder}"));
    let answer = request.json(&quota).send().await.expect("sent");
    assert_eq!(answer.status(), 200, "{holder}");
    body(answer).await
}

async fn create(world: &World, token: &str, request: Value) -> (Value, String) {
    let answer = world.by(token, Method::POST, "/api/v1/runs").json(&request).send().await.expect("sent");
    assert_eq!(answer.status(), 201, "{request}");
    let quota = answer.headers()["roadstead-quota"].to_str().expect("ascii").to_owned();
    (body(answer).await, quota)
}

async fn quotas(world: &World, token: &str) -> Value {
    body(world.by(token, Method::GET, "/api/v1/me/quotas").send().await.expect("sent")).await
}

async fn cancel(world: &World, run: &Value) {
    let path = format!("/api/v1/runs/{}/cancel", text_of(run, "id"));
    assert_eq!(world.by(&world.admin, Method::POST, &path).send().await.expect("sent").status(), 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_more_than_a_quota_waits_in_order_and_what_never_fits_is_refused() {
    let world = World::new().await;
    let ada = world.caller(&world.owner).await.person().to_string();
    let decided = decide(&world, &format!("people/{ada}"), json!({"runs": 2, "cores": 4})).await;
    assert_eq!(
        decided,
        json!({"runs": {"used": 0, "most": 2}, "cores": {"used": 0.0, "most": 4.0}, "accelerators": {"used": 0}, "waiting": 0})
    );
    let of = |cores: f64| json!({"command": ["true"], "resources": {"cores": cores}});
    for (asked, says) in [(of(4.5), "4 cores"), (json!({"command": ["true"], "resources": {"cores": 64.5}}), "")] {
        let answer = world.post("/api/v1/runs").json(&asked).send().await.expect("sent");
        let refused = body(answer).await;
        let code = if says.is_empty() { "RS-3001" } else { "RS-3004" };
        assert!(refused["code"] == code && text_of(&refused, "detail").contains(says), "{refused}");
    }

    let (large, header) = create(&world, &world.owner, of(3.5)).await;
    assert_eq!(header, "runs=1/2, cores=3.5/4, accelerators=0");
    let (second, header) = create(&world, &world.owner, of(2.0)).await;
    assert_eq!(header, "runs=1/2, cores=3.5/4, accelerators=0", "it is held");
    let id = |run: &Value| text_of(run, "id");
    let waiting = world.until(&id(&second), |run| run["waiting_for"]["reason"] == "quota").await;
    assert!(text_of(&waiting["waiting_for"], "detail").contains("2 runs, 4 cores"), "{waiting}");
    // It would fit, and comes later all the same.
    let (third, _) = create(&world, &world.owner, of(0.5)).await;
    world.until(&id(&third), |run| run["waiting_for"]["reason"] == "quota").await;
    // Others have a quota of their own, and none here.
    let (others, header) = create(&world, &world.other, of(64.0)).await;
    assert_eq!(header, "runs=1, cores=64, accelerators=0");
    assert_eq!(quotas(&world, &world.owner).await["waiting"], 2);
    let listed = world.get("/api/v1/runs").send().await.expect("sent");
    assert_eq!(listed.headers()["roadstead-quota"], "runs=1/2, cores=3.5/4, accelerators=0");

    // What ends makes room for those that waited, one after the other.
    cancel(&world, &others).await;
    cancel(&world, &large).await;
    for run in [&second, &third] {
        world.until(&id(run), |run| run["waiting_for"]["reason"] != "quota" && run["state"] != "planned").await;
    }
    let now = quotas(&world, &world.owner).await;
    assert_eq!((&now["runs"]["used"], &now["cores"]["used"], &now["waiting"]), (&json!(2), &json!(2.5), &json!(0)));
    // One that waits is cancelled where it stands, and one more comes in when more is allowed.
    let (fourth, _) = create(&world, &world.owner, of(1.0)).await;
    let (fifth, _) = create(&world, &world.owner, of(1.0)).await;
    world.until(&id(&fifth), |run| run["waiting_for"]["reason"] == "quota").await;
    cancel(&world, &fourth).await;
    world.until(&id(&fourth), |run| run["state"] == "ended").await;
    decide(&world, &format!("people/{ada}"), json!({"runs": 3})).await;
    world.until(&id(&fifth), |run| run["state"] == "provisioning" || run["state"] == "staging").await;
    let all = body(world.by(&world.admin, Method::GET, "/api/v1/admin/quotas?limit=1000").send().await.expect("sent")).await;
    let adas = all["items"].as_array().expect("items").iter().find(|one| one["person"] == ada.as_str()).expect("Ada's").clone();
    assert_eq!((&adas["name"], &adas["decided"], &adas["runs"]["used"]), (&json!("Ada"), &json!({"runs": 3}), &json!(3)));
    for run in [&second, &third, &fifth] {
        cancel(&world, run).await;
        world.until(&id(run), |run| run["state"] == "ended").await;
    }
    // What waits for more than is allowed from now on ends, and whoever waited behind it is next.
    decide(&world, &format!("people/{ada}"), json!({"runs": 1})).await;
    let (inside, _) = create(&world, &world.owner, of(1.0)).await;
    let (never, _) = create(&world, &world.owner, of(3.0)).await;
    let (behind, _) = create(&world, &world.owner, of(1.0)).await;
    decide(&world, &format!("people/{ada}"), json!({"runs": 1, "cores": 2})).await;
    let never = world.until(&id(&never), |run| run["state"] == "ended").await;
    assert_eq!((&never["outcome"], &never["cause"]["code"]), (&json!("failed"), &json!("RS-3004")), "{never}");
    assert!(text_of(&never["cause"], "remedy").contains("an administrator"), "{never}");
    cancel(&world, &inside).await;
    world.until(&id(&behind), |run| run["waiting_for"]["reason"] != "quota" && run["state"] != "planned").await;
    cancel(&world, &behind).await;
    await_until(Duration::from_secs(20), "nothing to be left", async || (left(&world.db).await == 0).then_some(())).await;
    let refused = world.by(&world.admin, Method::PUT, &format!("/api/v1/admin/quotas/people/{ada}")).json(&json!({"cores": -1}));
    assert_eq!(problem(refused.send().await.expect("sent")).await, "RS-1003");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_in_the_name_of_a_community_is_seen_by_its_managers_and_counts_for_it() {
    let world = World::new().await;
    let together = Together::new(&world).await;
    decide(&world, "communities/astro", json!({"runs": 1})).await;
    let in_astro = json!({"name": "survey", "command": ["true"], "where": {"community": "astro"}});
    let (first, _) = create(&world, &world.owner, in_astro.clone()).await;
    assert_eq!(first["community"], "astro");
    let (second, _) = create(&world, &together.member, in_astro.clone()).await;
    let shown = async |token: &str, run: &Value| {
        body(world.by(token, Method::GET, &format!("/api/v1/runs/{}", text_of(run, "id"))).send().await.expect("sent")).await
    };
    let waits = await_until(Duration::from_secs(20), "the community's quota to hold it", async || {
        let run = shown(&together.member, &second).await;
        (run["waiting_for"]["reason"] == "quota").then_some(run)
    });
    let waits = text_of(&waits.await["waiting_for"], "detail");
    assert!(waits.contains("The community astro may have 1 runs"), "{waits}");

    // Whose community it is not learns nothing, to the letter.
    let named = |name: &str| json!({"command": ["true"], "where": {"community": name}});
    let ask = async |token: &str, path: &str, name: &str| {
        body(world.by(token, Method::POST, path).json(&named(name)).send().await.expect("sent")).await
    };
    for path in ["/api/v1/runs", "/api/v1/plans"] {
        for token in [&world.other, &together.elsewhere, &world.admin] {
            let (hidden, absent) = (ask(token, path, "astro").await, ask(token, path, "nowhere").await);
            assert_eq!(
                (hidden["code"].as_str(), hidden["fields"][0]["field"].as_str()),
                (Some("RS-2012"), Some("where.community"))
            );
            assert!(text_of(&hidden, "detail").contains("role `member`"), "{hidden}");
            assert_eq!(text_of(&hidden, "detail").replace("astro", "nowhere"), text_of(&absent, "detail"));
        }
    }
    let list = async |token: &str, query: &str| {
        let page = body(world.by(token, Method::GET, &format!("/api/v1/runs{query}")).send().await.expect("sent")).await;
        page["items"].as_array().map(Vec::len)
    };
    assert_eq!(list(&together.manager, "?community=astro").await, Some(2));
    assert_eq!(list(&together.manager, "").await, Some(0), "their own list is their own");
    assert_eq!(list(&together.member, "?community=astro").await, Some(1), "a member's own");
    assert_eq!(list(&together.elsewhere, "?community=astro").await, Some(0));
    assert_eq!(list(&world.admin, "?community=astro").await, Some(2));
    let community = body(world.by(&together.manager, Method::GET, "/api/v1/communities/astro").send().await.expect("sent")).await;
    assert_eq!((&community["members"], &community["quota"]["runs"]), (&json!(4), &json!({"used": 1, "most": 1})));
    assert_eq!(community["quota"]["waiting"], 1);

    // A manager makes room for the next by cancelling, and it is written down whose run it was.
    let path = format!("/api/v1/runs/{}/cancel", text_of(&first, "id"));
    assert_eq!(world.by(&together.manager, Method::POST, &path).send().await.expect("sent").status(), 202);
    await_until(Duration::from_secs(20), "the next to begin", async || {
        (shown(&together.member, &second).await["state"] != "planned").then_some(())
    })
    .await;
    let audit = format!("/api/v1/admin/audit?operation=cancel_run&about={}", text_of(&first, "id"));
    let audit = body(world.by(&world.admin, Method::GET, &audit).send().await.expect("sent")).await;
    assert_eq!(audit["items"][0]["owner"], first["person"]);

    // Shared with a team by its name; a team that is not one's own does not exist.
    let team = together.team(&world).await;
    let share = |with: &str| json!({"command": ["true"], "share_with": with});
    let (shared, _) = create(&world, &world.owner, share(&team)).await;
    assert_eq!(shared["team"], team.as_str());
    assert_eq!(list(&together.mate, &format!("?team={team}")).await, Some(1));
    let elsewhere = world.by(&together.elsewhere, Method::GET, &format!("/api/v1/runs?team={team}"));
    assert_eq!(problem(elsewhere.send().await.expect("sent")).await, "RS-1008");
    let refused = world.by(&together.elsewhere, Method::POST, "/api/v1/runs").json(&share(&team)).send().await.expect("sent");
    assert_eq!(problem(refused).await, "RS-2012");
    assert_eq!(shown(&together.mate, &shared).await["id"], shared["id"]);
    let out = world.by(&together.manager, Method::DELETE, &format!("/api/v1/teams/{team}/members/{}", together.mate_id));
    assert_eq!(out.send().await.expect("sent").status(), 204);
    assert_eq!(shown(&together.mate, &shared).await["code"], "RS-1008", "the next request knows");
}

/// Three gateways on one PostgreSQL, each with its engine, and the same person at all three at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn three_gateways_let_in_no_more_than_one_would() {
    const MOST: i64 = 4;
    let url = Postgres::shared().database();
    let directory = tempfile::tempdir().expect("a directory");
    let db = Db::open_postgres(&url).await.expect("a database");
    let identity = Identity::new(db.clone(), Arc::new(SystemClock));
    let ada = identity.add_person("Ada", false).await.expect("a person");
    let asked = NewToken { name: "test".into(), scopes: [Scope::Run].into(), expires_at: None };
    let (_, secret) = identity.issue_token(&ada.id, asked).await.expect("a token");
    let caller = identity.verify(&secret).await.expect("a caller");
    let mut gateways = Vec::new();
    for number in 0..3 {
        let id = GatewayId::new(seed(SystemClock.now()).expect("random"));
        let host = format!("host{number}");
        let options = flow::Options { gateway: id.clone(), host, lease: Duration::from_secs(60), concurrency: 8 };
        let person = Quota { runs: Some(u32::try_from(MOST).expect("few")), ..Quota::default() };
        let settings = runs::Settings { quotas: Defaults { person, ..Defaults::default() }, ..run_settings(id, vec![]) };
        let db = Db::open_postgres(&url).await.expect("a database");
        let blobs = Blobs::open(&directory.path().join("blobs")).expect("blobs");
        let drivers = Sites::new(vec![Arc::new(Bench::default())]);
        let runs = Runs::new(
            db.clone(),
            blobs,
            drivers,
            no_delegation(&db, directory.path()).await,
            Arc::new(SystemClock),
            settings,
            options,
        );
        let engine = runs.engine().expect("an engine").clone();
        tokio::spawn(async move { engine.run().await });
        gateways.push(runs);
    }
    let over = Arc::new(AtomicBool::new(false));
    let watcher = {
        let (db, over) = (db.clone(), over.clone());
        tokio::spawn(async move {
            let mut most = 0;
            while !over.load(Ordering::SeqCst) {
                let row = db.row(&INSIDE, args![]).await.expect("read").expect("a row");
                let (inside, counted): (i64, i64) = (row.get("inside").expect("a number"), row.get("counted").expect("a number"));
                assert!(inside <= MOST && counted <= MOST, "{inside} let in, {counted} counted");
                most = most.max(inside);
            }
            most
        })
    };
    let request = RunRequest { command: Some(vec!["true".into()]), ..RunRequest::default() };
    let create = |number: usize| {
        let (runs, caller, request) = (gateways[number % 3].clone(), caller.clone(), request.clone());
        async move { runs.create(&caller, request, None).await.expect("created").run.id }
    };
    let ids: Vec<RunId> = futures_util::future::join_all((0..24).map(create)).await;
    // They end as they come in, each by another gateway than the one that was asked for it.
    for (number, id) in ids.iter().enumerate() {
        gateways[(number + 1) % 3].cancel(&caller, id).await.expect("cancelled");
    }
    await_until(Duration::from_secs(90), "all to end", async || (!gateways[0].any_active().await.expect("read")).then_some(()))
        .await;
    over.store(true, Ordering::SeqCst);
    assert_eq!(watcher.await.expect("never too many"), MOST, "as many as may be were inside");
    assert_eq!(left(&db).await, 0);
    for runs in &gateways {
        runs.engine().expect("an engine").stop().await;
    }
}

async fn left(db: &Db) -> i64 {
    let row = db.row(&LEFT, args![]).await.expect("read").expect("a row");
    row.get("number").expect("a number")
}
