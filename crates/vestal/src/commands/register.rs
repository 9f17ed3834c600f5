//! `vestal register`: an instance from the shell, once or for as long as the command runs.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{ArgGroup, Args};
use hyper::Method;
use hyper::body::Bytes;
use tokio::signal::unix::{Signal, SignalKind, signal};
use vestal_core::id::{check_instance_id, check_service_name};
use vestal_core::limits::BODY_BYTES_CEILING;

use super::node_options::{NodeOptions, block_on};
use crate::client::{ClientError, NodeClient, instance_path, is_unknown_instance};
use crate::config::quantity::{format_duration, parse_duration};
use crate::failure::{EXIT_CODES, Failure};
use crate::node::StartError;
use crate::output;

/// BOUND: bytes of a body that are read; the largest that any node can be told to accept.
const BODY_BYTES_MAX: u64 = BODY_BYTES_CEILING as u64;

/// The lease of `--keep` when none is asked for. Short: it is meant to end soon after the command was killed.
const KEEP_TTL: Duration = Duration::from_secs(30);

/// Renewals within one lease, so that two may fail.
const RENEWALS_PER_LEASE: u32 = 3;

const EXAMPLES: &str = "\
Examples:
  vestal register storage s-1 --body '{\"host\":\"10.1.1.1\",\"port\":12345}'
  vestal register storage s-1 --body-file instance.json --ttl 30s
  generate-body | vestal register storage s-1 --body-file - --keep

With --keep the instance is renewed three times in each lease until Ctrl-C or SIGTERM, and then deregistered.
";

/// Register an instance, or renew it.
///
/// The lease lasts for the node's `liveness` (90s unless configured) or for `--ttl`; without a further heartbeat the instance
/// expires after it. Registering again with the same body is a renewal.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("content").required(true))]
#[command(after_help = format!("{EXAMPLES}\n{EXIT_CODES}"))]
pub(super) struct Register {
    /// The service, for example `storage`: letters, digits, `.`, `_`, `-`.
    service: String,
    /// The instance, for example `s-1`: any text up to 256 bytes, unique in the service.
    id: String,
    /// What callers are to know: a JSON object, for example '{"host":"10.1.1.1","port":12345}'.
    #[arg(long, value_name = "JSON", group = "content")]
    body: Option<String>,
    /// Read the body from this file; `-` reads the standard input.
    #[arg(long, value_name = "FILE", group = "content")]
    body_file: Option<PathBuf>,
    /// How long the instance lives without a renewal, in whole seconds, for example 30s or 5m.
    #[arg(long, value_name = "DURATION", value_parser = ttl)]
    ttl: Option<Duration>,
    /// Go on renewing until Ctrl-C, then deregister.
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    node: NodeOptions,
}

impl Register {
    pub(super) fn run(self) -> Result<(), Failure> {
        check_service(&self.service)?;
        check_id(&self.id)?;
        let client = self.node.client()?;
        let ttl = self.ttl.or(self.keep.then_some(KEEP_TTL));
        let body = match (self.body, self.body_file) {
            (Some(body), _) => Bytes::from(body),
            (None, Some(path)) => read_body(&path)?,
            (None, None) => {
                return Err(Failure::Usage(
                    "give `--body JSON` or `--body-file FILE`".to_owned(),
                ));
            }
        };
        let registration = Registration {
            client,
            path: instance_path(&self.service, &self.id),
            ttl,
            body,
        };
        if self.keep {
            block_on(registration.keep(ttl.unwrap_or(KEEP_TTL)))
        } else {
            block_on(async { Ok(registration.put().await?) })
        }
    }
}

struct Registration {
    client: NodeClient,
    path: String,
    ttl: Option<Duration>,
    body: Bytes,
}

impl Registration {
    async fn put(&self) -> Result<(), ClientError> {
        let query = self
            .ttl
            .map_or(String::new(), |ttl| format!("?ttl={}", ttl.as_secs()));
        self.client
            .send(Method::PUT, &format!("{}{query}", self.path), self.body.clone())
            .await
            .map(drop)
    }

    /// Renews until a signal comes. Only a first refusal ends it: later failures may pass.
    async fn keep(self, ttl: Duration) -> Result<(), Failure> {
        let mut stop = Stop::new()?;
        self.put().await?;
        let interval = ttl / RENEWALS_PER_LEASE;
        output::note(format!(
            "registered; renewed every {}, deregistered on Ctrl-C",
            format_duration(interval)
        ));
        while !stop.within(interval).await {
            // A whole PUT, not a bare renewal: it also brings the instance back to a node that lost it.
            match self.put().await {
                Ok(()) => {}
                Err(error) if error.is_passing() => {
                    output::note(format!("not renewed, trying again: {error}"));
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.remove().await
    }

    async fn remove(&self) -> Result<(), Failure> {
        match self.client.send(Method::DELETE, &self.path, Bytes::new()).await {
            Ok(_) => {}
            Err(error) if is_unknown_instance(&error) => {}
            Err(error) => return Err(error.into()),
        }
        output::note("deregistered");
        Ok(())
    }
}

/// The signals that end `--keep`.
struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    fn new() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).map_err(|error| Failure::Start(StartError::Signals(error)));
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    /// Waits this long; true if a signal came meanwhile.
    async fn within(&mut self, duration: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(duration) => false,
            _ = self.interrupt.recv() => true,
            _ = self.terminate.recv() => true,
        }
    }
}

pub(super) fn check_service(service: &str) -> Result<(), Failure> {
    check_service_name(service)
        .map_err(|error| Failure::Usage(format!("{service:?} names no service: {error}")))
}

pub(super) fn check_id(id: &str) -> Result<(), Failure> {
    check_instance_id(id).map_err(|error| Failure::Usage(format!("{id:?} names no instance: {error}")))
}

fn read_body(path: &Path) -> Result<Bytes, Failure> {
    let mut body = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(BODY_BYTES_MAX + 1)
            .read_to_end(&mut body)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(BODY_BYTES_MAX + 1).read_to_end(&mut body))
    };
    let shown = path.display();
    read.map_err(|error| Failure::Usage(format!("cannot read the body from `{shown}`: {error}")))?;
    if body.len() as u64 > BODY_BYTES_MAX {
        return Err(Failure::Usage(format!(
            "the body in `{shown}` is larger than any node accepts (8MiB)"
        )));
    }
    Ok(body.into())
}

fn ttl(text: &str) -> Result<Duration, String> {
    match parse_duration(text) {
        Some(duration) if duration.as_secs() > 0 && duration.subsec_nanos() == 0 => Ok(duration),
        _ => {
            Err("give a duration of whole seconds, such as 30s or 5m (a plain number is seconds)".to_owned())
        }
    }
}
