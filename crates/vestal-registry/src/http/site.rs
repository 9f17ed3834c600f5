//! What every connection of one server shares.

use std::sync::Arc;

use super::cors::Cors;
use crate::node::Node;

#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) node: Arc<Node>,
    pub(crate) router: axum::Router,
    pub(crate) cors: Cors,
}

impl Site {
    pub(crate) fn new(node: Arc<Node>, router: axum::Router) -> Arc<Self> {
        Arc::new(Self {
            cors: Cors::new(&node.settings.http.cors_origins),
            node,
            router,
        })
    }
}
