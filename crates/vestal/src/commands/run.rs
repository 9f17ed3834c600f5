//! `vestal run`: the command that newcomers type.

use clap::Args;

use crate::config::{self, ConfigurationFlags, Surroundings};
use crate::failure::{EXIT_CODES, Failure};
use crate::{logging, node};

const EXAMPLES: &str = "\
Examples:
  vestal run                                   a node on 127.0.0.1:3222, data in ./vestal-data
  vestal run -p 4000 --data /tmp/v             another port and folder
  vestal run -c vestal.yml -n node-1           node-1 of the cluster in that file
  vestal run -n n1 --cluster n1=10.0.0.1:3222,n2=10.0.0.2:3222

Every setting can also stand in the file or the environment; `vestal config explain` lists them.
";

/// Run a node.
///
/// Serves until SIGTERM or SIGINT and then finishes what it has begun. Without a configuration file it is a single node on
/// 127.0.0.1:3222. For now this is the registry alone, the same as `vestal registry`, except that it always opens its own
/// socket.
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n{EXIT_CODES}"))]
pub(super) struct Run {
    #[command(flatten)]
    flags: ConfigurationFlags,
}

impl Run {
    pub(super) fn run(self) -> Result<(), Failure> {
        let configuration = config::load(&self.flags, &Surroundings::of_process())?;
        logging::start(&configuration);
        Ok(node::run(&configuration, None)?)
    }
}
