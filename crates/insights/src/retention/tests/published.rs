//! Numbers that others published: PostHog's retention tests and Mixpanel's mean.

use perennial_testkit::{World, world};
use serde_json::json;

use super::check::{answer, counts};

/// Rows of a published triangle, padded with zeros to the length the answer has.
fn padded(rows: &[&[u64]], answered: &[Vec<u64>]) -> Vec<Vec<u64>> {
    let empty: &[u64] = &[];
    let pad = |(row, answered): (usize, &Vec<u64>)| {
        let mut cells = rows.get(row).copied().unwrap_or(empty).to_vec();
        cells.resize(answered.len().max(cells.len()), 0);
        cells
    };
    answered.iter().enumerate().map(pad).collect()
}

fn r1() -> World {
    world(
        "person1 2020-06-10T05,2020-06-11T05,2020-06-12T05,2020-06-15T05 $pageview
         # under its alias
         person1 2020-06-15T09 $pageview
         person1 2020-06-16T05 $pageview
         person2 2020-06-11T05,2020-06-12T05,2020-06-13T05,2020-06-16T05 $pageview",
    )
}

#[test]
fn r1_day_recurring_same_event() {
    let mut question = json!({
        "enter": "every_period", "start": {"event": "$pageview"}, "return": {"event": "$pageview"},
        "period": "day", "periods": 11, "from": "2020-06-10", "to": "2020-06-20",
        "as_of": "2020-06-20T06:00:00Z"
    });
    let answered = answer(&r1(), &question);
    let found = counts(&answered);
    let published: [&[u64]; 7] = [
        &[1, 1, 1, 0, 0, 1, 1],
        &[2, 2, 1, 0, 1, 2],
        &[2, 1, 0, 1, 2],
        &[1, 0, 0, 1],
        &[0],
        &[1, 1],
        &[2],
    ];
    assert_eq!(found, padded(&published, &found));
    let lengths: Vec<usize> = found.iter().map(Vec::len).collect();
    assert_eq!(lengths, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1], "a triangle to the present day");
    assert_eq!(answered.cohorts[5].cells[0].returned, 1, "the second view of the day is a return");

    question["min"] = json!({"occurrences": 2});
    let found = counts(&answer(&r1(), &question));
    let published: [&[u64]; 7] =
        [&[1, 0, 0, 0, 0, 1], &[2, 0, 0, 0, 1], &[2, 0, 0, 1], &[1], &[0], &[1, 0], &[2]];
    assert_eq!(found, padded(&published, &found));
}

#[test]
fn r4_week_start() {
    let world = world(
        "p1 2020-06-10T05,2020-06-11T05,2020-06-17T05 $pageview
         p2 2020-06-10T05,2020-06-11T05,2020-06-17T05 $pageview
         p1 2020-06-24T05 $pageview
         p1 2020-07-04T05 $pageview
         p2 2020-07-04T05 $pageview
         p1 2020-07-11T05 $pageview
         p2 2020-07-11T05 $pageview
         p2 2020-07-25T05 $pageview",
    );
    let sundays = ["06-07", "06-14", "06-21", "06-28", "07-05", "07-12", "07-19"];
    let mondays = ["06-08", "06-15", "06-22", "06-29", "07-06", "07-13", "07-20"];
    let published: [&[u64]; 7] = [
        &[2, 2, 1, 2, 2, 0, 1],
        &[2, 1, 2, 2, 0, 1],
        &[1, 1, 1, 0, 0],
        &[2, 2, 0, 1],
        &[2, 0, 1],
        &[0, 0],
        &[1],
    ];
    for (week_start, dates) in [("sunday", sundays), ("monday", mondays)] {
        let answered = answer(
            &world,
            &json!({
                "enter": "every_period", "start": {"event": "$pageview"},
                "return": {"event": "$pageview"}, "period": "week", "periods": 7,
                "week_start": week_start, "from": format!("2020-{}", dates[0]),
                "to": "2020-07-20", "as_of": "2020-07-26T00:00:00Z"
            }),
        );
        let starts: Vec<&str> = answered.cohorts.iter().map(|row| &row.start[5..]).collect();
        assert_eq!(starts, dates);
        assert_eq!(counts(&answered), published, "{week_start}");
    }
}

#[test]
fn r8_first_time() {
    let world = world(
        "earlier 2020-06-05T05,2020-06-09T05 $user_signed_up
         p1 2020-06-09T05,2020-06-11T05,2020-06-12T05,2020-06-13T05,2020-06-14T05 $user_signed_up
         p1 2020-06-10T05,2020-06-11T05,2020-06-12T05,2020-06-15T05,2020-06-15T09,2020-06-16T05 $pageview
         p2 2020-06-09T05 $user_signed_up
         p2 2020-06-11T05,2020-06-12T05,2020-06-13T05,2020-06-16T05 $pageview
         p3 2020-06-10T05 $user_signed_up
         p3 2020-06-11T05,2020-06-13T05,2020-06-14T05,2020-06-15T05 $pageview
         p4 2020-06-12T05 $user_signed_up
         p4 2020-06-13T05,2020-06-15T05 $pageview",
    );
    let answered = answer(
        &world,
        &json!({
            "enter": "first_matching", "start": {"event": "$user_signed_up"},
            "return": {"event": "$pageview"}, "period": "day", "periods": 7,
            "from": "2020-06-09", "to": "2020-06-15", "as_of": "2020-06-15T06:00:00Z"
        }),
    );
    let found = counts(&answered);
    // Until the 15th at six; who viewed on the 16th or later on the 15th is not known yet.
    let published: [&[u64]; 4] = [&[2, 1, 2, 2, 1, 0, 1], &[1, 1, 0, 1, 1, 1], &[0], &[1, 1, 0, 1]];
    assert_eq!(found, padded(&published, &found));
}
