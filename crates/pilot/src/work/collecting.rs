//! Bringing an element's outputs back, after everything that could change them has ended.
//!
//! A file that several patterns match is collected once, for the first of them. With `to`, a file lands there under
//! what its path has below the literal beginning of the pattern: `plots/**` to `figures` makes `plots/a/b.png` into
//! `figures/a/b.png`, and `out/result.fits` to `final` makes `final/result.fits`.

use std::collections::BTreeMap;
use std::sync::Arc;

use data::outputs::{self, OutputsError, Patterns, Why};
use data::place::{Directory, Kind, PlaceError, RelativePath};
use model::request::{Output, with_index};
use model::run::CollectedFile;
use model::{ByteCount, Code};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::cause::Failure;
use crate::bulk::{Bulk, BulkError};
use crate::protocol::Held;

/// More than fit into one report, and more than anybody can look through.
const MOST_FILES: usize = 10_000;

/// Where each output goes, by destination.
type Plan = BTreeMap<RelativePath, Found>;

struct Found {
    path: RelativePath,
    bytes: u64,
}

pub(super) struct Collector<'a> {
    pub bulk: &'a Bulk,
    pub held: Held,
    pub work: Arc<Directory>,
    pub cap_bytes: u64,
    pub cancel: &'a CancellationToken,
    /// So many files are on their way at once, of all elements together.
    pub lanes: &'a tokio::sync::Semaphore,
}

impl Collector<'_> {
    /// What was collected is in `collected` also when something went wrong: of a pattern that matches nothing the
    /// others are no less worth.
    pub async fn collect(&self, wanted: &[Output], collected: &mut Vec<CollectedFile>) -> Result<(), Failure> {
        if wanted.is_empty() {
            return Ok(());
        }
        let patterns: Vec<String> = wanted.iter().map(|output| with_index(&output.path, self.held.index)).collect();
        let (plan, missing) = self.find(patterns, wanted).await?;
        for (destination, found) in plan {
            let file = self.cancel.run_until_cancelled(self.bring(&destination, &found)).await;
            collected.push(file.ok_or(Failure::Cancelled)??);
        }
        match missing {
            Some(missing) => Err(missing),
            None => Ok(()),
        }
    }

    /// The plan, and the failure that it will be in the end when a pattern matched nothing.
    async fn find(&self, patterns: Vec<String>, wanted: &[Output]) -> Result<(Plan, Option<Failure>), Failure> {
        let compiled = Patterns::compile(&patterns).map_err(|bad| {
            Failure::new(Code::OutputRefused, bad.to_string(), "Correct the outputs of the request and run it again.")
        })?;
        let limits = outputs::Limits { bytes: self.cap_bytes, ..outputs::Limits::default() };
        let work = Arc::clone(&self.work);
        let found = match spawn_blocking(move || outputs::collect(&work, &compiled, &limits)).await {
            Ok(found) => found.map_err(of_outputs)?,
            Err(lost) => return Err(failed(&lost.to_string())),
        };
        if let Some(skipped) = found.skipped.first() {
            let others = match found.skipped_count - 1 {
                0 => String::new(),
                count => format!(" (and {count} more)"),
            };
            let detail = format!("output {}: {}{others}", skipped.path, skipped.why);
            return Err(Failure::new(Code::OutputRefused, detail, remedy(&skipped.why)));
        }
        if found.files.len() > MOST_FILES {
            let detail = format!("{} files match, {MOST_FILES} are collected at most", found.files.len());
            return Err(Failure::new(Code::OutputTooLarge, detail, "Let the command pack them into an archive, like tar does."));
        }
        let mut plan = Plan::new();
        for file in found.files {
            let first = file.patterns.first().and_then(|first| Some((patterns.get(*first)?, wanted.get(*first)?)));
            let Some((pattern, output)) = first else { continue };
            let to = output.to.as_ref().map(|to| with_index(to, self.held.index));
            let destination = destination(pattern, to.as_deref(), &file.path);
            let place: RelativePath = destination.parse().map_err(|bad| refused(&destination, &format!("{bad}")))?;
            let found = Found { path: file.path, bytes: file.bytes };
            if let Some(other) = plan.insert(place, found) {
                return Err(refused(&destination, &format!("{} and another file would both be put there", other.path)));
            }
        }
        refuse_overlap(&plan)?;
        let unmatched: Vec<&str> = found.unmatched.iter().filter_map(|index| Some(patterns.get(*index)?.as_str())).collect();
        let missing = (!unmatched.is_empty()).then(|| {
            let detail = format!("nothing matches {}", unmatched.join(", "));
            Failure::new(
                Code::OutputMissing,
                detail,
                "Check where the command writes its results, relative to its work directory.",
            )
        });
        Ok((plan, missing))
    }

    async fn bring(&self, destination: &RelativePath, found: &Found) -> Result<CollectedFile, Failure> {
        // The semaphore is never closed.
        let _lane = self.lanes.acquire().await;
        let (work, path) = (Arc::clone(&self.work), found.path.clone());
        // Read twice: what is on its way can be sent again without a thought for how far the checksum got.
        let open = move || {
            let file = work.open_file(&path)?;
            let (sha256, bytes) =
                data::hash_reader(&file).map_err(|source| PlaceError::Io { doing: "reading", path: path.to_string(), source })?;
            Ok::<_, PlaceError>((file, sha256, bytes))
        };
        let (file, sha256, bytes) = match spawn_blocking(open).await {
            Ok(opened) => opened.map_err(|error| refused(found.path.as_str(), &error.to_string()))?,
            Err(lost) => return Err(failed(&lost.to_string())),
        };
        if bytes != found.bytes {
            return Err(refused(found.path.as_str(), "it is still being written to"));
        }
        self.bulk.upload(self.held, destination.as_str(), file, bytes).await.map_err(|error| match error {
            BulkError::Refused(_) | BulkError::TooLarge(_) => {
                let detail = format!("output {destination}: {error}");
                Failure::new(Code::OutputTooLarge, detail, "Collect less, or ask the administrator to raise the limit.")
            }
            _ => failed(&format!("output {destination}: {error}")),
        })?;
        Ok(CollectedFile { path: destination.to_string(), bytes, sha256: sha256.to_string() })
    }
}

fn destination(pattern: &str, to: Option<&str>, path: &RelativePath) -> String {
    let Some(to) = to else { return path.to_string() };
    let literal = pattern.split('/').take_while(|part| !part.contains(['*', '?', '[', '{', '\\'])).count();
    let parts: Vec<&str> = path.parts().collect();
    // The name itself always stays.
    let below = parts.get(literal.min(parts.len().saturating_sub(1))..).unwrap_or_default();
    format!("{to}/{}", below.join("/"))
}

/// No file where another one needs a directory.
fn refuse_overlap(plan: &Plan) -> Result<(), Failure> {
    for destination in plan.keys() {
        let mut above = destination.as_str();
        while let Some((parent, _)) = above.rsplit_once('/') {
            if parent.parse().is_ok_and(|parent: RelativePath| plan.contains_key(&parent)) {
                return Err(refused(destination.as_str(), &format!("{parent} is the destination of a file")));
            }
            above = parent;
        }
    }
    Ok(())
}

fn refused(path: &str, what: &str) -> Failure {
    let remedy = "Let the command leave plain files with plain names, and give each output a destination of its own.";
    Failure::new(Code::OutputRefused, format!("output {path}: {what}"), remedy)
}

fn failed(what: &str) -> Failure {
    Failure::new(Code::CollectionFailed, what, "Retry it. If it comes back, tell the administrator of the gateway.")
}

fn remedy(why: &Why) -> &'static str {
    match why {
        Why::NotAFile(Kind::Directory) => "For everything in a directory write its name and /**.",
        Why::NotAFile(_) => "Let the command copy the file instead of linking to it, or choose a narrower pattern.",
        Why::ForeignLink => "Let the command copy the file instead of linking to it.",
        Why::NotUtf8 | Why::BadName(_) => "Let the command give it a plain name, or choose a narrower pattern.",
        Why::TooDeep { .. } => "Let the command use fewer directories below each other, or pack them into an archive.",
        Why::Unreadable(_) => "Let the command leave it readable for its user.",
    }
}

fn of_outputs(error: OutputsError) -> Failure {
    let detail = match &error {
        OutputsError::TooManyBytes { limit } => format!("the outputs have more than {}", ByteCount::new(*limit)),
        other => other.to_string(),
    };
    match error {
        OutputsError::TooManyBytes { .. } => {
            Failure::new(Code::OutputTooLarge, detail, "Collect less, or ask the administrator to raise the limit.")
        }
        OutputsError::TooManyEntries { .. } | OutputsError::TooMuchMatching { .. } => {
            Failure::new(Code::OutputTooLarge, detail, "Let the command pack its results into an archive, like tar does.")
        }
        OutputsError::Unreadable { .. } => failed(&detail),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_keep_their_path_below_the_literal_beginning() {
        for (pattern, to, path, expected) in [
            ("*.csv", None, "a.csv", "a.csv"),
            ("plots/**", Some("figures"), "plots/a/b.png", "figures/a/b.png"),
            ("out/result.fits", Some("final"), "out/result.fits", "final/result.fits"),
            ("**/x.log", Some("logs"), "a/b/x.log", "logs/a/b/x.log"),
            ("a/[bc]/*", Some("d/e"), "a/b/f", "d/e/b/f"),
        ] {
            assert_eq!(destination(pattern, to, &path.parse().unwrap()), expected, "{pattern}");
        }
        let found = |path: &str| (path.parse().unwrap(), Found { path: path.parse().unwrap(), bytes: 0 });
        assert!(refuse_overlap(&Plan::from([found("a/b"), found("a/c"), found("d")])).is_ok());
        assert!(refuse_overlap(&Plan::from([found("a"), found("a/b/c")])).is_err());
    }
}
