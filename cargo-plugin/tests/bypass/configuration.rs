//! Settings that look as if they chose the source, and do not.

use crate::world::{Machine, PlainRegistry, Published, evil_packages, greeting_packages, run};

const HONEST: Option<&str> = Some("hello from greet\n");
const EVIL: Option<&str> = Some("owned from greet\n");

#[test]
fn source_variables_are_ignored_by_plain_cargo_and_not_needed_here() {
    let machine = Machine::trusting(&Published::new(&greeting_packages()));
    let (evil, honest) =
        (PlainRegistry::serving(&evil_packages()), PlainRegistry::serving(&greeting_packages()));
    machine.write_cargo_config(&evil.as_default());
    let variables = [
        ("CARGO_SOURCE_CRATES_IO_REPLACE_WITH", "honest".to_owned()),
        ("CARGO_SOURCE_HONEST_REGISTRY", honest.index_url()),
    ];

    let mut naive = machine.plain_cargo(&["install", "greet", "--locked"]);
    run(naive.envs(variables.clone())).ends_with(0);
    assert_eq!(machine.installed("greet").as_deref(), EVIL);
    assert!(honest.requests().is_empty(), "the variables are not ignored any more");

    let asked = evil.requests().len();
    run(machine.install(&["greet"]).envs(variables)).ends_with(0);
    assert_eq!(machine.installed("greet").as_deref(), HONEST);
    assert_eq!(evil.requests().len(), asked, "the unverified registry was asked");
}

#[test]
fn an_index_option_is_forgotten_by_plain_cargo_for_a_lock_and_never_used_here() {
    let machine = Machine::trusting(&Published::new(&greeting_packages()));
    let (other, honest) =
        (PlainRegistry::serving(&greeting_packages()), PlainRegistry::serving(&greeting_packages()));
    machine.write_cargo_config(&other.as_default());

    let naive = ["install", "greet", "--locked", "--index", &honest.index_url()];
    run(&mut machine.plain_cargo(&naive)).ends_with(0);
    let words = "/crates/words/words-1.0.0.crate".to_owned();
    assert!(other.requests().contains(&words), "the lock's registry is not asked any more");
    assert!(!honest.requests().contains(&words));

    let asked = other.requests().len();
    run(&mut machine.install(&["greet", "--force"])).ends_with(0);
    assert_eq!(other.requests().len(), asked, "the registry that the lock names was asked");
}

#[test]
fn a_default_registry_of_the_environment_or_the_configuration_is_not_asked() {
    let machine = Machine::trusting(&Published::new(&greeting_packages()));
    let evil = PlainRegistry::serving(&evil_packages());
    let honest = PlainRegistry::serving(&greeting_packages());
    let variables =
        [("CARGO_REGISTRY_DEFAULT", "evil".to_owned()), ("CARGO_REGISTRIES_EVIL_INDEX", evil.index_url())];
    let mut naive =
        machine.plain_cargo(&["install", "greet", "--config", "source.crates-io.replace-with='honest'"]);
    naive.args(["--config", &format!("source.honest.registry='{}'", honest.index_url())]);
    run(naive.envs(variables.clone()));
    let asked = evil.requests().len();
    assert!(asked > 0, "the default registry is not asked any more");

    run(machine.install(&["greet"]).envs(variables)).ends_with(0);
    let config = format!("registry.default='evil'\nregistries.evil.index='{}'\n", evil.index_url());
    machine.write_cargo_config(&config);
    run(&mut machine.install(&["greet", "--force"])).ends_with(0);
    assert_eq!(machine.installed("greet").as_deref(), HONEST);
    assert_eq!(evil.requests().len(), asked, "the other registry was asked");
}

#[test]
fn variables_that_move_cargo_away_from_the_proxy_are_taken_from_it() {
    let machine = Machine::trusting(&Published::new(&greeting_packages()));
    let variables = [
        ("NO_PROXY", "*"),
        ("no_proxy", "*"),
        ("CARGO_HTTP_TIMEOUT", "1"),
        ("CARGO_NET_GIT_FETCH_WITH_CLI", "true"),
        ("CARGO_REGISTRIES_CRATES_IO_PROTOCOL", "git"),
        ("CARGO_BUILD_BUILD_DIR", "elsewhere"),
        ("CARGO_INSTALL_ROOT", ""),
    ];
    run(machine.install(&["greet"]).envs(variables)).ends_with(0);
    assert_eq!(machine.installed("greet").as_deref(), HONEST);
    assert!(!machine.path("work/elsewhere").exists());
}

#[test]
fn a_configuration_that_replaces_packages_is_not_covered() {
    let machine = Machine::trusting(&Published::new(&greeting_packages()));
    for (config, key) in
        [("paths = ['/nowhere']", "`paths`"), ("patch.crates-io.words.path = '/nowhere'", "`patch`")]
    {
        machine.write_cargo_config(config);
        run(&mut machine.install(&["greet"])).ends_with(1).once().says(key, "remove");
        machine.write_cargo_config("");
        let mut argument = machine.install(&["greet", "--config", config]);
        run(&mut argument).ends_with(1).once().says(key, "remove");
    }
    assert_eq!(machine.installed("greet"), None);
}
