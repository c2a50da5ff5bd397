//! The gateway from its start to its end.

use super::config::{Config, Isolation};
use super::{VERSION, embedded, federation, housekeeping, issuers, notify, pilots, places, terms};
use db::blobs::Blobs;
use db::{Db, seed};
use delegation::Delegation;
use gateway::Gateway;
use identity::sealing::Vault;
use identity::{Identity, Logins, NewToken, Person, Scope};
use model::id::{GatewayId, PersonId};
use model::time::{Clock, SystemClock};
use model::{Code, Problem, Secret, Span};
use runs::{PilotSettings, Retention, Runs, Settings, TokenHost};
use sites::{Driver, Local, Sites};
use std::fs::DirBuilder;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// A gateway that is ready, and how to end it.
pub struct Running {
    pub url: String,
    pub token_file: PathBuf,
    stop: CancellationToken,
    parts: Parts,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
    engine: tokio::task::JoinHandle<()>,
}

struct Parts {
    db: Db,
    runs: Runs,
    id: GatewayId,
    identity: Identity,
    person: PersonId,
    /// Where people find the portal.
    home: String,
    /// Files that say where this gateway is.
    addresses: Vec<embedded::Announced>,
    activity: gateway::Activity,
}

/// Starts everything and returns when requests are answered.
pub async fn start(config: &Config) -> Result<Running, Problem> {
    if !(config.quotas.person.is_sound() && config.quotas.community.is_sound()) {
        let detail = "quotas: cores must be a number from 0 to 1000000000.";
        return Err(Problem::new(Code::ConfigurationInvalid, detail, "Correct it in the configuration."));
    }
    let data_dir = std::path::absolute(config.data_dir.clone().unwrap_or_else(places::data_dir))
        .map_err(|error| io_problem("the data directory", &error))?;
    let listener = listen(config.listen).await?;
    let address = listener.local_addr().map_err(|error| io_problem("the listening address", &error))?;
    let db = open_database(config, &data_dir).await?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    // Made at the first start; a lost or foreign key is noticed now, not when a secret is needed.
    let vault = Vault::open(db.clone(), clock.clone(), &data_dir.join("sealing.key")).await.map_err(Problem::from)?;
    let issuers = issuers::open(&config.issuers, &config.inputs.token_hosts, clock.clone())?;
    let identity = Identity::new(db.clone(), clock.clone()).with_terms(terms::read(config.terms.as_ref())?);
    let person = identity.ensure_local_person(&places::user_name()).await.map_err(Problem::from)?;
    let trusted: Vec<&str> = issuers.iter().map(|issuer| issuer.url()).collect();
    identity.trust_only(&trusted).await?;
    let token_file = data_dir.join("token");
    ensure_token(&identity, &person, &token_file).await?;

    let id = GatewayId::new(seed(clock.now())?);
    let host = places::host_name();
    let gateways = data_dir.join("gateways");
    let local = local_driver(config, &data_dir, &gateways, &host)?;
    let drivers: Vec<Arc<dyn Driver>> = local.into_iter().map(|driver| driver as Arc<dyn Driver>).collect();
    let options = flow::Options {
        gateway: id.clone(),
        host: host.clone(),
        lease: Duration::from_millis(config.flow.lease_ms.max(200)),
        concurrency: config.flow.concurrency.max(1),
    };
    let settings = run_settings(config, &id, &person, &data_dir, pilots::settings(config, address)?);
    let blobs = Blobs::open(&data_dir.join("blobs"))?;
    let delegation = Delegation::new(db.clone(), clock.clone(), vault.clone(), issuers.clone());
    delegation.forget_untrusted().await.map_err(Problem::from)?;
    let survey = federation::open(config, &delegation, &issuers, clock.clone())?;
    let sites = Sites::new(drivers).with_survey(survey.clone());
    let runs = Runs::new(db.clone(), blobs, sites, delegation.clone(), clock.clone(), settings, options);

    runs.forget_connections().await?;

    let stop = CancellationToken::new();
    let activity = gateway::Activity::default();
    let logins = Logins::new(db.clone(), clock.clone(), vault.clone());
    let gateway_settings = gateway_settings(config, &data_dir);
    let home = gateway_settings.home(address);
    let service = Gateway {
        runs: runs.clone(),
        identity: identity.clone(),
        db: db.clone(),
        clock,
        settings: gateway_settings,
        activity: activity.clone(),
        portal: gateway::Portal::built(),
        issuers,
        logins,
        delegation,
        survey: survey.clone(),
        vault,
    };
    let url = format!("http://{address}{}", prefix(config));
    let server = tokio::spawn(gateway::serve(listener, service, stop.child_token()));
    let engine = runs.engine()?.clone();
    let engine = tokio::spawn(async move { engine.run().await });
    tokio::spawn(housekeeping::keep(runs.clone(), stop.child_token()));
    tokio::spawn(housekeeping::observe(runs.clone(), stop.child_token()));
    tokio::spawn(housekeeping::sweep(runs.clone(), config.machines.sweep_every.duration(), stop.child_token()));
    tokio::spawn(federation::keep(survey, config.federation.read_again.duration(), stop.child_token()));
    tokio::spawn(housekeeping::patrol(runs.clone(), stop.child_token()));
    housekeeping::introduce(&db, &id, &host, &url).await?;
    // Written last: whoever finds the address can use it.
    let addresses = embedded::announce(&gateways, &id, &url, &token_file, &data_dir)
        .map_err(|error| io_problem("the address file", &error))?;
    let parts = Parts { db, runs, id, identity, person: person.id, home, addresses, activity };
    Ok(Running { url, token_file, stop, parts, server, engine })
}

impl Running {
    /// A link that signs a browser in as the person who runs this gateway: once, within a minute.
    pub async fn portal_link(&self) -> Result<String, Problem> {
        let code = self.parts.identity.issue_code(&self.parts.person).await?;
        Ok(code.link(&self.parts.home))
    }

    /// Runs until somebody stops it, or, with `idle`, until nobody has needed it for so long.
    pub async fn until_stopped(self, idle: Option<Duration>) -> Result<(), Problem> {
        let idle_long_enough = async {
            match idle {
                Some(idle) => self.parts.wait_until_idle(idle).await,
                None => std::future::pending().await,
            }
        };
        notify::ready();
        tokio::select! {
            () = stop_signal() => tracing::info!("stopping"),
            () = idle_long_enough => tracing::info!("nobody needs this gateway any more"),
        }
        notify::stopping();
        self.stop().await
    }

    /// Ends it in order: streams, requests, steps, database.
    pub async fn stop(self) -> Result<(), Problem> {
        self.parts.addresses.into_iter().for_each(embedded::Announced::withdraw);
        self.stop.cancel();
        if let Ok(Err(error)) = self.server.await {
            tracing::warn!(%error, "the server ended badly");
        }
        self.parts.runs.engine()?.stop().await;
        self.engine.abort();
        if let Err(error) = housekeeping::leave(&self.parts.db, &self.parts.id).await {
            tracing::debug!(%error, "the gateway could not sign off");
        }
        self.parts.db.close().await;
        Ok(())
    }
}

impl Parts {
    async fn wait_until_idle(&self, idle: Duration) {
        loop {
            tokio::time::sleep(idle.min(Duration::from_secs(1))).await;
            let quiet = self.activity.quiet_for() >= idle;
            if quiet && matches!(self.runs.any_active().await, Ok(false)) {
                return;
            }
        }
    }
}

pub async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Problem> {
    TcpListener::bind(address).await.map_err(|error| {
        let detail = format!("The gateway cannot listen on {address}: {error}.");
        Problem::new(
            Code::ConfigurationInvalid,
            detail,
            "Choose another address with --listen, or stop the program that uses this one.",
        )
    })
}

async fn open_database(config: &Config, data_dir: &Path) -> Result<Db, Problem> {
    let Some(url_file) = &config.database.url_file else { return Ok(Db::open_sqlite(data_dir).await?) };
    let url = std::fs::read_to_string(url_file).map_err(|error| io_problem(&url_file.display().to_string(), &error))?;
    let url = Secret::new(url.trim().to_owned());
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data_dir)
        .map_err(|error| io_problem(&data_dir.display().to_string(), &error))?;
    Ok(Db::open_postgres(url.expose()).await?)
}

/// The command line's own token: made at the first start, replaced when it does not work any more.
async fn ensure_token(identity: &Identity, person: &Person, file: &Path) -> Result<(), Problem> {
    // Gateways that share the directory may start at the same time: one of them makes it, the others find it.
    let lock = file.with_extension("lock");
    let turn = tokio::task::spawn_blocking(move || embedded::take_turn(&lock)).await.map_err(|_| Problem::internal())?;
    let _turn = turn.map_err(|error| io_problem("the lock of the token's file", &error))?;
    if let Ok(text) = std::fs::read_to_string(file)
        && identity.verify(&Secret::new(text.trim().to_owned())).await.is_ok()
    {
        return Ok(());
    }
    let asked =
        NewToken { name: "command line on this computer".into(), scopes: [Scope::Admin].into_iter().collect(), expires_at: None };
    let (_, secret) = identity.issue_token(&person.id, asked).await.map_err(Problem::from)?;
    embedded::write_private(file, secret.expose()).map_err(|error| io_problem(&file.display().to_string(), &error))
}

fn local_driver(config: &Config, data_dir: &Path, gateways: &Path, host: &str) -> Result<Option<Arc<Local>>, Problem> {
    if !config.local.enabled {
        return Ok(None);
    }
    let program = std::env::current_exe().map_err(|error| io_problem("this program's own path", &error))?;
    let local = Arc::new(Local::new(sites::local::Settings {
        site: config.local.site.clone(),
        service: config.local.service.clone(),
        root: data_dir.join("local"),
        program,
        gateway: pilot::recipe::Gateway::Directory(gateways.to_owned()),
        host_name: host.to_owned(),
        cores: config.local.cores,
        memory: config.local.memory,
        patience: config.local.patience.duration(),
    }));
    // Trials of what works here take a while: begun now, so that the first run need not wait for all of it.
    let trial = local.clone();
    tokio::spawn(async move { trial.settle().await });
    Ok(Some(local))
}

fn run_settings(config: &Config, id: &GatewayId, person: &Person, data_dir: &Path, pilots: PilotSettings) -> Settings {
    let mut hide = places::secret_dirs();
    hide.push(data_dir.to_owned());
    hide.extend(config.database.url_file.clone());
    // By their real names: what is compared with them, or masked, is the real place and not a link to it.
    let hide = hide.iter().map(|path| path.canonicalize().unwrap_or_else(|_| path.clone())).collect();
    let reachable_by_others = !config.listen.ip().is_loopback() || config.public_url.is_some();
    Settings {
        gateway: id.clone(),
        local_person: Some(person.id.clone()),
        file_roots: config.inputs.file_roots.clone(),
        allowed_hosts: config.inputs.allowed_hosts.iter().map(|text| text.0.clone()).collect(),
        token_hosts: token_hosts(config),
        hide,
        isolation_required: config.isolation == Isolation::Required || reachable_by_others,
        stream_cap_bytes: config.limits.stream.get(),
        input_cap_bytes: config.limits.input.get(),
        output_cap_bytes: config.limits.output.get(),
        upload_cap_bytes: config.limits.upload.get(),
        upload_lifetime: config.limits.upload_lifetime.duration(),
        enrolment_lifetime: Duration::from_secs(600),
        pilot_silence: config.limits.pilot_silence.duration(),
        attempts: config.limits.attempts.max(1),
        // Until its answer is there nobody knows whether a request takes effect, and some time after that lists are late.
        settle: config.machines.settle.duration() + config.machines.until_answered(),
        machines: runs::MachineSettings {
            lifetime: config.machines.lifetime.duration(),
            longest_lifetime: config.machines.longest_lifetime.duration(),
            warn_before: config.machines.warn_before.duration(),
            boot_within: config.machines.boot_within.duration(),
            attempts: config.machines.attempts.max(1),
            look_again: config.machines.look_again.duration(),
        },
        pilots,
        quotas: config.quotas,
        policies: config.policies.clone(),
        recipes: config.recipes.clone(),
        retention: Retention {
            logs: config.retention.logs.map(Span::duration),
            outputs: config.retention.outputs.map(Span::duration),
        },
    }
}

fn token_hosts(config: &Config) -> Vec<TokenHost> {
    let of = |wants: &super::config::TokenHost| TokenHost {
        host: wants.host.0.clone(),
        issuer: wants.issuer.clone(),
        audience: wants.audience.clone(),
        scopes: wants.scopes.clone(),
    };
    config.inputs.token_hosts.iter().map(of).collect()
}

fn prefix(config: &Config) -> &str {
    config.public_url.as_ref().map_or("", |url| url.path().trim_end_matches('/'))
}

fn gateway_settings(config: &Config, data_dir: &Path) -> gateway::Settings {
    gateway::Settings {
        public_url: config.public_url.clone(),
        allowed_hosts: pilots::names(config),
        trusted_proxies: config.trusted_proxies.clone(),
        metrics_listen: config.metrics_listen,
        version: VERSION,
        scratch: data_dir.join("blobs"),
        most_connections: config.limits.connections.max(1),
        most_requests: config.limits.requests.max(1),
        most_streams: config.limits.event_streams.max(1),
        request_rate: config.limits.request_rate,
        write_timeout: config.limits.write_timeout.duration().max(Duration::from_secs(1)),
        ..gateway::Settings::default()
    }
}

fn io_problem(what: &str, error: &std::io::Error) -> Problem {
    Problem::new(
        Code::FileUnreadable,
        format!("{what}: {error}."),
        "Check that it exists and belongs to the user who runs the gateway.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn gateways_that_begin_together_make_one_token() {
        let directory = tempfile::tempdir().expect("a directory");
        let db = Db::open_sqlite(&directory.path().join("db")).await.expect("a database");
        let identity = Identity::new(db, Arc::new(SystemClock));
        let person = identity.ensure_local_person("ada").await.expect("a person");
        let file = directory.path().join("token");
        let begin = || async {
            ensure_token(&identity, &person, &file).await.expect("made or found");
            std::fs::read_to_string(&file).expect("a token")
        };
        let found = futures_util::future::join_all((0..8).map(|_| begin())).await;
        assert!(found.iter().all(|token| *token == found[0]), "what one told its clients is not replaced");
        let caller = identity.verify(&Secret::new(found[0].clone())).await.expect("it works");
        assert_eq!(identity.list_tokens(&caller, None, 10).await.expect("a list").len(), 1);
    }
}
