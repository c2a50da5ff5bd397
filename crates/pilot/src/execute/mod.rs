//! Executing one command.
