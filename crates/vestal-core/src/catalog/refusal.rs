//! Why the catalog refuses a registration. Nothing has changed when one of these is returned.

use std::time::Duration;

use thiserror::Error;

use crate::id::NameError;

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    #[error("the service name cannot be used: {0}")]
    Service(#[source] NameError),
    #[error("the instance id cannot be used: {0}")]
    Instance(#[source] NameError),
    #[error("the body is not JSON: {message} at line {line}, column {column}")]
    BodyNotJson {
        line: usize,
        column: usize,
        message: String,
    },
    #[error(
        "the body is {found}; an instance is described by a JSON object, such as {{\"host\":\"10.1.1.1\",\"port\":8080}}"
    )]
    BodyNotObject { found: &'static str },
    #[error("the body is nested more than {max} levels deep; flatten it")]
    BodyTooDeep { max: usize },
    #[error("the body has {bytes} bytes; at most {max} are accepted (setting limits.body-bytes)")]
    BodyTooLarge { bytes: usize, max: usize },
    #[error("the lease must last between {} and {} seconds", min.as_secs_f64(), max.as_secs_f64())]
    TtlOutOfRange { min: Duration, max: Duration },
    #[error(
        "the service already has {max} instances, as many as are accepted (setting limits.instances-per-service)"
    )]
    ServiceFull { max: usize },
    #[error("the registry already holds {max} instances, as many as are accepted (setting limits.instances)")]
    RegistryFull { max: usize },
    #[error("the registry already holds {max} services, as many as are accepted (setting limits.services)")]
    ServicesFull { max: usize },
}
