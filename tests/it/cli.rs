//! The command line, as operators use it.

mod backup;
mod backup_file;
mod damaged_backups;
mod demo;
mod doctor;
mod keys;
mod noise;
mod output;
mod places;
mod rekey;
mod restore;
mod settings;
mod stop;
mod tenant;
mod tenant_file;
mod tenant_file_refused;
