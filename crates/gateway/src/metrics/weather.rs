//! How it went at sites lately. Services come from the configuration and operations from this program, so that their number
//! is bounded, whatever people do.

use model::weather::Weather;
use std::fmt::{self, Write};

pub(super) fn write(text: &mut String, weather: &[Weather]) -> fmt::Result {
    writeln!(
        text,
        "# HELP roadstead_site_operations Operations at services lately, of each at most the last hundred of seven days.\n\
         # TYPE roadstead_site_operations gauge"
    )?;
    for one in weather {
        let failures = one.tries.saturating_sub(one.successes);
        for (outcome, count) in [("success", one.successes), ("failure", failures)] {
            writeln!(text, "roadstead_site_operations{{{},outcome=\"{outcome}\"}} {count}", labels(one))?;
        }
    }
    writeln!(
        text,
        "# HELP roadstead_site_operation_seconds How long those that succeeded took.\n\
         # TYPE roadstead_site_operation_seconds gauge"
    )?;
    for one in weather {
        for (quantile, millis) in [("0.5", one.p50_millis), ("0.95", one.p95_millis)] {
            if let Some(millis) = millis {
                let seconds = millis as f64 / 1e3;
                writeln!(text, "roadstead_site_operation_seconds{{{},quantile=\"{quantile}\"}} {seconds}", labels(one))?;
            }
        }
    }
    writeln!(
        text,
        "# HELP roadstead_site_failing_since_seconds Since when nothing has succeeded, as a time; absent where the last one did.\n\
         # TYPE roadstead_site_failing_since_seconds gauge"
    )?;
    for one in weather {
        if let Some(since) = one.failing_since {
            let seconds = since.millis() as f64 / 1e3;
            writeln!(text, "roadstead_site_failing_since_seconds{{{}}} {seconds}", labels(one))?;
        }
    }
    Ok(())
}

fn labels(one: &Weather) -> String {
    let quoted = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("service=\"{}\",operation=\"{}\"", quoted(&one.service), quoted(&one.operation))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Timestamp;

    #[test]
    fn is_told_by_service_operation_and_outcome() {
        let boot = Weather { tries: 9, successes: 7, p50_millis: Some(1_500), ..Weather::none("a \"b\"", "boot") };
        let since = Some(Timestamp::from_millis(2_000));
        let address = Weather { tries: 2, failing_since: since, ..Weather::none("c", "address") };
        let mut text = String::new();
        write(&mut text, &[boot, address]).expect("written");
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(
            lines,
            [
                r#"roadstead_site_operations{service="a \"b\"",operation="boot",outcome="success"} 7"#,
                r#"roadstead_site_operations{service="a \"b\"",operation="boot",outcome="failure"} 2"#,
                r#"roadstead_site_operations{service="c",operation="address",outcome="success"} 0"#,
                r#"roadstead_site_operations{service="c",operation="address",outcome="failure"} 2"#,
                r#"roadstead_site_operation_seconds{service="a \"b\"",operation="boot",quantile="0.5"} 1.5"#,
                r#"roadstead_site_failing_since_seconds{service="c",operation="address"} 2"#,
            ]
        );
    }
}
