//! What accelerators a size has. The federation's own properties go first, then what makes Nova hand over a device, then
//! what only describes: traits, the description, the name.

use std::collections::BTreeMap;

use model::ByteCount;
use model::offer::{Accelerator, AcceleratorKind, Conflict, Fact};

use super::claims::{Claims, same};
use super::devices::{self, About, Mention, Model};
use super::fact;
use crate::openstack::inventory::Flavor;

#[derive(Default)]
pub(super) struct Found {
    pub count: u32,
    pub accelerator: Option<Accelerator>,
}

struct Inquiry {
    count: Claims<u32>,
    kind: Claims<Word>,
    vendor: Claims<String>,
    model: Claims<String>,
    memory: Claims<ByteCount>,
    /// Sources that say that there is something, not how many.
    some: Vec<String>,
    /// What is known of the model. Not a source that may contradict another.
    usual: Option<&'static Model>,
}

/// More in one machine is a slip of the pen.
const MOST: u32 = 1024;

pub(super) fn of(flavor: &Flavor, facts: &mut Vec<Fact>, conflicts: &mut Vec<Conflict>) -> Found {
    let mut inquiry = Inquiry {
        count: Claims::new("accelerators"),
        kind: Claims::new("accelerator kind"),
        vendor: Claims::new("accelerator vendor"),
        model: Claims::new("accelerator model"),
        memory: Claims::new("accelerator memory"),
        some: Vec::new(),
        usual: None,
    };
    if !flavor.extra_specs.is_empty() {
        inquiry.federation(flavor, facts);
        inquiry.resources(flavor);
        inquiry.devices(flavor, facts);
        inquiry.profile(flavor);
        inquiry.traits(flavor);
    }
    if let Some(description) = &flavor.description {
        inquiry.text(description, "description");
    }
    inquiry.text(&flavor.name, "name");
    inquiry.settle(facts, conflicts)
}

impl Inquiry {
    /// `Accelerator:Number` and its like, as the federation agreed on; upper and lower case are mixed up in practice.
    fn federation(&mut self, flavor: &Flavor, facts: &mut Vec<Fact>) {
        let said: BTreeMap<String, (&str, String)> = flavor
            .extra_specs
            .iter()
            .filter_map(|(key, value)| {
                let (prefix, name) = key.split_once(':')?;
                let ours = prefix.eq_ignore_ascii_case("accelerator") && !value.trim().is_empty();
                ours.then(|| (name.to_ascii_lowercase(), (value.trim(), format!("extra spec `{key}`"))))
            })
            .collect();
        if said.is_empty() {
            return;
        }
        if let Some((kind, source)) = said.get("type")
            && !kind.to_ascii_lowercase().contains("gpu")
        {
            facts.push(fact("other device", *kind, source.clone()));
            self.count.say(0, source.clone());
            return;
        }
        if let Some((number, source)) = said.get("number")
            && let Ok(number) = number.parse::<f64>()
            && number.is_finite()
            && number >= 0.0
        {
            // The federation writes a half for half of one.
            if number > 0.0 && number < 1.0 {
                self.kind.say(Word(AcceleratorKind::Vgpu), source.clone());
            }
            self.count.say(number.ceil().min(f64::from(MOST)) as u32, source.clone());
        }
        if let Some((kind, source)) =
            said.get("virtualizationtype").and_then(|(text, source)| Some((kind_in_words(text)?, source)))
        {
            self.kind.say(kind, source.clone());
        }
        if let Some((vendor, source)) = said.get("vendor") {
            self.vendor.say(vendor_as_written(vendor), source.clone());
        }
        if let Some((model, source)) = said.get("model") {
            self.usual = self.usual.or(devices::device(model).model);
            self.model.say(model_as_written(model), source.clone());
        }
        if let Some((memory, source)) = said.get("memory").and_then(|(text, source)| Some((gigabytes(text)?, source))) {
            self.memory.say(memory, source.clone());
        }
        self.some.extend(["type", "model", "vendor"].iter().filter_map(|name| said.get(*name)).map(|(_, source)| source.clone()));
    }

    /// What Placement counts: `resources:VGPU`, also in numbered or named groups.
    fn resources(&mut self, flavor: &Flavor) {
        let mut classes: BTreeMap<&str, (u32, &str)> = BTreeMap::new();
        for (key, value) in &flavor.extra_specs {
            let class = key.split_once(':').filter(|(group, _)| group.starts_with("resources")).map(|(_, class)| class);
            if let (Some(class), Ok(count)) = (class, value.trim().parse::<u32>()) {
                let entry = classes.entry(class).or_insert((0, key));
                entry.0 = entry.0.saturating_add(count);
            }
        }
        let mut total: Option<(u32, String)> = None;
        for (class, (count, key)) in classes {
            let (kind, mention) = match class {
                "VGPU" => (AcceleratorKind::Vgpu, Mention { about: About::Vgpu, ..Mention::default() }),
                "PGPU" => (AcceleratorKind::Passthrough, Mention { about: About::Gpu, ..Mention::default() }),
                _ => match class.strip_prefix("CUSTOM_").map(devices::device) {
                    Some(mention) if mention.about == About::Vgpu => (AcceleratorKind::Vgpu, mention),
                    Some(mention) if mention.about == About::Gpu && class.starts_with("CUSTOM_PCI_") => {
                        (AcceleratorKind::Passthrough, mention)
                    }
                    Some(mention) if mention.about == About::Gpu => (AcceleratorKind::Unknown, mention),
                    _ => continue,
                },
            };
            let source = format!("extra spec `{key}`");
            if count > 0 && kind != AcceleratorKind::Unknown {
                self.kind.say(Word(kind), source.clone());
            }
            self.particulars(&mention, &source);
            let sum = total.as_ref().map_or(0, |(sum, _)| *sum).saturating_add(count);
            total = Some((sum.min(MOST), total.map_or(source, |(_, first)| first)));
        }
        if let Some((count, source)) = total {
            self.count.say(count, source);
        }
    }

    /// Whole devices of a PCI bus: `a100:1,nic:2`. The alias is a name that the operator chose.
    fn devices(&mut self, flavor: &Flavor, facts: &mut Vec<Fact>) {
        let key = "pci_passthrough:alias";
        let Some(aliases) = flavor.extra_specs.get(key) else { return };
        let source = format!("extra spec `{key}`");
        let speaks_of_gpu = || matches!(devices::mention(&flavor.name).about, About::Gpu | About::Vgpu);
        let mut total: Option<u32> = None;
        for alias in aliases.split(',').map(str::trim).filter(|alias| !alias.is_empty()) {
            let (name, count) = alias.rsplit_once(':').unwrap_or((alias, "1"));
            let Ok(count) = count.trim().parse::<u32>() else { continue };
            let mention = devices::device(name);
            let counts = match mention.about {
                About::Gpu | About::Vgpu => true,
                About::None | About::Other => false,
                // `pci_passthrough:alias=dev:1` says nothing; the size's name may.
                About::Nothing => speaks_of_gpu(),
            };
            if !counts {
                facts.push(fact("other device", format!("{count} of {name}"), source.clone()));
                continue;
            }
            let kind = if mention.about == About::Vgpu { AcceleratorKind::Vgpu } else { AcceleratorKind::Passthrough };
            self.kind.say(Word(kind), source.clone());
            self.particulars(&mention, &source);
            total = Some(total.unwrap_or(0).saturating_add(count).min(MOST));
        }
        if let Some(count) = total {
            self.count.say(count, source);
        }
    }

    fn profile(&mut self, flavor: &Flavor) {
        let key = "accel:device_profile";
        let Some(profile) = flavor.extra_specs.get(key).filter(|profile| !profile.trim().is_empty()) else { return };
        let mention = devices::device(profile);
        if matches!(mention.about, About::Other | About::None) {
            return;
        }
        let source = format!("extra spec `{key}`");
        self.kind.say(Word(AcceleratorKind::Cyborg), source.clone());
        self.particulars(&mention, &source);
        // What is in the profile, only administrators see.
        self.some.push(source);
    }

    fn traits(&mut self, flavor: &Flavor) {
        for (key, value) in &flavor.extra_specs {
            let name = key.split_once(':').filter(|(group, _)| group.starts_with("trait")).map(|(_, name)| name);
            let Some(name) = name.filter(|_| value == "required") else { continue };
            let custom = name.strip_prefix("CUSTOM_").map(devices::device);
            let hardware = || name.starts_with("HW_GPU_").then(|| devices::device("gpu"));
            let Some(mention) = custom.or_else(hardware) else { continue };
            if matches!(mention.about, About::Gpu | About::Vgpu) {
                let source = format!("extra spec `{key}`");
                self.particulars(&mention, &source);
                self.some.push(source);
            }
        }
    }

    fn text(&mut self, text: &str, source: &'static str) {
        let mention = devices::mention(text);
        match mention.about {
            About::Nothing | About::Other => {}
            About::None => self.count.say(0, source),
            About::Gpu | About::Vgpu => {
                if mention.about == About::Vgpu {
                    self.kind.say(Word(AcceleratorKind::Vgpu), source);
                }
                self.particulars(&mention, source);
                match mention.count {
                    Some(count) => self.count.say(count.min(MOST), source),
                    None => self.some.push(source.to_owned()),
                }
            }
        }
    }

    fn particulars(&mut self, mention: &Mention, source: &str) {
        if let Some(model) = mention.model {
            self.model.say(model.name.to_owned(), source.to_owned());
            self.usual = self.usual.or(Some(model));
        }
        if let Some(vendor) = mention.vendor {
            self.vendor.say(vendor.to_owned(), source.to_owned());
        }
        if let Some(memory) = mention.memory {
            self.memory.say(ByteCount::gibi(memory), source.to_owned());
        }
    }

    fn settle(mut self, facts: &mut Vec<Fact>, conflicts: &mut Vec<Conflict>) -> Found {
        // Who says that there is some agrees with any number but none.
        for source in std::mem::take(&mut self.some) {
            if self.count.believed().is_none_or(|count| *count == 0) {
                self.count.say(1, source);
            }
        }
        let count = self.count.settle(facts, conflicts, same).unwrap_or(0);
        if count == 0 {
            return Found::default();
        }
        let kind = self.kind.settle(facts, conflicts, |one, other| one.0 == other.0 || one.0 == AcceleratorKind::Cyborg);
        let kind = kind.map_or(AcceleratorKind::Unknown, |word| word.0);
        let vendor = self.vendor.settle(facts, conflicts, |one, other| one.eq_ignore_ascii_case(other));
        let model = self.model.settle(facts, conflicts, |one, other| one.eq_ignore_ascii_case(other));
        let said = self.memory.settle(facts, conflicts, same);
        let mut guess = |name: &str, value: String, model: &str| {
            facts.push(fact(name, value, format!("a guess: what a {model} usually has")));
        };
        // A model's particulars are of use only while nobody doubts the model.
        let usual = self.usual.filter(|usual| model.as_deref() == Some(usual.name));
        // A part of a device has a part of its memory.
        let memory = usual.and_then(|usual| usual.memory).filter(|_| kind != AcceleratorKind::Vgpu && said.is_none());
        let memory = memory.map(ByteCount::gibi);
        let maker = usual.map(|usual| usual.vendor).filter(|_| vendor.is_none());
        if let (Some(memory), Some(usual)) = (memory, usual) {
            guess("accelerator memory", memory.to_string(), usual.name);
        }
        if let (Some(maker), Some(usual)) = (maker, usual) {
            guess("accelerator vendor", maker.to_owned(), usual.name);
        }
        let (vendor, memory) = (vendor.or(maker.map(str::to_owned)), said.or(memory));
        Found { count, accelerator: Some(Accelerator { kind, vendor, model, memory }) }
    }
}

/// A kind, as it is shown.
struct Word(AcceleratorKind);

impl std::fmt::Display for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            AcceleratorKind::Passthrough => "passthrough",
            AcceleratorKind::Vgpu => "a part of a device (vGPU)",
            AcceleratorKind::Cyborg => "by the accelerator service (Cyborg)",
            AcceleratorKind::Unknown => "unknown",
        })
    }
}

fn kind_in_words(text: &str) -> Option<Word> {
    let text = text.to_ascii_lowercase();
    if text.contains("vgpu") || text.contains("mig") || text.contains("shared") {
        Some(Word(AcceleratorKind::Vgpu))
    } else if text.contains("passthrough") || text.contains("pass-through") || text.contains("pci") {
        Some(Word(AcceleratorKind::Passthrough))
    } else if text.contains("cyborg") {
        Some(Word(AcceleratorKind::Cyborg))
    } else {
        None
    }
}

fn vendor_as_written(text: &str) -> String {
    devices::device(text).vendor.map_or_else(|| text.to_owned(), str::to_owned)
}

/// `Tesla V100-PCIE-32GB` is a V100; whatever is not known stays as it is.
fn model_as_written(text: &str) -> String {
    devices::device(text).model.map_or_else(|| text.to_owned(), |model| model.name.to_owned())
}

/// The federation counts in gigabytes. Some write the unit, and some write megabytes without saying so.
fn gigabytes(text: &str) -> Option<ByteCount> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    let number: f64 = number.parse().ok()?;
    let unit = unit.trim().to_ascii_lowercase();
    let mega = unit.starts_with('m') || (unit.is_empty() && number >= 1024.0);
    let bytes = number * if mega { 1_048_576.0 } else { 1_073_741_824.0 };
    (bytes > 0.0 && bytes < 1e15).then_some(ByteCount::new(bytes as u64))
}
