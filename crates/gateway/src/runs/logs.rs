//! What a command wrote, from any offset, and as it writes it.

use crate::app::App;
use crate::events::Patience;
use crate::extract::{At, Params, Staying};
use crate::files;
use crate::refusal::Refusal;
use ::runs::desk::LogNews;
use ::runs::{Log, Stream};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use futures_util::stream;
use model::id::RunId;
use serde::Deserialize;
use std::io::SeekFrom;
use std::path::PathBuf;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::sync::broadcast::Receiver;

const PIECE: usize = 64 * 1024;
const OCTETS: &str = "application/octet-stream";

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// Which element; 0 when not said.
    #[serde(default)]
    element: u32,
    #[param(inline)]
    #[serde(default)]
    stream: Which,
    /// The first byte; a negative number counts from the end.
    #[serde(default)]
    from: i64,
    /// Stay until the element has ended, and send what is written meanwhile.
    #[serde(default)]
    follow: bool,
}

#[derive(Clone, Copy, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Which {
    #[default]
    Stdout,
    Stderr,
}

impl From<Which> for Stream {
    fn from(which: Which) -> Self {
        match which {
            Which::Stdout => Stream::Stdout,
            Which::Stderr => Stream::Stderr,
        }
    }
}

/// The log of an element
///
/// The bytes as they were written. `Roadstead-Log-From` says where they begin, `-Bytes` how many there are in all,
/// `-Complete` whether more will come, `-Truncated` whether more was written than is kept. Without `from` and `follow`,
/// ranges work, and a log that is complete has an `ETag`.
#[utoipa::path(get, path = "/api/v1/runs/{id}/logs", operation_id = "read_log", tag = "runs", params(("id" = RunId, Path), Query),
    responses((status = 200, description = "The bytes", body = Vec<u8>, content_type = "application/octet-stream",
        headers(("Roadstead-Log-From" = u64), ("Roadstead-Log-Bytes" = u64), ("Roadstead-Log-Complete" = bool), ("Roadstead-Log-Truncated" = bool))),
        (status = 206, description = "The part that was asked for", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 304, description = "You have it"),
        (status = 416, description = "RS-1003: the log has no such part", content_type = "application/problem+json")))]
pub(crate) async fn read(
    State(app): State<App>,
    staying: Staying,
    At(run): At<RunId>,
    Params(query): Params<Query>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let which = Stream::from(query.stream);
    // Before the log is looked at, so that nothing that is written in between goes unnoticed.
    let (grown, happened) = (app.gateway.runs.follow_logs(), app.gateway.runs.timeline().follow());
    let log = app.gateway.runs.log(&staying.caller, &run, query.element, which).await?;
    let offset = match u64::try_from(query.from) {
        Ok(from) => from,
        Err(_) => log.bytes.saturating_sub(query.from.unsigned_abs()),
    };
    let about = [
        ("roadstead-log-from", HeaderValue::from(offset)),
        ("roadstead-log-bytes", HeaderValue::from(log.bytes)),
        ("roadstead-log-complete", yes_or_no(log.complete)),
        ("roadstead-log-truncated", yes_or_no(log.truncated)),
    ];
    if !query.follow && query.from == 0 && log.bytes > 0 {
        let whole = files::send(&headers, File::open(&log.path).await?, OCTETS, log.etag).await?;
        return Ok((about, whole).into_response());
    }
    let patience = Patience::new(&app, staying)?;
    let following = Following {
        patience,
        run,
        element: query.element,
        which,
        offset,
        log,
        follow: query.follow,
        file: None,
        grown,
        happened,
    };
    let body = Body::from_stream(stream::unfold(following, |mut following| async move {
        let next = following.next().await.transpose()?;
        Some((next, following))
    }));
    let fixed = [(header::CONTENT_TYPE, OCTETS), (header::HeaderName::from_static("x-accel-buffering"), "no")];
    Ok((about, fixed, body).into_response())
}

fn yes_or_no(value: bool) -> HeaderValue {
    HeaderValue::from_static(if value { "true" } else { "false" })
}

struct Following {
    patience: Patience,
    run: RunId,
    element: u32,
    which: Stream,
    offset: u64,
    log: Log,
    follow: bool,
    file: Option<(PathBuf, File)>,
    grown: Receiver<LogNews>,
    happened: Receiver<flow::timeline::News>,
}

impl Following {
    async fn next(&mut self) -> std::io::Result<Option<Bytes>> {
        loop {
            // What is there is read to its end; with `follow`, to the end of what was added meanwhile too.
            if self.offset < self.log.bytes
                && let Some(piece) = self.piece().await?
            {
                self.offset += piece.len() as u64;
                return Ok(Some(piece));
            }
            if !self.follow || self.log.complete || !self.wait().await {
                return Ok(None);
            }
            let log = self.patience.app.gateway.runs.log(self.patience.caller(), &self.run, self.element, self.which).await;
            let Ok(log) = log else { return Ok(None) };
            if log.path != self.log.path {
                // The element was started again elsewhere: a log of its own, from the beginning.
                self.offset = 0;
            }
            self.log = log;
        }
    }

    async fn piece(&mut self) -> std::io::Result<Option<Bytes>> {
        let is_open = self.file.as_ref().is_some_and(|(path, _)| *path == self.log.path);
        if !is_open {
            self.file = None;
        }
        let file = match &mut self.file {
            Some((_, file)) => file,
            none => {
                let mut file = File::open(&self.log.path).await?;
                file.seek(SeekFrom::Start(self.offset)).await?;
                &mut none.insert((self.log.path.clone(), file)).1
            }
        };
        let length = usize::try_from(self.log.bytes - self.offset).unwrap_or(PIECE).min(PIECE);
        let mut piece = BytesMut::zeroed(length);
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        Ok((read > 0).then(|| piece.freeze()))
    }

    /// Until there may be more. False when there will not be any for this reader.
    async fn wait(&mut self) -> bool {
        loop {
            let (run, element) = (&self.run, self.element);
            let news = async {
                tokio::select! {
                    grown = self.grown.recv() => grown.map_or(true, |grown| grown.run == *run && grown.element == element),
                    happened = self.happened.recv() => happened.map_or(true, |news| news.subject == run.as_str()),
                }
            };
            match self.patience.until(news).await {
                Some(true) => return true,
                Some(false) => {}
                None => return false,
            }
        }
    }
}
