//! Health of the node itself.

use serde::{Deserialize, Serialize};

/// `GET /_health/live` and `GET /_health/ready`. A node that is not ready answers the problem `not-ready` instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthView {
    /// `live` or `ready`.
    pub status: String,
}
