use super::lately;
use super::usual::{self, VARIABLES};
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::output::{Column, Line, Output, Style, Table, ago, count};
use model::access::{AccessState, Help};
use model::federation::Downtime;
use model::offer::{Chance, ProjectSummary, ServiceStanding, Site};
use model::time::{Clock, SystemClock};
use model::weather::Weather;
use model::{Code, Problem, Timestamp};
use serde::Deserialize;
use serde_json::json;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  roadstead sites
  roadstead sites --vo vo.access.egi.eu
  roadstead sites CESGA";

/// List the sites: what each offers you, or why not. Of one that is named, everything that is known.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{VARIABLES}"))]
pub struct Sites {
    /// Only this site.
    #[arg(value_name = "SITE")]
    site: Option<String>,

    /// Only those that serve this community.
    #[arg(long, visible_alias = "vo", value_name = "COMMUNITY")]
    community: Option<String>,

    /// Write what is published of them into this directory, as the site files of the EGI Federated Cloud.
    #[arg(long, value_name = "DIRECTORY", conflicts_with_all = ["site", "community"])]
    export: Option<PathBuf>,

    /// How many seconds to wait at most for sites that were not looked at lately.
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    wait: u32,
}

impl Sites {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let client = session.client().await?;
        let output = &session.output;
        if let Some(directory) = &self.export {
            let files: Vec<SiteFile> = client.all(&["federation", "files"], &[]).await?;
            write(directory, &files)?;
            output.note(format!("{} files are in {}.", files.len(), directory.display()));
            return Ok(Exit::Success);
        }
        let wait = ("wait", self.wait.to_string());
        if let Some(name) = &self.site {
            let site: Site = client.get(&["sites", name], &[("wait", &wait.1)]).await?;
            if output.is_json() {
                output.json(&site);
                return Ok(Exit::Success);
            }
            let weather = client.all(&["weather"], &[]).await?;
            show(output, &site, &weather);
            return Ok(Exit::Success);
        }
        let community = usual::community(self.community).map(|community| ("community", community));
        let query: Vec<_> = [Some(wait), community].into_iter().flatten().collect();
        let sites: Vec<Site> = client.all(&["sites"], &query).await?;
        if output.is_json() {
            output.json(&json!({ "items": sites, "next": null }));
        } else if sites.is_empty() {
            output.note("This gateway has no such sites.");
        } else {
            output.table(&table(&sites, &client.all(&["weather"], &[]).await?));
        }
        Ok(Exit::Success)
    }
}

#[derive(Deserialize)]
struct SiteFile {
    name: String,
    text: String,
}

/// What is there already is replaced only by a file of the same name.
fn write(directory: &Path, files: &[SiteFile]) -> Result<(), Problem> {
    let failed = |what: &Path, error: &std::io::Error| {
        let detail = format!("{} cannot be written: {error}.", what.display());
        Problem::new(Code::FileUnreadable, detail, "Name a directory that you may write into.")
    };
    std::fs::create_dir_all(directory).map_err(|error| failed(directory, &error))?;
    for file in files {
        // A gateway of somebody else's names them.
        let Some(name) = Path::new(&file.name).file_name().filter(|name| *name == file.name.as_str()) else { continue };
        let path = directory.join(name);
        std::fs::write(&path, &file.text).map_err(|error| failed(&path, &error))?;
    }
    Ok(())
}

/// A column that would say nothing new is left out.
fn table(sites: &[Site], weather: &[Weather]) -> Table {
    let now = SystemClock.now();
    let named = sites.iter().any(|site| site.standing.iter().any(|standing| standing.service != site.name));
    let down = sites.iter().any(|site| downtime(site, now).is_some());
    let mut columns = vec![Column::fixed("SITE")];
    columns.extend(named.then_some(Column::flexible("SERVICE", 8)));
    columns.push(Column::flexible("FOR YOU", 20));
    columns.extend([Column::number("SIZES"), Column::number("GPUS"), Column::number("IMAGES")]);
    columns.extend([Column::fixed("PUBLIC"), Column::fixed("SEEN")]);
    let tried =
        sites.iter().flat_map(|site| &site.standing).any(|standing| lately::line(weather, &standing.service, now).is_some());
    columns.extend(tried.then_some(Column::flexible("LATELY", 12)));
    columns.extend(down.then_some(Column::flexible("DOWNTIME", 8)));
    let mut table = Table::new(columns);
    for site in sites {
        let downtime = downtime(site, now).unwrap_or_default();
        let mut row = |row_of: &str, about: [Line; 6]| {
            let service = named.then(|| Line::from(row_of));
            let fared = tried.then(|| lately::line(weather, row_of, now).unwrap_or_default());
            let downtime = down.then(|| Line::from(downtime.as_str()));
            table.row([Some(site.name.as_str().into()), service].into_iter().flatten().chain(about).chain(fared).chain(downtime));
        };
        for service in site.services.iter().filter(|name| site.standing.iter().all(|standing| standing.service != **name)) {
            row(service, ["open", "", "", "", "", ""].map(Line::from));
        }
        for standing in &site.standing {
            row(&standing.service, about(standing, now));
        }
        if site.services.is_empty() {
            let problem = site.published.as_ref().and_then(|published| published.problems.first());
            let why = problem.map_or("no service is published", |problem| problem.detail.as_str());
            row("", [why, "", "", "", "", ""].map(Line::from));
        }
    }
    table
}

fn about(standing: &ServiceStanding, now: Timestamp) -> [Line; 6] {
    let most = |of: fn(&ProjectSummary) -> u32| {
        let most = standing.snapshots.iter().map(of).max();
        Line::from(most.map(|number| number.to_string()).unwrap_or_default())
    };
    let chances: Vec<Chance> = standing.snapshots.iter().map(|project| project.public).collect();
    let public = match () {
        () if chances.is_empty() => "",
        () if chances.contains(&Chance::Yes) => "yes",
        () if chances.contains(&Chance::Perhaps) => "perhaps",
        () => "no",
    };
    let seen = standing.snapshots.iter().map(|project| project.seen_at).max().or(standing.access.seen_at);
    let seen = seen.map(|at| ago(at, now)).unwrap_or_default();
    let counts = [most(|project| project.sizes), most(|project| project.accelerators), most(|project| project.images)];
    let [sizes, accelerators, images] = counts;
    [for_you(standing), sizes, accelerators, images, public.into(), seen.into()]
}

/// The projects, or why none.
fn for_you(standing: &ServiceStanding) -> Line {
    let looking = if standing.access.looking { " (still looking)" } else { "" };
    match &standing.access.state {
        AccessState::Open { projects } if projects.is_empty() => Line::styled(Style::Bad, "you are let in, to no project"),
        AccessState::Open { projects } => {
            let names: Vec<&str> = projects.iter().map(|one| one.community.as_deref().unwrap_or(&one.project.name)).collect();
            let line = Line::styled(Style::Good, names.join(", ")).with(Style::Dim, looking);
            match standing.access.trouble {
                Some(_) => line.with(Style::Bad, " (now in trouble)"),
                None => line,
            }
        }
        AccessState::NotYours { help } => Line::styled(Style::Dim, &help.why),
        AccessState::Closed { help } | AccessState::Unreachable { help } => Line::styled(Style::Bad, reason(standing, help)),
        AccessState::Unknown if standing.access.looking => Line::styled(Style::Dim, "still looking"),
        AccessState::Unknown => Line::styled(Style::Dim, "not looked at yet"),
    }
}

/// Its name stands beside it: room is better used for the cause.
fn reason<'a>(standing: &ServiceStanding, help: &'a Help) -> &'a str {
    help.why.strip_prefix(&format!("{} did not let you in: ", standing.service)).unwrap_or(&help.why)
}

/// The one that is on, or the next one.
fn downtime(site: &Site, now: Timestamp) -> Option<String> {
    let downtimes = &site.published.as_ref()?.downtimes;
    let coming = downtimes.iter().filter(|downtime| downtime.until > now).min_by_key(|downtime| downtime.from)?;
    Some(in_words(coming, now))
}

fn in_words(downtime: &Downtime, now: Timestamp) -> String {
    match downtime.covers(now) {
        true => format!("until {}", downtime.until),
        false => format!("from {}", downtime.from),
    }
}

fn show(output: &Output, site: &Site, weather: &[Weather]) {
    let now = SystemClock.now();
    let published = site.published.as_ref();
    let title = published.and_then(|published| published.title.as_deref()).unwrap_or(&site.description);
    output.line(Line::styled(Style::Strong, &site.name).plain("  ").plain(title));
    for standing in &site.standing {
        output.line("");
        output.line(Line::styled(Style::Strong, &standing.service).plain("  ").append(for_you(standing)));
        match &standing.access.state {
            AccessState::NotYours { help } | AccessState::Closed { help } | AccessState::Unreachable { help } => {
                show_help(output, help)
            }
            AccessState::Open { .. } | AccessState::Unknown => {}
        }
        if let Some(trouble) = &standing.access.trouble {
            output.line(Line::styled(Style::Bad, format!("  {}", trouble.why)));
            show_help(output, trouble);
        }
        if !standing.communities.is_empty() {
            output.line(Line::styled(Style::Dim, "  serves: ").plain(standing.communities.join(", ")));
        }
        for project in &standing.snapshots {
            let community = project.community.as_deref().unwrap_or("no community that is known");
            let public = match project.public {
                Chance::Yes => "public addresses",
                Chance::Perhaps => "perhaps public addresses: only trying tells",
                Chance::No => "no public addresses",
            };
            let counts =
                format!("{} sizes, {} images, up to {} GPUs, {public}", project.sizes, project.images, project.accelerators);
            let age = format!("  seen {}", ago(project.seen_at, now));
            output.line(
                Line::styled(Style::Dim, "  project ")
                    .plain(&project.project.name)
                    .plain(format!(" ({community}): {counts}"))
                    .with(Style::Dim, age),
            );
            show_quotas(output, &project.quotas);
        }
        for line in lately::lines(weather, &standing.service, now) {
            output.line(line);
        }
        output.line(Line::styled(
            Style::Dim,
            format!("  signed in at {} within the last hour", count(standing.sign_ins as usize, "time")),
        ));
    }
    let Some(published) = published else { return };
    for downtime in published.downtimes.iter().filter(|downtime| downtime.until > now) {
        let of = format!("downtime of {} {}: {}", downtime.of, in_words(downtime, now), downtime.why);
        output.line(Line::styled(Style::Bad, of).with(Style::Dim, format!("  ({})", downtime.source)));
    }
    for fact in published.facts.iter().chain(published.services.iter().flat_map(|service| &service.facts)) {
        let line = Line::styled(Style::Dim, format!("  {}: ", fact.name)).plain(&fact.value);
        output.line(line.with(Style::Dim, format!("  ({})", fact.source)));
    }
    for problem in &published.problems {
        output.line(Line::styled(Style::Bad, format!("  {}: {}", problem.source, problem.detail)));
        output.line(Line::styled(Style::Dim, format!("    {}", problem.remedy)));
    }
}

fn show_help(output: &Output, help: &Help) {
    output.line(Line::styled(Style::Dim, format!("  {}", help.remedy)));
    if let Some(link) = &help.link {
        output.line(Line::new().plain(format!("  {link}")));
    }
    if let Some(request) = &help.request {
        output.line(Line::new().plain(format!("  \"{request}\"")));
    }
}

fn show_quotas(output: &Output, quotas: &model::offer::Quotas) {
    let plain = |number: u64| number.to_string();
    let told = [
        ("machines", quotas.instances, plain as fn(u64) -> String),
        ("cores", quotas.cores, plain),
        ("memory", quotas.memory, crate::output::bytes),
        ("public addresses", quotas.floating_addresses, plain),
        ("routers", quotas.routers, plain),
        ("volumes", quotas.volumes, plain),
    ];
    let told = told.into_iter().filter_map(|(name, quota, show)| {
        let quota = quota?;
        let limit = quota.limit.map_or_else(|| "no limit".to_owned(), |limit| format!("of {}", show(limit)));
        Some(format!("{name} {} {limit}", show(quota.used)))
    });
    let told: Vec<String> = told.collect();
    if !told.is_empty() {
        output.line(Line::styled(Style::Dim, format!("    used: {}", told.join(", "))));
    }
}
