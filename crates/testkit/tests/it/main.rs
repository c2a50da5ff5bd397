// Clippy lets tests unwrap; only this makes it see that the functions beside the `#[test]`s are test code too.
#![cfg(test)]

mod home;
mod openid;
mod owner;
mod postgres;
mod repository;
mod rust_code;
