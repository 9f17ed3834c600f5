//! `vestal deregister`: takes an instance out.

use clap::Args;
use hyper::Method;
use hyper::body::Bytes;

use super::node_options::{NodeOptions, block_on};
use super::register::{check_id, check_service};
use crate::client::instance_path;
use crate::failure::{EXIT_CODES, Failure};

const EXAMPLES: &str = "\
Examples:
  vestal deregister storage s-1
  vestal deregister storage s-1 || test $? -eq 3      gone is gone: 3 says that it was not there
";

/// Deregister an instance.
///
/// It leaves every node's answers at once. A service that still runs will register again with its next heartbeat: stop it
/// first.
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n{EXIT_CODES}"))]
pub(super) struct Deregister {
    /// The service, for example `storage`.
    service: String,
    /// The instance, for example `s-1`.
    id: String,
    #[command(flatten)]
    node: NodeOptions,
}

impl Deregister {
    pub(super) fn run(self) -> Result<(), Failure> {
        check_service(&self.service)?;
        check_id(&self.id)?;
        let client = self.node.client()?;
        let path = instance_path(&self.service, &self.id);
        block_on(async { Ok(client.send(Method::DELETE, &path, Bytes::new()).await.map(drop)?) })
    }
}
