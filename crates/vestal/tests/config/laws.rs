//! Laws over generated input: no text makes the reader panic, and what is printed reads back the same.

use proptest::prelude::*;
use vestal::config::fields::FIELDS;
use vestal::config::{ConfigurationFlags, Surroundings, load_text, print};

use crate::check::Given;

const SEED: &str = "\
name: node-1
liveness: 90s
cluster:
  node-1: {host: 10.0.0.1, port: 3222}
  node-2: {host: '10.0.0.2', port: 3222, protocol: hera}
volatile: [updated_at, \"load\"]
limits:
  body-bytes: 64KiB
http: {cors-origins: ['*'], idle-timeout: 75}
log:
  level: info,vestal_registry=debug
";

/// Pieces that have a meaning to a reader of YAML.
const PIECES: [&str; 24] = [
    ":",
    ": ",
    "- ",
    "\n",
    "  ",
    "\t",
    "[",
    "]",
    "{",
    "}",
    ",",
    "&a ",
    "*a",
    "!t ",
    "!!str ",
    "|\n",
    ">\n",
    "'",
    "\"",
    "#",
    "---\n",
    "? ",
    "%YAML 1.2\n",
    "\u{feff}",
];

/// The seed with pieces put in, taken out and doubled.
fn mutated() -> impl Strategy<Value = String> {
    let mutation = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..3u8);
    prop::collection::vec(mutation, 1..12).prop_map(|mutations| {
        let mut text: Vec<char> = SEED.chars().collect();
        for (at, what, how) in mutations {
            let at = at.index(text.len().max(1)).min(text.len());
            match how {
                0 => drop(text.splice(at..at, PIECES[what.index(PIECES.len())].chars())),
                1 => drop(text.drain(at..text.len().min(at + what.index(20)))),
                _ => {
                    let part: Vec<char> = text[at..text.len().min(at + what.index(40))].to_vec();
                    drop(text.splice(at..at, part));
                }
            }
        }
        text.into_iter().collect()
    })
}

/// Nothing but pieces and keys.
fn assembled() -> impl Strategy<Value = String> {
    let keys: Vec<&'static str> = FIELDS.into_iter().map(|field| field.key).collect();
    let word = prop_oneof![
        prop::sample::select(PIECES.to_vec()),
        prop::sample::select(keys),
        Just("1"),
        Just("cluster")
    ];
    prop::collection::vec(word, 0..60).prop_map(|words| words.concat())
}

fn load(text: &str) {
    // Both outcomes are right; printing exercises every message.
    if let Err(problems) = (Given {
        file: text,
        ..Given::default()
    })
    .load()
    {
        assert!(problems.to_string().contains("vestal.yml"), "{problems}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_mutated_file_makes_the_reader_panic(text in mutated()) {
        load(&text);
    }

    #[test]
    fn no_heap_of_yaml_makes_the_reader_panic(text in assembled()) {
        load(&text);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "(?s).{0,200}") {
        load(&text);
    }

    #[test]
    fn no_value_makes_a_field_panic(index in 0..FIELDS.len(), text: String) {
        let _ = FIELDS[index].kind.parse(&text);
    }
}

/// Fields with examples, some of them set.
fn settings() -> impl Strategy<Value = Vec<(&'static vestal::config::Field, String)>> {
    let examples: Vec<_> = FIELDS
        .into_iter()
        .map(|field| (field, field.example.to_owned()))
        .collect();
    prop::sample::subsequence(examples, 0..=FIELDS.len())
}

proptest! {
    #[test]
    fn a_printed_configuration_reads_back_the_same(
        values in settings(),
        folder in "[ -~é]{1,20}",
        origin in "[!-+.-~]{1,20}",
    ) {
        let find = |key| vestal::config::fields::find(key).expect("a setting");
        let mut flags = ConfigurationFlags { file: None, values };
        flags.values.push((find("name"), "node-1".to_owned()));
        flags.values.push((find("data"), folder));
        flags.values.push((find("http.cors-origins"), origin));
        let surroundings = Surroundings::default();
        let first = load_text("a.yml", "", &flags, &surroundings).map_err(|problems| TestCaseError::fail(problems.to_string()))?;
        let printed = print::yaml(&first);
        let second = load_text("b.yml", &printed, &ConfigurationFlags::default(), &surroundings);
        let second = second.map_err(|problems| TestCaseError::fail(format!("{problems}\n{printed}")))?;
        for ((field, left), (_, right)) in first.iter().zip(second.iter()) {
            prop_assert_eq!(&left.value, &right.value, "{} in\n{}", field.key, printed);
        }
    }
}
