//! Bringing an element's inputs into its work directory, before anything runs there.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use data::fetch::{FetchError, Fetcher};
use data::file::{AllowedRoots, FileError};
use data::guard::{GuardedUrl, HostPort, UrlGuard};
use data::place::{Directory, PlaceError, RelativePath, Slot};
use data::{Declared, Mismatch, Received};
use model::request::{Input, Source, with_index};
use model::run::StagedFile;
use model::{ByteCount, Code};
use tokio_util::sync::CancellationToken;

use super::cause::Failure;
use super::local::Reach;
use crate::bulk::{Bulk, BulkError};
use crate::protocol::{Assignment, Held};

/// A server that refuses three tokens in a row will refuse the fourth.
const MOST_REFUSALS: u32 = 2;
/// A token that is newer is given again although it was refused.
const BEFORE_ANOTHER: Duration = Duration::from_secs(2);

/// What all elements of an assignment stage with.
pub(super) struct Stager {
    assignment: Arc<Assignment>,
    bulk: Arc<Bulk>,
    roots: AllowedRoots,
    guard: UrlGuard,
    /// Addresses that want a token of the run's owner.
    token_hosts: Vec<HostPort>,
    /// Made when the first URL is fetched: most runs have none, and it takes a while.
    fetcher: tokio::sync::OnceCell<Fetcher>,
}

impl Stager {
    pub fn new(assignment: Arc<Assignment>, bulk: Arc<Bulk>) -> Self {
        // A root that does not exist on this computer allows nothing, and neither does what is no host:port.
        let existing = assignment.file_roots.iter().filter(|root| Path::new(root).exists());
        let roots = AllowedRoots::resolve(existing).unwrap_or_default();
        let hosts = assignment.allowed_hosts.iter().filter_map(|host| host.parse::<HostPort>().ok()).collect();
        let token_hosts = assignment.token_hosts.iter().filter_map(|host| host.parse().ok()).collect();
        Self { guard: UrlGuard::new(hosts), token_hosts, assignment, bulk, roots, fetcher: tokio::sync::OnceCell::new() }
    }

    /// One after the other, so that the cap on all of them together is kept exactly.
    pub async fn stage(&self, held: Held, work: &Path, cancel: &CancellationToken) -> Result<Vec<StagedFile>, Failure> {
        let inputs = &self.assignment.request.inputs;
        let mut staged = Vec::with_capacity(inputs.len());
        let mut left = self.assignment.input_cap_bytes;
        for (number, input) in inputs.iter().enumerate() {
            let from = with_index(&input.from, held.index);
            let to = with_index(&input.to, held.index);
            let cap = self.assignment.input_cap_bytes;
            let arrival = Arrival { held, number, from: &from, to: &to, work, limit: left, cap };
            let received = self.receive(&arrival, input, cancel).await?;
            left = left.saturating_sub(received.bytes);
            staged.push(StagedFile { from, to, bytes: received.bytes, sha256: received.sha256.to_string() });
        }
        Ok(staged)
    }

    async fn receive(&self, arrival: &Arrival<'_>, input: &Input, cancel: &CancellationToken) -> Result<Received, Failure> {
        let &Arrival { from, to, work, limit, .. } = arrival;
        let wrong = |what: String| {
            let remedy = "Correct this input in the request and run it again.";
            Failure::new(Code::InputRefused, format!("input {from}: {what}"), remedy)
        };
        let place: RelativePath = to.parse().map_err(|bad: data::place::BadPath| wrong(format!("`{to}`: {bad}")))?;
        let sha256 = match &input.checksum {
            Some(checksum) => Some(checksum.parse().map_err(|bad: data::BadSha256| wrong(bad.to_string()))?),
            None => None,
        };
        let declared = Declared { bytes: None, sha256 };
        let slot = || Directory::open(work).and_then(|directory| directory.slot(&place));
        match from.parse::<Source>().map_err(|bad| wrong(bad.to_string()))? {
            Source::Url(url) => {
                let url = self.guard.admit(&url).map_err(|refused| arrival.of_fetch(FetchError::Refused(refused)))?;
                let received =
                    cancel.run_until_cancelled(self.fetch(arrival, &url, &slot, &declared)).await.ok_or(Failure::Cancelled)??;
                if received.bytes > limit { Err(arrival.too_large()) } else { Ok(received) }
            }
            Source::File(path) => {
                let slot = slot().map_err(|error| arrival.of_file(FileError::Place(error)))?;
                let hide = self.assignment.hide.iter().map(Into::into).collect();
                let reach = Reach { roots: self.roots.clone(), hide, work: work.to_owned() };
                let cancel = cancel.clone();
                let copy = move || {
                    let go_on = |_| if cancel.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
                    reach.copy(&path, slot, &declared, limit, go_on)
                };
                match tokio::task::spawn_blocking(copy).await {
                    Ok(copied) => copied.map_err(|error| arrival.of_file(error)),
                    Err(lost) => Err(arrival.failed(Code::InputUnreachable, &lost.to_string())),
                }
            }
            Source::Upload(_) | Source::Run { .. } => {
                slot().map_err(|error| arrival.of_file(FileError::Place(error)))?;
                let (index, to) = (arrival.held.index, work.join(place.as_str()));
                let download = self.bulk.download(index, arrival.number, &to, limit);
                let downloaded = cancel.run_until_cancelled(download).await.ok_or(Failure::Cancelled)?;
                let received = downloaded.map_err(|error| arrival.of_bulk(error))?;
                declared.verify(&received).map_err(|mismatch| arrival.of_mismatch(mismatch))?;
                Ok(received)
            }
        }
    }
}

impl Stager {
    async fn fetch(
        &self,
        arrival: &Arrival<'_>,
        url: &GuardedUrl,
        slot: impl Fn() -> Result<Slot, PlaceError>,
        declared: &Declared,
    ) -> Result<Received, Failure> {
        let fetcher = self.fetcher.get_or_try_init(async || {
            // The cap is the whole element's; what is left of it is checked when the file is there.
            let bytes = self.assignment.input_cap_bytes;
            Fetcher::new(self.guard.clone(), data::fetch::Limits { bytes, ..data::fetch::Limits::default() })
        });
        let fetcher = fetcher.await.map_err(|error| {
            Failure::new(Code::InputUnreachable, error.to_string(), "Tell the administrator of the place where it ran.")
        })?;
        let (mut token, mut refusals) = (None, 0);
        loop {
            if self.wants_token(url) {
                let fresh = self.bulk.token(arrival.held.index, arrival.number, token.as_ref()).await;
                token = Some(fresh.map_err(|error| arrival.of_bulk(error))?);
            }
            let slot = slot().map_err(|error| arrival.of_fetch(FetchError::Place(error)))?;
            match fetcher.fetch(url, token.as_ref(), slot, declared, |_| {}).await {
                Ok(fetched) => return Ok(fetched.received),
                // The token may have ended in the midst of a long download, which goes on where it was.
                Err(FetchError::Status { status: 401 }) if token.is_some() && refusals < MOST_REFUSALS => {
                    refusals += 1;
                    tokio::time::sleep(BEFORE_ANOTHER).await;
                }
                Err(error) => return Err(arrival.of_fetch(error)),
            }
        }
    }

    /// In clear, a token is shown to nobody but an address that the administrator listed twice: as private and as one
    /// that wants it.
    fn wants_token(&self, url: &GuardedUrl) -> bool {
        let in_private = url.url().scheme() == "https" || self.guard.is_exempt(url);
        in_private && self.token_hosts.contains(url.target())
    }
}

/// One input on its way.
struct Arrival<'a> {
    held: Held,
    number: usize,
    from: &'a str,
    to: &'a str,
    work: &'a Path,
    /// What the inputs before it left of the cap.
    limit: u64,
    cap: u64,
}

impl Arrival<'_> {
    fn failed(&self, code: Code, what: &str) -> Failure {
        let remedy = match code {
            Code::InputMissing => "Check the address; what it names must exist before the run starts.",
            Code::InputRefused => {
                "Use an input that may be fetched, or ask the administrator of the gateway to allow this address."
            }
            Code::InputTooLarge => "Use a smaller input, or ask the administrator to raise the limit.",
            Code::ChecksumMismatch => {
                "The file changed or was damaged on the way: check it at its source, then correct the checksum."
            }
            Code::FileNotAllowed => "Upload the file instead, or ask the administrator to allow its directory.",
            _ => "Try again later; if it comes back, ask those who run the server that holds it.",
        };
        // The query of a URL may be a signature that gives access.
        let from = self.from.split('?').next().unwrap_or_default();
        Failure::new(code, format!("input {from} (to {}): {what}", self.to), remedy)
    }

    fn too_large(&self) -> Failure {
        let what = format!("the inputs together have more bytes than the {} that are allowed", ByteCount::new(self.cap));
        self.failed(Code::InputTooLarge, &what)
    }

    fn of_mismatch(&self, mismatch: Mismatch) -> Failure {
        self.failed(Code::ChecksumMismatch, &mismatch.to_string())
    }

    fn of_fetch(&self, error: FetchError) -> Failure {
        let code = match &error {
            FetchError::Place(place) => return self.of_place(place),
            FetchError::Refused(refused) if refused.is_permanent() => Code::InputRefused,
            FetchError::Status { status: 404 | 410 } => Code::InputMissing,
            FetchError::TooLarge { .. } => Code::InputTooLarge,
            FetchError::Mismatch(_) => Code::ChecksumMismatch,
            FetchError::Refused(_)
            | FetchError::TooManyRedirects { .. }
            | FetchError::Status { .. }
            | FetchError::Nonsense { .. }
            | FetchError::GaveUp { .. }
            | FetchError::Deadline { .. }
            | FetchError::Interrupted => Code::InputUnreachable,
        };
        self.failed(code, &error.to_string())
    }

    fn of_file(&self, error: FileError) -> Failure {
        let code = match &error {
            FileError::Stopped { .. } => return Failure::Cancelled,
            FileError::Place(place) => return self.of_place(place),
            FileError::Missing { .. } => Code::InputMissing,
            FileError::Denied { .. } | FileError::OutsideRoots { .. } => Code::FileNotAllowed,
            FileError::NotAbsolute { .. } | FileError::NotAFile { .. } | FileError::NotStored { .. } => Code::InputRefused,
            FileError::TooLarge { .. } => Code::InputTooLarge,
            FileError::Mismatch { .. } => Code::ChecksumMismatch,
            FileError::Changed { .. } | FileError::Io { .. } => Code::InputUnreachable,
        };
        self.failed(code, &error.to_string())
    }

    fn of_place(&self, error: &data::place::PlaceError) -> Failure {
        match error {
            data::place::PlaceError::Io { source, .. } => {
                Failure::of_disk(&format!("input {} could not be written", self.to), source, Code::ExecutionFailed)
            }
            _ => self.failed(Code::InputRefused, &error.to_string()),
        }
    }

    fn of_bulk(&self, error: BulkError) -> Failure {
        match &error {
            BulkError::Disk(disk) => Failure::of_disk("an input could not be written", disk, Code::ExecutionFailed),
            BulkError::Missing(_) => self.failed(Code::InputMissing, &error.to_string()),
            BulkError::TooLarge(_) | BulkError::Refused(_) => self.too_large(),
            BulkError::NoToken(problem) => {
                let from = self.from.split('?').next().unwrap_or_default();
                let detail = format!("input {from} (to {}): {}", self.to, problem.detail);
                Failure::new(problem.code, detail, &problem.remedy)
            }
            BulkError::Answered(_) | BulkError::Trouble(_) => self.failed(Code::InputUnreachable, &error.to_string()),
        }
    }
}
