//! The command line, as operators use it.

mod backup;
mod demo;
mod doctor;
mod rekey;
mod settings;
mod stop;
mod tenant;
