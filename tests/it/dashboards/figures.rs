//! What widgets show.
