//! Accelerators as people write them: in the names of sizes, aliases of devices, traits, descriptions.

/// One that goes by a name of its own.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Model {
    word: &'static str,
    pub name: &'static str,
    pub vendor: &'static str,
    /// Gibibytes, where all that go by this name have the same.
    pub memory: Option<u64>,
    /// Other things are called like that too, so that it needs company in a name: `a10`, `t4`.
    short: bool,
}

const fn nvidia(word: &'static str, name: &'static str, memory: Option<u64>) -> Model {
    Model { word, name, vendor: "NVIDIA", memory, short: word.len() <= 3 }
}

const fn amd(word: &'static str, name: &'static str, memory: Option<u64>) -> Model {
    Model { word, name, vendor: "AMD", memory, short: false }
}

const MODELS: &[Model] = &[
    nvidia("k20", "K20", Some(5)),
    nvidia("k20m", "K20m", Some(5)),
    nvidia("k40", "K40", Some(12)),
    nvidia("k80", "K80", Some(12)),
    nvidia("m10", "M10", Some(8)),
    nvidia("m60", "M60", Some(8)),
    nvidia("p4", "P4", Some(8)),
    nvidia("p40", "P40", Some(24)),
    nvidia("p100", "P100", None),
    nvidia("v100", "V100", None),
    nvidia("v100s", "V100S", Some(32)),
    nvidia("t4", "T4", Some(16)),
    nvidia("a2", "A2", Some(16)),
    nvidia("a10", "A10", Some(24)),
    nvidia("a16", "A16", Some(16)),
    nvidia("a30", "A30", Some(24)),
    nvidia("a40", "A40", Some(48)),
    nvidia("a100", "A100", None),
    nvidia("a5000", "A5000", Some(24)),
    nvidia("a6000", "A6000", Some(48)),
    nvidia("l4", "L4", Some(24)),
    nvidia("l40", "L40", Some(48)),
    nvidia("l40s", "L40S", Some(48)),
    nvidia("h100", "H100", None),
    nvidia("h200", "H200", Some(141)),
    nvidia("b200", "B200", None),
    amd("mi50", "MI50", None),
    amd("mi100", "MI100", Some(32)),
    amd("mi210", "MI210", Some(64)),
    amd("mi250", "MI250", Some(128)),
    amd("mi300x", "MI300X", Some(192)),
];

const GPU: &[&str] = &["gpu", "gpus", "pgpu", "pgpus", "vgpu", "vgpus"];
const VENDORS: &[(&str, &str)] = &[
    ("nvidia", "NVIDIA"),
    ("tesla", "NVIDIA"),
    ("geforce", "NVIDIA"),
    ("quadro", "NVIDIA"),
    ("10de", "NVIDIA"),
    ("radeon", "AMD"),
    ("instinct", "AMD"),
];
/// Devices that are handed to machines as well and are something else.
const OTHERS: &[&str] = &[
    "nic",
    "sriov",
    "mlx",
    "connectx",
    "infiniband",
    "ib",
    "hca",
    "nvme",
    "ssd",
    "fpga",
    "qat",
    "tpu",
    "npu",
    "vf",
    "15b3",
    "alveo",
];

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mention {
    pub about: About,
    /// Where it is said.
    pub count: Option<u32>,
    pub model: Option<&'static Model>,
    pub vendor: Option<&'static str>,
    /// Gibibytes, where it is said together with the model.
    pub memory: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum About {
    #[default]
    Nothing,
    /// It says that there is none.
    None,
    Gpu,
    Vgpu,
    /// A device that computes nothing of the kind.
    Other,
}

/// What free text says. Only clear words count.
pub(super) fn mention(text: &str) -> Mention {
    read(text, false)
}

/// What the name of a device says: that it is one is known.
pub(super) fn device(text: &str) -> Mention {
    read(text, true)
}

fn read(text: &str, is_device: bool) -> Mention {
    let lower = text.to_ascii_lowercase();
    let tokens: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|token| !token.is_empty()).collect();
    let mut found = Mention::default();
    let mut short = None;
    for (at, token) in tokens.iter().enumerate() {
        let (word, times) = multiplied(token).unwrap_or((*token, None));
        if let Some((count, virtually)) = gpu_word(word) {
            let none = count == Some(0) || is_denied(&tokens, at);
            if none && found.about == About::Nothing {
                found.about = About::None;
            } else if !none {
                found.about = if virtually || found.about == About::Vgpu { About::Vgpu } else { About::Gpu };
                found.count = found.count.or(times).or(count);
            }
        } else if let Some(model) = MODELS.iter().find(|model| model.word == word) {
            let clear = is_device || !model.short || times.is_some();
            let known = if clear { &mut found.model } else { &mut short };
            known.get_or_insert(model);
            if clear {
                found.count = found.count.or(times);
                found.memory = found.memory.or(tokens.get(at + 1).and_then(|next| gigabytes(next)));
            }
        } else if matches!(*token, "nogpu" | "gpuless" | "nongpu") {
            found.about = About::None;
        } else if *token == "mig" {
            found.about = About::Vgpu;
        } else if found.about == About::Nothing && OTHERS.iter().any(|other| is_word_with_number(token, other)) {
            found.about = About::Other;
        }
        found.vendor = found.vendor.or_else(|| VENDORS.iter().find(|(word, _)| word == token).map(|(_, vendor)| *vendor));
    }
    if matches!(found.about, About::Gpu | About::Vgpu) || found.vendor.is_some() {
        found.model = found.model.or(short);
    }
    found.conclude()
}

impl Mention {
    fn conclude(mut self) -> Self {
        if self.about == About::Nothing && (self.model.is_some() || self.vendor.is_some()) {
            self.about = About::Gpu;
        }
        if matches!(self.about, About::None | About::Nothing | About::Other) {
            return Self { about: self.about, ..Self::default() };
        }
        self.vendor = self.model.map(|model| model.vendor).or(self.vendor);
        self
    }
}

/// `2xa100`, `a100x2`, `2gpu`, `gpu2` are one word with a number; the last is only one for the words of `gpu_word`.
fn multiplied(token: &str) -> Option<(&str, Option<u32>)> {
    let digits = token.len() - token.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits > 0 {
        let (count, word) = token.split_at_checked(digits)?;
        let word = word.strip_prefix('x').unwrap_or(word);
        return (!word.is_empty()).then_some((word, count.parse().ok()));
    }
    let (word, count) = token.rsplit_once('x')?;
    let model = MODELS.iter().any(|model| model.word == word) || GPU.contains(&word);
    let count = count.parse().ok();
    (model && count.is_some()).then_some((word, count))
}

/// With its number, and whether it is a part of one: `gpu`, `vgpu2`, `gpu1cpu2`.
fn gpu_word(word: &str) -> Option<(Option<u32>, bool)> {
    let end = word.find(|c: char| c.is_ascii_digit()).unwrap_or(word.len());
    let (stem, number) = word.split_at_checked(end)?;
    if !GPU.contains(&stem) {
        return None;
    }
    let digits = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    let count = number.get(..digits).and_then(|digits| digits.parse().ok());
    Some((count, stem.starts_with('v')))
}

/// `no gpu`, `without a gpu`, `gpu-less`, `non-gpu`.
fn is_denied(tokens: &[&str], at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).and_then(|at| tokens.get(at)).copied().unwrap_or_default();
    let word = if matches!(before(1), "a" | "any" | "an" | "the") { before(2) } else { before(1) };
    let after = tokens.get(at + 1).copied().unwrap_or_default();
    matches!(word, "no" | "non" | "not" | "without" | "sans" | "zero") || matches!(after, "less" | "free")
}

fn is_word_with_number(token: &str, word: &str) -> bool {
    token.strip_prefix(word).is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `80gb`, `40g`.
fn gigabytes(token: &str) -> Option<u64> {
    let number = ["gib", "gb", "g"].iter().find_map(|unit| token.strip_suffix(unit))?;
    number.parse().ok().filter(|count| (1..=1024).contains(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clear_words_speak_of_accelerators_and_others_do_not() {
        let cases = [
            ("gpu.a40.xlarge", About::Gpu, None, Some("A40")),
            ("g.1xA40", About::Gpu, Some(1), Some("A40")),
            ("2xV100", About::Gpu, Some(2), Some("V100")),
            ("large-a100x4", About::Gpu, Some(4), Some("A100")),
            ("vgpu", About::Vgpu, None, None),
            ("vgpu2.large", About::Vgpu, Some(2), None),
            ("gpu1cpu2", About::Gpu, Some(1), None),
            ("m1.2gpu", About::Gpu, Some(2), None),
            ("nvidia-t4.small", About::Gpu, None, Some("T4")),
            ("Two NVIDIA A10 GPUs", About::Gpu, None, Some("A10")),
            ("h100.80g", About::Gpu, None, Some("H100")),
            ("mi250.large", About::Gpu, None, Some("MI250")),
            ("gpu-less", About::None, None, None),
            ("m1.gpuless", About::None, None, None),
            ("nogpu", About::None, None, None),
            ("without a GPU", About::None, None, None),
            ("gpu0.cpu4", About::None, None, None),
            ("m1.large", About::Nothing, None, None),
            ("t4.medium", About::Nothing, None, None),
            ("a10.large", About::Nothing, None, None),
            ("p4", About::Nothing, None, None),
            ("8cpu-16gbram-40gbdisk", About::Nothing, None, None),
            ("fpga.large", About::Other, None, None),
            ("mlx5", About::Other, None, None),
            ("", About::Nothing, None, None),
            ("99999999999999999999gpu", About::Gpu, None, None),
        ];
        for (text, about, count, model) in cases {
            let found = mention(text);
            assert_eq!((found.about, found.count, found.model.map(|model| model.name)), (about, count, model), "{text}");
        }
        assert_eq!(device("a10").model.map(|model| model.name), Some("A10"), "that it is a device is known");
        assert_eq!(mention("h100.80g").memory, Some(80));
        assert_eq!(mention("gpu.mi210").vendor, Some("AMD"));
        assert_eq!(device("PCI_10DE_20F1").vendor, Some("NVIDIA"));
    }
}
