//! Times and lengths as people say them.

use model::Timestamp;
use std::time::Duration;

/// "3 min ago"; what lies ahead is "in 3 min".
pub fn ago(then: Timestamp, now: Timestamp) -> String {
    if then > now {
        return match then.since(now) {
            short if short < Duration::from_secs(5) => "just now".to_owned(),
            ahead => format!("in {}", rough(ahead)),
        };
    }
    match now.since(then) {
        short if short < Duration::from_secs(5) => "just now".to_owned(),
        passed => format!("{} ago", rough(passed)),
    }
}

/// The largest unit only: nobody needs the seconds of last week.
fn rough(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        86_400..172_800 => "1 day".to_owned(),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// How long something took, with two units where the larger alone is too rough.
pub fn lasted(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

/// "1 file", "3 files".
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// A length of data, to three figures.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1_024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1_024.0;
    let mut unit = "KiB";
    for larger in &UNITS[1..] {
        // Not 1024: 1023.9 would be shown as "1024 KiB".
        if value < 999.5 {
            break;
        }
        value /= 1_024.0;
        unit = larger;
    }
    let decimals = if value < 9.95 { 1 } else { 0 };
    format!("{value:.decimals$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_relative_to_now() {
        let now = Timestamp::from_millis(10_000_000_000);
        let before = |seconds: i64| ago(Timestamp::from_millis(now.millis() - seconds * 1_000), now);
        assert_eq!(before(0), "just now");
        assert_eq!(before(59), "59 s ago");
        assert_eq!(before(60 * 3 + 59), "3 min ago");
        assert_eq!(before(7_200), "2 h ago");
        assert_eq!(before(86_400), "1 day ago");
        assert_eq!(before(86_400 * 9), "9 days ago");
        assert_eq!(before(-600), "in 10 min");
        assert_eq!(before(-1), "just now");
    }

    #[test]
    fn lengths_have_a_unit_and_few_figures() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(1_023), "1023 B");
        assert_eq!(bytes(1_536), "1.5 KiB");
        assert_eq!(bytes(1_048_575), "1.0 MiB");
        assert_eq!(bytes(250 << 20), "250 MiB");
        assert_eq!(bytes(u64::MAX), "16384 PiB");
        assert_eq!(lasted(Duration::from_millis(1_240)), "1.2 s");
        assert_eq!(lasted(Duration::from_secs(3_725)), "1 h 2 min");
    }
}
