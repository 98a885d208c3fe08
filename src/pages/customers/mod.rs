//! `/customers`: customers and what is inside them.

pub mod autocomplete;
pub mod children;
pub mod delete;
pub mod edit;
pub mod export;
pub mod head;
pub mod index;
pub mod new;
pub mod portal;
