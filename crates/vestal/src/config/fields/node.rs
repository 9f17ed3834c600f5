//! Who a node is, where it listens, with whom it forms a cluster.

use crate::config::field::{DefaultValue, Field};
use crate::config::value::Kind;

pub static NAME: Field = Field {
    key: "name",
    kind: Kind::Name,
    default: DefaultValue::Derived("this machine's host name, or `vestal` if that is no valid name"),
    flag: Some("name"),
    letter: Some('n'),
    summary: "The name of this node, unique in its cluster.",
    essay: "\
Other nodes file what this node vouches for under this name, and the node finds itself in `cluster` by it. Letters, \
digits, `.`, `_` and `-`, beginning with a letter or digit, up to 64 bytes.

Choose something that stays with the data folder: `node-1`, or the stable part of a pod's name. A node that comes back \
under another name is a stranger: until `liveness` has passed, its old name's instances are still believed.

Two nodes with one name are the worst mistake possible here: the others cannot tell their words apart, and instances \
flicker.",
    example: "node-1",
};

pub static PORT: Field = Field {
    key: "port",
    kind: Kind::Port,
    default: DefaultValue::Derived("this node's port in `cluster`, or 3222"),
    flag: Some("port"),
    letter: Some('p'),
    summary: "The TCP port of the HTTP API, for clients and other nodes alike.",
    essay: "\
Leave it out in a cluster: the node then listens on the port under which `cluster` tells the others to call it. Give it \
only when something between them translates ports.

Port 0 asks the system for a free port; the log line `listening` says which. That is for tests: other nodes cannot find \
such a node. Ports below 1024 need a privilege on most systems.

A service named `vestal` in Kubernetes puts `VESTAL_PORT=tcp://…` into every pod. Values of that form are ignored.",
    example: "3222",
};

pub static BIND: Field = Field {
    key: "bind",
    kind: Kind::Host,
    default: DefaultValue::Derived("this node's host in `cluster`, or 127.0.0.1"),
    flag: Some("bind"),
    letter: None,
    summary: "The address to listen on.",
    essay: "\
An IP address of this machine, or a host name that resolves to one. `0.0.0.0` listens on every IPv4 address, `::` on \
every address of both families.

A single node listens on 127.0.0.1, so that trying Vestal opens nothing to the network: the API has no authentication \
yet, and whoever reaches it can register and deregister. In a cluster the default is the node's own host there. Set it \
to `0.0.0.0` when that host is not an address of this machine, as in containers and behind NAT, and let a firewall or \
network policy decide who may call.",
    example: "0.0.0.0",
};

pub static DATA: Field = Field {
    key: "data",
    kind: Kind::Folder,
    default: DefaultValue::Text("vestal-data"),
    flag: Some("data"),
    letter: None,
    summary: "The folder of what must survive a restart; created if missing.",
    essay: "\
A relative path starts at the folder the node was started in. Under a service manager give an absolute one, such as \
`/var/lib/vestal`.

Each node needs a folder of its own on a local disk: three nodes on one machine are three folders. Copying a folder to a \
second node copies the node's identity with it, which is the mistake described under `name`.",
    example: "/var/lib/vestal",
};

pub static CLUSTER: Field = Field {
    key: "cluster",
    kind: Kind::Members,
    default: DefaultValue::Text(""),
    flag: Some("cluster"),
    letter: None,
    summary: "All nodes of the cluster, this one included.",
    essay: "\
A mapping from each node's name to its `host` and `port`, the same on every node, so that one file serves all and only \
`name` differs. hera's files work as they are. Empty means a single node.

Optional for each: `protocol`, one of `auto` (ask the peer; the default), `vestal` and `hera`. Say `hera` for a peer \
that is one and stays one: it saves a question at each new connection.

In the environment and as a flag the form is `NAME=HOST:PORT`, several separated by commas, with `/hera` or `/vestal` \
behind if needed: `n1=10.0.0.1:3222,n2=10.0.0.2:3222/hera`.

This node must be among them: a node that is not would hear the others and never be heard. No two may share an address, \
and no port may be 0. Three nodes are enough to survive the loss of one; each further node costs every other one stream, \
and beyond about fifty the traffic between nodes becomes the larger part.",
    example: "node-1=10.0.0.1:3222,node-2=10.0.0.2:3222,node-3=10.0.0.3:3222",
};

pub static VOLATILE: Field = Field {
    key: "volatile",
    kind: Kind::Words { count_max: 64, bytes_max: 256 },
    default: DefaultValue::Text("updated_at"),
    flag: None,
    letter: None,
    summary: "Top-level fields of a body whose change alone is a heartbeat, not a change.",
    essay: "\
A registration that differs from the one before only in these fields renews the lease: the new body is kept and given \
out, but the service's index stays, nobody who waits for changes is woken, and it travels to other nodes at leisure.

Name what changes with every heartbeat and means nothing to callers: time stamps, counters, load figures. A field that \
callers act on must not be here, or they learn of its change late. Leaving out a field that changes at every heartbeat \
makes each heartbeat a change: the traffic between nodes then grows with the number of instances rather than with the \
number of changes. Use the same list on every node.

In the environment the elements are separated by commas. An empty list makes every difference a change.",
    example: "updated_at,load",
};
