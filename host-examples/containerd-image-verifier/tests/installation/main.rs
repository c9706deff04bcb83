//! `init` and `uninstall`, as processes in folders of their own, and the Debian package with a real dpkg.
//!
//! The program must lie where root alone can write: without root's rights every test is skipped.

mod foreign;
mod init;
mod machine;
mod package;
mod refusals;
mod uninstall;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use nix::unistd::Uid;

/// A test and its name.
type Row = (&'static str, fn());

const ROWS: &[Row] = &[
    ("init/writes_a_policy_and_installs", init::writes_a_policy_and_installs),
    ("init/leaves_nothing_where_the_repository_is_refused", refusals::leaves_nothing_where_refused),
    ("init/installs_beside_a_policy_that_is_there", init::beside_a_policy),
    ("init/refuses_a_policy_that_blocks_everything", refusals::refuses_an_unusable_policy),
    ("init/refuses_a_program_that_others_can_change", refusals::refuses_a_writable_program),
    ("init/refuses_a_program_that_is_gone", refusals::refuses_a_program_that_is_gone),
    ("init/rejects_folders_that_others_can_fill", refusals::refuses_writable_folders),
    ("init/rejects_a_policy_that_others_can_change", refusals::refuses_a_writable_policy),
    ("init/hides_passwords", init::hides_passwords),
    ("init/overwrites_nothing", refusals::overwrites_nothing),
    ("init/asks_nobody_where_told", init::offline),
    ("init/finds_the_folder_in_the_configuration", init::by_configuration),
    ("init/puts_nothing_else_into_the_folder", init::nothing_half_made),
    ("init/escapes_what_systemd_would_expand", init::escapes),
    ("init/refuses_words_that_are_more_than_a_value", refusals::refuses_hostile_words),
    ("init/says_where_systemd_was_not_told", init::without_a_drop_in),
    ("init/refuses_a_policy_that_containerd_does_not_hand_on", refusals::refuses_another_policy),
    ("uninstall/refuses_to_open_pulls_unasked", uninstall::refuses_unasked),
    ("uninstall/removes_what_demands_the_link_first", uninstall::order),
    ("uninstall/purges_what_is_its_own", uninstall::purges),
    ("uninstall/finds_the_folder_that_was_used", uninstall::by_record),
    ("uninstall/leaves_what_it_did_not_make", uninstall::leaves_others),
    ("uninstall/keeps_the_roots_of_others", uninstall::foreign_root),
    ("uninstall/looks_where_containerd_looks_now", uninstall::stale_record),
    ("foreign/rejects_the_process_of_another_user", foreign::process),
    ("foreign/rejects_a_program_that_another_user_can_change", foreign::program),
    ("foreign/rejects_the_search_path_of_another_user", foreign::search_path),
    ("foreign/accepts_what_the_process_runs_and_not_what_its_path_names", foreign::replaced),
    ("foreign/rejects_a_link_of_another_user_on_the_search_path", foreign::link),
    ("foreign/accepts_the_program_that_was_opened", foreign::descriptor),
    ("foreign/rejects_a_socket_behind_a_link_of_another_user", foreign::socket_link),
    ("foreign/rejects_answers_of_another_process", foreign::api),
    ("foreign/rejects_a_process_with_other_mounts", foreign::mounts),
    ("foreign/rejects_a_process_with_another_root_folder", foreign::root_folder),
    ("package/cannot_be_removed_while_pulls_depend_on_it", package::life),
];

fn main() -> ExitCode {
    if let Some(status) = foreign::play() {
        return status;
    }
    let trial = |&(name, row): &Row| {
        Trial::test(name, move || {
            match Uid::effective().is_root() {
                true => row(),
                false => tuf_tests::skip(name, "the program must belong to root, and so must its folders"),
            }
            Ok(())
        })
    };
    libtest_mimic::run(&Arguments::from_args(), ROWS.iter().map(trial).collect()).exit_code()
}
