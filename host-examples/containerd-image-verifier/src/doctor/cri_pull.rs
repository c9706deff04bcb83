//! `cri-pull`: options that make the CRI pull in the old way, which asks no verifier.

use toml::Value;

use super::finding::Finding;
use super::machine::Machine;

const CHECK: &str = "cri-pull";

/// An option, whether its value makes the CRI pull in the old way, and what to do about it.
type Row = (&'static [&'static str], fn(&Value) -> bool, &'static str);

const ROWS: [Row; 8] = [
    (&["use_local_image_pull"], is_true, "set it to false"),
    (&["discard_unpacked_layers"], is_true, "set it to false"),
    (&["disable_snapshot_annotations"], is_false, "set it to true; the snapshotter's own option serves"),
    (&["image_pull_with_sync_fs"], is_true, "set it to false"),
    (&["max_concurrent_downloads"], is_not_three, "set it in io.containerd.transfer.v1.local"),
    (&["registry", "mirrors"], is_filled, "use the folder that registry.config_path names"),
    (&["registry", "configs"], is_filled, "use the folder that registry.config_path names"),
    (&["registry", "auths"], is_filled, "use secrets for pulls, or a credential provider"),
];

pub(super) fn check(machine: &Machine) -> Vec<Finding> {
    let Some(cri) = machine.config.cri() else { return vec![Finding::ok(CHECK, "there is no CRI")] };
    let set = ROWS.iter().filter_map(|(path, is_old, remedy)| {
        let value = cri.option(path).filter(|value| is_old(value))?;
        let shown = if value.is_table() { "is set".to_owned() } else { format!("= {value}") };
        let words = format!("{} {shown}: pulls by the CRI ask no verifier; {remedy}", path.join("."));
        Some(Finding::open(CHECK, words))
    });
    let mut findings: Vec<Finding> = set.collect();
    if findings.is_empty() {
        findings.push(Finding::ok(CHECK, "the CRI pulls through the service that asks verifiers"));
    }
    findings
}

fn is_true(value: &Value) -> bool {
    value.as_bool() == Some(true)
}

fn is_false(value: &Value) -> bool {
    value.as_bool() == Some(false)
}

fn is_not_three(value: &Value) -> bool {
    value.as_integer() != Some(3)
}

fn is_filled(value: &Value) -> bool {
    value.as_table().is_some_and(|table| !table.is_empty())
}
