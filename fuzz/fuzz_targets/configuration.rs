//! The text of a configuration file. Looks for a panic, for a refusal that says nothing, and for a configuration whose
//! print does not load as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use vestal::config::{Configuration, ConfigurationFlags, Problems, Surroundings, load_text, print};

fuzz_target!(|text: &str| match load(text) {
    Ok(configuration) => {
        let printed = print::yaml(&configuration);
        let again = load(&printed).unwrap_or_else(|problems| panic!("{printed}\n{problems}"));
        assert_eq!(values(&configuration), values(&again), "{printed}");
    }
    Err(problems) => assert!(!problems.to_string().is_empty()),
});

fn load(text: &str) -> Result<Configuration, Problems> {
    let surroundings = Surroundings {
        environment: Vec::new(),
        host_name: "host".to_owned(),
    };
    load_text("vestal.yml", text, &ConfigurationFlags::default(), &surroundings)
}

/// Keys and values without their sources, which differ.
fn values(configuration: &Configuration) -> Vec<(Value, Value)> {
    let printed: Vec<Value> = serde_json::from_str(&print::json(configuration)).expect("JSON");
    printed
        .into_iter()
        .map(|mut field| (field["key"].take(), field["value"].take()))
        .collect()
}
