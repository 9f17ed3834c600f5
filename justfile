# The front door: `just` lists what there is. CI runs the same commands.

_default:
    @just --list --unsorted

# One node on 127.0.0.1:3222, data in ./vestal-data
run *arguments:
    cargo run -p vestal -- run {{ arguments }}

# N nodes on the loopback until Ctrl-C
cluster nodes="3" *arguments:
    cargo xtask cluster {{ nodes }} {{ arguments }}

# Everything that CI checks, in its order
ci:
    cargo xtask ci

# The tests; arguments choose some: `just test -p vestal-core lease`
test *arguments:
    cargo nextest run --workspace {{ arguments }}

# Format, then the rules of the house
fmt:
    cargo fmt --all
    cargo xtask tidy

# The generated pages anew
docs:
    cargo xtask docs

# Vestal beside the reference servers; `just bench --quick`
bench *arguments:
    cargo xtask bench {{ arguments }}

# One fuzz target for a while; `cargo fuzz list` names them (needs nightly and cargo-fuzz)
fuzz target seconds="60":
    mkdir -p fuzz/corpus/{{ target }}
    cargo +nightly fuzz run --features configuration {{ target }} fuzz/corpus/{{ target }} fuzz/seeds/{{ target }} -- -max_total_time={{ seconds }}
