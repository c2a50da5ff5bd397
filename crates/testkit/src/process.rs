//! Looking at other processes through `/proc`.

use std::fs;

/// The processes (not zombies) whose environment says `key=value`: what a test started and has not ended, however
/// often it forked, left its process group or changed its parent.
pub fn processes_with_env(key: &str, value: &str) -> Vec<u32> {
    let wanted = format!("{key}={value}");
    process_ids()
        .filter(|id| {
            fs::read(format!("/proc/{id}/environ"))
                .is_ok_and(|environment| environment.split(|byte| *byte == 0).any(|entry| entry == wanted.as_bytes()))
        })
        .collect()
}

/// Whether the process runs: a zombie, which only waits for its parent, does not.
pub fn process_is_alive(id: u32) -> bool {
    // The state follows the program's name, which stands in parentheses and may itself hold any byte.
    fs::read_to_string(format!("/proc/{id}/stat"))
        .is_ok_and(|stat| stat.rsplit(") ").next().is_some_and(|rest| !rest.starts_with(['Z', 'X'])))
}

fn process_ids() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").expect("read /proc");
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}
