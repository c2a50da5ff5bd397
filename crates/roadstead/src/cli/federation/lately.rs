//! How it went at a service lately, in a line or two.

use crate::output::{Line, Style, ago, lasted};
use model::Timestamp;
use model::weather::Weather;
use std::time::Duration;

fn at<'a>(weather: &'a [Weather], service: &'a str) -> impl Iterator<Item = &'a Weather> {
    weather.iter().filter(move |one| one.service == service && one.tries > 0)
}

fn found<'a>(weather: &'a [Weather], service: &'a str, operation: &str) -> Option<&'a Weather> {
    at(weather, service).find(|one| one.operation == operation)
}

/// Nothing where nothing was tried. What does not work now comes first, then how machines fared.
pub fn line(weather: &[Weather], service: &str, now: Timestamp) -> Option<Line> {
    let failing = at(weather, service).filter(|one| one.operation != "remove").find_map(|one| {
        let what = match one.operation.as_str() {
            "sign_in" | "list" => "does not answer",
            "address" => "no public addresses",
            _ => "no machine came up",
        };
        Some(Line::styled(Style::Bad, format!("{what} for {}", lasted(now.since(one.failing_since?)))))
    });
    let fared = || {
        let boot = found(weather, service, "boot")?;
        let half = boot.p50_millis.map(|millis| format!(" in {}", took(millis))).unwrap_or_default();
        Some(Line::from(format!("{} of {} machines up{half}", boot.successes, boot.tries)))
    };
    failing.or_else(fared)
}

/// Each operation in a line, with the last failure.
pub fn lines(weather: &[Weather], service: &str, now: Timestamp) -> Vec<Line> {
    let told = at(weather, service).map(|one| {
        let what = match one.operation.as_str() {
            "sign_in" => "signing in",
            "list" => "looking",
            "create" => "machines made",
            "boot" => "machines up",
            "address" => "public addresses",
            "remove" => "machines removed",
            other => other,
        };
        let mut text = format!("{} of {} went well", one.successes, one.tries);
        if let (Some(half), Some(most)) = (one.p50_millis, one.p95_millis) {
            text += &format!(", half within {}, nearly all within {}", took(half), took(most));
        }
        let mut line = Line::styled(Style::Dim, format!("  {what}: ")).plain(text);
        if let Some(failure) = &one.last_failure {
            line = line.with(Style::Dim, format!("; last failure {}: {}", ago(failure.at, now), failure.cause));
        }
        match one.failing_since {
            Some(since) => line.with(Style::Bad, format!("; nothing for {}", lasted(now.since(since)))),
            None => line,
        }
    });
    told.collect()
}

fn took(millis: u64) -> String {
    lasted(Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_work_now_comes_first() {
        let now = Timestamp::from_millis(10_000_000_000);
        let hour_ago = Some(now.minus(std::time::Duration::from_secs(3_600)));
        let boot =
            Weather { tries: 9, successes: 7, p50_millis: Some(41_000), p95_millis: Some(130_000), ..Weather::none("a", "boot") };
        let address = Weather { tries: 2, failing_since: hour_ago, ..Weather::none("a", "address") };
        let text = |line: Option<Line>| line.map(|line| line.render(false));
        assert_eq!(text(line(std::slice::from_ref(&boot), "a", now)).as_deref(), Some("7 of 9 machines up in 41 s"));
        let failing = text(line(&[address, boot.clone()], "a", now)).unwrap_or_default();
        assert!(failing.starts_with("no public addresses for 1 h"), "{failing}");
        assert_eq!(text(line(std::slice::from_ref(&boot), "b", now)), None);
        let all = lines(&[boot], "a", now).pop().map(|line| line.render(false)).unwrap_or_default();
        assert_eq!(all.trim(), "machines up: 7 of 9 went well, half within 41 s, nearly all within 2 min 10 s");
    }
}
