//! Tokens, rights and sealed secrets, on both engines.

// Helpers of tests are tests, which the lint cannot know.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod authority;
mod device_logins;
mod groups;
mod keys;
mod people;
mod scopes;
mod sealing;
mod sessions;
mod teams;
mod tokens;
mod world;

use world::World;

#[tokio::test]
async fn every_statement_is_understood_by_both_engines() {
    for world in World::on_both_engines().await {
        for statement in identity::all_statements() {
            world.db.check(&statement).await.unwrap_or_else(|error| panic!("{}: {error}", statement.name));
        }
    }
}
