//! The keys that a gateway has: the one it seals with, and older ones until nothing needs them any more.

use super::{KeyError, key};
use aws_lc_rs::aead::RandomizedNonceKey;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// Cheap to clone.
#[derive(Clone)]
pub(super) struct Ring {
    file: Arc<PathBuf>,
    keys: Arc<RwLock<BTreeMap<String, Arc<RandomizedNonceKey>>>>,
}

impl Ring {
    pub fn new(file: &Path, keys: Vec<key::Key>) -> Self {
        let ring = Self { file: Arc::new(file.to_owned()), keys: Arc::default() };
        ring.hold(keys);
        ring
    }

    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The key of this name. One that is not known may have been added to the file since it was read.
    pub fn find(&self, id: &str) -> Option<Arc<RandomizedNonceKey>> {
        if let Some(key) = self.keys.read().unwrap_or_else(PoisonError::into_inner).get(id) {
            return Some(key.clone());
        }
        self.read_again().ok()?;
        self.keys.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    pub fn read_again(&self) -> Result<(), KeyError> {
        self.hold(key::load(&self.file)?.unwrap_or_default());
        Ok(())
    }

    /// Adds: what this gateway sealed a moment ago may need a key that just left the file.
    fn hold(&self, keys: Vec<key::Key>) {
        let mut held = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        held.extend(keys.into_iter().map(|key| (key.id, Arc::new(key.aead))));
    }
}
