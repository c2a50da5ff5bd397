//! Machines at sites that misbehave, each in the way that has cost other systems' users their machines or their money: two
//! servers for one, orphans, things of others deleted. In the end every site has what it had before, and the receipt says
//! how that is known.
//!
//! What happens to a gateway as such (its host is lost, it starts again with work in limbo, streams that fall silent) is
//! tested where runs of every kind are: by the crash matrix (`tests/crash`), `gateways.rs` and `cli/following.rs`.

mod changes;
mod crash;
mod elsewhere;
mod foul;
mod gate;
mod kept;
mod many;
mod pools;
mod real;
mod swept;
mod volumes;
mod world;
