//! The program `vestal`. Everything is in the library beside it; only the allocator is chosen here.

use std::process::ExitCode;

/// Keeps a long-lived registry small and fast under many threads; glibc's fragments.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    vestal::commands::main()
}
