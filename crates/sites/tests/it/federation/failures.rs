//! What is said when a source that was good is so no more.

use std::time::Duration;

use model::federation::Trouble;

use super::server::{Answer, Server};
use super::{bench, directory, morning, names, problems_of, source, troubles, write};

fn file(site: &str, project: &str) -> String {
    format!(
        "gocdb: {site}\nendpoint: https://{}.example.org/v3\nvos: [{{name: ops, auth: {{project_id: {project}}}}}]\n",
        site.to_lowercase()
    )
}

#[tokio::test]
async fn a_file_that_breaks_leaves_what_it_said_and_one_that_goes_takes_it_along() {
    // The file's name is not the site's: who it was about is remembered.
    let sites = directory(&[("a.yaml", &file("ALPHA", "p1")), ("b.yaml", &file("BETA", "p2"))]);
    let bench = bench(&source("egi-yaml", sites.path()), &[]);
    let project = |federation: &sites::federation::Federation, name: &str| {
        federation.service(name).and_then(|service| service.communities[0].project_id.clone())
    };
    let first = bench.sources.read().await;
    assert_eq!(troubles(&first), []);

    let later = morning().plus(Duration::from_secs(3_600));
    *bench.clock.0.lock().unwrap() = later;
    write(sites.path(), "a.yaml", "gocdb: ALPHA\nvos: [{{{");
    write(sites.path(), "b.yaml", file("BETA", "p3"));
    let second = bench.sources.read().await;
    assert_eq!((project(&second, "ALPHA").as_deref(), project(&second, "BETA").as_deref()), (Some("p1"), Some("p3")));
    assert_eq!(troubles(&second), [(Some("ALPHA"), Trouble::Stale)]);
    let stale = problems_of(&second, "ALPHA")[0];
    assert_eq!(stale.read_at, Some(morning()));
    assert!(stale.detail.contains("line 2"), "{stale:?}");
    let of_files = &second.sources()[1];
    assert_eq!((of_files.read_at, of_files.documents, second.read_at()), (Some(morning()), 2, later));
    // What was given out before did not change.
    assert_eq!(project(&first, "BETA").as_deref(), Some("p2"));

    // Mended, it is new again; removed, it is gone.
    write(sites.path(), "a.yaml", file("ALPHA", "p4"));
    std::fs::remove_file(sites.path().join("b.yaml")).unwrap();
    let third = bench.sources.read().await;
    assert_eq!((project(&third, "ALPHA").as_deref(), names(third.services())), (Some("p4"), vec!["ALPHA"]));
    assert_eq!(troubles(&third), []);

    // The whole directory is out of reach: everything stays, and says so.
    let hidden = sites.path().with_extension("away");
    std::fs::rename(sites.path(), &hidden).unwrap();
    let fourth = bench.sources.read().await;
    assert_eq!(names(fourth.services()), ["ALPHA"]);
    assert_eq!(troubles(&fourth), [(Some("ALPHA"), Trouble::Stale), (None, Trouble::Missing)]);
    std::fs::rename(&hidden, sites.path()).unwrap();
    assert_eq!(troubles(&bench.sources.read().await), []);
}

#[tokio::test]
async fn a_server_that_stops_answering_is_told_with_the_age_of_what_is_shown() {
    let server = Server::start().await;
    let services = |production: &str| {
        format!(
            "<results><SERVICE_ENDPOINT><SERVICE_TYPE>org.openstack.nova</SERVICE_TYPE><SITENAME>ALPHA</SITENAME>\
             <IN_PRODUCTION>{production}</IN_PRODUCTION><URL>https://alpha.example.org/v3</URL></SERVICE_ENDPOINT></results>"
        )
    };
    let (path, downtimes) = ("/?method=get_service", "/?method=get_downtime");
    server.say_text(path, &services("Y"));
    server.say_text(downtimes, "<results/>");
    let configuration = format!(
        "[[federation.sources]]\nkind = \"gocdb\"\nurl = \"http://{}/\"\nfiles = [\"?method=get_service\", \"?method=get_downtime\"]\ndeadline = \"2s\"\n",
        server.address
    );
    let bench = bench(&configuration, std::slice::from_ref(&server.address));
    assert_eq!(bench.sources.read().await.site("ALPHA").and_then(|site| site.in_production), Some(true));
    for answer in [Answer::Silence, Answer::Whole("<results><SERVICE_END".to_owned()), Answer::Whole("{}".to_owned())] {
        server.say(path, answer.clone());
        let federation = bench.sources.read().await;
        assert_eq!(federation.site("ALPHA").and_then(|site| site.in_production), Some(true), "{answer:?}");
        let stale: Vec<_> = federation.problems().filter(|(_, problem)| problem.what == Trouble::Stale).collect();
        assert_eq!(stale.len(), 1, "{answer:?}: {:?}", troubles(&federation));
        assert!(stale[0].1.source.contains("get_service") && stale[0].1.read_at == Some(morning()), "{stale:?}");
        assert!(!stale[0].1.remedy.is_empty());
    }
    server.say_text(path, &services("N"));
    let federation = bench.sources.read().await;
    assert_eq!((federation.site("ALPHA").and_then(|site| site.in_production), troubles(&federation)), (Some(false), vec![]));
}
