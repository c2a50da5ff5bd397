//! Numbers in the names of sizes. Never believed, only compared: `m1.8cpu` with four cores is worth a word.

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    pub cores: Option<u64>,
    /// Gibibytes.
    pub memory: Option<u64>,
    /// Gibibytes.
    pub disk: Option<u64>,
}

const CORES: &[&str] = &["cpu", "cpus", "vcpu", "vcpus", "core", "cores", "cor"];
const MEMORY: &[&str] = &["ram", "mem", "gram", "gbram", "gibram", "gbmem", "gmem"];
const DISK: &[&str] = &["disk", "hd", "hdd", "gbdisk", "gdisk", "gbhd"];
/// Of memory if they come right after the cores, otherwise of anything: of an accelerator, say.
const GIGABYTES: &[&str] = &["g", "gb", "gib", "r"];

pub(super) fn numbers(name: &str) -> Numbers {
    let lower = name.to_ascii_lowercase();
    let mut numbers = Numbers::default();
    let mut after_cores = false;
    for token in lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|token| !token.is_empty()) {
        let pairs = pairs(token);
        // A single letter says little: `2c4r` is meant, `2c` alone may be anything.
        let single = pairs.len() > 1;
        for (number, unit) in pairs {
            let is_cores = CORES.contains(&unit) || (single && unit == "c");
            if is_cores {
                numbers.cores.get_or_insert(number);
            } else if MEMORY.contains(&unit) || (after_cores && GIGABYTES.contains(&unit)) {
                numbers.memory.get_or_insert(number);
            } else if DISK.contains(&unit) || (single && unit == "d" && numbers.cores.is_some()) {
                numbers.disk.get_or_insert(number);
            }
            after_cores = is_cores;
        }
    }
    numbers
}

/// `8cpu16gb` and `cor2mem4` alike.
fn pairs(token: &str) -> Vec<(u64, &str)> {
    let mut parts: Vec<&str> = Vec::new();
    let mut rest = token;
    while let Some(first) = rest.chars().next() {
        let is_digit = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != is_digit).unwrap_or(rest.len());
        let Some((part, after)) = rest.split_at_checked(end) else { break };
        parts.push(part);
        rest = after;
    }
    let number_first = token.starts_with(|c: char| c.is_ascii_digit());
    let chunks = parts.chunks(2).filter_map(|chunk| {
        let [one, other] = chunk else { return None };
        let (number, unit) = if number_first { (one, other) } else { (other, one) };
        Some((number.parse().ok()?, *unit))
    });
    chunks.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_where_the_name_is_clear() {
        let cases = [
            ("2c4r", Some(2), Some(4), None),
            ("8cpu-16gbram-40gbdisk", Some(8), Some(16), Some(40)),
            ("hpc.16core-64ram", Some(16), Some(64), None),
            ("cor2mem4hd20", Some(2), Some(4), Some(20)),
            ("gpu1cpu2", Some(2), None, None),
            ("p3.8core-60ram-500edisk", Some(8), Some(60), None),
            ("c2.8vcpu.32gb", Some(8), Some(32), None),
            ("gpu.8cpu.a100.80gb", Some(8), None, None),
            ("m1.large", None, None, None),
            ("m1.2xlarge", None, None, None),
            ("2c", None, None, None),
            ("g.1xA40", None, None, None),
            ("1g.5gb", None, None, None),
            ("99999999999999999999999cpu", None, None, None),
            ("größe", None, None, None),
        ];
        for (name, cores, memory, disk) in cases {
            assert_eq!(numbers(name), Numbers { cores, memory, disk }, "{name}");
        }
    }
}
