//! Loading a text as the configuration of a machine called `host-1`.

use std::ffi::OsString;

use vestal::config::{Configuration, ConfigurationFlags, Field, Problems, Surroundings, fields, load_text};

/// A file, variables and flags, by name.
#[derive(Debug, Default)]
pub(crate) struct Given<'a> {
    pub(crate) file: &'a str,
    pub(crate) environment: &'a [(&'a str, &'a str)],
    pub(crate) flags: &'a [(&'a str, &'a str)],
}

impl Given<'_> {
    pub(crate) fn load(&self) -> Result<Configuration, Problems> {
        let flags = ConfigurationFlags {
            file: None,
            values: self
                .flags
                .iter()
                .map(|(key, value)| (field(key), (*value).to_owned()))
                .collect(),
        };
        let environment = self
            .environment
            .iter()
            .map(|(name, value)| (OsString::from(name), OsString::from(value)))
            .collect();
        let surroundings = Surroundings {
            environment,
            host_name: "host-1".to_owned(),
        };
        load_text("vestal.yml", self.file, &flags, &surroundings)
    }
}

pub(crate) fn field(key: &str) -> &'static Field {
    fields::find(key).unwrap_or_else(|| panic!("`{key}` is a setting"))
}

/// The configuration of a text alone.
#[track_caller]
pub(crate) fn accepted(file: &str) -> Configuration {
    Given {
        file,
        ..Given::default()
    }
    .load()
    .unwrap_or_else(|problems| panic!("{problems}"))
}

/// The text is refused with exactly these problems, each `place: message` or `place: message | suggestion`.
#[track_caller]
pub(crate) fn refused(given: &Given<'_>, expected: &[&str]) {
    let problems = given.load().expect_err("problems");
    let found: Vec<String> = problems
        .iter()
        .map(|problem| problem.to_string().replace("\n    ", " | "))
        .collect();
    assert_eq!(found, expected, "\nof: {given:?}");
}

#[track_caller]
pub(crate) fn refused_file(file: &str, expected: &[&str]) {
    refused(
        &Given {
            file,
            ..Given::default()
        },
        expected,
    );
}
