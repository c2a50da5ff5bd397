//! Signing in from a command line: the gateway begins a sign-in at the issuer, the person types a code there with whatever browser they
//! have, and the command line asks the gateway until it gets a token of this gateway's. The issuer's own tokens stay here.

pub(crate) mod begin;
pub(crate) mod poll;
