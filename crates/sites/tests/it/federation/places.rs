//! Sources at addresses: lists of files, indexes, and servers that do not answer as they should.

use model::federation::Trouble;

use super::server::{Answer, Server};
use super::{bench, names, problems_of, troubles};

fn file(site: &str) -> String {
    format!(
        "gocdb: {site}\nendpoint: https://{}.example.org/v3\nvos: [{{name: ops, auth: {{project_id: p}}}}]\n",
        site.to_lowercase()
    )
}

fn configuration(server: &Server, rest: &str) -> String {
    format!("[[federation.sources]]\nkind = \"egi-yaml\"\nname = \"egi\"\nurl = \"http://{}/sites\"\n{rest}\n", server.address)
}

#[tokio::test]
async fn files_are_found_by_a_list_and_by_indexes_of_several_forms() {
    let server = Server::start().await;
    for site in ["ONE", "TWO"] {
        server.say_text(&format!("/sites/{site}.yaml"), &file(site));
    }
    let github = format!(
        r#"[{{"name": "ONE.yaml", "download_url": "http://{0}/sites/ONE.yaml"}}, {{"name": "README.md", "download_url": "http://{0}/x"}},
            {{"name": "TWO.yaml", "download_url": null}}]"#,
        server.address
    );
    server.say_text("/sites/lines.txt", "ONE.yaml\nTWO.yaml\n");
    server.say_text("/sites/list.yaml", "---\nsites:\n  - ONE.yaml\n  - TWO.yaml\n");
    server.say_text("/sites/?ref=main", &github);
    let forms =
        ["files = [\"ONE.yaml\", \"TWO.yaml\"]", "index = \"lines.txt\"", "index = \"list.yaml\"", "index = \"?ref=main\""];
    for form in forms {
        let configuration = configuration(&server, form).replace("/sites\"", "/sites/\"");
        let federation = bench(&configuration, std::slice::from_ref(&server.address)).sources.read().await;
        assert_eq!(names(federation.services()), ["ONE", "TWO"], "{form}: {:?}", troubles(&federation));
        assert_eq!(troubles(&federation), [], "{form}");
    }
    assert!(!server.asked().iter().any(|path| path == "/x"), "what is no site file is not fetched");
    // Nothing is asked that the administrator did not allow.
    let before = server.asked().len();
    let federation = bench(&configuration(&server, forms[0]), &[]).sources.read().await;
    assert_eq!((server.asked().len(), troubles(&federation)[0].1), (before, Trouble::Refused));
}

#[tokio::test]
async fn each_bad_answer_is_a_typed_problem_of_its_file() {
    let server = Server::start().await;
    let answers = [
        ("GOOD", Answer::Whole(file("GOOD"))),
        ("HANGS", Answer::Silence),
        ("BUSY", Answer::Raw("HTTP/1.1 503 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned())),
        ("CUT", Answer::Raw("HTTP/1.1 200 OK\r\nContent-Length: 900\r\nConnection: close\r\n\r\ngocdb: CUT".to_owned())),
        ("FLOOD", Answer::Whole("#".repeat(3 << 20))),
        ("LONG", Answer::Whole("#".repeat((1 << 20) + 1))),
        (
            "AWAY",
            Answer::Raw(
                "HTTP/1.1 302 X\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    .to_owned(),
            ),
        ),
        ("HTML", Answer::Whole("<html><body>Sign in: please!</body></html>".to_owned())),
        ("SECRET", Answer::Raw("HTTP/1.1 403 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned())),
    ];
    for (site, answer) in &answers {
        server.say(&format!("/sites/{site}.yaml"), answer.clone());
    }
    let mut files: Vec<String> = answers.iter().map(|(site, _)| format!("\"{site}.yaml\"")).collect();
    files.extend(
        ["\"GONE.yaml\"", "\"http://169.254.169.254/latest\"", "\"file:///etc/passwd\"", "\"http://[\""].map(str::to_owned),
    );
    let configuration = configuration(&server, &format!("deadline = \"3s\"\nfiles = [{}]", files.join(", ")));
    let federation = bench(&configuration, std::slice::from_ref(&server.address)).sources.read().await;

    assert_eq!(names(federation.services()), ["GOOD"]);
    for (site, what) in [
        ("HANGS", Trouble::Unreachable),
        ("BUSY", Trouble::Unreachable),
        ("CUT", Trouble::Unreachable),
        ("FLOOD", Trouble::TooLarge),
        ("LONG", Trouble::TooLarge),
        ("AWAY", Trouble::Malformed),
        ("HTML", Trouble::Malformed),
        ("SECRET", Trouble::Unreadable),
    ] {
        let problems = problems_of(&federation, site);
        assert_eq!(problems.iter().map(|problem| problem.what).collect::<Vec<_>>(), [what], "{site}: {problems:?}");
        assert_eq!(problems[0].source, format!("egi: {site}.yaml"));
    }
    let of_source: Vec<_> = troubles(&federation).into_iter().filter(|(site, _)| site.is_none()).map(|(_, what)| what).collect();
    let (refused, missing) = (Trouble::Refused, Trouble::Missing);
    // The address that nothing can be made of, then in the order of the list.
    assert_eq!(of_source, [refused, missing, refused, refused], "{:?}", federation.sources());
}

#[tokio::test]
async fn the_registry_is_asked_what_it_is_usually_asked_and_a_dead_one_harms_nobody() {
    let server = Server::start().await;
    let services = "/gocdbpi/public/?method=get_service&service_type=org.openstack.nova";
    let downtimes = "/gocdbpi/public/?method=get_downtime&windowstart=2026-11-20&windowend=2027-01-20";
    server.say_text(
        services,
        "<results><SERVICE_ENDPOINT><SERVICE_TYPE>org.openstack.nova</SERVICE_TYPE><SITENAME>ALPHA</SITENAME>\
                               <URL>https://alpha.example.org/v3</URL></SERVICE_ENDPOINT></results>",
    );
    server.say_text(downtimes, "<results/>");
    server.say_text("/sites/BETA.yaml", &file("BETA"));
    // Something listened there a moment ago.
    let dead = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap().to_string();
    let configuration = configuration(&server, "files = [\"BETA.yaml\"]")
        + &format!("[[federation.sources]]\nkind = \"gocdb\"\nurl = \"http://{}/gocdbpi/public/\"\n", server.address)
        + &format!("[[federation.sources]]\nkind = \"cloud-info\"\nname = \"dead\"\nurl = \"http://{dead}/sites/\"\n");
    let federation = bench(&configuration, &[server.address.clone(), dead]).sources.read().await;
    assert_eq!(names(federation.services()), ["ALPHA", "BETA"]);
    assert_eq!(troubles(&federation), [(None, Trouble::Unreachable)], "{:?}", federation.sources());
    let state: Vec<_> =
        federation.sources().iter().map(|source| (source.name.as_str(), source.documents, source.read_at.is_some())).collect();
    assert_eq!(state[1..], [("egi", 1, true), ("gocdb", 2, true), ("dead", 0, false)]);
    assert!(server.asked().iter().any(|path| path == downtimes));
}
