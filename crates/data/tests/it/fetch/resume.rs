//! Going on after an interruption: with the right bytes or not at all.

use super::*;

#[tokio::test]
async fn a_broken_connection_is_continued_not_restarted() {
    let body = content(900_000);
    for end in [close(), Act::Hang] {
        let server = Server::start(vec![cut(&body, 500_000, end), partial(&body, 500_000, "\"v1\"")]).await;
        let bench = Bench::with(&[&server], Limits { idle: Duration::from_secs(1), ..limits() });
        let fetched = bench.get(&server.url("/"), Declared::default()).await.unwrap();
        assert_eq!((fetched.received.sha256, fetched.attempts), (sha256(&body), 2));
        assert_eq!(bench.file(), body);
        let second = &server.requests()[1];
        assert!(second.contains("range: bytes=500000-") && second.contains("if-range: \"v1\""), "{second}");
    }
    // A reset may come before or after the bytes sent ahead of it.
    let server = Server::start(vec![cut(&body, 500_000, Act::Reset), vec![Act::Honest(body.clone())]]).await;
    let fetched = Bench::new(&[&server]).get(&server.url("/"), declared(&body)).await.unwrap();
    assert_eq!(fetched.attempts, 2);
}

#[tokio::test]
async fn a_download_goes_on_where_a_dead_process_left_it() {
    let body = content(700_000);
    let server = Server::start(vec![cut(&body, 400_000, Act::Hang), vec![Act::Honest(body.clone())]]).await;
    let bench = Bench::with(&[&server], limits());
    let part = || std::fs::metadata(bench.at("cube.fits.part")).map_or(0, |part| part.len());
    let url = server.url("/a");
    // Dropped in the middle, which is all that kill -9 leaves of a future, once something of it is on disk.
    let arrived = async {
        while part() < 262_144 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! { ended = bench.get(&url, Declared::default()) => panic!("{ended:?}"), () = arrived => {} }
    assert_eq!(bench.names(), ["cube.fits.part", "cube.fits.part.json"]);
    let fetched = bench.get_when_free(&url).await.unwrap();
    assert_eq!((fetched.received.sha256, fetched.attempts), (sha256(&body), 1));
    let range = server.requests()[1].split_once("range: bytes=").unwrap().1.split_once('-').unwrap().0.to_owned();
    assert!(range.parse::<u64>().unwrap() >= 262_144, "{range}");
    assert_eq!(bench.file(), body);
}

#[tokio::test]
async fn the_part_of_another_url_or_another_boot_is_not_continued() {
    let body = content(300_000);
    let server = Server::start(vec![cut(&body, 200_000, close()), status("404 Not Found"), whole(&body)]).await;
    let bench = Bench::new(&[&server]);
    bench.get(&server.url("/a"), Declared::default()).await.unwrap_err();
    bench.get(&server.url("/b"), Declared::default()).await.unwrap();
    assert!(!server.requests()[2].contains("range:"));

    let server = Server::start(vec![cut(&body, 200_000, close()), status("404 Not Found"), whole(&body)]).await;
    let bench = Bench::new(&[&server]);
    bench.get(&server.url("/a"), Declared::default()).await.unwrap_err();
    let note = std::fs::read_to_string(bench.at("cube.fits.part.json")).unwrap();
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    assert!(note.contains(boot.trim()), "{note}");
    std::fs::write(bench.at("cube.fits.part.json"), note.replace(boot.trim(), "another")).unwrap();
    bench.get(&server.url("/a"), Declared::default()).await.unwrap();
    assert!(!server.requests()[2].contains("range:"));
}

#[tokio::test]
async fn a_part_with_a_matching_note_is_continued_by_a_new_fetcher() {
    let body = content(600_000);
    let server =
        Server::start(vec![cut(&body, 300_000, close()), status("404 Not Found"), partial(&body, 300_000, "\"v1\"")]).await;
    let bench = Bench::new(&[&server]);
    assert!(matches!(bench.get(&server.url("/a"), Declared::default()).await, Err(FetchError::Status { status: 404 })));
    assert_eq!(bench.names(), ["cube.fits.part", "cube.fits.part.json"]);
    let note = std::fs::read_to_string(bench.at("cube.fits.part.json")).unwrap();
    assert!(!note.contains("127.0.0.1"), "a URL may be a secret: {note}");
    let next = Bench { fetcher: Fetcher::new(bench.guard.clone(), limits()).unwrap(), ..bench };
    let fetched = next.get(&server.url("/a"), Declared::default()).await.unwrap();
    assert_eq!((fetched.received.sha256, fetched.attempts), (sha256(&body), 1));
    assert!(server.requests()[2].contains("range: bytes=300000-"));
    assert_eq!(next.names(), ["cube.fits"]);
}

#[tokio::test]
async fn a_finished_part_needs_no_server_when_its_checksum_is_known() {
    let body = content(100_000);
    let server = Server::start(vec![cut(&body, 90_000, close()), status("404 Not Found")]).await;
    let bench = Bench::new(&[&server]);
    bench.get(&server.url("/a"), declared(&body)).await.unwrap_err();
    std::fs::write(bench.at("cube.fits.part"), &body).unwrap();
    let fetched = bench.get(&server.url("/a"), declared(&body)).await.unwrap();
    assert_eq!((fetched.attempts, fetched.source), (0, None));
    assert_eq!(bench.file(), body);
}

#[tokio::test]
async fn a_server_that_ignores_or_refuses_ranges_starts_over() {
    let body = content(500_000);
    for second in [whole(&body), status("416 Range Not Satisfiable")] {
        let server = Server::start(vec![cut(&body, 200_000, close()), second, whole(&body)]).await;
        let bench = Bench::new(&[&server]);
        bench.get(&server.url("/"), declared(&body)).await.unwrap();
        assert_eq!(bench.file(), body);
        assert!(server.requests()[1].contains("range: bytes=200000-"));
        assert!(server.requests().get(2).is_none_or(|third| !third.contains("range:")));
    }
}

#[tokio::test]
async fn a_lying_range_is_never_appended() {
    let body = content(500_000);
    let at = |range: &str, etag: &str| {
        let head = format!("HTTP/1.1 206 Partial Content\nETag: {etag}\n{range}Content-Length: 300000\nConnection: close\n\n");
        vec![text(&head), bytes(&body[200_000..])]
    };
    for lie in [
        at("Content-Range: bytes 0-299999/500000\n", "\"v1\""),
        at("Content-Range: bytes 200000-499999/400000\n", "\"v1\""),
        at("Content-Range: bytes 200000-499999/500001\n", "\"v1\""),
        at("Content-Range: bytes 200000-499999/500000\n", "\"v2\""),
        at("Content-Range: pages 1-2\n", "\"v1\""),
        at("", "\"v1\""),
    ] {
        let server = Server::start(vec![cut(&body, 200_000, close()), lie, whole(&body)]).await;
        let bench = Bench::new(&[&server]);
        let fetched = bench.get(&server.url("/"), Declared::default()).await.unwrap();
        assert_eq!((fetched.received.sha256, fetched.attempts), (sha256(&body), 3));
        assert!(!server.requests()[2].contains("range:"));
    }
    // The head is right and the bytes are not: only the checksum sees that, and asks for the whole.
    let mut wrong = body.clone();
    wrong[300_000] ^= 1;
    let server = Server::start(vec![cut(&body, 200_000, close()), partial(&wrong, 200_000, "\"v1\""), whole(&body)]).await;
    let bench = Bench::new(&[&server]);
    assert_eq!(bench.get(&server.url("/"), declared(&body)).await.unwrap().attempts, 3);
    assert_eq!(bench.file(), body);
}

#[tokio::test]
async fn without_validator_or_checksum_nothing_is_continued() {
    let body = content(400_000);
    let head = text("HTTP/1.1 200 OK\nETag: W/\"weak\"\nContent-Length: 400000\n\n");
    let server = Server::start(vec![vec![head, bytes(&body[..200_000]), close()], whole(&body)]).await;
    let bench = Bench::new(&[&server]);
    assert_eq!(bench.get(&server.url("/"), Declared::default()).await.unwrap().received.sha256, sha256(&body));
    assert!(!server.requests()[1].contains("range:"));
}

#[tokio::test]
async fn two_downloads_into_one_place_do_not_mix() {
    let body = content(400_000);
    let server = Server::start(vec![cut(&body, 300_000, Act::Hang), whole(&body)]).await;
    let bench = Bench::with(&[&server], limits());
    let url = server.url("/");
    let second = async {
        while server.requests().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        bench.get(&url, Declared::default()).await
    };
    tokio::select! {
        ended = bench.get(&url, Declared::default()) => panic!("{ended:?}"),
        busy = second => assert!(matches!(busy, Err(FetchError::Place(PlaceError::Busy { .. }))), "{busy:?}"),
    }
}
