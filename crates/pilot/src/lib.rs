//! What runs beside the work.
//!
//! A pilot is this same program, started at a service by the recipe that the gateway handed there. It dials out to the
//! gateway ([`link`]), leases elements of one run, and for each: stages the inputs, executes the command confined and
//! limited ([`execute`]), ships its output streams as they grow, brings the outputs back, and reports. The words spoken
//! between pilot and gateway are in [`protocol`]; what the pilot is told at its start is its [`recipe`].
//!
//! Another kind of pilot keeps a service ([`keep`]): it makes its computer a place where pilots work, on the gateway's orders.
//!
//! It never decides what to run or when to stop trying: that is the gateway's. It survives losing the gateway for
//! hours, because everything not yet delivered stays in its directory.

mod bulk;
mod credential;
pub mod execute;
pub mod keep;
mod link;
mod program;
pub mod protocol;
mod random;
pub mod recipe;
mod slot;
mod work;

pub use link::LinkError;
pub use program::{PilotError, RecipeError, read_recipe, run};
pub use slot::SlotError;
