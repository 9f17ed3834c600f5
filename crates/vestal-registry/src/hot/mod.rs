//! The routes that nearly all traffic takes, answered without router, extractors or allocation of headers.

pub(crate) mod instance;
pub(crate) mod list;
pub(crate) mod register;
pub(crate) mod remove;
