//! Every row counts once, across files, imports, retries and the interface.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::harness::{World, options, request};
use crate::REFUND_OF;
use crate::source::{Field, Input};

const MONDAY: &str = "customer,ts,event,amount\na,2024-01-01 09:00:00,order,1.5\nb,2024-01-01 10:00:00,visit,\nb,2024-01-01 10:00:00,visit,\n";

#[tokio::test(flavor = "multi_thread")]
async fn identical_lines_survive_and_the_same_file_again_adds_nothing() {
    let world = World::new(4).await;
    let first = world.import(MONDAY).await.unwrap();
    assert_eq!(first.counts.accepted, 3);
    assert_eq!(first.n_new_customers, 2);
    let rows = world.rows().await;
    let again = world.import(MONDAY).await.unwrap();
    assert_eq!((again.counts.accepted, again.counts.duplicate, again.n_files), (0, 3, 0));
    assert_eq!(again.n_new_customers, 0);
    assert_eq!(world.rows().await, rows);
    world.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overlapping_export_adds_only_what_is_new() {
    let world = World::new(2).await;
    world.import(MONDAY).await.unwrap();
    // The same two visits, a third identical one, and a row before them.
    let later =
        format!("{MONDAY}b,2024-01-01 10:00:00,visit,\nb,2023-12-31,visit,\nc,2024-01-01,visit,\n");
    let imported = world.import(&later).await.unwrap();
    assert_eq!(
        (imported.counts.read, imported.counts.accepted, imported.counts.duplicate),
        (6, 3, 3)
    );
    assert_eq!(world.rows().await.len(), 6);
    world.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_row_of_an_id_wins_and_another_body_is_a_dead_letter() {
    let world = World::new(2).await;
    let header = "id,customer,ts,event,amount\n";
    world
        .import_with_ids(&format!("{header}m1,a,2024-01-01,order,1\nm2,a,2024-01-02,order,2\n"))
        .await
        .unwrap();
    // m1 again at another instant: the same row. m2 with another amount: reused. m3 twice in one
    // file, later row first in time. m1 of another customer: another row.
    let second = format!(
        "{header}m1,a,2024-01-01 00:00:05,order,1\nm2,a,2024-01-02,order,99\nm3,a,2024-01-04,order,5\nm3,a,2024-01-03,order,5\nm3,a,2024-01-03,order,6\nm1,b,2024-01-01,order,1\n"
    );
    let imported = world.import_with_ids(&second).await.unwrap();
    assert_eq!(imported.counts.by_reason.get("message_id_reused"), Some(&2));
    assert_eq!(
        (imported.counts.accepted, imported.counts.duplicate, imported.counts.rejected),
        (2, 2, 2)
    );
    assert!(imported.counts.is_balanced());
    let rows = world.rows().await;
    assert_eq!(rows.len(), 4);
    assert!(rows.iter().any(|row| row.starts_with("2024-01-04T00:00:00Z|order|m3|")), "{rows:?}");
    assert!(!rows.iter().any(|row| row.contains("99.0000")), "{rows:?}");
    let letters = world.lake.store().dead_letters(Some(&imported.id), 0, 10).await.unwrap();
    let found: Vec<_> =
        letters.iter().map(|letter| (letter.letter.row, letter.letter.value.clone())).collect();
    assert_eq!(found, [(3, Some("m2".to_owned())), (6, Some("m3".to_owned()))]);
    assert!(String::from_utf8_lossy(&letters[0].letter.raw).contains("99.00"));
    world.assert_sound().await;
}

/// The message id of the first row of a world, as the lake wrote it.
async fn first_id(world: &World) -> String {
    let rows = world.rows().await;
    rows[0].split('|').nth(2).expect("a message id").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_made_here_and_sent_back_is_the_same_row() {
    let world = World::new(1).await;
    world.import("customer,ts,event,amount\na,2024-01-01,order,1\n").await.unwrap();
    let id = first_id(&world).await;
    assert!(crate::message_id::is_hashed(id.as_bytes()), "{id}");
    // No filter tells the file's ids, and none is needed for ids of another kind.
    let header = "id,customer,ts,event,amount\n";
    let sent = format!(
        "{header}{id},a,2024-02-01,order,1\n{id},b,2024-01-01,order,1\nm1,a,2024-01-01,order,1\n"
    );
    let sent_back = world.import_with_ids(&sent).await.unwrap();
    assert_eq!((sent_back.counts.accepted, sent_back.counts.duplicate), (2, 1));
    let other = world.import_with_ids(&format!("{header}{id},a,2024-01-01,order,2\n")).await;
    assert_eq!(other.unwrap().counts.by_reason.get("message_id_reused"), Some(&1));
    // And the other way round: merged files have both kinds of ids, and one filter over them.
    for day in 2..9 {
        world.import(&format!("customer,ts,event\na,2024-03-0{day},visit\n")).await.unwrap();
    }
    world.lake.compact(crate::MAX_FILES).await.unwrap();
    let again = world.import_with_ids(&sent).await.unwrap();
    assert_eq!((again.counts.accepted, again.counts.duplicate), (0, 3));
    let overlapping = "customer,ts,event\na,2024-03-02,visit\na,2024-03-02,visit\n";
    let overlapping = world.import(overlapping).await.unwrap();
    assert_eq!((overlapping.counts.accepted, overlapping.counts.duplicate), (1, 1));
    world.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accepted_rows_count_once_before_and_after_a_flush() {
    let world = World::new(2).await;
    let rows = "id,customer,ts,event\nm1,a,2024-01-01,visit\nm2,b,2024-01-01,visit\n";
    world.accept(rows).await.unwrap();
    assert_eq!(world.rows().await.len(), 2);
    world.accept(rows).await.unwrap();
    assert_eq!(world.rows().await.len(), 2, "pending twice");
    let imported = world
        .import_with_ids("id,customer,ts,event\nm1,a,2024-01-01,visit\nm3,a,2024-01-01,visit\n")
        .await
        .unwrap();
    assert_eq!(
        (imported.counts.accepted, imported.counts.duplicate),
        (1, 1),
        "pending and imported"
    );
    let before = world.rows().await;
    assert_eq!(before.len(), 3);
    world.assert_sound().await;
    let flushed = world.lake.flush().await.unwrap();
    assert_eq!((flushed.n_rows, flushed.n_duplicate, flushed.n_reused), (2, 2, 0));
    assert_eq!(world.rows().await, before);
    world
        .accept("id,customer,ts,event\nm1,a,2024-01-01,other\nm2,b,2024-01-01,visit\n")
        .await
        .unwrap();
    assert_eq!(world.rows().await, before, "in a file and pending");
    let flushed = world.lake.flush().await.unwrap();
    assert_eq!((flushed.n_rows, flushed.n_duplicate, flushed.n_reused), (0, 1, 1));
    assert_eq!(world.lake.store().count_dead_letters(None).await.unwrap(), 1);
    assert_eq!(world.lake.flush().await.unwrap(), crate::Flushed::default());
    world.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_file_is_recognised_without_being_read() {
    let world = World::new(2).await;
    let path = world.folder.path().join("monday.csv");
    std::fs::write(&path, MONDAY).unwrap();
    let import = async || {
        let mut request = request("", options());
        request.input = Input::path(&path);
        world.lake.ingest(request, Arc::new(()), CancellationToken::new()).await.unwrap()
    };
    let first = import().await;
    assert!(!first.is_known);
    let again = import().await;
    assert!(again.is_known);
    assert_eq!(again.id, first.id);
    assert_eq!((again.counts.read, again.counts.accepted, again.counts.duplicate), (3, 0, 3));
    world.lake.undo(&first.id).await.unwrap();
    let third = import().await;
    assert!(!third.is_known);
    assert_eq!(third.counts.accepted, 3);
    // One more byte: another file.
    std::fs::write(&path, format!("{MONDAY}c,2024-01-01,visit,\n")).unwrap();
    let fourth = import().await;
    assert_eq!((fourth.is_known, fourth.counts.accepted, fourth.counts.duplicate), (false, 1, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn refunds_name_their_order_and_stay_the_same_rows() {
    let world = World::new(1).await;
    let import = async |csv: &str, with_ids: bool| {
        let mut options = options();
        for (field, column) in
            [(Field::OrderId, "order"), (Field::Item, "item"), (Field::Quantity, "quantity")]
        {
            options.map.push((field, column.to_owned()));
        }
        if with_ids {
            options.map.push((Field::MessageId, "id".to_owned()));
        }
        world
            .lake
            .ingest(request(csv, options), Arc::new(()), CancellationToken::new())
            .await
            .unwrap()
    };
    let both = "id,customer,ts,event,order,item,quantity,color\n1,a,2024-01-01,order,o1,mug,6,red\n2,a,2024-01-05,refund,c2,mug,-6,red\n";
    import(both, true).await;
    let rows = world.rows().await;
    assert!(
        rows.iter().any(|row| row.contains(&format!(r#"{{"color":"red","{REFUND_OF}":"o1"}}"#))),
        "{rows:?}"
    );
    // Alone, the refund finds no order, but it is the same row.
    let alone = import(
        "id,customer,ts,event,order,item,quantity,color\n2,a,2024-01-05,refund,c2,mug,-6,red\n",
        true,
    )
    .await;
    assert_eq!((alone.counts.duplicate, alone.counts.rejected), (1, 0));
    assert_eq!(world.rows().await, rows);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_copy_of_a_row_that_is_there_is_a_duplicate() {
    let world = World::new(1).await;
    let header = "id,customer,ts,event\n";
    world.import_with_ids(&format!("{header}m1,a,2024-01-01,visit\n")).await.unwrap();
    // The first to arrive is the last in time.
    let copies =
        format!("{header}m1,a,2024-01-03,visit\nm1,a,2024-01-02,visit\nm1,a,2024-01-02,buy\n");
    let imported = world.import_with_ids(&copies).await.unwrap();
    assert_eq!((imported.counts.duplicate, imported.counts.rejected), (2, 1));
    world.accept(&copies).await.unwrap();
    assert_eq!(world.rows().await.len(), 1);
    let flushed = world.lake.flush().await.unwrap();
    assert_eq!((flushed.n_rows, flushed.n_duplicate, flushed.n_reused), (0, 2, 1));
    world.assert_sound().await;
}
