//! The reference page of the configuration, as Markdown. Made from the table of fields alone, so it is never out of date.

use std::fmt::Write as _;

use super::explain::facts;
use super::field::Field;
use super::fields::FIELDS;
use super::reflow::wrap;

/// Columns of the page's source.
const COLUMNS: usize = 120;

const PREFACE: &str = "\
# Configuration

<!-- Generated from the table of settings: `cargo run -p vestal -- config reference > docs/reference/configuration.md` -->

Every setting has a default; `vestal run` needs no file at all. Values come from four places, the later ones winning:
defaults, the file, the environment, flags. `vestal config print` shows what is in effect and where each value came
from; `vestal config check` finds every mistake at once; `vestal config explain KEY` prints a section of this page.

The file is YAML: the one given with `-c FILE` or `VESTAL_CONFIG`, else `./vestal.yml` if it exists. Unknown keys are
errors, as are unknown names that begin with `VESTAL_` in the environment (except `VESTAL_CONFIG`, `VESTAL_NODE`, and what
Kubernetes sets by itself for a service named `vestal`). A file is at most 1MiB; aliases and tags are not supported.

- **Durations** are a number with `ms`, `s`, `m`, `h` or `d`; a plain number is seconds.
- **Sizes** are a number with `KiB`, `MiB` or `GiB`; a plain number is bytes.
- **Lists** are YAML lists in the file, and separated by commas in the environment.

hera's files work as they are. A cluster of three, in one file for all of them:

```yaml
liveness: 90
gossip-interval: 1
cluster:
  node-1: {host: 10.0.0.1, port: 3222}
  node-2: {host: 10.0.0.2, port: 3222}
  node-3: {host: 10.0.0.3, port: 3222}
```

Each node is then told only who it is: `vestal run -c vestal.yml -n node-1`.
";

/// The whole page.
pub fn page() -> String {
    let mut page = String::from(PREFACE);
    page.push_str("\n## All settings\n\n| key | default | meaning |\n|---|---|---|\n");
    for field in FIELDS {
        let anchor = field.key.replace('.', "");
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(
            page,
            "| [`{}`](#{anchor}) | {} | {} |",
            field.key,
            field.default_text(),
            field.summary
        );
    }
    for field in FIELDS {
        section(&mut page, field);
    }
    page
}

fn section(page: &mut String, field: &Field) {
    let _ = write!(page, "\n## `{}`\n\n{}\n\n", field.key, field.summary);
    for (label, fact) in facts(field) {
        let fact = if matches!(label, "environment" | "flag" | "example") {
            format!("`{fact}`")
        } else {
            fact
        };
        let _ = writeln!(page, "- {label}: {fact}");
    }
    for paragraph in field.essay.split("\n\n") {
        let _ = write!(page, "\n{}\n", wrap(paragraph, COLUMNS));
    }
}
