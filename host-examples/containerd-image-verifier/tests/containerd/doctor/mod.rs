//! Row 18 of the attack table: every way around the verifier that is planted, `doctor` finds.

mod checkup;
mod cri;
mod daemons;
mod installation;
mod permissions;
mod policies;
mod soundness;
mod stored;
mod verifiers;

use crate::attacks::Row;

/// Every test.
pub(crate) const ROWS: &[Row] = &[
    ("row_18/a_sound_installation_is_sound", soundness::without_cri),
    ("row_18/a_sound_installation_with_a_cri_is_sound", soundness::with_cri),
    ("row_18/the_packaged_configuration_is_sound", soundness::packaged),
    (daemons::OLDER, daemons::older),
    ("row_18/reads_the_configuration_however_it_is_named", daemons::named),
    ("row_18/reads_the_policy_that_the_verifier_reads", daemons::relative_policy),
    ("row_18/looks_where_containerd_looks", daemons::relative),
    ("row_18/asks_a_containerd_that_was_replaced", daemons::replaced),
    ("row_18/finds_what_still_runs_though_its_file_was_put_right", daemons::not_restarted),
    ("row_18/nothing_is_said_of_a_containerd_that_does_not_answer", soundness::nobody),
    ("row_18/finds_verifiers_that_are_missing_or_unusable", verifiers::folder),
    ("row_18/finds_a_folder_of_verifiers_that_is_none", verifiers::elsewhere),
    ("row_18/finds_that_the_verifier_comes_too_late", verifiers::too_many),
    ("row_18/finds_that_no_verifier_is_ever_asked", verifiers::none_asked),
    ("row_18/finds_other_verifiers", verifiers::others),
    ("row_18/leaves_another_version_to_itself", verifiers::another_version),
    ("row_18/finds_times_that_are_too_short", verifiers::timeouts),
    ("row_18/finds_that_the_plugin_is_switched_off", verifiers::plugin),
    ("row_18/finds_what_others_can_change", permissions::direct),
    ("row_18/finds_what_others_can_change_of_what_a_policy_names", permissions::named),
    ("row_18/finds_that_others_can_fill_the_folder_of_verifiers", permissions::empty),
    ("row_18/finds_what_others_can_change_of_what_is_imported", permissions::imported),
    ("row_18/finds_what_others_can_change_behind_a_link", permissions::linked),
    ("row_18/rejects_links_of_others_on_the_way", permissions::linked_by_others),
    ("row_18/rejects_what_others_can_be_the_first_to_make", permissions::missing),
    ("row_18/rejects_what_others_can_change_of_what_is_kept", permissions::kept),
    ("row_18/rejects_what_others_keep_from_being_listed", permissions::unlisted),
    ("row_18/finds_a_policy_with_a_password_that_others_can_read", permissions::password),
    ("row_18/accepts_that_strangers_ask_for_the_canary", permissions::strangers),
    ("row_18/finds_images_that_were_fetched_and_not_unpacked", installation::fetched),
    ("row_18/an_installation_is_sound_until_it_is_removed", installation::init_and_uninstall),
    ("row_18/finds_each_option_that_makes_the_cri_ask_nobody", cri::options),
    ("row_18/finds_an_option_in_the_form_of_an_older_containerd", cri::older_form),
    ("row_18/finds_nothing_in_options_that_change_nothing", cri::harmless),
    ("row_18/a_cri_that_is_switched_off_is_none", cri::switched_off),
    ("row_18/a_cri_that_failed_is_none", cri::failed),
    ("row_18/finds_what_the_next_start_will_open", cri::next_start),
    ("row_18/finds_that_no_pod_can_start", cri::pause_image),
    ("row_18/tries_the_cri_around_mirrors_for_every_host", cri::mirrors),
    ("row_18/finds_policies_that_enforce_nothing", policies::open),
    ("row_18/finds_policies_that_block_everything", policies::blocked),
    ("row_18/finds_repositories_that_do_not_answer", policies::metadata),
    ("row_18/finds_metadata_that_expires_soon", policies::expiring),
    ("row_18/finds_images_that_went_around_the_verifier", stored::around),
    ("row_18/counts_images_that_went_around_the_verifier", stored::many),
];
