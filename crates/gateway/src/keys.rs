//! People's public SSH keys.

use crate::app::App;
use crate::extract::{At, JsonBody, once};
use crate::page::Page;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use identity::{AddedKey, Caller, Key, NewKey};
use model::id::KeyId;

/// Your SSH keys
///
/// Those you added, and those that a login service says are yours, by their names. Only public keys are known here.
#[utoipa::path(get, path = "/api/v1/keys", operation_id = "list_keys", tag = "keys",
    responses((status = 200, description = "All of them", body = Page<Key>)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Page<Key>>, Refusal> {
    Ok(Json(Page { items: app.gateway.identity.keys(&caller).await?, next: None }))
}

/// Add an SSH key
///
/// One public key, as OpenSSH writes it in one line: Ed25519, ECDSA, RSA of 2048 bits or more, or one of a hardware key. A private key is
/// refused and not kept. With an `Idempotency-Key` it is added once, however often it is asked for within a day.
#[utoipa::path(post, path = "/api/v1/keys", operation_id = "add_key", tag = "keys", request_body = NewKey,
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable characters, fresh for each new key")),
    responses((status = 201, description = "The key", body = Key, headers(("Location" = String))),
        (status = 200, description = "The key that this request added before", body = Key, headers(("Location" = String))),
        (status = 409, description = "RS-1013: it is known already, there are too many, or this request's key was removed since; RS-1006: this idempotency key was used for another request",
            content_type = "application/problem+json")))]
pub(crate) async fn add(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    JsonBody(asked): JsonBody<NewKey>,
) -> Result<impl IntoResponse, Refusal> {
    let once = once(&headers, "add_key", &serde_json::to_vec(&asked).unwrap_or_default())?;
    let (status, key) = match app.gateway.identity.add_key(&caller, asked, once).await? {
        AddedKey::Now(key) => (StatusCode::CREATED, key),
        AddedKey::Before(key) => (StatusCode::OK, key),
    };
    let location = app.path(format_args!("keys/{}", key.id));
    Ok((status, AppendHeaders([(header::LOCATION, location)]), Json(key)))
}

/// Remove an SSH key
///
/// Machines that let it in already go on to do so. One that a login service says is yours is removed there.
#[utoipa::path(delete, path = "/api/v1/keys/{id}", operation_id = "remove_key", tag = "keys", params(("id" = KeyId, Path)),
    responses((status = 204, description = "It is gone"),
        (status = 409, description = "RS-1013: a login service says that it is yours", content_type = "application/problem+json")))]
pub(crate) async fn remove(State(app): State<App>, caller: Caller, At(id): At<KeyId>) -> Result<StatusCode, Refusal> {
    app.gateway.identity.remove_key(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
