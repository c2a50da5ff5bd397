//! What every handler can reach.

use crate::edge::{Budget, Hosts, Limits};
use crate::metrics::Metrics;
use crate::runs::Pages;
use crate::sessions::{Attempts, Cookie};
use crate::{Gateway, Settings};
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Cheap to clone. A type of our own, so that extractors of other crates' types can be written for it.
#[derive(Clone)]
pub(crate) struct App(Arc<Shared>);

pub(crate) struct Shared {
    pub gateway: Gateway,
    pub prefix: String,
    /// The address of the portal, without a slash at its end.
    pub home: String,
    pub cookie: Cookie,
    pub attempts: Attempts,
    pub hosts: Hosts,
    pub limits: Limits,
    /// Of refusals in the audit, and of sign-ins that are begun.
    pub strangers: Budget,
    pub sign_ins: Budget,
    /// Of questions what became of sign-ins, each of which is a look into the database.
    pub polls: Budget,
    pub metrics: Metrics,
    pub pages: Pages,
    /// Cancelled when the gateway stops: whatever lasts long ends by itself.
    pub shutdown: CancellationToken,
    /// Pilots' connections, which outlive the requests that opened them.
    pub sockets: TaskTracker,
    /// Crates are put together one or two at a time: each keeps a processor and the disk busy.
    pub crates: Arc<Semaphore>,
}

impl App {
    pub fn new(gateway: Gateway, listening: SocketAddr, shutdown: CancellationToken) -> Self {
        let settings = &gateway.settings;
        Self(Arc::new(Shared {
            prefix: settings.prefix(),
            home: settings.home(listening),
            cookie: Cookie::new(gateway.db.deployment(), settings),
            attempts: Attempts::default(),
            hosts: Hosts::new(settings, listening),
            limits: Limits::new(settings),
            strangers: Budget::of(20),
            sign_ins: Budget::of(120),
            polls: Budget::of(3_000),
            metrics: Metrics::default(),
            pages: Pages::default(),
            shutdown,
            sockets: TaskTracker::new(),
            crates: Arc::new(Semaphore::new(2)),
            gateway,
        }))
    }

    pub fn settings(&self) -> &Settings {
        &self.gateway.settings
    }

    /// The path of something of the API, as clients see it.
    pub fn path(&self, rest: impl std::fmt::Display) -> String {
        format!("{}/api/v1/{rest}", self.prefix)
    }
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}
