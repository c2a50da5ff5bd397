use super::list::status;
use crate::cli::exit::Exit;
use crate::cli::select;
use crate::cli::session::Session;
use crate::client::Client;
use crate::output::{Line, Style};
use model::id::RunId;
use model::machine::{Change, Deed, Machine, Pilot, Stage, Undertaking};
use model::request::Opening;
use model::{ByteCount, Problem, Span};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

#[derive(Debug, clap::Subcommand)]
pub enum Deeds {
    /// Show one machine.
    Show { run: String },
    /// Show what it wrote to its console.
    Console { run: String },
    /// Get a link to its screen and keyboard.
    Screen { run: String },
    /// Start it again.
    Start { run: String },
    /// Stop it; it keeps its disk, its addresses and its quota.
    Stop { run: String },
    /// Start it anew.
    Reboot {
        run: String,
        /// Switch it off and on, though it does not listen.
        #[arg(long)]
        hard: bool,
    },
    /// Begin it anew from its image; it keeps its addresses, and loses what is on its disk.
    Rebuild { run: String },
    /// Give it another name.
    Rename { run: String, name: String },
    /// Make an image of its disk, in its project.
    Save { run: String, name: String },
    /// Open ports, like 22,443 or 8000-8010.
    Open {
        run: String,
        #[arg(required = true, value_delimiter = ',')]
        ports: Vec<Opening>,
    },
    /// Close ports.
    Close {
        run: String,
        #[arg(required = true, value_delimiter = ',')]
        ports: Vec<Opening>,
    },
    /// Get or give back an address that is reached from outside.
    #[command(subcommand)]
    Address(Address),
    /// Get a volume for data, or delete one. Volumes are deleted with their machine.
    #[command(subcommand)]
    Volume(Volume),
    /// List the sizes that it could have instead of its own.
    Sizes { run: String },
    /// Give it another size: it is started anew, and keeps its disk and its addresses.
    Resize {
        run: String,
        /// As `roadstead machines sizes` names it.
        size: String,
    },
    /// Say how long it goes on from now.
    Extend { run: String, lifetime: Span },
}

#[derive(Debug, clap::Subcommand)]
pub enum Address {
    /// Get one from a pool that its network leads to.
    Add { run: String },
    /// Give it back.
    Remove {
        run: String,
        /// The one that it has, when left out.
        address: Option<String>,
    },
}

#[derive(Debug, clap::Subcommand)]
pub enum Volume {
    /// Get an empty one, which is deleted with the machine.
    Add {
        run: String,
        /// How long it is to be, like 50GiB.
        size: ByteCount,
    },
    /// Take one from the machine and delete it, with what is on it. Unmount it there before.
    Remove {
        run: String,
        /// Its name, as `roadstead machines show` tells it.
        volume: String,
    },
}

#[derive(Serialize, Deserialize)]
struct Console {
    output: String,
}

#[derive(Serialize, Deserialize)]
struct Screen {
    url: String,
}

impl Deeds {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let (client, output) = (session.client().await?, &session.output);
        let (run, deed) = match self {
            Deeds::Show { run } => {
                let id = find(&client, &run).await?;
                show(session, &client.get(&["machines", id.as_str()], &[]).await?);
                return Ok(Exit::Success);
            }
            Deeds::Console { run } => {
                let id = find(&client, &run).await?;
                let console: Console = client.get(&["machines", id.as_str(), "console"], &[]).await?;
                match output.is_json() {
                    true => output.json(&console),
                    false => output.page(&console.output),
                }
                return Ok(Exit::Success);
            }
            Deeds::Screen { run } => {
                let id = find(&client, &run).await?;
                let screen: Screen = client.post(&["machines", id.as_str(), "screen"]).await?;
                match output.is_json() {
                    true => output.json(&screen),
                    false => output.line(screen.url.as_str()),
                }
                return Ok(Exit::Success);
            }
            Deeds::Extend { run, lifetime } => {
                let id = find(&client, &run).await?;
                let path = ["machines", id.as_str(), "lifetime"];
                let machine: Machine = client.put_json(&path, &json!({ "lifetime": lifetime })).await?;
                show(session, &machine);
                return Ok(Exit::Success);
            }
            Deeds::Sizes { run } => {
                let id = find(&client, &run).await?;
                super::sizes::show(session, &client.get(&["machines", id.as_str(), "sizes"], &[]).await?);
                return Ok(Exit::Success);
            }
            Deeds::Address(Address::Add { run }) => (run, Deed::AddAddress),
            Deeds::Address(Address::Remove { run, address }) => (run, Deed::RemoveAddress { address }),
            Deeds::Volume(Volume::Add { run, size }) => (run, Deed::AddVolume { size }),
            Deeds::Volume(Volume::Remove { run, volume }) => (run, Deed::RemoveVolume { volume }),
            Deeds::Resize { run, size } => (run, Deed::Resize { size }),
            Deeds::Start { run } => (run, Deed::Start),
            Deeds::Stop { run } => (run, Deed::Stop),
            Deeds::Reboot { run, hard } => (run, Deed::Reboot { hard }),
            Deeds::Rebuild { run } => (run, Deed::Rebuild),
            Deeds::Rename { run, name } => (run, Deed::Rename { name }),
            Deeds::Save { run, name } => (run, Deed::SaveAs { name }),
            Deeds::Open { run, ports } => (run, Deed::Open { ports }),
            Deeds::Close { run, ports } => (run, Deed::Close { ports }),
        };
        let id = find(&client, &run).await?;
        let machine: Machine = client.post_json(&["machines", id.as_str(), "deeds"], &deed).await?;
        let machine = over(&client, machine).await?;
        show(session, &machine);
        match machine.change.and_then(|change| change.problem) {
            Some(problem) if deed.is_undertaking() => Err(problem),
            _ => Ok(Exit::Success),
        }
    }
}

/// Waits for a change that takes its time. Whoever does not wait for it stops nothing.
async fn over(client: &Client, mut machine: Machine) -> Result<Machine, Problem> {
    // The machine is looked at once more when it is over.
    while machine.is_changing() || (machine.change.is_some() && machine.seen_at.is_none()) {
        tokio::time::sleep(LOOK_AGAIN).await;
        machine = client.get(&["machines", machine.run.as_str()], &[]).await?;
    }
    Ok(machine)
}

const LOOK_AGAIN: Duration = Duration::from_millis(300);

async fn find(client: &Client, text: &str) -> Result<RunId, Problem> {
    Ok(select::find_run(client, text).await?.id)
}

fn show(session: &Session, machine: &Machine) {
    let output = &session.output;
    if output.is_json() {
        output.json(machine);
        return;
    }
    let fact = |name: &str, value: String| output.line(Line::styled(Style::Dim, format!("{name:<10}")).plain(value));
    output.line(Line::new().with(Style::Strong, &machine.name).plain("  ").append(status(machine.status)));
    fact("run", machine.run.to_string());
    fact("site", format!("{} ({})", machine.site, machine.service));
    fact("size", machine.size.clone());
    machine.image.iter().for_each(|image| fact("image", image.clone()));
    for address in &machine.addresses {
        fact("address", format!("{}{}", address.address, if address.public { ", reached from outside" } else { "" }));
    }
    for volume in &machine.volumes {
        fact("volume", of_volume(volume));
    }
    if let Some(change) = machine.change.as_ref().filter(|change| change.is_under_way()) {
        fact("change", in_words(change));
    }
    let open: Vec<String> = machine.open.iter().map(ToString::to_string).collect();
    fact("open", if open.is_empty() { "nothing".to_owned() } else { open.join(", ") });
    machine.ends_at.iter().for_each(|at| fact("until", at.to_string()));
    if let Ok(words) = super::ssh::words(machine) {
        fact("sign in", words.join(" "));
    }
    if let Some(pilot) = &machine.pilot {
        fact("pilot", of_pilot(pilot));
        fact("run on it", format!("roadstead run --service {} -- COMMAND", machine.run));
    }
}

fn of_volume(volume: &model::machine::Volume) -> String {
    let device = volume.device.as_ref().map(|device| format!(", {device}")).unwrap_or_default();
    let boots = if volume.boots { ", it starts from this" } else { "" };
    format!("{}, {}{device}{boots}; deleted with it", volume.name, volume.size)
}

fn of_pilot(pilot: &Pilot) -> String {
    let mut told = format!("{} since {}", pilot.state.as_str(), pilot.since);
    pilot.version.iter().for_each(|version| told.push_str(&format!(", version {version}")));
    if let Some(computer) = &pilot.computer {
        told.push_str(&format!(", {} cores, {} of memory", computer.cores, computer.memory));
    }
    told
}

fn in_words(change: &Change) -> String {
    let what = match &change.what {
        Undertaking::AddAddress { pool } => format!("an address of {}", pool.name),
        Undertaking::RemoveAddress { address } => format!("{address} is given back"),
        Undertaking::AddVolume { name, size } => format!("{name}, a volume of {size}"),
        Undertaking::RemoveVolume { name } => format!("the volume {name} is deleted"),
        Undertaking::Resize { from, to, .. } => format!("from {} to {}", from.name, to.name),
    };
    let back = if change.stage == Stage::Reverting { ", which goes back" } else { "" };
    let met = change.problem.as_ref().map(|problem| format!(": {}", problem.detail)).unwrap_or_default();
    format!("{what}{back}{met}")
}
