//! How much this computer has.

use model::ByteCount;
use model::offer::Size;
use std::path::Path;

/// What is left to the rest of the computer when the administrator set no limit.
const KEPT_MEMORY: u64 = 512 << 20;

pub(super) fn of_this_computer(cores: Option<f64>, memory: Option<ByteCount>, root: &Path) -> Size {
    let all_cores = std::thread::available_parallelism().map_or(1.0, |count| count.get() as f64);
    let all_memory = total_memory();
    let usable_memory = ByteCount::new(all_memory.saturating_sub(KEPT_MEMORY).max(all_memory / 2));
    Size {
        name: "this computer".into(),
        cores: cores.unwrap_or(all_cores),
        memory: memory.unwrap_or(usable_memory),
        disk: free_disk(root),
        divisible: true,
        ..Size::default()
    }
}

fn total_memory() -> u64 {
    let info = rustix::system::sysinfo();
    u64::from(info.mem_unit) * info.totalram
}

pub(super) fn free_disk(root: &Path) -> ByteCount {
    // Not made yet: the nearest directory above it that exists is on the same disk.
    let existing = root.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
    rustix::fs::statvfs(existing).map_or(ByteCount::new(0), |stat| ByteCount::new(stat.f_bavail * stat.f_frsize))
}
