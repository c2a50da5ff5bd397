//! A private PostgreSQL server.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use self::install::{Install, run};
use crate::free_port;
use crate::watchdog::Watchdog;

mod install;

const START_LIMIT: Duration = Duration::from_secs(60);
/// The role that tests log in as: owner of its databases, not a superuser, as in a real installation.
const ROLE: &str = "roadstead";

// Closing standard error leaves the server as the only writer of its log, so that the reader sees it end.
// Not `pg_ctl`: the shell is the server's parent, so the id it signals cannot have become another process's.
const RUN: &str = r#"
directory=$1 bin=$2 template=$3 port=$4 fsync=$5
tar -xf "$template" -C "$directory" || { rm -rf "$directory"; exit 1; }
"$bin/postgres" -D "$directory/data" -k "$directory" -h 127.0.0.1 -p "$port" -c fsync="$fsync" \
    -c max_connections=200 -c lc_messages=C -c logging_collector=off -c log_destination=stderr &
server=$!
exec 2>/dev/null
read -r _
kill -QUIT $server
wait $server
rm -rf "$directory"
"#;

/// A server on loopback with a data directory of its own, gone when dropped or when its owner ends in any way.
pub struct Postgres {
    install: Install,
    directory: PathBuf,
    port: u16,
    password: String,
    databases: AtomicU32,
    _watchdog: Watchdog,
}

impl Postgres {
    /// Starts a server that writes to disk as a real one does.
    pub fn start() -> Self {
        Self::start_with("on")
    }

    /// Starts a server that may lose its data when the computer (not the server) crashes: for tests that commit a lot.
    pub fn start_without_fsync() -> Self {
        Self::start_with("off")
    }

    /// The one server of this test process, started at first use.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// A new, empty database and the address to connect to it.
    pub fn database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.query("postgres", &format!("CREATE DATABASE {name} OWNER {ROLE}"));
        format!("postgres://{ROLE}:{}@127.0.0.1:{}/{name}", self.password, self.port)
    }

    /// What one statement prints when the server's superuser runs it in `database` (columns divided by `|`).
    #[track_caller]
    pub fn query(&self, database: &str, statement: &str) -> String {
        let mut psql = self.install.command("psql");
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database]);
        psql.arg("-h").arg(&self.directory).arg("-p").arg(self.port.to_string());
        // Not in the arguments, which every user of the computer can read: it may hold a password.
        run(&mut psql, statement)
    }

    /// The server's process id.
    pub fn id(&self) -> u32 {
        let file = fs::read_to_string(self.directory.join("data/postmaster.pid")).expect("read postmaster.pid");
        file.lines().next().and_then(|line| line.parse().ok()).expect("a process id in postmaster.pid")
    }

    pub fn directory(&self) -> &Path {
        &self.directory
    }

    fn start_with(fsync: &str) -> Self {
        let install = Install::find();
        let template = install.template();
        // A port found free can be lost again before the server binds it.
        for _ in 0..5 {
            let port = free_port();
            match Self::try_start(install.clone(), &template, port, fsync) {
                Ok(server) => return server,
                Err(log) if log.contains("could not bind") => {}
                Err(log) => panic!("PostgreSQL did not start:\n{log}"),
            }
        }
        panic!("PostgreSQL found no free port in five tries")
    }

    fn try_start(install: Install, template: &Path, port: u16, fsync: &str) -> Result<Self, String> {
        let directory = install.new_directory().keep();
        let arguments = [&directory, &install.bin, template].map(|path| path.to_str().expect("a path in UTF-8"));
        let port_text = port.to_string();
        let arguments = [arguments[0], arguments[1], arguments[2], &port_text, fsync];
        let mut watchdog = Watchdog::start(RUN, &arguments, |command| {
            command.stderr(Stdio::piped());
            install.become_user(command);
        });
        let log = watchdog.child().stderr.take().expect("the server's log");
        let (sender, outcome) = channel();
        std::thread::spawn(move || follow(log, &sender));
        match outcome.recv_timeout(START_LIMIT) {
            Ok(Ok(())) => {}
            Ok(Err(log)) => return Err(log),
            Err(_) => return Err(format!("it was not ready within {START_LIMIT:?}")),
        }
        let server = Self { install, directory, port, password: password(), databases: AtomicU32::new(1), _watchdog: watchdog };
        server.query("postgres", &format!("CREATE ROLE {ROLE} LOGIN PASSWORD '{}'", server.password));
        Ok(server)
    }
}

/// Reports when the server is ready, or its log when it ended before that; then reads on, so that the server is never
/// held up by a full pipe.
fn follow(log: impl Read, outcome: &Sender<Result<(), String>>) {
    let mut text = String::new();
    let mut ready = false;
    for line in BufReader::new(log).lines().map_while(Result::ok) {
        if !ready && line.contains("database system is ready to accept connections") {
            ready = true;
            text.clear();
            let _ = outcome.send(Ok(()));
        } else if !ready {
            text.push_str(&line);
            text.push('\n');
        }
    }
    if !ready {
        let _ = outcome.send(Err(text));
    }
}

fn password() -> String {
    let mut bytes = [0; 16];
    fs::File::open("/dev/urandom").and_then(|mut random| random.read_exact(&mut bytes)).expect("read random bytes");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
