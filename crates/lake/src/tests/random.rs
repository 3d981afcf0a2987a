//! However rows are split into imports, accepted, flushed and compacted: the same rows.

use proptest::prelude::*;

use super::harness::World;

#[derive(Clone, Debug)]
enum Action {
    Import(Vec<(u8, u8, u8)>),
    Accept(Vec<(u8, u8, u8)>),
    Flush,
    Compact,
    Restart,
}

fn csv(rows: &[(u8, u8, u8)]) -> String {
    // The body follows from the id, so that no id is ever reused for another body.
    let line = |(customer, id, minute): &(u8, u8, u8)| {
        format!("m{id},c{customer},2024-01-01 00:{:02}:00,visit,{id}\n", minute % 60)
    };
    format!("id,customer,ts,event,amount\n{}", rows.iter().map(line).collect::<String>())
}

fn rows() -> impl Strategy<Value = Vec<(u8, u8, u8)>> {
    proptest::collection::vec((0..6_u8, 0..12_u8, any::<u8>()), 1..12)
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        4 => rows().prop_map(Action::Import),
        4 => rows().prop_map(Action::Accept),
        2 => Just(Action::Flush),
        1 => Just(Action::Compact),
        1 => Just(Action::Restart),
    ]
}

/// First rows of every customer and id, in the order they came.
fn expected(actions: &[Action]) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let mut rows = Vec::new();
    for action in actions {
        if let Action::Import(added) | Action::Accept(added) = action {
            for (customer, id, minute) in added {
                if seen.insert((*customer, *id)) {
                    rows.push(format!(
                        "2024-01-01T00:{:02}:00Z|visit|m{id}||{id}.0000|||||",
                        minute % 60
                    ));
                }
            }
        }
    }
    rows.sort();
    rows
}

async fn run(actions: &[Action]) -> Vec<String> {
    let mut world = World::new(3).await;
    for action in actions {
        match action {
            Action::Import(rows) => {
                let counts = world.import_with_ids(&csv(rows)).await.unwrap().counts;
                assert!(
                    counts.is_balanced()
                        && counts.read == rows.len() as u64
                        && counts.rejected == 0
                );
            }
            Action::Accept(rows) => world.accept(&csv(rows)).await.unwrap(),
            Action::Flush => drop(world.lake.flush().await.unwrap()),
            Action::Compact => drop(world.lake.compact(0).await.unwrap()),
            Action::Restart => world = world.restart().await,
        }
    }
    world.assert_sound().await;
    let pending = world.rows().await;
    world.lake.flush().await.unwrap();
    let flushed = world.rows().await;
    assert_eq!(pending, flushed);
    world.lake.compact(0).await.unwrap();
    assert_eq!(world.rows().await, flushed);
    world.assert_sound().await;
    flushed
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_row_counts_once_whatever_happens(actions in proptest::collection::vec(action(), 1..10)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        prop_assert_eq!(runtime.block_on(run(&actions)), expected(&actions));
    }
}
