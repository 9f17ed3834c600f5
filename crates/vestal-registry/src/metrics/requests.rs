//! Requests by route, method and status class, and their latency by route. Every cell exists from the start, so counting finds
//! it by arithmetic; only cells that were ever used are written out.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::{Method, StatusCode};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;

use super::latency::Latency;

macro_rules! closed_labels {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $name { $($variant,)+ }

        impl $name {
            const ALL: &'static [$name] = &[$($name::$variant,)+];

            fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text,)+ }
            }
        }
    };
}

closed_labels! {
    /// What a request asked for.
    RouteClass {
        List = "list",
        Instance = "instance",
        Services = "services",
        Renew = "renew",
        Cluster = "cluster",
        Deltas = "deltas",
        Peers = "peers",
        Health = "health",
        Metrics = "metrics",
        OpenApi = "openapi",
        Unknown = "unknown",
    }
}

closed_labels! {
    /// How it asked.
    MethodClass {
        Get = "GET",
        Head = "HEAD",
        Put = "PUT",
        Delete = "DELETE",
        Post = "POST",
        Options = "OPTIONS",
        Other = "other",
    }
}

impl MethodClass {
    pub(crate) fn of(method: &Method) -> Self {
        match *method {
            Method::GET => Self::Get,
            Method::PUT => Self::Put,
            Method::HEAD => Self::Head,
            Method::DELETE => Self::Delete,
            Method::POST => Self::Post,
            Method::OPTIONS => Self::Options,
            _ => Self::Other,
        }
    }
}

const STATUS_CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
const ROUTES: usize = RouteClass::ALL.len();
const METHODS: usize = MethodClass::ALL.len();
const STATUSES: usize = STATUS_CLASSES.len();

#[derive(Debug)]
pub(crate) struct RequestMetrics {
    counts: [AtomicU64; ROUTES * METHODS * STATUSES],
    latencies: [Latency; ROUTES],
}

impl Default for RequestMetrics {
    fn default() -> Self {
        Self {
            counts: [const { AtomicU64::new(0) }; _],
            latencies: std::array::from_fn(|_| Latency::default()),
        }
    }
}

fn cell(route: RouteClass, method: MethodClass, status: usize) -> usize {
    (route as usize * METHODS + method as usize) * STATUSES + status
}

impl RequestMetrics {
    pub(crate) fn record(&self, route: RouteClass, method: MethodClass, status: StatusCode, took: Duration) {
        let status = usize::from(status.as_u16() / 100).clamp(1, STATUSES) - 1;
        self.counts[cell(route, method, status)].fetch_add(1, Ordering::Relaxed);
        self.latencies[route as usize].observe(took);
    }

    fn encode_counts(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let help = "Requests answered, by route, method and class of status";
        let mut family = encoder.encode_descriptor("http_requests", help, None, MetricType::Counter)?;
        for &route in RouteClass::ALL {
            for &method in MethodClass::ALL {
                for (status, status_class) in STATUS_CLASSES.iter().enumerate() {
                    let count = self.counts[cell(route, method, status)].load(Ordering::Relaxed);
                    if count == 0 {
                        continue;
                    }
                    let labels = [
                        ("route", route.as_str()),
                        ("method", method.as_str()),
                        ("status", status_class),
                    ];
                    ConstCounter::new(count).encode(family.encode_family(&labels)?)?;
                }
            }
        }
        Ok(())
    }

    fn encode_latencies(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let help = "Time from a request's head to its answer's, by route";
        let mut family =
            encoder.encode_descriptor("http_request_seconds", help, None, MetricType::Histogram)?;
        for &route in RouteClass::ALL {
            let latency = &self.latencies[route as usize];
            if !latency.is_empty() {
                latency.encode(family.encode_family(&[("route", route.as_str())])?)?;
            }
        }
        Ok(())
    }
}

impl Collector for RequestMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        self.encode_counts(&mut encoder)?;
        self.encode_latencies(&mut encoder)
    }
}
