//! What handlers ask for. Each refuses in our own words; none of axum's plain texts gets out.

mod body;
mod caller;
mod conditional;
mod once;
mod path;
mod query;
mod range;

pub(crate) use body::{Chunks, JsonBody, read_whole};
pub(crate) use caller::{Staying, Stranger, bearer};
pub(crate) use conditional::{etag_matches, fresh};
pub(crate) use once::once;
pub(crate) use path::{At, Community, Element, ServiceName, SiteName, Somebody};
pub(crate) use query::{Params, limit};
pub(crate) use range::{Span, content_range, range};
