//! The federation of the configuration, and keeping what is known of it young.

use super::bearers::Consented;
use super::config::{Config, Federation, Operator};
use ::issuers::Issuers;
use data::guard::{HostPort, UrlGuard};
use delegation::Delegation;
use model::time::Clock;
use model::{Code, Problem, Secret};
use sites::federation::Sources;
use sites::openstack::{Http, Limits};
use sites::survey::{Login, NetworkRule, OperatorLogin, Settings, Survey};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often it is seen to what has grown old.
const ROUND: Duration = Duration::from_secs(60);

/// Asks nobody yet.
pub fn open(config: &Config, delegation: &Delegation, issuers: &Issuers, clock: Arc<dyn Clock>) -> Result<Survey, Problem> {
    let settings = &config.federation;
    let allowed: Vec<HostPort> = settings.allowed_hosts.iter().map(|host| host.0.clone()).collect();
    let limits = Limits { deadline: settings.deadline.duration(), ..Limits::default() };
    let http = Http::new(UrlGuard::new(allowed), limits, None).map_err(|error| wrong("federation", &error.to_string()))?;
    let sources = Sources::new(settings.sources.clone(), &config.sites, http.clone(), Arc::clone(&clock));
    let bearers = Arc::new(Consented::new(delegation.clone(), issuers.clone()));
    Ok(Survey::new(sources, bearers, http, clock, looking(settings, config.machines.until_answered())?))
}

/// Reads the sources at once and again and again, and keeps what was seen young, until it is stopped.
pub async fn keep(survey: Survey, read_again: Duration, stop: CancellationToken) {
    let read = async {
        loop {
            survey.read().await;
            tokio::time::sleep(read_again).await;
        }
    };
    let look = async {
        loop {
            tokio::time::sleep(ROUND).await;
            survey.go_round().await;
        }
    };
    tokio::select! {
        () = read => {}
        () = look => {}
        () = stop.cancelled() => {}
    }
}

fn looking(federation: &Federation, answer_within: Duration) -> Result<Settings, Problem> {
    let look = sites::lookout::Settings {
        fresh: federation.look_again.duration(),
        deadline: federation.deadline.duration(),
        sign_ins_per_hour: federation.sign_ins_per_hour,
        ..sites::lookout::Settings::default()
    };
    let rule = |rule: &super::config::NetworkRule| NetworkRule {
        service: rule.service.clone(),
        network: rule.network.clone(),
        role: rule.role,
    };
    Ok(Settings {
        look,
        answer_within,
        join: federation.join.clone(),
        public_ranges: ranges("federation.public_ranges", &federation.public_ranges)?,
        private_ranges: ranges("federation.private_ranges", &federation.private_ranges)?,
        networks: federation.networks.iter().map(rule).collect(),
        operators: federation.operators.iter().map(operator).collect::<Result<_, _>>()?,
    })
}

fn ranges<T: FromStr>(place: &str, texts: &[String]) -> Result<Vec<T>, Problem> {
    let read = |text: &String| text.parse().map_err(|_| wrong(place, &format!("`{text}` is no range like 192.0.2.0/24")));
    texts.iter().map(read).collect()
}

fn operator(operator: &Operator) -> Result<OperatorLogin, Problem> {
    let file = &operator.secret_file;
    let secret =
        std::fs::read_to_string(file).map_err(|error| wrong("federation.operators", &format!("{}: {error}", file.display())))?;
    let (id, secret) = (operator.application_credential.clone(), Secret::new(secret.trim().to_owned()));
    Ok(OperatorLogin { service: operator.service.clone(), login: Login::ApplicationCredential { id, secret } })
}

fn wrong(place: &str, detail: &str) -> Problem {
    let remedy = "Correct it in the configuration; `roadstead explain RS-9001` says where it is read from.";
    Problem::new(Code::ConfigurationInvalid, format!("{place}: {detail}."), remedy)
}
