//! The one page.

/// What the program says of itself when it was built without the portal.
const NOT_BUILT: &str = r#"<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><base href="__BASE__"><title>Roadstead</title></head>
<body>
<h1>Roadstead serves, without its portal</h1>
<p>This program was built without the web portal. <code>make build</code> builds both; the portal alone is built with
<code>npm ci &amp;&amp; npm run build</code> in the folder <code>portal</code>, before the program.</p>
<p>All else works: the command line (<code>roadstead --help</code>) and the <a href="api/v1/openapi.json">API</a>.</p>
</body>
</html>
"#;

pub(super) fn write(page: Option<&str>, prefix: &str, nonce: &str) -> String {
    page.unwrap_or(NOT_BUILT).replace("__BASE__", &format!("{}/", escape(prefix))).replace("__NONCE__", nonce)
}

/// The prefix is the administrator's; an `&` in it is still not the beginning of an entity.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}
