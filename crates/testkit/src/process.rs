//! Looking at other processes through `/proc`.

use std::fs;
use std::time::Duration;

/// The processes (not zombies) whose environment says `key=value`: what a test started and has not ended, however
/// often it forked, left its process group or changed its parent.
pub fn processes_with_env(key: &str, value: &str) -> Vec<u32> {
    let wanted = format!("{key}={value}");
    let mut found = Vec::new();
    let mut unread: Vec<u32> = process_ids().collect();
    // In the midst of `execve` a process has no environment to read: such a one is looked at again.
    for _ in 0..4 {
        unread.retain(|id| match fs::read(format!("/proc/{id}/environ")) {
            Ok(environment) if environment.is_empty() => is_user_process(*id),
            Ok(environment) => {
                if environment.split(|byte| *byte == 0).any(|entry| entry == wanted.as_bytes()) {
                    found.push(*id);
                }
                false
            }
            Err(_) => false,
        });
        if unread.is_empty() {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    found.sort_unstable();
    found
}

/// Whether the process runs: a zombie, which only waits for its parent, does not.
pub fn process_is_alive(id: u32) -> bool {
    stat(id).is_some_and(|fields| !fields.starts_with(['Z', 'X']))
}

/// Neither a zombie nor one of the kernel's threads, which have no environment at all.
fn is_user_process(id: u32) -> bool {
    const KERNEL_THREAD: u32 = 0x0020_0000;
    let flags = stat(id).and_then(|fields| fields.split(' ').nth(6)?.parse::<u32>().ok());
    process_is_alive(id) && flags.is_some_and(|flags| flags & KERNEL_THREAD == 0)
}

/// The fields of `/proc/ID/stat` from the state on. They follow the program's name, which stands in parentheses and
/// may itself hold any byte.
fn stat(id: u32) -> Option<String> {
    let stat = fs::read(format!("/proc/{id}/stat")).ok()?;
    let stat = String::from_utf8_lossy(&stat);
    stat.rsplit_once(") ").map(|(_, fields)| fields.to_owned())
}

fn process_ids() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").expect("read /proc");
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}
