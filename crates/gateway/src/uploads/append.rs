//! The content of an upload, written as it arrives: how much memory it takes does not depend on how long it is.

use crate::app::App;
use crate::extract::{At, Chunks, content_range};
use crate::refusal::Refusal;
use ::runs::uploads::Upload;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use bytes::BytesMut;
use identity::Caller;
use model::Code;
use model::id::UploadId;

/// What is gathered before it is written.
const PIECE: usize = 1 << 20;

/// Send content of an upload
///
/// The whole file, or the part that `Content-Range: bytes FIRST-LAST/TOTAL` says. A part begins where the upload's
/// `received` ends; what is there already may be sent again. What arrived before a cut is kept.
#[utoipa::path(put, path = "/api/v1/uploads/{id}/content", operation_id = "append_upload", tag = "uploads",
    params(("id" = UploadId, Path), ("Content-Range" = Option<String>, Header, description = "Which part this is")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, description = "The upload, with what is here now", body = Upload),
        (status = 409, description = "RS-4009: the upload continues at another offset; RS-1013: it is complete", content_type = "application/problem+json")))]
pub(crate) async fn append(
    State(app): State<App>,
    caller: Caller,
    At(id): At<UploadId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Upload>, Refusal> {
    let uploads = app.gateway.runs.uploads();
    let part = content_range(&headers)?;
    let begin = part.map_or(0, |part| part.start);
    // Refused, if it is to be, before any of the body is taken.
    let mut upload = uploads.append(&caller, &id, begin, bytes::Bytes::new()).await?;
    if let Some(part) = part
        && part.total != upload.bytes
    {
        let detail = format!("says a file of {} bytes; {} were announced", part.total, upload.bytes);
        return Err(Refusal::of_field(Code::InvalidField, "Content-Range", detail, "Send the file that was announced."));
    }
    let mut offset = begin;
    let mut chunks = Chunks::new(body, app.settings().body_timeout);
    let mut gathered = BytesMut::new();
    loop {
        let chunk = chunks.next().await;
        let over = !matches!(chunk, Ok(Some(_)));
        if let Ok(Some(bytes)) = &chunk {
            gathered.extend_from_slice(bytes);
        }
        let sent = offset - begin + gathered.len() as u64;
        if part.is_some_and(|part| sent > part.length()) {
            return Err(longer_than_said());
        }
        if gathered.len() >= PIECE || (over && !gathered.is_empty()) {
            let piece = gathered.split().freeze();
            let length = piece.len() as u64;
            upload = uploads.append(&caller, &id, offset, piece).await?;
            offset += length;
        }
        if over {
            chunk?;
            break;
        }
    }
    if part.is_some_and(|part| offset - begin != part.length()) {
        return Err(Refusal::of_field(
            Code::InvalidField,
            "Content-Range",
            "names more bytes than the body has",
            "Ask for the upload, and continue at `received`.",
        ));
    }
    Ok(Json(upload))
}

fn longer_than_said() -> Refusal {
    Refusal::of_field(
        Code::InvalidField,
        "Content-Range",
        "names fewer bytes than the body has",
        "Name exactly the bytes that are sent.",
    )
}
