//! Other people who ask, other gateways that are asked, and another way to them.

use super::{World, entitlements};
use crate::cli::helpers::{LIMIT, finish};
use crate::cli::signing_in::User;
use crate::machines::gate::serve;
use serde_json::json;
use std::path::Path;
use std::process::Command;
use testkit::{Program, free_port};

/// Who asks.
pub struct Asker(String);

impl World {
    /// Somebody who may use machines of the community; their token.
    #[track_caller]
    pub fn sign_in(&self, name: &str) -> String {
        let changes = json!({ "entitlements": entitlements() }).to_string();
        self.provider.open("person", &[("name", name), ("changes", &changes)]);
        let url = self.url();
        let user = User::of(&url);
        let (login, code) = user.begin(&[]);
        self.provider.approve(&code, name);
        let done = finish(login);
        assert_eq!(done.code, 0, "{done:?}");
        user.token()
    }

    /// Somebody else asks from now on, who is in the same community; who asked before can again.
    #[track_caller]
    pub fn enter(&mut self, name: &str) -> Asker {
        let token = self.sign_in(name);
        self.turn_to(Asker(token))
    }

    pub fn turn_to(&mut self, Asker(token): Asker) -> Asker {
        Asker(std::mem::replace(&mut self.token, token))
    }

    /// The person who runs the gateway.
    pub fn administrator(&self) -> Asker {
        Asker(std::fs::read_to_string(self.desk.path("data/roadstead/token")).expect("a token").trim().to_owned())
    }

    /// Another gateway on the same database; who asks, asks it from now on.
    #[track_caller]
    pub fn ask_another_gateway(&mut self) {
        let port = free_port();
        let program = serve(&self.desk, port, None);
        (self.port, self.other) = (port, Some((self.port, std::mem::replace(&mut self.program, program))));
        self.until_looked_at();
    }

    /// The first one is asked again, and the other one is gone.
    #[track_caller]
    pub fn ask_the_first_gateway(&mut self) {
        let (port, program) = self.other.take().expect("another one");
        self.port = port;
        assert!(std::mem::replace(&mut self.program, program).stop().success());
    }

    /// Machines reach it by TLS, with a certificate from an authority of its own.
    pub fn behind_tls() -> (Self, Program) {
        let mut world = Self::small();
        let make = |arguments: &str| {
            let mut openssl = Command::new("openssl");
            openssl.args(["req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-days", "2"]);
            let made = openssl.args(arguments.split(' ')).current_dir(world.desk.path("")).output().expect("openssl");
            assert!(made.status.success(), "{made:?}");
        };
        make("-keyout ca.key -out ca.pem -subj /CN=authority -addext basicConstraints=critical,CA:TRUE");
        make(
            "-keyout tls.key -out tls.pem -subj /CN=gateway -CA ca.pem -CAkey ca.key -addext subjectAltName=DNS:localhost \
              -addext basicConstraints=critical,CA:FALSE",
        );
        let mut proxy = Command::new("python3");
        proxy.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/machines/tls.py"));
        proxy.args([world.desk.path("tls.pem"), world.desk.path("tls.key")]).arg(world.port.to_string());
        let mut proxy = world.desk.home.start(proxy);
        let line = proxy.wait_for_line(LIMIT, "its port", |line| line.starts_with("port "));
        let config = world.desk.path("gateway.toml");
        let text = std::fs::read_to_string(&config).expect("a configuration");
        let with_tls = format!(
            "gateway_url = 'https://localhost:{}'\nauthority_file = '{}'\n",
            line.trim_start_matches("port "),
            world.desk.path("ca.pem").display()
        );
        let plain = format!("gateway_url = 'http://127.0.0.1:{}'\n", world.port);
        assert!(text.contains(&plain));
        std::fs::write(config, text.replace(&plain, &with_tls)).expect("it is written");
        world.restart(None);
        world.until_looked_at();
        (world, proxy)
    }
}
