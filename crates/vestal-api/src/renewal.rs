//! Renewing many leases in one call.

use serde::{Deserialize, Serialize};

/// One lease, named by what it keeps.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lease {
    /// The service's name.
    pub service: String,
    /// The instance's id, as it is (not percent-encoded).
    pub id: String,
}

/// The body of `POST /_renew`.
///
/// ```
/// let request: vestal_api::RenewRequest =
///     serde_json::from_str(r#"{"leases":[{"service":"storage","id":"a"}]}"#)?;
/// assert_eq!(request.leases.len(), 1);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenewRequest {
    /// What to renew.
    pub leases: Vec<Lease>,
}

/// The answer of `POST /_renew`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewReply {
    /// How many leases now run anew.
    pub renewed: usize,
    /// Those that the node does not know: register them again with PUT.
    pub unknown: Vec<Lease>,
}
