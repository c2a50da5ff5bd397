#![cfg(test)]

mod browser;
mod description;
mod doors;
mod idlers;
mod limits;
mod lists;
mod login;
mod malformed;
mod matrix;
mod overview;
mod people;
mod pilot;
mod portal;
mod quotas;
mod service;
mod sessions;
mod stops;
mod streams;
mod together;
mod tokens;
mod uploads;
mod world;
