//! The command line, as operators use it.

mod backup;
mod demo;
mod doctor;
mod settings;
mod stop;
mod tenant;
