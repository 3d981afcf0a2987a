use super::*;

fn code<T: std::fmt::Debug>(result: Result<T, LearnError>) -> &'static str {
    result.unwrap_err().code()
}

#[test]
fn a_table_names_what_is_wrong_with_it() {
    let error = Table::new(vec![Column::numbers("days", vec![1.0, f64::INFINITY])]).unwrap_err();
    assert_eq!(error.to_string(), "column `days` is `inf` in row 1");
    assert_eq!(error.hint(), "correct the value, or leave it out as missing");
    assert_eq!(code(Table::new(vec![])), "no_columns");
    assert_eq!(code(Table::new(vec![Column::numbers("days", vec![])])), "no_rows");
    let two = || Column::numbers("days", vec![1.0, 2.0]);
    assert_eq!(code(Table::new(vec![two(), two()])), "column_twice");
    assert_eq!(code(Table::new(vec![two(), Column::numbers("other", vec![1.0])])), "length");
    let values = Values::Categories { codes: vec![0, 7], labels: vec!["a".to_owned()] };
    let stray = Column { name: "plan".to_owned(), values };
    assert_eq!(code(Table::new(vec![stray])), "code_without_label");
    let labels: Vec<String> = (0..256).map(|label| label.to_string()).collect();
    let many = Column::categories("city", labels.iter().map(|label| Some(label.as_str())));
    assert_eq!(code(Table::new(vec![many])), "too_many_categories");
}

#[test]
fn a_schema_finds_columns_by_name_and_categories_by_label() {
    let plans = |values: [&'static str; 2]| Column::categories("plan", values.map(Some));
    let days = || Column::numbers("days", vec![1.0, 2.0]);
    let fitted = Table::new(vec![days(), plans(["free", "paid"])]).unwrap();
    let schema = Schema::of(&fitted);
    // Another order, another dictionary, one plan never seen, one column more.
    let other = Column::numbers("other", vec![0.0, 0.0]);
    let scored = Table::new(vec![plans(["paid", "gift"]), other, days()]).unwrap();
    let aligned = schema.align(&scored).unwrap();
    assert!(matches!(&aligned[0], Aligned::Numbers([1.0, 2.0])));
    let Aligned::Categories { codes, known_as } = &aligned[1] else {
        panic!("plan has categories")
    };
    let known: Vec<u32> = (0..2).map(|row| Aligned::category(codes, known_as, row)).collect();
    assert_eq!(known, [1, MISSING_CATEGORY]);
    let without = Table::new(vec![days()]).unwrap();
    assert_eq!(code(schema.align(&without).map(|_| ())), "column_absent");
    let as_numbers = Table::new(vec![days(), Column::numbers("plan", vec![0.0, 1.0])]).unwrap();
    assert_eq!(code(schema.align(&as_numbers).map(|_| ())), "column_kind");
}

#[test]
fn labels_and_weights_are_checked() {
    assert_eq!(code(check_labels(2, &[true, true], None)), "one_class");
    assert_eq!(code(check_labels(3, &[true, false], None)), "length");
    assert_eq!(code(check_labels(2, &[true, false], Some(&[1.0, -1.0]))), "weight");
    assert_eq!(code(check_labels(2, &[true, false], Some(&[1.0, f64::NAN]))), "weight");
    // A class whose rows weigh nothing is not there.
    assert_eq!(code(check_labels(2, &[true, false], Some(&[1.0, 0.0]))), "one_class");
    assert!(check_labels(2, &[true, false], Some(&[1.0, 0.5])).is_ok());
}

#[test]
fn folds_share_out_both_labels_evenly() {
    let labels: Vec<bool> = (0..103).map(|row| row % 4 == 0).collect();
    let folds = stratified_folds(&labels, 5, 7).unwrap();
    for label in [false, true] {
        let sizes: Vec<usize> = (0..5)
            .map(|fold| (0..103).filter(|&row| folds[row] == fold && labels[row] == label).count())
            .collect();
        assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1, "{sizes:?}");
    }
    assert_eq!(folds, stratified_folds(&labels, 5, 7).unwrap());
    assert_ne!(folds, stratified_folds(&labels, 5, 8).unwrap());
    assert_eq!(code(stratified_folds(&[true, false, false], 2, 0)), "too_few_rows");
    assert_eq!(code(stratified_folds(&labels, 1, 0)), "setting");
}

#[test]
fn random_numbers_are_even_and_repeat_with_their_seed() {
    let mut random = Random::stream(42, 3);
    let mut counts = [0; 7];
    for _ in 0..70_000 {
        counts[random.below(7)] += 1;
    }
    // Each expects 10,000 with a deviation of 93.
    assert!(counts.iter().all(|&count: &i32| (count - 10_000).abs() < 500), "{counts:?}");
    let mean = (0..10_000).map(|_| random.unit()).sum::<f64>() / 10_000.0;
    assert!((mean - 0.5).abs() < 0.015, "{mean}");
    let first = |seed, stream| Random::stream(seed, stream).bits();
    assert_eq!(first(1, 2), first(1, 2));
    assert_ne!(first(1, 2), first(1, 3));
    assert_ne!(first(1, 2), first(2, 2));
    assert_eq!(random.below(0), 0);
}

#[test]
fn pieces_come_back_in_order_on_any_number_of_threads() {
    for n_threads in [0, 1, 3, 9] {
        let squares = parallel::in_pieces(7, n_threads, || (), |(), piece| piece * piece);
        assert_eq!(squares, [0, 1, 4, 9, 16, 25, 36]);
    }
}
