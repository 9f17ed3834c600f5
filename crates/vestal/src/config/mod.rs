//! The configuration: one table of settings, read from a file, the environment and flags, checked as a whole.
//!
//! Owns what a setting means, its limits and its documentation. Starts nothing and, but for the file, reads nothing:
//! environment and host name are arguments.

mod configuration;
mod environment;
pub mod explain;
mod field;
pub mod fields;
mod file;
mod flags;
mod layer;
mod log_filter;
mod member;
mod members;
pub mod print;
mod problem;
pub mod quantity;
pub mod reference;
mod reflow;
mod relations;
mod resolve;
pub mod settings;
mod source;
mod suggestion;
mod tree;
mod value;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

pub use configuration::Configuration;
pub use environment::NODE as NODE_VARIABLE;
pub use field::Field;
pub use flags::ConfigurationFlags;
pub use layer::Setting;
pub use member::Member;
pub use problem::{Fault, Problem, Problems};
pub use source::{Position, Source};
pub use value::{Kind, Value};

/// The file that is read when none is named.
pub const FILE_DEFAULT: &str = "vestal.yml";

/// What the configuration is read from, apart from the file itself.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// All environment variables; only those of Vestal are looked at.
    pub environment: Vec<(OsString, OsString)>,
    pub host_name: String,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_process() -> Self {
        let host_name = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Self {
            environment: std::env::vars_os().collect(),
            host_name,
        }
    }
}

/// Reads everything, and tells all problems at once.
pub fn load(flags: &ConfigurationFlags, surroundings: &Surroundings) -> Result<Configuration, Problems> {
    let file = file_to_read(flags).map(|path| file::read(&path));
    combine(file, flags, surroundings)
}

/// As `load`, with the text of the file as an argument; `name` is what problems call it.
pub fn load_text(
    name: &str,
    text: &str,
    flags: &ConfigurationFlags,
    surroundings: &Surroundings,
) -> Result<Configuration, Problems> {
    combine(Some(file::parse(&name.into(), text)), flags, surroundings)
}

/// The file in effect, if there is any.
pub fn file_to_read(flags: &ConfigurationFlags) -> Option<PathBuf> {
    flags.file.clone().or_else(|| {
        let default = Path::new(FILE_DEFAULT);
        // A file that exists but cannot be read is an error, not absent.
        default.symlink_metadata().is_ok().then(|| default.to_path_buf())
    })
}

fn combine(
    file: Option<layer::Layer>,
    flags: &ConfigurationFlags,
    surroundings: &Surroundings,
) -> Result<Configuration, Problems> {
    let mut layers: Vec<layer::Layer> = file.into_iter().collect();
    layers.push(environment::read(&surroundings.environment));
    layers.push(flags.read());
    resolve::resolve(layers, &surroundings.host_name)
}
