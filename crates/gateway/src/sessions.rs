//! Signing in from a browser: a code that is swapped once for a session, whose secret lives in a cookie that no script
//! can read.

mod attempts;
pub(crate) mod codes;
mod cookie;
pub(crate) mod end;
pub(crate) mod list;
pub(crate) mod sign_in;

pub(crate) use attempts::Attempts;
pub(crate) use cookie::Cookie;
