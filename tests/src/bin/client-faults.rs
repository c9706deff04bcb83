//! Prints `docs/client-faults.md`.

fn main() {
    print!("{}", tuf_tests::client_faults::document());
}
