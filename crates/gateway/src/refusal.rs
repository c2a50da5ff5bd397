//! Answers that say no: every one is a problem (RFC 9457) with a code, whatever refused.
//!
//! A handler returns a [`Refusal`]; the edge, which knows the request's id, writes it out. So nothing that refuses has
//! to know about requests, and an answer that some library made is found there too.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use db::DbError;
use model::id::RequestId;
use model::problem::FieldProblem;
use model::{Code, Problem};
use serde::Serialize;
use std::sync::Arc;

#[derive(Debug)]
pub(crate) struct Refusal {
    problem: Arc<Problem>,
    status: Option<StatusCode>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// Carried by the answer from the handler to the edge.
#[derive(Clone)]
pub(crate) struct Told(pub Arc<Problem>);

/// Carried by an answer that says no in words of its own, to people in a browser.
#[derive(Clone, Copy)]
pub(crate) struct Shown(pub Code);

/// The body of every answer that is not a success.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ProblemAnswer {
    /// The page about this code.
    #[schema(format = "uri-reference")]
    r#type: String,
    /// The title of the code.
    title: String,
    status: u16,
    code: Code,
    /// What happened here: what was tried, where, with what result.
    detail: String,
    /// What to do about it.
    remedy: String,
    /// The page about this code, for people.
    #[schema(format = "uri-reference")]
    docs: String,
    /// The request's id; the gateway's log has it too.
    instance: RequestId,
    /// Each field that is wrong, when the problem is one of fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<FieldProblem>,
}

impl Refusal {
    pub fn new(code: Code, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Problem::new(code, detail, remedy).into()
    }

    /// A query parameter, header or field that is wrong, by its name.
    pub fn of_field(code: Code, field: &str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        let detail = detail.into();
        let fields = vec![FieldProblem { field: field.to_owned(), detail: detail.clone() }];
        Problem::new(code, format!("{field}: {detail}"), remedy).with_fields(fields).into()
    }

    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self { problem: Arc::new(problem), status: None, headers: Vec::new() }
    }
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        tracing::error!(%error, "the database refused");
        Problem::from(error).into()
    }
}

impl From<identity::Refused> for Refusal {
    fn from(refused: identity::Refused) -> Self {
        Problem::from(refused).into()
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        tracing::error!(%error, "a file could not be used");
        if error.kind() == std::io::ErrorKind::StorageFull {
            return Self::new(Code::StorageFull, "No space is left on the gateway's disk.", "Free some space on that disk.");
        }
        Problem::internal().into()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let by_code = StatusCode::from_u16(self.problem.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = self.status.unwrap_or(by_code).into_response();
        for (name, value) in self.headers {
            response.headers_mut().append(name, value);
        }
        response.extensions_mut().insert(Told(self.problem));
        response
    }
}

/// What to say about an answer that came without a problem: some library made it.
pub(crate) fn generic(status: StatusCode) -> Problem {
    let (code, detail, remedy) = match status {
        StatusCode::NOT_FOUND => return nothing_here(),
        StatusCode::METHOD_NOT_ALLOWED => return other_method(),
        StatusCode::PAYLOAD_TOO_LARGE => (Code::BodyTooLarge, "The request is too large.", "Send less at once."),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            (Code::UnsupportedMediaType, "This type is not understood here.", "Send JSON, and say so in `Content-Type`.")
        }
        StatusCode::REQUEST_TIMEOUT => (Code::RequestTimeout, "The request did not arrive in time.", "Send it again."),
        status if status.is_client_error() => {
            (Code::MalformedBody, "The request cannot be understood.", "Compare it with the description of the API.")
        }
        _ => return Problem::internal(),
    };
    Problem::new(code, detail, remedy)
}

pub(crate) fn nothing_here() -> Problem {
    Problem::new(Code::NotFound, "There is nothing at this address.", "See `/api/v1/openapi.json` for what there is.")
}

pub(crate) fn other_method() -> Problem {
    let detail = "The address exists, but not for this method.";
    Problem::new(Code::MethodNotAllowed, detail, "The header `Allow` of this answer says which methods it has.")
}

/// Writes the problem into the answer.
pub(crate) fn write(response: Response, problem: &Problem, prefix: &str, request: &RequestId) -> Response {
    let (mut parts, _) = response.into_parts();
    let page = format!("{prefix}/docs/errors/{}", problem.code);
    let problem = problem.clone();
    let answer = ProblemAnswer {
        r#type: page.clone(),
        title: problem.title,
        status: parts.status.as_u16(),
        code: problem.code,
        detail: problem.detail,
        remedy: problem.remedy,
        docs: page,
        instance: request.clone(),
        fields: problem.fields,
    };
    // Plain strings and numbers: nothing that JSON cannot say.
    let body = serde_json::to_vec(&answer).unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if parts.status == StatusCode::UNAUTHORIZED {
        parts.headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if parts.status == StatusCode::SERVICE_UNAVAILABLE {
        parts.headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    Response::from_parts(parts, body.into())
}
