//! Prints `docs/verdicts.md`.

fn main() {
    print!("{}", tuf_tests::verdicts::document());
}
