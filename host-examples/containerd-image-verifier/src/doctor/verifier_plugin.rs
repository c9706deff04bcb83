//! `verifier-plugin`: whether the plugin runs that asks verifiers.

use super::finding::Finding;
use super::machine::Machine;

const CHECK: &str = "verifier-plugin";
const KIND: &str = "io.containerd.image-verifier.v1";
const ID: &str = "bindir";

pub(super) fn check(machine: &Machine) -> Vec<Finding> {
    let name = format!("{KIND}.{ID}");
    let plugins = match machine.api.plugins() {
        Ok(plugins) => plugins,
        Err(error) => return vec![Finding::untried(CHECK, error.to_string())],
    };
    let running = plugins.iter().find(|plugin| plugin.kind == KIND && plugin.id == ID);
    let found = match running {
        None => Finding::open(CHECK, format!("{name} is not in this containerd, or in disabled_plugins")),
        Some(plugin) => match &plugin.failure {
            Some(failure) => Finding::open(CHECK, format!("{name} was not started: {failure}")),
            None => Finding::ok(CHECK, format!("{name} runs")),
        },
    };
    let next = machine.config.disabled_plugins.contains(&name).then(|| {
        Finding::open(CHECK, format!("disabled_plugins lists {name}: it will not run after a restart"))
    });
    [found].into_iter().chain(next).collect()
}
