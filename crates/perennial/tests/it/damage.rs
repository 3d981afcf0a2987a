//! One flipped byte anywhere in a file is found, and never read silently.

use crate::harness::World;

#[test]
fn doctor_finds_a_flipped_byte_and_no_question_reads_it() {
    let world = World::with_orders();
    world.run("doctor --data shop").succeeds();
    let truth = world.ask();
    let files = world.parquet_files();
    let file = &files[0];
    let whole = std::fs::read(file).unwrap();
    let name = file.file_name().unwrap().to_str().unwrap();
    let mut n_refused = 0;
    for place in (0..whole.len()).step_by(whole.len() / 23) {
        let mut damaged = whole.clone();
        damaged[place] ^= 1;
        std::fs::write(file, &damaged).unwrap();
        let found = world.run("doctor --data shop").exits(4).text();
        assert!(found.contains(name) && found.contains("mend: "), "byte {place}: {found}");
        let asked = world.run("ask retention --data shop --question question.json --format json");
        match asked.code {
            // A column the question does not read.
            Some(0) => assert_eq!(asked.json(), truth, "byte {place}"),
            _ => {
                asked.fails(1, &[name, "perennial doctor"]);
                n_refused += 1;
            }
        }
    }
    assert!(n_refused > 2, "only {n_refused} places were read");
    std::fs::write(file, &whole).unwrap();
    world.run("doctor --data shop").succeeds();
    assert_eq!(world.ask(), truth);
}

#[test]
fn a_file_that_is_gone_or_cut_is_found() {
    let world = World::with_orders();
    let file = world.parquet_files().pop().unwrap();
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() - 1]).unwrap();
    world.run("doctor --data shop").exits(4);
    world.run("ask retention --data shop --question question.json").fails(1, &["parquet"]);
    std::fs::remove_file(&file).unwrap();
    world.run("doctor --data shop").exits(4);
    world.run("ask retention --data shop --question question.json").exits(1);
}
