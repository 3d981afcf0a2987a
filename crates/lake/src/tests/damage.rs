//! Bytes that changed on disk are found, and never taken for data.

use perennial_types::event::Column;

use super::harness::{World, rows_of};

/// Bytes between the flips; not a divisor of anything in the format.
const STRIDE: usize = 97;

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_byte_is_found_and_never_read_silently() {
    let world = World::new(1).await;
    let rows: String = (0..300)
        .map(|row| {
            format!("c{},2024-01-01 00:00:{:02},visit,{row}.5,p{}\n", row % 17, row % 60, row % 5)
        })
        .collect();
    world.import(&format!("customer,ts,event,amount,page\n{rows}")).await.unwrap();
    let rows = world.rows().await;
    let file = world.files().remove(0);
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let bytes = std::fs::read(&file).unwrap();
    // The last eight bytes are the footer's length and the magic: the catalog has the length, so
    // they are never read, but doctor sees them.
    let ends = [bytes.len() - 1, bytes.len() - 5];
    for offset in (0..bytes.len()).step_by(STRIDE).chain(ends) {
        let mut flipped = bytes.clone();
        flipped[offset] ^= 1;
        std::fs::write(&file, &flipped).unwrap();
        let checkup = world.lake.doctor(|_, _| {}).await.unwrap();
        assert!(checkup.findings.iter().any(|finding| finding.code == "sha256"), "{offset}");
        let fresh =
            crate::Lake::open(world.folder.path(), None, crate::Access::Read).await.unwrap();
        let source = fresh.snapshot().await.unwrap();
        match rows_of(&source).await {
            Ok(read) => assert_eq!(read, rows, "{offset}"),
            Err(error) => {
                let message = error.to_string();
                assert!(
                    message.contains(&name) && message.contains("damaged"),
                    "{offset}: {message}"
                );
            }
        }
    }
    // Every block of a file this small holds data, so no flip can have gone unseen.
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 1;
    std::fs::write(&file, &flipped).unwrap();
    let fresh = crate::Lake::open(world.folder.path(), None, crate::Access::Read).await.unwrap();
    assert!(rows_of(&fresh.snapshot().await.unwrap()).await.is_err());
    // Ids are not compared with damaged ones either.
    let refused = fresh.snapshot().await.unwrap();
    drop(refused);
    assert!(
        world.restart().await.import("customer,ts,event\nc1,2024-01-01,visit\n").await.is_err()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_names_what_is_missing_or_cut() {
    let world = World::new(1).await;
    world.import("customer,ts,event\na,2024-01-01,visit\n").await.unwrap();
    world.import("customer,ts,event\na,2024-01-02,visit\n").await.unwrap();
    let files = world.files();
    let bytes = std::fs::read(&files[0]).unwrap();
    std::fs::write(&files[0], &bytes[..bytes.len() - 1]).unwrap();
    std::fs::remove_file(&files[1]).unwrap();
    let checkup = world.lake.doctor(|_, _| {}).await.unwrap();
    let codes: Vec<&str> = checkup.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["size", "missing"]);
    assert!(
        checkup
            .findings
            .iter()
            .all(|finding| finding.place.starts_with("bucket=0/") && !finding.mend.is_empty())
    );
    assert!(rows_of(&world.lake.snapshot().await.unwrap()).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn contact_data_stays_out_of_statistics() {
    let world = World::new(1).await;
    world
        .import_with_ids(
            "id,customer,ts,event,mail\nm@example.com,a,2024-01-01,visit,someone@example.com\n",
        )
        .await
        .unwrap();
    let source = world.lake.snapshot().await.unwrap();
    let (file, place) = &source.view().files[0];
    let with_ends = file.file.column_stats.iter().filter(|stats| stats.min.is_some()).count();
    assert_eq!(with_ends, 8, "of 16 columns; the others are null or hold contact data");
    let footer = place.open().unwrap().footer().unwrap();
    let statistics: Vec<_> =
        footer.row_group(0).columns().iter().map(|chunk| chunk.statistics()).collect();
    assert!(!format!("{statistics:?}").contains("example"));
    assert!(statistics[Column::MessageId as usize].is_none());
}
