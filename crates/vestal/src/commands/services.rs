//! `vestal services`: what is registered.

use clap::Args;
use vestal_api::ServicesPage;

use super::node_options::{NodeOptions, block_on};
use crate::client::{NodeClient, query_value};
use crate::failure::{EXIT_CODES, Failure};
use crate::output::{self, OutputFormat};

/// BOUND: services of one request; the most that a node answers at once.
const PAGE_SERVICES: usize = 10_000;

const EXAMPLES: &str = "\
Examples:
  vestal services
  vestal services --output json --node http://10.0.0.1:3222
";

/// List the services with their number of instances.
///
/// Sorted by name. INDEX grows with every change of the service, and stays while nothing changes.
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n{EXIT_CODES}"))]
pub(super) struct Services {
    #[command(flatten)]
    node: NodeOptions,
}

impl Services {
    pub(super) fn run(self, output: OutputFormat) -> Result<(), Failure> {
        let client = self.node.client()?;
        let page = block_on(all(&client))?;
        if output == OutputFormat::Json {
            return output::write_json(
                &serde_json::to_vec(&page).map_err(|error| Failure::Output(error.into()))?,
            );
        }
        if page.services.is_empty() {
            output::note(format!("no service is registered at {}", client.url()));
            return Ok(());
        }
        let rows = page.services.into_iter().map(|service| {
            vec![
                service.name,
                service.instances.to_string(),
                service.index.to_string(),
            ]
        });
        output::write(&output::table(&["SERVICE", "INSTANCES", "INDEX"], rows))
    }
}

/// All pages as one.
async fn all(client: &NodeClient) -> Result<ServicesPage, Failure> {
    let mut all = ServicesPage {
        services: Vec::new(),
        total: 0,
        next: None,
    };
    loop {
        let after = all
            .next
            .as_deref()
            .map_or(String::new(), |name| format!("&after={}", query_value(name)));
        let body = client
            .read(&format!("/_services?limit={PAGE_SERVICES}{after}"))
            .await?;
        let page: ServicesPage = client.decode(&body)?;
        // A page that brings nothing new would be asked for without end.
        let goes_on = !page.services.is_empty() && page.next != all.next;
        all.services.extend(page.services);
        all.total = page.total;
        all.next = page.next.filter(|_| goes_on);
        if all.next.is_none() {
            return Ok(all);
        }
    }
}
