//! Every kind of mistake in the file, in the environment and in flags, with the exact words it is answered with.

use crate::check::{Given, accepted, refused, refused_file};

#[test]
fn an_unknown_key_is_refused_with_the_nearest_known_one() {
    refused_file(
        "livenes: 90\n",
        &["vestal.yml:1:1: unknown key `livenes` | did you mean `liveness`?"],
    );
    refused_file(
        "gossip_interval: 1\n",
        &["vestal.yml:1:1: unknown key `gossip_interval` | did you mean `gossip-interval`?"],
    );
    refused_file(
        "gossip: 1\n",
        &["vestal.yml:1:1: unknown key `gossip` | did you mean `gossip-interval`?"],
    );
    refused_file(
        "\n  body-bytes: 1\n",
        &["vestal.yml:2:3: unknown key `body-bytes` | did you mean `limits.body-bytes`?"],
    );
    refused_file(
        "http:\n  idle-timeot: 5\n",
        &["vestal.yml:2:3: unknown key `http.idle-timeot` | did you mean `http.idle-timeout`?"],
    );
    refused_file(
        "weather: sunny\n",
        &["vestal.yml:1:1: unknown key `weather` | `vestal config explain` lists all keys"],
    );
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_the_text() {
    refused_file(
        "nam: x\nport: 70000\nliveness: [1]\nlog:\n  format: jsn\nhttp: 5\n",
        &[
            "vestal.yml:1:1: unknown key `nam` | did you mean `name`?",
            "vestal.yml:2:7: `port` must be a port between 0 and 65535; found \"70000\"",
            "vestal.yml:3:11: `liveness` must be a duration such as 500ms, 90s, 5m or 24h (a plain number is seconds); found a list",
            "vestal.yml:5:11: `log.format` must be one of `text`, `json`; found \"jsn\" | did you mean `json`?",
            "vestal.yml:6:1: `http` must be a mapping; found a single value | put its keys below it, indented: `connections: …`",
        ],
    );
}

#[test]
fn a_value_beyond_its_hard_limits_is_refused_with_the_limits() {
    refused_file(
        "liveness: 2d\n",
        &[
            "vestal.yml:1:11: `liveness` is 48h, above the greatest accepted value, 24h | give a value between 1s and 24h",
        ],
    );
    refused_file(
        "limits:\n  body-bytes: 1\n",
        &[
            "vestal.yml:2:15: `limits.body-bytes` is 1, below the least accepted value, 64 | give a value between 64 and 8MiB",
        ],
    );
    refused_file(
        "limits: {services: 0}\n",
        &[
            "vestal.yml:1:20: `limits.services` is 0, below the least accepted value, 1 | give a value between 1 and 10000000",
        ],
    );
}

#[test]
fn both_ends_of_the_hard_limits_are_accepted() {
    for field in vestal::config::fields::FIELDS {
        let Some((min, max)) = field.kind.range() else {
            continue;
        };
        for text in [min, max] {
            let value = field.kind.parse(&text);
            assert_eq!(
                value.as_ref().map(vestal::config::Value::text),
                Ok(text),
                "{}",
                field.key
            );
        }
    }
}

#[test]
fn a_key_without_a_value_is_refused_rather_than_taken_for_the_default() {
    for file in ["liveness:\n", "liveness: ~\n", "liveness: null\n"] {
        refused_file(
            file,
            &["vestal.yml:1:1: `liveness` has no value | give one, or remove the key for the default: 90s"],
        );
    }
}

#[test]
fn a_key_that_is_given_twice_is_refused() {
    refused_file(
        "port: 1\nport: 2\n",
        &["vestal.yml:2:1: `port` is given twice, first in line 1 | keep one of the two"],
    );
    refused_file(
        "cluster:\n  host-1: {host: a, port: 1, port: 2}\n  host-1: {host: b, port: 1}\n",
        &[
            "vestal.yml:2:30: `cluster.host-1.port` is given twice | keep one of the two",
            "vestal.yml:3:3: the node `host-1` is named twice in `cluster` | give each node a name of its own, or remove one of the two",
        ],
    );
}

#[test]
fn a_bad_member_of_the_cluster_is_refused_at_its_place() {
    refused_file(
        "cluster:\n  a b: {host: h, port: 1}\n  b: {host: 'http://h', port: 0, prot: hera}\n  c: {port: 3}\n  d: 5\n  e: {host: h, port: 1, protocol: heras}\n",
        &[
            "vestal.yml:2:3: `cluster.a b` is no node name: the name holds ' '; only letters, digits, '.', '_' and '-' are accepted (A-Z, a-z, 0-9)",
            "vestal.yml:3:13: `cluster.b.host` must be an IP address or a host name; found \"http://h\" | give the host alone: no `http://`, no port",
            "vestal.yml:3:31: `cluster.b.port` must not be 0 | other nodes have to know the port; give the real one",
            "vestal.yml:3:34: unknown key `cluster.b.prot` | did you mean `port`?",
            "vestal.yml:4:3: `cluster.c` has no `host` | write `{host: 10.0.0.1, port: 3222}`",
            "vestal.yml:5:3: `cluster.d` must be a mapping of `host` and `port`; found a single value | write `{host: 10.0.0.1, port: 3222}`",
            "vestal.yml:6:35: `cluster.e.protocol` must be one of `auto`, `vestal`, `hera`; found \"heras\" | did you mean `hera`?",
        ],
    );
}

#[test]
fn a_node_outside_its_own_cluster_is_refused() {
    let cluster = "cluster:\n  node-1: {host: a, port: 1}\n  node-2: {host: b, port: 1}\n";
    refused_file(
        cluster,
        &[
            "vestal.yml:2:3: this node, `host-1`, is not in `cluster`: the others would never call it | set `name` (or `-n`) to one of `node-1`, `node-2`, or add `host-1` to `cluster`",
        ],
    );
    refused(
        &Given {
            file: cluster,
            environment: &[("VESTAL_NAME", "node1")],
            ..Given::default()
        },
        &[
            "VESTAL_NAME: this node, `node1`, is not in `cluster`: the others would never call it | did you mean `node-1`?",
        ],
    );
    refused(
        &Given {
            file: cluster,
            flags: &[("name", "elsewhere")],
            ..Given::default()
        },
        &[
            "--name: this node, `elsewhere`, is not in `cluster`: the others would never call it | set `name` (or `-n`) to one of `node-1`, `node-2`, or add `elsewhere` to `cluster`",
        ],
    );
}

#[test]
fn two_nodes_with_one_address_are_refused() {
    refused_file(
        "cluster:\n  host-1: {host: a.example, port: 1}\n  other: {host: A.example, port: 1}\n",
        &[
            "vestal.yml:3:3: the nodes `host-1` and `other` share the address A.example:1 | give each node an address of its own",
        ],
    );
}

#[test]
fn settings_that_contradict_each_other_are_refused_where_one_was_set() {
    refused_file(
        "lease-ttl-min: 2m\n",
        &[
            "vestal.yml:1:16: `lease-ttl-min` (2m) is above `liveness` (90s), the lease of whoever asks for none | set `lease-ttl-min` to 90s or less",
        ],
    );
    refused_file(
        "lease-ttl-max: 1m\n",
        &[
            "vestal.yml:1:16: `liveness` (90s) is above `lease-ttl-max` (1m), the longest lease there is | set `lease-ttl-max` to 90s or more",
        ],
    );
    refused_file(
        "liveness: 3\n",
        &[
            "vestal.yml:1:11: `gossip-interval` (1s) is not below a third of `liveness` (3s): a few lost rounds would look like a dead node | set `gossip-interval` below 1s, or `liveness` above 3s",
        ],
    );
    refused_file(
        "tombstone-life: 179\n",
        &[
            "vestal.yml:1:17: `tombstone-life` (179s) is below twice `liveness` (90s): a node that was cut off could bring back what was deleted | set `tombstone-life` to 3m or more",
        ],
    );
}

#[test]
fn settings_at_the_edge_of_a_relation_are_accepted() {
    accepted("lease-ttl-min: 90\nlease-ttl-max: 90\ntombstone-life: 180\ngossip-interval: 29999ms\n");
}

#[test]
fn a_relation_with_a_refused_setting_is_not_judged() {
    refused_file(
        "liveness: soon\ngossip-interval: 40\n",
        &[
            "vestal.yml:1:11: `liveness` must be a duration such as 500ms, 90s, 5m or 24h (a plain number is seconds); found \"soon\"",
        ],
    );
}

#[test]
fn what_is_no_yaml_is_refused_at_its_place() {
    let hint = "indent with spaces, put a space after each `key:`, and quote text that holds `: ` or ` #`";
    refused_file(
        "name: a\nport: \"80\n",
        &[&format!(
            "vestal.yml:2:7: not YAML: while scanning a quoted scalar, found unexpected end of stream | {hint}"
        )],
    );
    refused_file(
        "just text",
        &[
            "vestal.yml:1:1: the configuration must be a mapping of keys; found a single value | write lines such as `port: 3222`, with a space after the colon",
        ],
    );
    refused_file(
        "? [a]\n: 3\n",
        &["vestal.yml:1:3: a key must be a word; found a list"],
    );
}

#[test]
fn aliases_tags_and_second_documents_are_refused() {
    refused_file(
        "volatile: &list [a]\nhttp:\n  cors-origins: *list\nname: !upper host\n---\nport: 3\n",
        &[
            "vestal.yml:3:17: aliases are not supported | write the value out",
            "vestal.yml:4:7: tags are not supported | remove the word that begins with `!`",
            "vestal.yml:5:1: a second document begins here; the configuration is one document | remove the `---` line, or what follows it",
        ],
    );
}

#[test]
fn deep_nesting_is_refused_however_it_is_written() {
    let message = "nested more than 16 levels deep | no setting of Vestal is nested that deep; `vestal config explain` lists them";
    refused_file(&"[".repeat(100_000), &[&format!("vestal.yml:1:256: {message}")]);
    let indented: Vec<String> = (0..100)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    refused_file(&indented.concat(), &[&format!("vestal.yml:17:17: {message}")]);
}

#[test]
fn an_unknown_environment_variable_of_ours_is_refused() {
    refused(
        &Given {
            environment: &[
                ("VESTAL_GOSIP_INTERVAL", "1s"),
                ("VESTAL_X", "1"),
                ("PATH", "/bin"),
            ],
            ..Given::default()
        },
        &[
            "VESTAL_GOSIP_INTERVAL: no setting has this name | did you mean `VESTAL_GOSSIP_INTERVAL`?",
            "VESTAL_X: no setting has this name | unset it; `vestal config explain` lists all keys and their names here",
        ],
    );
}

#[test]
fn what_kubernetes_sets_for_a_service_called_vestal_is_ignored() {
    let given = Given {
        environment: &[
            ("VESTAL_PORT", "tcp://10.0.0.7:3222"),
            ("VESTAL_PORT_3222_TCP_ADDR", "10.0.0.7"),
            ("VESTAL_SERVICE_HOST", "10.0.0.7"),
            ("VESTAL_SERVICE_PORT_HTTP", "3222"),
        ],
        ..Given::default()
    };
    assert_eq!(
        given.load().map(|configuration| configuration.listen().1),
        Ok(3222)
    );
}

#[test]
fn mistakes_in_variables_and_flags_name_them() {
    refused(
        &Given {
            environment: &[("VESTAL_LIVENESS", "x"), ("VESTAL_CLUSTER", "a=h")],
            flags: &[("log.level", "inof"), ("port", "-1")],
            ..Given::default()
        },
        &[
            "VESTAL_CLUSTER: `cluster` has an unreadable member, \"a=h\" | write `NAME=HOST:PORT`, several separated by commas, for example `n1=10.0.0.1:3222`",
            "VESTAL_LIVENESS: `liveness` must be a duration such as 500ms, 90s, 5m or 24h (a plain number is seconds); found \"x\"",
            "--log-level: `log.level` has \"inof\" where a level should be | did you mean `info`?",
            "--port: `port` must be a port between 0 and 65535; found \"-1\"",
        ],
    );
}

#[test]
fn a_flood_of_mistakes_is_cut_when_it_is_printed() {
    let lines: Vec<String> = (0..250).map(|number| format!("wrong-{number}: 1\n")).collect();
    let file = lines.concat();
    let problems = Given {
        file: &file,
        ..Given::default()
    }
    .load()
    .expect_err("problems");
    assert_eq!(problems.iter().count(), 250);
    assert!(problems.to_string().ends_with("\n  and 150 more"), "{problems}");
}
