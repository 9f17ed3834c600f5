//! Why a command ended without success: the sentence, the way out and the exit code.

use std::fmt;
use std::process::ExitCode;

use vestal_api::{Problem, ProblemCode};

use crate::client::ClientError;
use crate::config::Problems;
use crate::node::StartError;

/// The exit codes, as every `--help` tells them.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed: the node cannot be reached or refused, or could not start
  2  usage or configuration error; nothing was changed or started
  3  not found: no such service or instance";

/// What went wrong, by whose fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Configuration(#[from] Problems),
    /// Arguments that are each well-formed but wrong.
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("no instance of the service `{service}` is registered")]
    NotFound { service: String },
    #[error("cannot write the result: {0}")]
    Output(#[source] std::io::Error),
}

impl Failure {
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Configuration(_)
            | Self::Usage(_)
            | Self::Client(ClientError::NodeUrl { .. })
            | Self::Start(StartError::ListenAddress(_)) => 2,
            Self::NotFound { .. } => 3,
            Self::Client(ClientError::Refused(problem))
                if problem.code() == Some(ProblemCode::InstanceUnknown) =>
            {
                3
            }
            Self::Client(_) | Self::Start(_) | Self::Output(_) => 1,
        })
    }

    /// What to try, if there is something more to say than the sentence itself.
    fn hint(&self) -> Option<String> {
        match self {
            Self::Configuration(_) => {
                Some("`vestal config explain KEY` tells what a setting means".to_owned())
            }
            Self::Usage(_) | Self::Output(_) => None,
            Self::Client(error) => error.hint(),
            Self::Start(error) => error.hint(),
            Self::NotFound { .. } => Some("`vestal services` lists the services".to_owned()),
        }
    }
}

/// The text on the error stream, without its `error: `.
#[derive(Debug)]
pub(crate) struct Report<'a>(pub &'a Failure);

impl fmt::Display for Report<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)?;
        if let Failure::Client(ClientError::Refused(problem)) = self.0 {
            let Problem { code, status, .. } = &**problem;
            write!(formatter, "\n  code: {code} (HTTP {status})")?;
        }
        match self.0.hint() {
            Some(hint) => write!(formatter, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}
