//! Sizes: numbers that Nova gives, accelerators by whatever speaks of them, and where a name lies.

use model::ByteCount;
use model::offer::{Conflict, Fact, Size};

use super::accelerators;
use super::fact;
use super::names::{self, Numbers};
use crate::openstack::inventory::Flavor;

/// Those that can be started; the small ones first. Nova starts no machine of a disabled one.
pub(super) fn of(flavors: &[Flavor]) -> Vec<Size> {
    let mut sizes: Vec<Size> = flavors.iter().filter(|flavor| !flavor.is_disabled).map(size).collect();
    sizes.sort_by(|a, b| {
        let of = |size: &Size| (size.accelerators, size.memory, size.disk);
        let numbers = a.cores.total_cmp(&b.cores).then_with(|| of(a).cmp(&of(b)));
        a.accelerators.cmp(&b.accelerators).then(numbers).then_with(|| (&a.name, &a.id).cmp(&(&b.name, &b.id)))
    });
    sizes
}

fn size(flavor: &Flavor) -> Size {
    let (mut facts, mut conflicts) = (Vec::new(), Vec::new());
    let found = accelerators::of(flavor, &mut facts, &mut conflicts);
    particulars(flavor, &mut facts);
    contradict(flavor, &mut conflicts);
    Size {
        name: flavor.name.clone(),
        id: Some(flavor.id.clone()),
        cores: f64::from(flavor.vcpus),
        memory: mebi(flavor.ram),
        disk: gibi(flavor.disk),
        accelerators: found.count,
        divisible: false,
        from_volume: flavor.disk == 0,
        accelerator: found.accelerator,
        facts,
        conflicts,
    }
}

fn particulars(flavor: &Flavor, facts: &mut Vec<Fact>) {
    if flavor.ephemeral > 0 {
        facts.push(fact("ephemeral disk", gibi(flavor.ephemeral).to_string(), "flavor `OS-FLV-EXT-DATA:ephemeral`"));
    }
    if flavor.is_public == Some(false) {
        facts.push(fact("access", "only chosen projects may use it, this one among them", "flavor `os-flavor-access:is_public`"));
    }
    for (key, value) in &flavor.extra_specs {
        let licensed = key.starts_with("trait") && key.contains("LICENS") && value == "required";
        if licensed {
            let trait_name = key.rsplit(':').next().unwrap_or(key);
            facts.push(fact("licence", format!("for systems that need the licence {trait_name}"), format!("extra spec `{key}`")));
        }
    }
}

fn contradict(flavor: &Flavor, conflicts: &mut Vec<Conflict>) {
    let Numbers { cores, memory, disk } = names::numbers(&flavor.name);
    let mut compare = |about: &str, said: Option<u64>, is: String, same: bool, unit: &str, source: &str| {
        if let Some(said) = said.filter(|_| !same) {
            let believed = fact(about, is, source);
            let refuted = fact(about, format!("{said}{unit}"), "name");
            conflicts.push(Conflict { about: about.to_owned(), believed, refuted });
        }
    };
    let is_cores = cores.is_none_or(|cores| cores == u64::from(flavor.vcpus));
    compare("cores", cores, flavor.vcpus.to_string(), is_cores, "", "flavor `vcpus`");
    let is_memory = memory.is_none_or(|memory| close(memory.saturating_mul(1024), flavor.ram));
    compare("memory", memory, mebi(flavor.ram).to_string(), is_memory, "GiB", "flavor `ram`");
    let is_disk = disk.is_none_or(|disk| close(disk, flavor.disk));
    compare("disk", disk, gibi(flavor.disk).to_string(), is_disk, "GiB", "flavor `disk`");
}

/// Names round, and some count in thousands.
fn close(said: u64, is: u64) -> bool {
    said.abs_diff(is) <= said.max(is) / 10
}

fn mebi(count: u64) -> ByteCount {
    ByteCount::new(count.saturating_mul(1 << 20))
}

fn gibi(count: u64) -> ByteCount {
    ByteCount::new(count.saturating_mul(1 << 30))
}
