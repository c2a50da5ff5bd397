//! The files that the portal's build made.

use super::is_refusal;
use crate::extract::etag_matches;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use data_encoding::HEXLOWER;
use rust_embed::RustEmbed;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

/// Part of an optimised program; other builds read the folder when it is first asked for. It may be missing.
#[derive(RustEmbed)]
#[folder = "../../portal/dist"]
#[allow_missing = true]
struct Built;

static BUILT: LazyLock<Files> = LazyLock::new(|| {
    Files::of(Built::iter().filter_map(|name| {
        let bytes = match Built::get(&name)?.data {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => bytes.into(),
        };
        Some((name.into_owned(), bytes))
    }))
});

/// The portal as it was built, or what stands in for it. Cheap to clone.
#[derive(Clone)]
pub struct Portal(Source);

#[derive(Clone)]
enum Source {
    /// Not read before somebody asks: most gateways of a single command are never asked.
    Built,
    Given(Arc<Files>),
}

struct Files {
    page: Option<String>,
    by_name: HashMap<String, File>,
}

pub(super) struct File {
    plain: Bytes,
    /// The same, compressed, best first: what `Content-Encoding` calls it, and the bytes.
    compressed: Vec<(&'static str, Bytes)>,
    media_type: &'static str,
    hash: String,
    is_immutable: bool,
}

impl Portal {
    /// The one this program was built with.
    pub fn built() -> Self {
        Self(Source::Built)
    }

    /// Made of files by their names below the portal's root: `index.html`, `assets/…`, each perhaps with a compressed
    /// copy beside it (`.br`, `.gz`).
    pub fn of(files: impl Iterator<Item = (String, Bytes)>) -> Self {
        Self(Source::Given(Arc::new(Files::of(files))))
    }

    fn files(&self) -> &Files {
        match &self.0 {
            Source::Given(files) => files,
            Source::Built => &BUILT,
        }
    }

    /// The page with its placeholders; none when the portal was not built.
    pub(super) fn page(&self) -> Option<&str> {
        self.files().page.as_deref()
    }

    /// By its exact name: nothing else on the disk can be named.
    pub(super) fn file(&self, name: &str) -> Option<&File> {
        self.files().by_name.get(name)
    }
}

impl Files {
    fn of(files: impl Iterator<Item = (String, Bytes)>) -> Self {
        // What begins with a dot is the build's own.
        let mut raw: HashMap<String, Bytes> = files.filter(|(name, _)| !name.starts_with('.')).collect();
        let page = raw.remove("index.html").and_then(|bytes| String::from_utf8(bytes.into()).ok());
        let names: Vec<String> = raw.keys().filter(|name| !is_compressed(name)).cloned().collect();
        let mut by_name = HashMap::new();
        for name in names {
            let Some(plain) = raw.remove(&name) else { continue };
            let compressed = [("br", ".br"), ("gzip", ".gz")]
                .into_iter()
                .filter_map(|(coding, ending)| Some((coding, raw.remove(&format!("{name}{ending}"))?)))
                .collect();
            let hash = HEXLOWER.encode(db::sha256(&plain).get(..12).unwrap_or_default());
            let file = File { compressed, media_type: media_type(&name), hash, is_immutable: name.starts_with("assets/"), plain };
            by_name.insert(name, file);
        }
        Self { page, by_name }
    }
}

impl File {
    pub fn send(&self, asked: &HeaderMap) -> Response {
        let chosen = self.compressed.iter().find(|(coding, _)| accepts(asked, coding));
        let (etag, bytes) = match chosen {
            Some((coding, bytes)) => (format!("\"{}-{coding}\"", self.hash), bytes),
            None => (format!("\"{}\"", self.hash), &self.plain),
        };
        let kept = if self.is_immutable { "public, max-age=31536000, immutable" } else { "public, no-cache" };
        let mut response = match etag_matches(asked, &etag) {
            true => StatusCode::NOT_MODIFIED.into_response(),
            false => ([(header::CONTENT_TYPE, self.media_type)], Body::from(bytes.clone())).into_response(),
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        headers.extend(HeaderValue::from_str(&etag).map(|etag| (header::ETAG, etag)));
        if let Some((coding, _)) = chosen {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        super::policy::of_file(headers);
        response
    }
}

fn is_compressed(name: &str) -> bool {
    name.ends_with(".br") || name.ends_with(".gz")
}

fn accepts(asked: &HeaderMap, coding: &str) -> bool {
    let values = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|part| {
        let mut parameters = part.split(';').map(str::trim);
        parameters.next().is_some_and(|name| name.eq_ignore_ascii_case(coding)) && !parameters.any(is_refusal)
    })
}

/// Those that builds of web pages make.
fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
