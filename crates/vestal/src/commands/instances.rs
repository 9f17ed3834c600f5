//! `vestal instances`: who serves a service.

use clap::Args;
use serde_json::value::RawValue;
use vestal_api::{InstanceFull, ServiceFull};

use super::node_options::{NodeOptions, block_on};
use crate::client::service_path;
use crate::failure::{EXIT_CODES, Failure};
use crate::output::{self, OutputFormat, span};

const EXAMPLES: &str = "\
Examples:
  vestal instances storage
  vestal instances storage --full
  vestal instances storage --output json | jq -r 'to_entries[].value.host'

Without instances the exit code is 3; with `--output json` an empty answer is written all the same.
";

/// List the instances of a service.
///
/// ID and BODY are what the instance registered. `--full` adds what the node knows of each: status and its reason, the node
/// that received the last heartbeat (ORIGIN), the age of that heartbeat, and what is left of the lease (only the origin
/// knows; `-` elsewhere).
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n{EXIT_CODES}"))]
pub(super) struct Instances {
    /// The service, for example `storage`.
    service: String,
    /// Show also what the node knows: status, origin, age, lease, version, reason.
    #[arg(long)]
    full: bool,
    #[command(flatten)]
    node: NodeOptions,
}

impl Instances {
    pub(super) fn run(self, output: OutputFormat) -> Result<(), Failure> {
        super::register::check_service(&self.service)?;
        let client = self.node.client()?;
        let view = if self.full { "?view=full" } else { "" };
        let body = block_on(async {
            Ok(client
                .read(&format!("{}{view}", service_path(&self.service)))
                .await?)
        })?;
        let rows = if self.full {
            full_rows(client.decode::<ServiceFull>(&body)?)
        } else {
            let instances: std::collections::BTreeMap<String, Box<RawValue>> = client.decode(&body)?;
            instances
                .into_iter()
                .map(|(id, body)| vec![id, body.get().to_owned()])
                .collect()
        };
        let is_empty = rows.is_empty();
        if output == OutputFormat::Json {
            output::write_json(&body)?;
        } else if !is_empty {
            let headings: &[&str] = if self.full { FULL_HEADINGS } else { &["ID", "BODY"] };
            output::write(&output::table(headings, rows))?;
        }
        if is_empty {
            return Err(Failure::NotFound {
                service: self.service,
            });
        }
        Ok(())
    }
}

const FULL_HEADINGS: &[&str] = &[
    "ID", "STATUS", "ORIGIN", "AGE", "TTL", "LEFT", "VERSION", "REASON", "BODY",
];

fn full_rows(service: ServiceFull) -> Vec<Vec<String>> {
    service.instances.into_iter().map(full_row).collect()
}

fn full_row(instance: InstanceFull) -> Vec<String> {
    vec![
        instance.id,
        instance.status,
        instance.origin,
        span(instance.age_ms),
        span(instance.ttl_ms),
        instance.lease_left_ms.map_or("-".to_owned(), span),
        instance.version,
        instance.reason,
        instance.body.get().to_owned(),
    ]
}
