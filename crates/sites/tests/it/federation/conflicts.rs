//! Several sources of the same sites.

use std::path::Path;
use std::time::Duration;

use model::federation::{Severity, Trouble};

use super::{directory, morning, names, problems_of, read, said_by, source};

const SERVICES: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<results>
<SERVICE_ENDPOINT PRIMARY_KEY="1G0"><PRIMARY_KEY>1G0</PRIMARY_KEY><HOSTNAME>keystone.alpha.example.org</HOSTNAME>
 <GOCDB_PORTAL_URL>https://goc.example.org/portal?Page_Type=Service&id=1</GOCDB_PORTAL_URL>
 <SERVICE_TYPE>org.openstack.nova</SERVICE_TYPE><IN_PRODUCTION>Y</IN_PRODUCTION><NODE_MONITORED>N</NODE_MONITORED>
 <SITENAME>ALPHA</SITENAME><COUNTRY_NAME>Espa&#xF1;a &amp; co</COUNTRY_NAME><ROC_NAME>NGI_IBERGRID</ROC_NAME>
 <URL>https://KEYSTONE.alpha.example.org:5000/v3/?image=a&amp;resource=b</URL><ENDPOINTS/><EXTENSIONS/></SERVICE_ENDPOINT>
<SERVICE_ENDPOINT PRIMARY_KEY="2G0"><PRIMARY_KEY>2G0</PRIMARY_KEY><HOSTNAME>old.beta.example.org</HOSTNAME>
 <SERVICE_TYPE>org.openstack.nova</SERVICE_TYPE><IN_PRODUCTION>N</IN_PRODUCTION><NODE_MONITORED>Y</NODE_MONITORED>
 <SITENAME>BETA</SITENAME><URL/><ENDPOINTS><ENDPOINT><ID>7</ID><NAME>horizon</NAME><URL>https://old.beta.example.org/horizon</URL>
 <INTERFACENAME>org.openstack.horizon</INTERFACENAME></ENDPOINT><ENDPOINT><ID>8</ID><URL>https://old.beta.example.org:5000/v3</URL>
 <INTERFACENAME>org.openstack.nova</INTERFACENAME></ENDPOINT></ENDPOINTS></SERVICE_ENDPOINT>
<SERVICE_ENDPOINT PRIMARY_KEY="3G0"><HOSTNAME>keystone.delta.example.org</HOSTNAME><SERVICE_TYPE>org.openstack.nova</SERVICE_TYPE>
 <SITENAME>DELTA</SITENAME><URL>https://keystone.delta.example.org/v3</URL></SERVICE_ENDPOINT>
<SERVICE_ENDPOINT PRIMARY_KEY="4G0"><HOSTNAME>srm.alpha.example.org</HOSTNAME><SERVICE_TYPE>SRM</SERVICE_TYPE>
 <SITENAME>ALPHA</SITENAME><URL>srm://srm.alpha.example.org</URL></SERVICE_ENDPOINT>
<SITE ID="9" PRIMARY_KEY="9G0" NAME="ALPHA"><OFFICIAL_NAME>Alpha Centre</OFFICIAL_NAME></SITE>
<SITE ID="10" PRIMARY_KEY="10G0" NAME="OF-NO-INTEREST"/>
</results>"#;

const DOWNTIMES: &str = r#"<results>
<DOWNTIME ID="1" PRIMARY_KEY="11G0" CLASSIFICATION="SCHEDULED"><HOSTNAME>keystone.alpha.example.org</HOSTNAME>
 <SERVICE_TYPE>org.openstack.nova</SERVICE_TYPE><HOSTED_BY>ALPHA</HOSTED_BY><SEVERITY>OUTAGE</SEVERITY>
 <DESCRIPTION>Power cut &lt;soon&gt;</DESCRIPTION><START_DATE>1795244400</START_DATE><END_DATE>1795251600</END_DATE></DOWNTIME>
<DOWNTIME ID="2" PRIMARY_KEY="12G0"><SERVICES><SERVICE><HOSTNAME>new-name.beta.example.org</HOSTNAME>
 <SERVICE_TYPE>org.openstack.nova</SERVICE_TYPE><HOSTED_BY>BETA</HOSTED_BY></SERVICE><SERVICE><HOSTNAME>h.beta.example.org</HOSTNAME>
 <SERVICE_TYPE>org.openstack.horizon</SERVICE_TYPE><HOSTED_BY>BETA</HOSTED_BY></SERVICE></SERVICES><SEVERITY>WARNING</SEVERITY>
 <DESCRIPTION>At risk</DESCRIPTION><START_DATE>1795244400</START_DATE><END_DATE>1795251600</END_DATE></DOWNTIME>
<DOWNTIME ID="3" PRIMARY_KEY="13G0"><HOSTED_BY>ALPHA</HOSTED_BY><START_DATE>soon</START_DATE></DOWNTIME>
<DOWNTIME ID="4" PRIMARY_KEY="14G0"><HOSTED_BY>NOBODY-KNOWS</HOSTED_BY><START_DATE>1</START_DATE><END_DATE>2</END_DATE></DOWNTIME>
</results>"#;

/// Two services of one site in one document, as no provider writes it but anybody may.
const PUBLISHED: &str = r#"{
"CloudComputingService": [{"ID": "s", "QualityLevel": "production", "OtherInfo": {"site_name": "ALPHA", "gocdb_id": "1G0"},
  "Associations": {"AdminDomain": ["ALPHA"]}}],
"CloudComputingEndpoint": [{"ID": "e", "URL": "https://keystone.alpha.example.org:5000/v3", "Authentication": "v3oidcaccesstoken",
  "HealthState": "warning", "CreationTime": "2026-11-20T12:00:00+00:00", "Associations": {"CloudComputingService": ["s"]}}],
"CloudComputingImage": [{"ID": 1}, null, "x"],
"Share": [
 {"ID": "sh1", "Name": "whatever", "ProjectID": "other", "PublicNetworkName": "ext", "Associations": {"CloudComputingEndpoint": ["e"]}},
 {"ID": "sh2", "Name": "new.vo - p9 share", "ProjectID": "p9", "Associations": {"CloudComputingEndpoint": ["e"]}},
 {"ID": "sh3", "Name": "Share in service e for VO older.vo (Project p8)", "ProjectID": "p8"},
 {"ID": "sh4", "ProjectID": "p7"}, {"ID": "sh5", "Associations": {"CloudComputingEndpoint": ["another"]}}],
"MappingPolicy": [{"ID": "m", "Rule": ["VO:ops"], "Associations": {"Share": ["sh1"], "PolicyUserDomain": ["ops"]}}]}"#;

const LISTED: &str = r#"[{"id": "2G0", "name": "BETA", "url": "https://keystone.beta.example.org:5000/v3", "state": "", "hostname": "h",
 "projects": [{"id": "p5", "name": "ops"}, {"id": "p6", "name": "eiscat.se"}]}, {"name": "", "url": "https://x.example.org"}]"#;

fn sites() -> tempfile::TempDir {
    directory(&[
        (
            "ALPHA.yaml",
            "gocdb: ALPHA\nendpoint: https://keystone.alpha.example.org:5000/v3\nvos: [{name: ops, auth: {project_id: p1}}]\n",
        ),
        (
            "BETA.yaml",
            "gocdb: BETA\nendpoint: https://keystone.beta.example.org:5000/v3/\nvos: [{name: ops, auth: {project_id: p5}}]\n",
        ),
    ])
}

fn configuration(sites: &Path, others: &Path, own: &str) -> String {
    // In no order: their weight is not that of their places.
    source("cloud-info", others) + &source("gocdb", others) + &source("egi-yaml", sites) + own
}

#[tokio::test]
async fn the_better_source_is_believed_and_the_other_is_shown() {
    let sites = sites();
    let others =
        directory(&[("services.xml", SERVICES), ("downtimes.xml", DOWNTIMES), ("alpha.json", PUBLISHED), ("list.json", LISTED)]);
    let federation = read(&configuration(sites.path(), others.path(), "")).await;

    assert_eq!(names(federation.services()), ["ALPHA", "BETA", "DELTA"]);
    assert!(federation.site("OF-NO-INTEREST").is_none());
    let alpha = federation.site("ALPHA").expect("a site");
    assert_eq!((alpha.title.as_deref(), alpha.country.as_deref()), (Some("Alpha Centre"), Some("España & co")));
    assert_eq!((alpha.in_production, alpha.monitored), (Some(true), Some(false)));
    let service = &alpha.services[0];
    // The same address, however it is written: no conflict, and three who say it.
    let about =
        |service: &model::federation::FederatedService| service.conflicts.iter().map(|one| one.about.clone()).collect::<Vec<_>>();
    assert_eq!(about(service), ["project of ops"]);
    assert_eq!(service.facts.iter().filter(|fact| fact.name == "auth_url").count(), 3);
    assert_eq!(
        said_by(&service.facts, "in_production", "true"),
        ["gocdb: services.xml, SERVICE_ENDPOINT 1G0", "cloud-info: alpha.json, e"]
    );
    let conflict = &service.conflicts[0];
    assert_eq!((conflict.believed.value.as_str(), conflict.believed.source.as_str()), ("p1", "egi-yaml: ALPHA.yaml"));
    assert_eq!((conflict.refuted.value.as_str(), conflict.refuted.source.as_str()), ("other", "cloud-info: alpha.json, e"));
    let communities: Vec<_> = service.communities.iter().map(|one| (one.community.as_str(), one.project_id.as_deref())).collect();
    assert_eq!(communities, [("ops", Some("p1")), ("new.vo", Some("p9")), ("older.vo", Some("p8"))]);
    assert_eq!(service.communities[0].public_network_hint.as_deref(), Some("ext"), "nobody better says it");
    assert_eq!(said_by(&service.facts, "health", "warning").len(), 1);
    assert_eq!(said_by(&service.facts, "published_at", "2026-11-20T12:00:00+00:00").len(), 1);

    // The only service that each of two knows, at two addresses: one service, and a conflict.
    let beta = federation.service("BETA").expect("a service");
    assert_eq!(
        (beta.auth_url.as_str(), beta.in_production, beta.monitored),
        ("https://keystone.beta.example.org:5000/v3/", Some(false), Some(true))
    );
    assert_eq!(about(beta), ["auth_url"]);
    assert_eq!(beta.conflicts[0].refuted.value, "https://old.beta.example.org:5000/v3");
    assert_eq!(beta.communities.len(), 2);
    assert_eq!(federation.service("DELTA").map(|service| service.communities.len()), Some(0));

    // Downtimes: of the service, of one that the registry knows by another host, of something else.
    let at = morning();
    let now: Vec<_> = federation.downtimes("ALPHA", at).collect();
    assert_eq!((now[0].why.as_str(), now[0].severity, now.len()), ("Power cut <soon>", Severity::Outage, 1));
    assert_eq!(federation.downtimes("ALPHA", at.plus(Duration::from_secs(86_400))).count(), 0);
    assert_eq!(federation.downtimes("BETA", at).map(|downtime| downtime.severity).collect::<Vec<_>>(), [Severity::Warning]);
    let of_horizon = federation.site("BETA").expect("a site").downtimes.iter().find(|downtime| downtime.service.is_none());
    assert!(of_horizon.is_some_and(|downtime| downtime.of == "org.openstack.horizon at h.beta.example.org"), "{of_horizon:?}");

    let told: Vec<_> = federation.problems().map(|(site, problem)| (site, problem.what)).collect();
    let expected = [(Some("ALPHA"), Trouble::Incomplete), (None, Trouble::Wrong), (None, Trouble::Incomplete)];
    assert_eq!(told, expected, "{:?}", federation.problems().collect::<Vec<_>>());
    let weight: Vec<_> = federation.sources().iter().map(|source| (source.kind.as_str(), source.documents)).collect();
    assert_eq!(weight, [("own", 1), ("egi-yaml", 2), ("gocdb", 2), ("cloud-info", 2)]);
}

const OWN: &str = r#"
[[sites]]
name = "ALPHA"
audience = "https://alpha.example.org"
issuers = ["https://aai.example.org/realms/egi"]
public_ranges = ["192.0.2.0/24", "2001:db8::/32", "192.0.2.0/33", "here"]
endpoint_overrides = {compute = "https://nova.alpha.example.org"}
communities = [{name = "ops", project_id = "mine", entitlement = "urn:mace:egi.eu:group:ops:role=pilot#x"}]
[[sites.downtimes]]
from = "2026-11-21T00:00:00Z"
until = "2026-11-22T00:00:00Z"
why = "Moving"
[[sites.downtimes]]
from = "2026-11-23T00:00:00Z"
until = "2026-11-22T00:00:00Z"

[[sites]]
name = "ALPHA"
service = "ALPHA-LAB"
auth_url = "https://lab.alpha.example.org/identity"
login = "password"

[[sites]]
name = "BETA"
auth_url = "https://right.beta.example.org:5000/v3"

[[sites]]
name = "OURS"
auth_url = "https://ours.example.org"
service = "DELTA"
authority = "/etc/ssl/ours.pem"

[[sites]]
name = "EMPTY"
"#;

#[tokio::test]
async fn the_administrator_corrects_what_others_say() {
    let sites = sites();
    let others = directory(&[("services.xml", SERVICES)]);
    let federation = read(&configuration(sites.path(), others.path(), OWN)).await;

    assert_eq!(names(&federation.site("ALPHA").expect("a site").services), ["ALPHA", "ALPHA-LAB"]);
    let alpha = federation.service("ALPHA").expect("a service");
    assert_eq!(alpha.auth_url, "https://keystone.alpha.example.org:5000/v3", "what is not said comes from others");
    assert_eq!(alpha.audience.as_deref(), Some("https://alpha.example.org"));
    assert_eq!(alpha.public_ranges, ["192.0.2.0/24", "2001:db8::/32"]);
    assert_eq!(alpha.endpoint_overrides["compute"], "https://nova.alpha.example.org");
    assert_eq!(alpha.communities[0].project_id.as_deref(), Some("mine"));
    assert_eq!(alpha.conflicts[0].refuted.source, "egi-yaml: ALPHA.yaml");
    assert_eq!(said_by(&alpha.facts, "audience", "https://alpha.example.org"), ["the gateway's configuration, sites[0]"]);
    assert_eq!(federation.downtimes("ALPHA", morning()).count(), 1);
    assert_eq!(federation.downtimes("ALPHA-LAB", morning()).count(), 1);
    let wrong: Vec<_> = problems_of(&federation, "ALPHA").iter().map(|problem| problem.what).collect();
    assert_eq!(wrong.iter().filter(|what| **what == Trouble::Wrong).count(), 3, "{wrong:?}");

    let beta = federation.service("BETA").expect("a service");
    assert_eq!((beta.auth_url.as_str(), beta.communities.len()), ("https://right.beta.example.org:5000/v3", 1));
    assert_eq!(beta.conflicts.len(), 2, "{:?}", beta.conflicts);

    // Names are of one service each, and who comes second is told so.
    let ours = federation.services().find(|service| service.site == "OURS").expect("a service");
    assert_eq!((ours.name.as_str(), ours.authority.as_deref()), ("DELTA@ours.example.org", Some("/etc/ssl/ours.pem")));
    assert_eq!(problems_of(&federation, "OURS")[0].what, Trouble::Duplicate);
    assert_eq!(federation.service("DELTA").map(|service| service.site.as_str()), Some("DELTA"));
    assert_eq!(problems_of(&federation, "EMPTY")[0].what, Trouble::Incomplete);
}

#[tokio::test]
async fn a_source_that_never_ends_has_an_end() {
    let service = |site: &str, n: usize| {
        format!(
            "<SERVICE_ENDPOINT><SERVICE_TYPE>org.openstack.nova</SERVICE_TYPE><SITENAME>{site}</SITENAME>\
             <URL>https://h{n}.example.org/v3</URL></SERVICE_ENDPOINT>"
        )
    };
    let downtime = "<DOWNTIME><HOSTED_BY>CROWD</HOSTED_BY><START_DATE>@</START_DATE><END_DATE>9999</END_DATE></DOWNTIME>";
    let crowd: String = (0..5_000).map(|n| service("CROWD", n)).collect();
    let downtimes: String = (0..3_000).map(|n| downtime.replace('@', &n.to_string())).collect();
    let wrong = downtime.replace('@', "soon").repeat(3_000);
    let text = format!("<results>{crowd}{downtimes}{wrong}{}</results>", service("GOOD", 1));
    let others = directory(&[("crowd.xml", &text)]);
    let federation = read(&source("gocdb", others.path())).await;
    let site = federation.site("CROWD").expect("a site");
    assert!(site.services.len() <= 64 && site.downtimes.len() <= 64_000, "{} {}", site.services.len(), site.downtimes.len());
    let told: Vec<_> = problems_of(&federation, "CROWD").iter().map(|problem| problem.what).collect();
    assert_eq!(told, [Trouble::TooLarge, Trouble::TooLarge], "{:?} {}", problems_of(&federation, "CROWD"), site.downtimes.len());
    let of_source: Vec<_> = federation.problems().filter(|(site, _)| site.is_none()).collect();
    assert_eq!(of_source.len(), 101);
    assert!(of_source[100].1.detail.starts_with("2900 more"), "{:?}", of_source[100]);
    assert!(federation.service("GOOD").is_some());
}
