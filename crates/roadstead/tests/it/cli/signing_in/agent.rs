//! Tokens of a real oidc-agent, Debian's.

use super::{Elsewhere, LIMIT, User, all_arguments, checkin};
use crate::cli::helpers::finish;
use std::io::{Read, Write};
use std::net::TcpStream;
use testkit::{OpenIdProvider, wait_until};

/// Asks the provider as the client that people register for their agents: tokens of the gateway's own client let nobody in.
fn post(provider: &OpenIdProvider, path: &str, form: &str) -> serde_json::Value {
    let url: url::Url = provider.issuer().parse().expect("an address");
    let mut stream = TcpStream::connect(("127.0.0.1", provider.port())).expect("connect");
    // agent:agent-secret
    write!(
        stream,
        "POST {}{path} HTTP/1.0\r\nHost: 127.0.0.1:{}\r\nAuthorization: Basic YWdlbnQ6YWdlbnQtc2VjcmV0\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        url.path(),
        provider.port(),
        form.len()
    )
    .expect("send");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    serde_json::from_str(answer.split_once("\r\n\r\n").expect("a body").1).unwrap_or_else(|_| panic!("{answer}"))
}

const SCOPE: &str = "openid profile email offline_access";

fn refresh_token(provider: &OpenIdProvider) -> String {
    let scope = SCOPE.replace(' ', "+");
    let begun = post(provider, "/protocol/openid-connect/auth/device", &format!("scope={scope}"));
    provider.approve(begun["user_code"].as_str().expect("a code"), "alice");
    let code = begun["device_code"].as_str().expect("a code");
    let form = format!("grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code={code}");
    let tokens = post(provider, "/protocol/openid-connect/token", &form);
    tokens["refresh_token"].as_str().unwrap_or_else(|| panic!("{tokens}")).to_owned()
}

#[test]
fn oidc_agent_gives_the_token() {
    let (provider, other) = (checkin(), checkin());
    let gateway = Elsewhere::trusting(&[("checkin", &provider)]);
    let user = User::of(&gateway.url);
    let socket = user.desk.path("agent.sock");
    let path = socket.to_str().expect("UTF-8");
    let mut agent = user.desk.home.command("oidc-agent");
    agent.args(["--console", "--quiet", "--socket-path", path]);
    let _agent = user.desk.home.start(agent);
    wait_until(LIMIT, "the agent's socket", || socket.exists().then_some(()));
    for (account, provider) in [("mine", &provider), ("foreign", &other)] {
        let mut generate = user.desk.home.command("oidc-gen");
        generate.env("OIDC_SOCK", path).env("OIDC_ENCRYPTION_PW", "for-tests").env("OIDC_REFRESH_TOKEN", refresh_token(provider));
        generate.args([account, "--manual", "--client-id=agent", "--client-secret=agent-secret", "--flow=refresh", "--rt-env"]);
        generate.args(["--redirect-uri=http://localhost:8080", "--pw-env", "--prompt=none", "--confirm-default"]);
        generate.arg(format!("--iss={}", provider.issuer())).arg(format!("--scope={SCOPE}"));
        let done = finish(user.desk.home.start(generate));
        assert_eq!(done.code, 0, "{done:?}");
    }

    let sock = ("OIDC_SOCK", path);
    let said = user.ok(&[sock], &["--oidc-agent", "mine", "whoami"]);
    assert!(said.starts_with("Alice Astronomer") && said.contains("of a login service"), "{said}");
    for variable in ["OIDC_AGENT_ACCOUNT", "FEDCLOUD_OIDC_AGENT_ACCOUNT"] {
        assert!(user.ok(&[sock, (variable, "mine")], &["whoami"]).starts_with("Alice"), "{variable}");
    }
    // What is said counts before what is set.
    let bob = provider.token(&[("user", "bob")]);
    assert!(user.ok(&[sock, ("ROADSTEAD_TOKEN", &bob)], &["--oidc-agent", "mine", "whoami"]).starts_with("Alice"));
    assert!(user.ok(&[sock, ("OIDC_ACCESS_TOKEN", &bob), ("OIDC_AGENT_ACCOUNT", "mine")], &["whoami"]).starts_with("Bob"));
    // A whole command with it; the token is not among anybody's arguments.
    let mut run = user.start(&[sock], &["--oidc-agent", "mine", "run", "--", "sh", "-c", "echo begun; sleep 600"]);
    run.wait_for_line(LIMIT, "its output", |line| line == "begun");
    let seen = all_arguments();
    assert!(seen.contains("--oidc-agent") && !seen.contains("eyJ"), "a token is an argument");
    drop(run);

    let refused = |variables: &[(&str, &str)], account: &str, says: &[&str]| {
        let typed = user.type_in(variables, &["--oidc-agent", account, "whoami"]);
        assert!(typed.code == 4 && says.iter().all(|word| typed.err.contains(word)), "{says:?}: {typed:?}");
    };
    refused(&[sock], "nobodys", &["RS-9006", "No account configured with that short name", "oidc-token nobodys"]);
    refused(&[sock], "foreign", &["RS-2002", "not trusted here", "from oidc-agent (account foreign)", "roadstead login"]);
    refused(&[], "mine", &["RS-9006", "OIDC_SOCK", "oidc-agent-service"]);
    refused(&[("OIDC_SOCK", "/nowhere/agent")], "mine", &["RS-9006", "cannot be asked at /nowhere/agent"]);
    assert!(user.kept().is_empty(), "nothing of it is kept");
}
