//! The figures as they are read: beside python-tuf's.

use super::Outcome;
use super::contender::REFERENCE;
use super::measure::Cost;

/// Prints one line a client, with its ratio to the reference where both have figures, and how many runs it is of where
/// there were fewer.
pub(super) fn print(title: &str, outcomes: &[(&str, Outcome)], runs: usize) {
    let reference = outcomes.iter().find_map(|(name, outcome)| match outcome {
        Outcome::Median(cost, _) if *name == REFERENCE => Some(cost),
        _ => None,
    });
    println!("\n{title}:");
    println!("  {:<11}{:>13}{:>13}{:>12}   of {REFERENCE}'s wall, CPU, memory", "", "wall", "CPU", "memory");
    for (name, outcome) in outcomes {
        match outcome {
            Outcome::Median(cost, of) => {
                let ratios = reference.map(|reference| ratios(cost, reference)).unwrap_or_default();
                let fewer = if *of < runs { format!(" (of {of})") } else { String::new() };
                println!("  {name:<11}{}   {ratios}{fewer}", figures(cost));
            }
            Outcome::Exceeded(limit) => println!("  {name:<11}{:>13}", format!("> {} s", limit.as_secs())),
            Outcome::Missing(reason) => println!("  {name:<11}SKIPPED: {reason}"),
        }
    }
}

/// Prints one line without a comparison.
pub(super) fn print_figures(name: &str, cost: &Cost) {
    println!("  {name:<11}{}", figures(cost));
}

fn figures(cost: &Cost) -> String {
    format!("{:>13}{:>13}{:>12}", milliseconds(cost.wall), milliseconds(cost.cpu), megabytes(cost.memory))
}

fn ratios(cost: &Cost, reference: &Cost) -> String {
    let ratio = |own: u64, other: u64| format!("{:.2}", float(own) / float(other.max(1)));
    [ratio(cost.wall, reference.wall), ratio(cost.cpu, reference.cpu), ratio(cost.memory, reference.memory)]
        .join(" ")
}

fn milliseconds(microseconds: u64) -> String {
    format!("{:.2} ms", float(microseconds) / 1000.0)
}

fn megabytes(kibibytes: u64) -> String {
    format!("{:.1} MB", float(kibibytes) * 1024.0 / 1e6)
}

/// Exact up to 2⁵³, which is more than any figure here.
#[expect(clippy::cast_precision_loss, reason = "the figures are below 2⁵³")]
pub(super) fn float(figure: u64) -> f64 {
    figure as f64
}
