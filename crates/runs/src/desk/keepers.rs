//! Pilots that keep a service: what people see of them is in their machine's row.

use super::enrol::Aboard;
use crate::Inner;
use crate::machine::{Edit, words};
use db::{DbError, Tx};
use model::machine::{Computer, Pilot, PilotState};

impl Aboard {
    pub(super) fn is_keeper(&self) -> bool {
        self.slot == words::keeper().as_str()
    }
}

impl Inner {
    pub(super) async fn keeper_came(&self, tx: &mut Tx, aboard: &Aboard, version: &str) -> Result<(), DbError> {
        let version: String = version.chars().filter(|c| !c.is_control()).take(60).collect();
        self.edit_keeper(tx, aboard, |pilot| {
            if pilot.state != PilotState::Connected {
                (pilot.state, pilot.since) = (PilotState::Connected, self.now());
            }
            pilot.version = Some(version).filter(|version| !version.is_empty());
        })
        .await
    }

    pub(super) async fn keeper_parted(&self, tx: &mut Tx, aboard: &Aboard) -> Result<(), DbError> {
        self.edit_keeper(tx, aboard, |pilot| (pilot.state, pilot.since) = (PilotState::OutOfReach, self.now())).await
    }

    pub(super) async fn keeper_has(&self, tx: &mut Tx, aboard: &Aboard, computer: &Computer) -> Result<(), DbError> {
        self.edit_keeper(tx, aboard, |pilot| pilot.computer = Some(modest(computer))).await
    }

    async fn edit_keeper(&self, tx: &mut Tx, aboard: &Aboard, edit: impl FnOnce(&mut Pilot)) -> Result<(), DbError> {
        let Some(mut row) = Edit::begin(tx, &aboard.run).await? else { return Ok(()) };
        if let Some(pilot) = &mut row.machine.pilot {
            edit(pilot);
            row.save(tx).await?;
        }
        Ok(())
    }
}

/// Whoever is root there can make it say anything.
fn modest(computer: &Computer) -> Computer {
    let mut computer = computer.clone();
    if !computer.cores.is_finite() {
        computer.cores = 0.0;
    }
    computer.cores = computer.cores.clamp(0.0, 4_096.0);
    computer.facts.truncate(50);
    computer.container_engines.truncate(10);
    let short = |text: &mut String| *text = text.chars().filter(|c| !c.is_control()).take(500).collect();
    computer.container_engines.iter_mut().for_each(short);
    for fact in &mut computer.facts {
        [&mut fact.name, &mut fact.value, &mut fact.source].into_iter().for_each(short);
    }
    computer
}
