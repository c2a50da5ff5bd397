//! Where an attempt is carried out: a service of this gateway's own, or a project of the federation.

use super::{AttemptFlow, Place, Subject, at_step};
use crate::store::Owned;
use flow::StepError;
use model::ByteCount;
use model::offer::Size;
use model::request::RunRequest;
use sites::openstack::Purpose;
use sites::{Driver, Ground, Thing};
use std::sync::Arc;

impl Subject {
    /// The whole of what is shared out among runs. What a site has, it shares out itself.
    pub async fn size(&self) -> Size {
        match &self.place {
            Place::Own(driver) => driver.size().await,
            Place::Federated => boundless(),
        }
    }

    /// What the attempt will own, in the order of creation.
    pub fn things(&self, request: &RunRequest) -> Vec<Thing> {
        match &self.place {
            Place::Own(driver) => driver.things(request, &self.attempt.offer, self.attempt.width),
            Place::Federated => {
                let offer = &self.attempt.offer;
                let of = |attachment| sites::openstack::things(attachment, offer.size.from_volume);
                offer.attachment.as_ref().and_then(of).unwrap_or_default()
            }
        }
    }
}

pub(crate) fn boundless() -> Size {
    let all = ByteCount::new(u64::MAX);
    Size { name: "all".to_owned(), cores: f64::MAX, memory: all, disk: all, divisible: true, ..Size::default() }
}

/// How one gets at where the things of an attempt are.
pub(crate) enum Access {
    Own(Arc<dyn Driver>),
    Federated(Box<dyn Ground>),
}

impl std::ops::Deref for Access {
    type Target = dyn Ground;
    fn deref(&self) -> &(dyn Ground + 'static) {
        match self {
            Access::Own(driver) => driver.as_ref(),
            Access::Federated(ground) => ground.as_ref(),
        }
    }
}

impl AttemptFlow {
    /// `owned`: what is there already.
    pub(crate) async fn ground(&self, subject: &Subject, purpose: Purpose, owned: &[Owned]) -> Result<Access, StepError> {
        match &subject.place {
            Place::Own(driver) => Ok(Access::Own(Arc::clone(driver))),
            Place::Federated => {
                let berth = self.0.berth(&subject.attempt, purpose, owned).await?;
                Ok(Access::Federated(Box::new(berth.map_err(at_step)?)))
            }
        }
    }
}
