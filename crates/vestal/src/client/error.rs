//! How a call of a node fails, in words that say what to try.

use std::error::Error;
use std::time::Duration;

use vestal_api::{Problem, ProblemCode};

use crate::config::quantity::format_duration;

/// Why a node gave no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    #[error("`{url}` is no address of a node: {reason}")]
    NodeUrl { url: String, reason: String },
    #[error("no node answers at {url}: {reason}")]
    Unreachable { url: String, reason: String },
    #[error("{url} did not answer within {}", format_duration(*after))]
    TimedOut { url: String, after: Duration },
    #[error("{url} gave no usable answer: {reason}")]
    Broken { url: String, reason: String },
    /// Boxed: far larger than the others.
    #[error("{}", .0.detail)]
    Refused(Box<Problem>),
}

impl ClientError {
    pub(super) fn unreachable(url: &str, error: &dyn Error) -> Self {
        Self::Unreachable {
            url: url.to_owned(),
            reason: innermost(error),
        }
    }

    /// Whether asking again later may help.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::NodeUrl { .. } => false,
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::Broken { .. } => true,
            Self::Refused(problem) => problem.status >= 500 || problem.status == 408,
        }
    }

    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NodeUrl { .. } => "write it as http://HOST:PORT, for example http://127.0.0.1:3222",
            Self::Unreachable { .. } => {
                "start one with `vestal run`, or name another with `--node http://HOST:PORT` or VESTAL_NODE"
            }
            Self::TimedOut { .. } => {
                "is it overloaded, or does a firewall drop packets? `--timeout 30s` waits longer"
            }
            Self::Broken { .. } => {
                "is this a Vestal node? `--node http://HOST:PORT` or VESTAL_NODE names another"
            }
            Self::Refused(problem) => return refusal_hint(problem).map(str::to_owned),
        };
        Some(hint.to_owned())
    }
}

fn refusal_hint(problem: &Problem) -> Option<&'static str> {
    Some(match problem.code()? {
        ProblemCode::InstanceUnknown => "`vestal instances SERVICE` lists the instances of a service",
        ProblemCode::BodyNotJson | ProblemCode::BodyNotObject => {
            "quote the body for the shell: `--body '{\"host\":\"10.1.1.1\",\"port\":8080}'`"
        }
        ProblemCode::NotReady => {
            "the node has just started; ask again in a second, or ask another with `--node`"
        }
        ProblemCode::ServiceFull => {
            "`vestal config explain limits.instances-per-service` tells about this limit"
        }
        ProblemCode::RegistryFull => "`vestal config explain limits.instances` tells about this limit",
        ProblemCode::BodyTooLarge => "`vestal config explain limits.body-bytes` tells about this limit",
        ProblemCode::RouteUnknown | ProblemCode::MethodNotAllowed => {
            "is the node older than this program? `vestal --version` tells this one's"
        }
        _ => return None,
    })
}

/// The last cause is the system's own word, such as "Connection refused (os error 111)".
fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
