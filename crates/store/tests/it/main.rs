//! The store's conformance suite: every case runs on SQLite, and on a PostgreSQL cluster the suite
//! starts for itself (skipped visibly where PostgreSQL is not installed).

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test ends at the first thing that is not as expected, and says what it skips"
)]

mod accepting;
mod committing;
mod crashes;
mod damage;
mod dashboards;
mod fixture;
mod kept;
mod measure;
mod models;
mod opening;
mod postgres;
mod same_answers;
mod scores;
mod segments;
mod sweeping;

use std::future::Future;
use std::pin::Pin;

use perennial_store::DatabaseUrl;

/// A case: a claim about a store on an empty database.
type Case = fn(DatabaseUrl) -> Pin<Box<dyn Future<Output = ()>>>;

/// Runs every case on SQLite as a test of its own, and all of them on PostgreSQL in one test.
macro_rules! conformance {
    ($($module:ident: $($case:ident),+;)+) => {
        mod sqlite {
            $(mod $module {
                $(#[test]
                fn $case() {
                    $crate::on_sqlite(|url| Box::pin($crate::$module::$case(url)));
                })+
            })+
        }

        const CASES: &[(&str, Case)] = &[
            $($((concat!(stringify!($module), "::", stringify!($case)),
                |url| Box::pin($module::$case(url))),)+)+
        ];
    };
}

conformance! {
    opening: a_new_workspace_is_an_empty_lake, opening_again_changes_nothing,
        a_missing_workspace_is_not_found, another_programs_database_is_refused,
        a_newer_workspace_is_refused, an_older_workspace_is_not_read,
        nonsense_is_no_workspace, reading_only_refuses_to_write;
    accepting: accepted_batches_are_read_back, one_call_gets_consecutive_sequences,
        calls_at_the_same_time_lose_nothing, a_refused_call_takes_no_other_with_it,
        an_empty_batch_is_refused, reserved_sequences_and_keys_are_given_once,
        two_processes_share_no_sequence, what_was_known_never_grows;
    committing: a_file_is_read_back_as_it_was_published, a_flush_moves_rows_from_pending_to_files,
        a_stale_snapshot_is_a_conflict, what_is_gone_is_a_conflict_and_nothing_is_written,
        a_file_that_contradicts_itself_is_refused, compaction_keeps_every_row,
        time_never_goes_back, one_of_two_racing_commits_wins, contact_data_stays_out;
    kept: identities_are_found_by_every_way, a_taken_identity_is_named,
        an_import_is_read_back_and_changed, a_done_import_accounts_for_every_row,
        dead_letters_are_paged_and_capped, settings_are_read_back;
    segments: every_version_of_a_segment_is_kept, a_segment_changed_meanwhile_is_a_conflict,
        names_no_database_may_confuse, what_cannot_be_a_name_is_refused;
    dashboards: every_version_of_a_dashboard_is_kept, several_dashboards_are_written_or_none,
        what_cannot_name_a_dashboard_is_refused,
        an_older_workspace_keeps_what_it_has_and_takes_dashboards;
    models: every_version_of_a_model_is_kept, a_retired_model_stays_readable,
        what_cannot_be_a_model_is_refused, an_older_workspace_takes_models;
    scores: scorings_are_read_back_beside_the_events, the_newest_scoring_is_in_force,
        what_was_scored_is_never_scored_again, a_scoring_that_contradicts_itself_is_refused,
        the_check_finds_faults_in_scorings, sweeping_events_leaves_scorings_alone;
    sweeping: removed_files_go_when_no_reader_needs_them, live_and_unknown_files_are_not_purged,
        ranges_narrow_when_files_are_purged;
    damage: a_changed_pending_batch_is_found, the_check_finds_every_planted_fault,
        rows_of_another_program_are_refused;
    crashes: a_dropped_commit_is_whole_or_nothing, a_dropped_accept_is_whole_or_nothing,
        a_killed_process_loses_nothing_it_acknowledged;
}

fn on_sqlite(case: impl FnOnce(DatabaseUrl) -> Pin<Box<dyn Future<Output = ()>>>) {
    let folder = tempfile::tempdir().unwrap();
    runtime().block_on(case(DatabaseUrl::Sqlite(folder.path().join("perennial.db"))));
}

#[test]
fn postgres_conforms() {
    let Some(cluster) = postgres::Cluster::start() else { return };
    let fails = |(_, case): &&(&str, Case)| {
        let run = || runtime().block_on(case(cluster.new_database()));
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err()
    };
    let failed: Vec<_> = CASES.iter().filter(fails).map(|(name, _)| name).collect();
    assert!(failed.is_empty(), "on PostgreSQL: {failed:?}");
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}
