//! The OpenID side of signing in: issuers that are trusted, what they say, and why it is believed.
//!
//! [`Issuers`] is made once from the administrator's [`Settings`]. Three things go through it:
//!
//! - *Sign-ins.* A browser is sent away with [`Issuer::begin_browser`] and comes back to [`Issuer::finish_browser`]; a
//!   command line shows the code of [`Issuer::begin_device`] and asks [`Issuer::poll_device`] until somebody approved
//!   it. Both end in a [`SignedIn`]: a person known by (issuer, subject), what the issuer says about them, tokens.
//! - *Bearers.* [`Issuers::verify_bearer`] judges a token that a program sent: a JWT by its signature, without asking
//!   anybody, an opaque one by asking its issuer.
//! - *Tokens for others.* [`Issuer::refresh`], [`Issuer::exchange`], [`Issuer::revoke`].
//!
//! Nothing that arrives is believed for its looks: whichever way it came, a token has to name its issuer, its
//! audience and its end, and to be signed with an algorithm that was chosen beforehand with a key that the issuer
//! publishes. Every refusal is a variant of its own ([`BadToken`], [`BadSignIn`], [`Lie`]), so that a person can be
//! told what to do, and a test that it was refused for the right reason. An issuer is itself a stranger: its answers
//! have limits in size, depth and time, its redirects are not followed, and what goes wrong with it harms no other.
//!
//! What never lives here: people, sessions and groups (what a claim *means*), where anything is stored, HTTP that is
//! served. No error shows a secret, and whatever holds one has no `Debug` that would.

mod answers;
mod bearer;
mod browser;
mod callback;
mod check;
mod claims;
mod device;
mod discovery;
mod error;
mod grant;
mod http;
mod id_token;
mod introspection;
mod issuer;
mod issuers;
mod json;
mod jwt;
mod kept;
mod keys;
mod logout;
mod random;
mod refused;
mod settings;
mod userinfo;

pub use bearer::Verified;
pub use browser::{Begun, Pending, SignedIn};
pub use callback::Callback;
pub use claims::{BadSubject, Claims, Subject};
pub use device::{Device, Polled, Waiting};
pub use error::{Denial, Denied, Error, Feature, Lie, Unreachable};
pub use grant::{Refreshed, Tokens};
pub use issuer::{Issuer, Standing};
pub use issuers::Issuers;
pub use logout::Logout;
pub use refused::{BadSignIn, BadToken, Part};
pub use settings::{Algorithm, Limits, Settings, SetupError};
