use sites::openstack::evidence::Hints;
use sites::openstack::inventory::Flavor;

use super::words;
use super::{empty, snapshot};

fn flavor(name: &str, specs: &[(&str, &str)]) -> Flavor {
    let extra_specs = specs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Flavor { id: format!("id-{name}"), name: name.to_owned(), vcpus: 8, ram: 65536, disk: 100, extra_specs, ..Flavor::default() }
}

fn size(flavor: Flavor) -> Option<model::offer::Size> {
    let inventory = sites::openstack::Inventory { flavors: Ok(vec![flavor]), ..empty() };
    snapshot(&inventory, &Hints::default()).sizes.pop()
}

/// What its accelerators are: `2 NVIDIA A100 80GiB Passthrough`, or nothing.
fn accelerators(flavor: Flavor) -> String {
    let size = size(flavor).expect("a size");
    words::size(&size).split_once(", ").map_or("none".to_owned(), |(_, accelerators)| accelerators.to_owned())
}

#[test]
fn accelerators_are_told_by_the_best_source() {
    let egi: &[(&str, &str)] = &[
        ("Accelerator:Type", "GPU"),
        ("Accelerator:Number", "1.0"),
        ("Accelerator:Vendor", "NVIDIA"),
        ("Accelerator:Model", "Tesla K20m"),
        ("Accelerator:Memory", "5"),
        ("Accelerator:Version", "0"),
        ("Accelerator:VirtualizationType", "PCI passthrough"),
        ("pci_passthrough:alias", "GPU:1"),
    ];
    let lower: Vec<(String, &str)> = egi.iter().map(|(key, value)| (key.to_ascii_lowercase(), *value)).collect();
    let lower: Vec<(&str, &str)> = lower.iter().map(|(key, value)| (key.as_str(), *value)).collect();
    let half = [("Accelerator:Type", "GPU"), ("Accelerator:Number", "0.5"), ("Accelerator:Model", "A100")];
    /// Name, extra specs, what is to be concluded.
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);
    let cases: &[Case<'_>] = &[
        ("gpu1cpu2", egi, "1 NVIDIA K20m 5GiB Passthrough"),
        ("gpu1cpu2", &lower, "1 NVIDIA K20m 5GiB Passthrough"),
        ("shared", &half, "1 NVIDIA A100 ? Vgpu"),
        ("f1", &[("Accelerator:Type", "FPGA"), ("Accelerator:Number", "1"), ("pci_passthrough:alias", "fpga:1")], "none"),
        ("x", &[("Accelerator:Number", "0")], "none"),
        ("x", &[("Accelerator:Number", "lots"), ("Accelerator:Model", "Strange X1")], "1 ? Strange X1 ? Unknown"),
        ("x", &[("Accelerator:Model", "Tesla V100-PCIE-32GB"), ("Accelerator:Number", "2")], "2 NVIDIA V100 ? Unknown"),
        ("x", &[("Accelerator:Memory", "81920"), ("Accelerator:Number", "1")], "1 ? ? 80GiB Unknown"),
        ("x", &[("Accelerator:Memory", "40 GB"), ("Accelerator:Number", "1")], "1 ? ? 40GiB Unknown"),
        ("gpu.a40.xlarge", &[("resources:VGPU", "1")], "1 NVIDIA A40 ? Vgpu"),
        ("x", &[("resources1:VGPU", "1"), ("resources2:VGPU", "2")], "3 ? ? ? Vgpu"),
        ("x", &[("resources_GPU1:PGPU", "1"), ("trait_GPU1:CUSTOM_NVIDIA_T4", "required")], "1 NVIDIA T4 16GiB Passthrough"),
        ("x", &[("resources:CUSTOM_GPU_A100", "4")], "4 NVIDIA A100 ? Unknown"),
        ("x", &[("resources:CUSTOM_PCI_10DE_20F1", "1")], "1 NVIDIA ? ? Passthrough"),
        ("x", &[("resources:CUSTOM_BAREMETAL_LARGE", "1"), ("resources:VCPU", "0")], "none"),
        ("gpu.off", &[("resources:VGPU", "0")], "none"),
        ("x", &[("pci_passthrough:alias", "a100:1,b:2")], "1 NVIDIA A100 ? Passthrough"),
        ("x", &[("pci_passthrough:alias", "a100:2, v100:1")], "3 NVIDIA A100 ? Passthrough"),
        ("gpu.large", &[("pci_passthrough:alias", "dev:2")], "2 ? ? ? Passthrough"),
        ("x", &[("pci_passthrough:alias", "mlx5:1,nvme:2")], "none"),
        ("x", &[("pci_passthrough:alias", "t4")], "1 NVIDIA T4 16GiB Passthrough"),
        ("g.1xA40", &[("accel:device_profile", "a40-profile")], "1 NVIDIA A40 48GiB Cyborg"),
        ("x", &[("accel:device_profile", "fpga-dp1")], "none"),
        ("x", &[("trait:CUSTOM_GPU_L40S", "required")], "1 NVIDIA L40S 48GiB Unknown"),
        ("x", &[("trait:CUSTOM_GPU_L40S", "forbidden")], "none"),
        ("x", &[("trait:HW_GPU_API_VULKAN", "required")], "1 ? ? ? Unknown"),
        ("2xV100", &[], "2 NVIDIA V100 ? Unknown"),
        ("gpu.a40.xlarge", &[], "1 NVIDIA A40 48GiB Unknown"),
        ("vgpu", &[], "1 ? ? ? Vgpu"),
        ("gpu-less", &[], "none"),
        ("m1.gpuless", &[], "none"),
        ("nogpu", &[], "none"),
        ("t4.medium", &[], "none"),
        ("m1.large", &[("hw:cpu_policy", "dedicated"), ("quota:vif_inbound_average", "10")], "none"),
    ];
    for (name, specs, expected) in cases {
        assert_eq!(accelerators(flavor(name, specs)), *expected, "{name} {specs:?}");
    }
    let described = Flavor { description: Some("Two cores, one NVIDIA T4 GPU".to_owned()), ..flavor("m1.large", &[]) };
    assert_eq!(accelerators(described), "1 NVIDIA T4 16GiB Unknown");
    let denied = Flavor { description: Some("The same without a GPU".to_owned()), ..flavor("gpu.large", &[]) };
    assert_eq!(accelerators(denied), "none", "a description goes before a name");
}

#[test]
fn facts_have_sources_and_lies_are_shown() {
    let told = size(flavor("gpu.4xa100", &[("Accelerator:Number", "1"), ("Accelerator:Model", "V100")])).expect("a size");
    assert_eq!(words::size(&told), "8 cores 64GiB 100GiB, 1 NVIDIA V100 ? Unknown");
    let conflict = |about: &str| {
        let found = told.conflicts.iter().find(|conflict| conflict.about == about).unwrap_or_else(|| panic!("{about}"));
        (
            found.believed.value.as_str(),
            found.believed.source.as_str(),
            found.refuted.value.as_str(),
            found.refuted.source.as_str(),
        )
    };
    assert_eq!(conflict("accelerators"), ("1", "extra spec `Accelerator:Number`", "4", "name"));
    assert_eq!(conflict("accelerator model"), ("V100", "extra spec `Accelerator:Model`", "A100", "name"));

    let lying = size(flavor("16core-64ram-20gbdisk", &[])).expect("a size");
    let about: Vec<(&str, &str)> = lying.conflicts.iter().map(|one| (one.about.as_str(), one.refuted.value.as_str())).collect();
    assert_eq!(about, [("cores", "16"), ("disk", "20GiB")]);
    assert_eq!(lying.cores, 8.0);
    assert!(size(flavor("8c64g", &[])).expect("a size").conflicts.is_empty());

    let guessed = size(flavor("gpu.t4", &[])).expect("a size");
    let memory = guessed.facts.iter().find(|fact| fact.name == "accelerator memory").expect("a guess");
    assert!(memory.source.starts_with("a guess"), "{memory:?}");
    let other = size(flavor("x", &[("pci_passthrough:alias", "nic:2")])).expect("a size");
    assert!(other.facts.iter().any(|fact| fact.name == "other device" && fact.value == "2 of nic"), "{:?}", other.facts);
}

#[test]
fn every_size_that_can_be_started_is_there_with_what_is_special() {
    assert_eq!(size(Flavor { is_disabled: true, ..flavor("m1.off", &[]) }), None);
    let fact = |flavor: Flavor, name: &str| {
        let size = size(flavor).expect("a size");
        size.facts.iter().find(|fact| fact.name == name).map(|fact| fact.value.clone())
    };
    assert!(fact(Flavor { is_public: Some(false), ..flavor("mine", &[]) }, "access").is_some());
    assert_eq!(fact(flavor("all", &[]), "access"), None);
    assert_eq!(fact(Flavor { ephemeral: 500, ..flavor("edisk", &[]) }, "ephemeral disk").as_deref(), Some("500GiB"));
    let licence = fact(flavor("win", &[("trait:CUSTOM_LICENSED_WINDOWS", "required")]), "licence").expect("a licence");
    assert!(licence.contains("CUSTOM_LICENSED_WINDOWS"), "{licence}");
    let zero = size(Flavor { disk: 0, ..flavor("bfv", &[]) }).expect("a size");
    assert!(zero.from_volume && zero.disk.get() == 0 && !zero.divisible);
    let huge = Flavor { ram: u64::MAX, disk: u64::MAX, vcpus: u32::MAX, ephemeral: u64::MAX, ..flavor("huge", &[]) };
    assert!(size(huge).is_some(), "absurd numbers are no reason to stop");
}
