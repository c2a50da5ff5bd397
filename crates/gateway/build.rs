//! The portal's files are part of an optimised program: it is built again when they change. Other builds read them when
//! they run. Nothing is built here: `make` does that, before.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_CFG_DEBUG_ASSERTIONS").is_none() {
        println!("cargo::rerun-if-changed=../../portal/dist");
    }
}
