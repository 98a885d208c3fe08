//! The command line, as operators use it.

mod demo;
mod settings;
mod stop;
mod tenant;
