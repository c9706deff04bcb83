//! The rows of the attack table. A test's name begins with the number of its row.

mod at_once;
mod availability;
mod images;
mod registry_lies;
mod replays;
mod stolen_keys;

use crate::world::Site;

/// A test and its name.
pub(crate) type Row = (&'static str, fn(&Site));

/// Every test.
pub(crate) const ROWS: &[Row] = &[
    ("row_1/rejects_a_tag_that_points_to_another_image", images::moved_tag),
    ("row_2/rejects_a_downgrade_by_digest", images::downgrade_by_digest),
    ("row_3/rejects_replayed_metadata", replays::older_metadata),
    ("row_4/rejects_frozen_metadata_once_it_has_expired", replays::freeze),
    ("row_5/rejects_expired_metadata_of_every_role", replays::expired_roles),
    ("row_6/rejects_what_a_stolen_timestamp_key_signs", stolen_keys::timestamp),
    ("row_7/rejects_what_stolen_online_keys_sign_and_recovers", stolen_keys::timestamp_and_snapshot),
    ("row_8/rejects_a_mix_of_targets_and_snapshot", replays::mixed_targets),
    ("row_9/rejects_an_image_under_another_name", images::another_name),
    ("row_10/rejects_what_a_delegation_does_not_cover", images::beyond_a_delegation),
    ("row_11/leaves_a_swapped_body_to_containerd", registry_lies::swapped_body),
    ("row_11/leaves_a_swapped_child_to_containerd", registry_lies::swapped_child),
    ("row_12/rejects_another_media_type", registry_lies::media_type),
    ("row_12/rejects_an_ambiguous_manifest", registry_lies::ambiguous_manifest),
    ("row_12/rejects_another_size", registry_lies::size),
    ("row_12/rejects_another_algorithm", registry_lies::algorithm),
    ("row_13/rejects_endless_metadata", availability::endless_metadata),
    ("row_13/rejects_metadata_that_never_comes", availability::stalled_metadata),
    ("row_14/rejects_names_that_are_not_canonical", images::hostile_names),
    ("row_15/allows_from_the_cache_until_it_expires", availability::server_down),
    ("row_15/rejects_without_the_server_where_the_policy_says_so", availability::server_down_denied),
    ("row_15/rejects_without_the_server_and_a_cache", availability::server_down_at_first),
    ("row_16/rejects_a_wrong_root_and_stores_nothing", replays::wrong_root),
    ("row_17/four_pulls_at_once_leave_one_state", at_once::four_pulls),
    ("runs_what_is_listed_before_and_after_an_update", images::honest_update),
];
