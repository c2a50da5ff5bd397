//! The crash matrix: the real program is killed, or frozen past its lease, at every step boundary; its pilots are
//! killed at any moment; and every run must still converge: the expected end, every command executed as often as it
//! should be, nothing left behind.
//!
//! One [`schedule`] is one fresh home with one little [`load`] and what strikes it. [`world`] has the gateways and
//! carries out the strikes, [`witness`] hears from outside how often commands really ran, and [`verify`] looks at what
//! is there in the end: over the API first, then (all gateways stopped) in the database, among the processes, on disk.
//!
//! `ROADSTEAD_CRASH_SCHEDULES` says how many schedules run in all; `ROADSTEAD_CRASH_ONLY` repeats a single one, by the
//! line that its failure printed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "test code: a failed precondition fails the test, and the figures are printed"
)]

mod api;
mod database;
mod load;
mod matrix;
mod schedule;
mod verify;
mod witness;
mod world;

use schedule::Setup;

#[test]
fn crash_matrix_of_one_gateway_on_sqlite() {
    matrix::run(Setup::Sqlite);
}

#[test]
fn crash_matrix_of_one_gateway_on_postgresql() {
    matrix::run(Setup::PostgresOne);
}

#[test]
fn crash_matrix_of_three_gateways_on_postgresql() {
    matrix::run(Setup::PostgresThree);
}
