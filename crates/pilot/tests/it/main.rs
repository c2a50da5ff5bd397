//! The pilot against the real kernel.

mod execute;
