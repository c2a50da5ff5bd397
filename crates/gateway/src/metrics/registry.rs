//! What is counted while requests are answered.

use axum::http::Method;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Upper ends of the histogram's buckets, in seconds.
const BUCKETS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0];

#[derive(Default)]
pub(crate) struct Metrics {
    /// By method and route as registered, so that their number does not depend on what is asked for.
    requests: Mutex<BTreeMap<Series, Counts>>,
    pilots: AtomicI64,
    database_errors: AtomicU64,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Series {
    route: Arc<str>,
    method: &'static str,
    status: u16,
}

#[derive(Default)]
struct Counts {
    total: u64,
    seconds: f64,
    buckets: [u64; BUCKETS.len()],
}

/// One connected pilot, for as long as it lives.
pub(crate) struct Aboard<'a>(&'a Metrics);

impl Drop for Aboard<'_> {
    fn drop(&mut self) {
        self.0.pilots.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Metrics {
    pub fn answered(&self, method: &Method, route: &Arc<str>, status: u16, took: Duration) {
        let series = Series { route: route.clone(), method: known(method), status };
        let seconds = took.as_secs_f64();
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = requests.entry(series).or_default();
        counts.total += 1;
        counts.seconds += seconds;
        if let Some(bucket) = BUCKETS.iter().position(|end| seconds <= *end) {
            counts.buckets[bucket] += 1;
        }
    }

    pub fn pilot_connected(&self) -> Aboard<'_> {
        self.pilots.fetch_add(1, Ordering::Relaxed);
        Aboard(self)
    }

    pub fn pilots(&self) -> i64 {
        self.pilots.load(Ordering::Relaxed)
    }

    pub fn database_failed(&self) {
        self.database_errors.fetch_add(1, Ordering::Relaxed);
    }

    pub fn write(&self, text: &mut String) {
        let pilots = self.pilots();
        let errors = self.database_errors.load(Ordering::Relaxed);
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "# HELP roadstead_pilots_connected Pilots connected to this gateway.\n# TYPE roadstead_pilots_connected gauge\nroadstead_pilots_connected {pilots}"
        );
        let _ = writeln!(
            text,
            "# HELP roadstead_database_errors_total Requests that failed because of the database.\n# TYPE roadstead_database_errors_total counter\nroadstead_database_errors_total {errors}"
        );
        let _ = writeln!(
            text,
            "# HELP roadstead_http_request_seconds Time to the first byte of an answer.\n# TYPE roadstead_http_request_seconds histogram"
        );
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        for (Series { route, method, status }, counts) in requests.iter() {
            let labels = format!("method=\"{method}\",route=\"{route}\",status=\"{status}\"");
            let mut so_far = 0;
            for (end, count) in BUCKETS.iter().zip(counts.buckets) {
                so_far += count;
                let _ = writeln!(text, "roadstead_http_request_seconds_bucket{{{labels},le=\"{end}\"}} {so_far}");
            }
            let Counts { total, seconds, .. } = counts;
            let _ = writeln!(text, "roadstead_http_request_seconds_bucket{{{labels},le=\"+Inf\"}} {total}");
            let _ = writeln!(text, "roadstead_http_request_seconds_sum{{{labels}}} {seconds}");
            let _ = writeln!(text, "roadstead_http_request_seconds_count{{{labels}}} {total}");
        }
    }
}

/// Methods that anybody invents are counted as one.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}
