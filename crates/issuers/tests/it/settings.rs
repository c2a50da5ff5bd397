use issuers::{Limits, Settings, SetupError};
