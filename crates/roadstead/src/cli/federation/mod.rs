//! The federation: what there is, what of it is for you, and how other programs get in.

mod env;
mod images;
mod lately;
mod narrow;
mod networks;
mod services;
mod sites;
mod sizes;
pub(super) mod usual;

pub use env::Env;
pub use images::Images;
pub use networks::Networks;
pub use services::Services;
pub use sites::Sites;
pub use sizes::Sizes;
