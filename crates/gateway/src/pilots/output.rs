use super::Known;
use crate::app::App;
use crate::extract::{Params, content_range, read_whole};
use crate::refusal::Refusal;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use model::Code;
use pilot::protocol::Held;
use serde::{Deserialize, Serialize};

/// A part of an output is held in memory while it is written.
const LARGEST_PART: usize = 4 << 20;

#[derive(Deserialize)]
pub(crate) struct Query {
    element: u32,
    r#try: u32,
    path: String,
}

impl Query {
    fn held(&self) -> Held {
        Held { index: self.element, attempt: self.r#try }
    }
}

#[derive(Serialize)]
pub(crate) struct Stored {
    bytes: u64,
}

/// Says how much of an output is here.
pub(crate) async fn stored(
    State(app): State<App>,
    Known(aboard): Known,
    Params(query): Params<Query>,
) -> Result<Json<Stored>, Refusal> {
    let bytes = app.gateway.runs.output_stored(&aboard, query.held(), &query.path).await?;
    Ok(Json(Stored { bytes }))
}

/// Takes a part of an output.
pub(crate) async fn store(
    State(app): State<App>,
    Known(aboard): Known,
    Params(query): Params<Query>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Stored>, Refusal> {
    // Before the body is taken: of an element that somebody else has now, nothing is wanted.
    app.gateway.runs.check_lease(&aboard, query.held()).await?;
    let Some(part) = content_range(&headers)? else {
        return Err(Refusal::of_field(
            Code::InvalidField,
            "Content-Range",
            "is missing",
            "Say which part of the output this is.",
        ));
    };
    let bytes = read_whole(&app, &headers, body, LARGEST_PART).await?;
    if bytes.len() as u64 != part.length() {
        return Err(Refusal::of_field(
            Code::InvalidField,
            "Content-Range",
            "names another length than the body has",
            "Send it again.",
        ));
    }
    let bytes = app.gateway.runs.store_output(&aboard, query.held(), &query.path, part.start, bytes).await?;
    Ok(Json(Stored { bytes }))
}
