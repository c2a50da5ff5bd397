#![cfg(test)]

mod browser;
mod delegated;
mod description;
mod devices;
mod doors;
mod federation;
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
mod skew;
mod stops;
mod streams;
mod together;
mod tokens;
mod uploads;
mod world;
