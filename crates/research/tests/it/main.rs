// The lint file allows these in tests, which clippy takes to mean functions marked as such, not their helpers.
#![allow(clippy::unwrap_used, clippy::panic)]

mod content;
mod hostile;
mod records;
mod validator;
mod zip_format;
