//! `tufrepo`: makes, changes and publishes a repository.

fn main() {}
