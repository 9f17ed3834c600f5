//! `vestal-reference`: one of the reference servers on a port, until it is killed.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use clap::{Parser, Subcommand};
use tokio::net::TcpListener;
use vestal_bench::reference::{fixed::Fixed, map::Map, server};

#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Servers to measure Vestal against.
#[derive(Debug, Parser)]
struct Arguments {
    /// Port on the loopback.
    #[arg(short, long)]
    port: u16,
    #[command(subcommand)]
    mode: Mode,
}

#[derive(Debug, Subcommand)]
enum Mode {
    /// Bare hyper: the same body for every GET.
    Fixed {
        /// How many instances the body holds.
        #[arg(long, default_value_t = 10)]
        instances: u64,
    },
    /// Bare hyper over a plain map in 64 shards.
    Map,
}

/// The multi-thread runtime has one worker per core that the affinity mask allows, as Vestal's has.
#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port))).await?;
    match arguments.mode {
        Mode::Fixed { instances } => server::serve(listener, Arc::new(Fixed::new(instances))).await?,
        Mode::Map => server::serve(listener, Arc::new(Map::default())).await?,
    }
    Ok(())
}
