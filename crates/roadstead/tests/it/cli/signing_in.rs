//! Signing in at a gateway that is elsewhere, and the tokens that people have already.

mod agent;
mod device;
mod given;

use super::helpers::{Desk, LIMIT, Typed};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Stdio;
use testkit::{Flavour, OpenIdProvider, Program, free_port};

/// A gateway that trusts these providers, in a home of its own.
struct Elsewhere {
    desk: Desk,
    port: u16,
    pub url: String,
    program: Program,
}

impl Elsewhere {
    fn trusting(providers: &[(&str, &OpenIdProvider)]) -> Self {
        let desk = Desk::new();
        desk.write("secret", "gateway-secret\n");
        let issuers = providers.iter().map(|(name, provider)| {
            let secret = desk.path("secret");
            format!(
                "[[issuers]]\nname = \"{name}\"\ntitle = \"The service {name}\"\nurl = \"{}\"\nclient_id = \"gateway\"\n\
                 client_secret_file = \"{}\"\naudiences = [\"{}\"]\nplain_http_on_loopback = true\n",
                provider.issuer(),
                secret.display(),
                provider.audience()
            )
        });
        let config = issuers.collect::<String>();
        desk.write("gateway.toml", config);
        let port = free_port();
        let program = serve(&desk, port);
        Self { url: format!("http://127.0.0.1:{port}"), desk, port, program }
    }

    fn stop(&mut self) {
        assert!(self.program.stop().success());
    }

    fn start_again(&mut self) {
        self.program = serve(&self.desk, self.port);
    }

    /// All that it ever said.
    fn log(&self) -> String {
        let files = std::fs::read_dir(self.desk.path("output")).expect("a directory");
        files.map(|file| std::fs::read_to_string(file.expect("a file").path()).expect("a text")).collect()
    }
}

fn serve(desk: &Desk, port: u16) -> Program {
    let mut command = desk.command(&["serve", "--config", "gateway.toml", "--listen", &format!("127.0.0.1:{port}")]);
    command.env("RUST_LOG", "trace");
    let mut program = desk.home.start(command);
    program.wait_for_line(LIMIT, "its address", |line| line.starts_with("Roadstead serves at "));
    program
}

/// Somebody at another computer.
pub struct User<'a> {
    desk: Desk,
    gateway: &'a str,
}

impl<'a> User<'a> {
    pub fn of(gateway: &'a str) -> Self {
        Self { desk: Desk::new(), gateway }
    }

    fn with(&self, arguments: &[&str]) -> Vec<String> {
        ["--gateway", self.gateway].iter().chain(arguments).map(|word| (*word).to_owned()).collect()
    }

    fn start(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Program {
        let arguments = self.with(arguments);
        let mut command = self.desk.command(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        command.envs(variables.iter().copied());
        self.desk.home.start(command)
    }

    #[track_caller]
    pub fn type_in(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Typed {
        super::helpers::finish(self.start(variables, arguments))
    }

    #[track_caller]
    pub fn ok(&self, variables: &[(&str, &str)], arguments: &[&str]) -> String {
        let typed = self.type_in(variables, arguments);
        assert_eq!(typed.code, 0, "{arguments:?}: {typed:?}");
        typed.out
    }

    /// With this on standard input.
    fn pipe(&self, text: &str, arguments: &[&str]) -> Typed {
        let arguments = self.with(arguments);
        let mut command = self.desk.command(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("started");
        child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("written");
        let done = child.wait_with_output().expect("ended");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Typed { code: done.status.code().unwrap_or(-1), out: text(&done.stdout), err: text(&done.stderr) }
    }

    /// Begins to sign in; back come the command and the code to type.
    pub fn begin(&self, arguments: &[&str]) -> (Program, String) {
        let mut login = self.start(&[], &[&["login"], arguments].concat());
        let line = login.wait_for_line(LIMIT, "a code", |line| line.starts_with("and type the code "));
        (login, line.rsplit(' ').next().expect("a code").to_owned())
    }

    /// The files of sign-ins.
    fn kept(&self) -> Vec<PathBuf> {
        let Ok(files) = std::fs::read_dir(self.desk.path("config/roadstead/sign-ins")) else { return Vec::new() };
        files.map(|file| file.expect("a file").path()).collect()
    }

    pub fn token(&self) -> String {
        let kept = self.kept();
        assert_eq!(kept.len(), 1, "{kept:?}");
        let mode = |path: &std::path::Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&kept[0]), mode(kept[0].parent().expect("a directory"))), (0o600, 0o700));
        let text = std::fs::read_to_string(&kept[0]).expect("readable");
        serde_json::from_str::<serde_json::Value>(&text).expect("JSON")["token"].as_str().expect("a token").to_owned()
    }
}

/// What all programs of this computer were started with.
fn all_arguments() -> String {
    let processes = std::fs::read_dir("/proc").expect("/proc").flatten();
    let arguments = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    arguments.map(|arguments| String::from_utf8_lossy(&arguments).into_owned()).collect()
}

fn checkin() -> OpenIdProvider {
    OpenIdProvider::start(Flavour::Egi)
}
