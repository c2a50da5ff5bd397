//! Where a download may lead: redirects, names, dead ends.

use super::*;

#[tokio::test]
async fn a_dead_port_is_reported_as_such() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let bench = Bench::guarded(UrlGuard::new(vec![address.parse().unwrap()]), limits());
    match bench.get(&format!("http://{address}/secret?sig=1"), Declared::default()).await {
        Err(error @ FetchError::GaveUp { attempts: 3, last: Trouble::Connect { .. } }) => {
            let shown = error.to_string();
            assert!(shown.contains("refused") && !shown.contains("sig"), "{shown}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn redirects_are_followed_counted_and_guarded() {
    let body = content(1000);
    let target = Server::start(vec![whole(&body)]).await;
    let server = Server::start(vec![redirect("/b"), redirect("../c"), redirect(&target.url("/d"))]).await;
    let fetched = Bench::new(&[&server, &target]).get(&server.url("/a"), Declared::default()).await.unwrap();
    assert_eq!(fetched.source.unwrap().as_str(), target.url("/d"));
    assert_eq!(server.requests().len(), 3);

    let looping = Server::start(vec![redirect("/again")]).await;
    match Bench::new(&[&looping]).get(&looping.url("/"), Declared::default()).await {
        Err(FetchError::TooManyRedirects { limit: 5 }) => assert_eq!(looping.requests().len(), 6),
        other => panic!("{other:?}"),
    }

    // Only the first server is on the list; everything else on this machine stays out of reach.
    let private = Server::start(vec![whole(&body)]).await;
    let port = private.address.port();
    for to in [
        format!("http://127.0.0.1:{port}/"),
        format!("//0x7f.1:{port}"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        "http://169.254.169.254/latest".to_owned(),
    ] {
        let server = Server::start(vec![redirect(&to)]).await;
        match Bench::new(&[&server]).get(&server.url("/"), Declared::default()).await {
            Err(FetchError::Refused(Refused::Address { .. })) => {}
            other => panic!("{to}: {other:?}"),
        }
    }
    let server = Server::start(vec![redirect("file:///etc/passwd")]).await;
    let refused = Bench::new(&[&server]).get(&server.url("/"), Declared::default()).await;
    assert!(matches!(refused, Err(FetchError::Refused(Refused::Scheme { .. }))), "{refused:?}");
    let server = Server::start(vec![status("302 Found")]).await;
    let lost = Bench::new(&[&server]).get(&server.url("/"), Declared::default()).await;
    assert!(matches!(lost, Err(FetchError::Nonsense { .. })), "{lost:?}");
    assert_eq!(private.requests(), [""; 0]);
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_at_the_time_of_connecting() {
    let private = Server::start(vec![whole(b"secret")]).await;
    let port = private.address.port();
    // Public when the request is checked, loopback when it is fetched: DNS rebinding.
    let names = Arc::new(Names::new(&[
        ("rebind.example", &["93.184.215.14"], &["127.0.0.1"]),
        ("inside.example", &["127.0.0.1"], &["127.0.0.1"]),
    ]));
    let guard = UrlGuard::with_lookup(vec!["127.0.0.1:1".parse().unwrap()], names.clone());
    let url = format!("http://rebind.example:{port}/");
    guard.check(&url).await.unwrap();
    let bench = Bench::guarded(guard, limits());
    for url in [url, format!("http://inside.example:{port}/")] {
        match bench.get(&url, Declared::default()).await {
            Err(FetchError::Refused(Refused::Address { address, range: Range::Loopback, host })) => {
                assert!(address.is_loopback());
                assert!(!Refused::Address { address, range: Range::Loopback, host }.to_string().contains("127.0"));
            }
            other => panic!("{other:?}"),
        }
    }
    // Reached by redirect it is the same.
    let server = Server::start(vec![redirect(&format!("http://inside.example:{port}/"))]).await;
    let guard = UrlGuard::with_lookup(vec![server.address.to_string().parse().unwrap()], names.clone());
    let refused = Bench::guarded(guard, limits()).get(&server.url("/"), Declared::default()).await;
    assert!(matches!(refused, Err(FetchError::Refused(Refused::Address { .. }))), "{refused:?}");
    assert_eq!(private.requests(), [""; 0]);
    // An exception is for one port: this one, and not the one beside it.
    let listed = format!("inside.example:{port}").parse().unwrap();
    let bench = Bench::guarded(UrlGuard::with_lookup(vec![listed], names), limits());
    bench.get(&format!("http://INSIDE.example.:{port}/"), Declared::default()).await.unwrap();
    assert_eq!(private.requests().len(), 1);
    let beside = bench.get(&server.url("/").replace("127.0.0.1", "inside.example"), Declared::default()).await;
    assert!(matches!(beside, Err(FetchError::Refused(Refused::Address { .. }))), "{beside:?}");
    // A name that does not resolve may do so later, so it is tried again, and then reported.
    match bench.get("http://nowhere.example/", Declared::default()).await {
        Err(FetchError::GaveUp { attempts: 3, last: Trouble::Unresolved(Refused::Unresolved { .. }) }) => {}
        other => panic!("{other:?}"),
    }
}
