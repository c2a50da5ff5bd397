#![cfg(test)]

mod description;
mod doors;
mod lists;
mod malformed;
mod matrix;
mod pilot;
mod service;
mod streams;
mod uploads;
mod world;
