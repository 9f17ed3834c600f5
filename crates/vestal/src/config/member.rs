//! A node of the cluster as the configuration names it: name, host, port and what is spoken with it.

use vestal_core::id::NodeName;

use super::problem::Fault;
use super::source::Source;
use super::value::{did_you_mean, parse_host, parse_name, quoted, shortened};

/// The words for `protocol`, the default first.
pub(super) const PROTOCOLS: [&str; 3] = ["auto", "vestal", "hera"];

/// One line of `cluster`. This node is among them until the configuration is resolved.
#[derive(Debug, Clone)]
pub struct Member {
    pub name: NodeName,
    pub host: String,
    pub port: u16,
    pub protocol: &'static str,
    /// Where the member is named, for problems that appear only when all are compared.
    pub source: Option<Source>,
}

/// Members are the same whatever named them.
impl PartialEq for Member {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, &self.host, self.port, self.protocol)
            == (&other.name, &other.host, other.port, other.protocol)
    }
}

impl Eq for Member {}

impl Member {
    /// Reads `n1=10.0.0.1:3222,n2=10.0.0.2:3222/hera`, the form of the environment and of flags.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, Fault> {
        match text.trim() {
            "" => Ok(Vec::new()),
            list => list.split(',').map(|member| Self::parse(member.trim())).collect(),
        }
    }

    fn parse(text: &str) -> Result<Self, Fault> {
        let malformed = || {
            Fault::new(format!("has an unreadable member, {}", shortened(text))).suggest(
                "write `NAME=HOST:PORT`, several separated by commas, for example `n1=10.0.0.1:3222`",
            )
        };
        let (name, address) = text.split_once('=').ok_or_else(malformed)?;
        let (address, protocol) = address.split_once('/').unwrap_or((address, PROTOCOLS[0]));
        let (host, port) = address.rsplit_once(':').ok_or_else(malformed)?;
        Ok(Self {
            name: parse_name(name).map_err(|fault| blame("name", fault))?,
            host: parse_host(host).map_err(|fault| blame("host", fault))?,
            port: parse_port(port).map_err(|fault| blame("port", fault))?,
            protocol: parse_protocol(protocol).map_err(|fault| blame("protocol", fault))?,
            source: None,
        })
    }

    /// The form that `parse_list` reads.
    pub fn text(&self) -> String {
        let protocol = match self.protocol {
            "auto" => String::new(),
            other => format!("/{other}"),
        };
        format!("{}={}{protocol}", self.name, self.address())
    }

    pub fn address(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

fn blame(part: &str, fault: Fault) -> Fault {
    Fault {
        message: format!("has a member whose {part} {}", fault.message),
        ..fault
    }
}

/// A member's port: one that others can call, so never 0.
pub(super) fn parse_port(text: &str) -> Result<u16, Fault> {
    match text.parse() {
        Ok(0) => {
            Err(Fault::new("must not be 0").suggest("other nodes have to know the port; give the real one"))
        }
        Ok(port) => Ok(port),
        Err(_) => Err(Fault::new(format!(
            "must be a port between 1 and 65535; found {}",
            shortened(text)
        ))),
    }
}

pub(super) fn parse_protocol(text: &str) -> Result<&'static str, Fault> {
    PROTOCOLS
        .into_iter()
        .find(|protocol| *protocol == text)
        .ok_or_else(|| {
            Fault::new(format!(
                "must be one of {}; found {}",
                quoted(&PROTOCOLS),
                shortened(text)
            ))
            .suggest_if_any(did_you_mean(text, PROTOCOLS))
        })
}
