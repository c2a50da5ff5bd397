//! Looking with a person's eyes.

use std::time::Duration;

use model::id::PersonId;

use super::{Cloud, Error, Inventory, Keystone, Sessions};

impl Sessions {
    /// One look at a project as this person. When the site does not know the session any more, another one is made, once.
    pub async fn look(
        &self,
        person: &PersonId,
        keystone: &Keystone,
        cloud: &dyn Cloud,
        project: &str,
        within: Duration,
    ) -> Result<Inventory, Error> {
        let session = self.session(person, keystone, project).await?;
        let seen = cloud.inventory(&session, within).await;
        if !seen.session_has_ended() {
            return Ok(seen);
        }
        let session = self.renewed(person, keystone, &session).await?;
        Ok(cloud.inventory(&session, within).await)
    }
}
