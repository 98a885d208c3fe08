//! The command line, as operators use it.

mod backup;
mod backup_file;
mod demo;
mod doctor;
mod rekey;
mod restore;
mod settings;
mod stop;
mod tenant;
