//! Services as they are answered: one line each in `/_services`, and one in full by `?view=full`.

use serde::{Deserialize, Serialize};

use crate::instance::InstanceFull;

/// One service in the list of all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceSummary {
    /// The service's name.
    pub name: String,
    /// How many instances it has now.
    pub instances: usize,
    /// The index of its last change.
    pub index: u64,
}

/// `GET /_services`: one page of services, sorted by name.
///
/// ```
/// let page: vestal_api::ServicesPage = serde_json::from_str(
///     r#"{"services":[{"name":"storage","instances":3,"index":17}],"total":1,"next":null}"#,
/// )?;
/// assert_eq!(page.services[0].instances, 3);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServicesPage {
    /// This page's services.
    pub services: Vec<ServiceSummary>,
    /// How many services there are on all pages.
    pub total: usize,
    /// What to pass as `?after=` for the next page; null on the last.
    pub next: Option<String>,
}

/// `GET /<service>?view=full`: a service with what the node knows of each instance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ServiceFull {
    /// The service's name.
    pub service: String,
    /// The index of its last change.
    pub index: u64,
    /// Its instances, sorted by id. Empty when the service is unknown.
    pub instances: Vec<InstanceFull>,
}
