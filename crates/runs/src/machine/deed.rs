//! What a change of a machine means to what is known of it, until its site is asked again.

use model::machine::{Deed, Machine, MachineStatus};

pub(crate) fn apply(machine: &mut Machine, deed: &Deed) {
    match deed {
        Deed::Start | Deed::Stop | Deed::Reboot { .. } | Deed::Rebuild => machine.status = MachineStatus::Changing,
        // Those of more than one request are told of by themselves.
        Deed::SaveAs { .. } | Deed::AddAddress | Deed::RemoveAddress { .. } | Deed::Resize { .. } => {}
        Deed::AddVolume { .. } | Deed::RemoveVolume { .. } => {}
        Deed::Open { ports } => {
            machine.open.extend(ports);
            machine.open.sort();
            machine.open.dedup();
        }
        Deed::Close { ports } => machine.open.retain(|open| !ports.contains(open)),
        Deed::Rename { name } => machine.name.clone_from(name),
    }
}
