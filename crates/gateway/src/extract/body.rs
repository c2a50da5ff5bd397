//! Bodies: limited in size and in the time they may take.

use crate::app::App;
use crate::refusal::Refusal;
use axum::body::{Body, BodyDataStream};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use model::problem::FieldProblem;
use model::{Code, Problem};
use serde::de::DeserializeOwned;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// A JSON body.
pub(crate) struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for JsonBody<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        check_json(&parts.headers)?;
        let bytes = read_whole(app, &parts.headers, body, app.settings().largest_body).await?;
        parse_json(&bytes).map(Self)
    }
}

fn check_json(headers: &HeaderMap) -> Result<(), Refusal> {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Refusal::new(
        Code::UnsupportedMediaType,
        if essence.is_empty() {
            "The request does not say its type.".to_owned()
        } else {
            format!("`{}` is not understood here.", shown(essence))
        },
        "Send JSON with `Content-Type: application/json`.",
    ))
}

fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

/// The body when all of it is here.
pub(crate) async fn read_whole(app: &App, headers: &HeaderMap, body: Body, largest: usize) -> Result<Bytes, Refusal> {
    // A body that says it is too large is refused before any of it is taken.
    let announced: Option<usize> = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|announced| announced > largest) {
        return Err(too_large(largest));
    }
    let mut chunks = Chunks::new(body, app.settings().body_timeout);
    let Some(first) = chunks.next().await? else { return Ok(Bytes::new()) };
    let mut whole: Option<BytesMut> = None;
    let mut length = first.len();
    while let Some(next) = chunks.next().await? {
        length += next.len();
        if length > largest {
            return Err(too_large(largest));
        }
        whole.get_or_insert_with(|| BytesMut::from(first.as_ref())).extend_from_slice(&next);
    }
    if length > largest {
        return Err(too_large(largest));
    }
    Ok(whole.map_or(first, BytesMut::freeze))
}

fn too_large(largest: usize) -> Refusal {
    Refusal::new(Code::BodyTooLarge, format!("At most {largest} bytes are taken here."), "Send less at once.")
}

/// So much has to arrive before patience begins anew: a byte from time to time keeps nobody waiting for ever.
const PROGRESS: usize = 64 * 1024;

/// A body piece by piece; one that makes no progress is given up.
pub(crate) struct Chunks {
    stream: BodyDataStream,
    patience: Duration,
    /// Of the patience; only waiting uses it up, not what is done with the pieces.
    left: Duration,
    arrived: usize,
}

impl Chunks {
    pub fn new(body: Body, patience: Duration) -> Self {
        Self { stream: body.into_data_stream(), patience, left: patience, arrived: 0 }
    }

    pub async fn next(&mut self) -> Result<Option<Bytes>, Refusal> {
        let asked_at = Instant::now();
        match timeout(self.left, self.stream.next()).await {
            Ok(None) => Ok(None),
            Ok(Some(Ok(bytes))) => {
                self.left = self.left.saturating_sub(asked_at.elapsed());
                self.arrived += bytes.len();
                if self.arrived >= PROGRESS {
                    (self.left, self.arrived) = (self.patience, 0);
                }
                Ok(Some(bytes))
            }
            Ok(Some(Err(error))) => {
                tracing::debug!(%error, "a body was cut");
                Err(Refusal::new(Code::MalformedBody, "The body ended before its announced length.", "Send it again."))
            }
            Err(_) => Err(Refusal::new(
                Code::RequestTimeout,
                format!("Hardly anything of the body arrived for {} s.", self.patience.as_secs_f32()),
                "Send it again; large files can be sent in parts.",
            )),
        }
    }
}

/// What was expected, without the text that stood there instead: it may be a secret that was sent in the wrong form.
fn without_values(message: String) -> String {
    match message.split_once("invalid type: string \"").zip(message.rsplit_once("\", expected ")) {
        Some(((before, _), (_, expected))) => format!("{before}invalid type: a string, expected {expected}"),
        None => message,
    }
}

/// Reads JSON, and says which of three things is wrong with it: no JSON at all, a field that does not exist, or a value.
fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(|error| {
        let detail: String = without_values(error.to_string()).chars().take(400).collect();
        if error.is_syntax() || error.is_eof() || error.is_io() {
            return Refusal::new(Code::MalformedBody, detail, "Check the JSON at the place named.");
        }
        let (code, remedy) = if detail.starts_with("unknown field") {
            (Code::UnknownField, "Correct the name of the field, or leave it out.")
        } else {
            (Code::InvalidField, "Correct the value; the description of the API shows the form of each field.")
        };
        let named = detail.contains("field `").then(|| detail.split('`').nth(1)).flatten().map(str::to_owned);
        let fields = named.map(|field| FieldProblem { field, detail: detail.clone() });
        Problem::new(code, detail, remedy).with_fields(fields.into_iter().collect()).into()
    })
}
