//! `vestal registry`: the registry process, for service managers.

use clap::Args;

use crate::config::{self, ConfigurationFlags, Surroundings};
use crate::failure::{EXIT_CODES, Failure};
use crate::{logging, node};

const EXAMPLES: &str = "\
Examples:
  vestal registry -c /etc/vestal.yml -n node-1
  systemd-socket-activate -l 3222 vestal registry

With LISTEN_FDS=1 (and LISTEN_PID, if set, naming this process) the node serves the socket at file descriptor 3, as systemd's
socket units hand it over; `bind` and `port` are then not used.
";

/// Run the registry process.
///
/// What `vestal run` runs, by itself: for systemd units and containers. Takes its listening socket from whoever started it,
/// if they hand one over, so that no connection is refused while the process is replaced.
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n{EXIT_CODES}"))]
pub(super) struct Registry {
    #[command(flatten)]
    flags: ConfigurationFlags,
}

impl Registry {
    pub(super) fn run(self) -> Result<(), Failure> {
        let configuration = config::load(&self.flags, &Surroundings::of_process())?;
        let inherited = node::inherited()?;
        logging::start(&configuration);
        Ok(node::run(&configuration, inherited)?)
    }
}
