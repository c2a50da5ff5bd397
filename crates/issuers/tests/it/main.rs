//! Against a real provider (`testbed/oidc`) where things go well or are out of order, and against a hostile one of the
//! tests' own where they are attacks.

mod provider;
mod world;
