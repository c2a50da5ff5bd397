//! What runs beside the work.

pub mod execute;
