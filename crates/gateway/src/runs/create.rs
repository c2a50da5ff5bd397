use super::with_quota;
use crate::app::App;
use crate::extract::{once, read_whole};
use crate::refusal::Refusal;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use identity::{Action, Caller, Resource, authorize};
use model::Code;
use model::request::{Format, RunRequest, read};
use model::run::Run;

/// Start a run
///
/// The request as JSON, TOML or YAML. With an `Idempotency-Key` it is created once, however often it is asked for: the
/// same key with the same request is answered with the same run for a day, and with another request with a conflict.
///
/// With `where.community` it runs in the name of a community of yours; its managers see and can cancel it. With `share_with` a team of
/// yours sees it and its results. When you or the community have as much in flight as you may have, it waits (`waiting_for.reason`:
/// `quota`).
#[utoipa::path(post, path = "/api/v1/runs", operation_id = "create_run", tag = "runs",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable characters, fresh for each new run")),
    request_body(content((RunRequest = "application/json"), (RunRequest = "application/toml"), (RunRequest = "application/yaml"))),
    responses((status = 201, description = "The new run", body = Run, headers(("Location" = String), ("Roadstead-Quota" = String))),
        (status = 200, description = "The run that this key created before", body = Run, headers(("Location" = String))),
        (status = 403, description = "RS-2011: the terms of use are not accepted; RS-2012: not a member of the community or the team",
            content_type = "application/problem+json"),
        (status = 422, description = "RS-3001: no place can run it; RS-3004: it is larger than a quota allows",
            content_type = "application/problem+json"),
        (status = 409, description = "RS-1006: this idempotency key was used for another request; RS-4006: an upload is not complete",
            content_type = "application/problem+json")))]
pub(crate) async fn create(State(app): State<App>, caller: Caller, headers: HeaderMap, body: Body) -> Result<Response, Refusal> {
    // Before anything is read, so that who may not do this learns nothing else.
    authorize(&caller, Action::RunsCreate, Resource::Of(caller.person()))?;
    let format = format_of(&headers)?;
    let bytes = read_whole(&app, &headers, body, app.settings().largest_body).await?;
    // The same bytes in another language are another request.
    let once = once(&headers, "create_run", &[format!("{format:?} ").as_bytes(), &bytes].concat())?;
    let request = read(&bytes, format)?;
    let created = app.gateway.runs.create(&caller, request, once).await?;
    let status = if created.fresh { StatusCode::CREATED } else { StatusCode::OK };
    let location = app.path(format_args!("runs/{}", created.run.id));
    let answer = (status, AppendHeaders([(header::LOCATION, location)]), Json(created.run)).into_response();
    Ok(with_quota(answer, &app.gateway.runs.my_quota_in_short(&caller).await?))
}

/// In which language a run request comes.
pub(crate) fn format_of(headers: &HeaderMap) -> Result<Format, Refusal> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Format::of_media_type(&given.to_ascii_lowercase()).ok_or_else(|| {
        let shown: String = given.chars().filter(|c| !c.is_control()).take(80).collect();
        Refusal::new(
            Code::UnsupportedMediaType,
            if shown.is_empty() {
                "The request does not say its type.".to_owned()
            } else {
                format!("`{shown}` is not understood here.")
            },
            "Send `application/json`, `application/toml` or `application/yaml`, and say so in `Content-Type`.",
        )
    })
}
