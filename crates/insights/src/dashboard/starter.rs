//! The dashboard there is from the beginning: eight questions that any company can ask.
//!
//! It needs no configuration: every event counts where no order is asked for, and a company without
//! orders sees the tiles about money empty.

use serde_json::{Map, Value, json};

use super::{COLUMNS, Dashboard, Filters, Show, Tile, Title};

/// Its name.
pub const OVERVIEW: &str = "overview";

/// Eight insights over the whole history.
pub fn overview() -> Dashboard {
    let half = COLUMNS / 2;
    Dashboard {
        name: Some(OVERVIEW.to_owned()),
        title: Title::each("Overview", "总览"),
        owner: None,
        filters: Filters::default(),
        tiles: vec![
            tile(
                ("Who is kept, month by month", "各月客户留存率"),
                "crr",
                json!({"period": "month", "active": {"trailing_days": 90}}),
                half,
            ),
            tile(
                ("New, returning, back and gone", "新增、回访、复活与休眠"),
                "lifecycle",
                json!({"period": "month"}),
                half,
            ),
            tile(
                ("Who comes back after the first month", "首月之后的回访"),
                "retention",
                json!({"enter": "first_matching", "period": "month", "periods": 12}),
                COLUMNS,
            ),
            tile(
                ("How regularly customers come", "客户来访的规律性"),
                "stickiness",
                json!({"period": "week"}),
                half,
            ),
            tile(
                ("Customers by recency and frequency", "按近度与频次的客户分布"),
                "rfm",
                json!({"classes": "rfm11"}),
                half,
            ),
            tile(
                ("From the first event to the second order", "从首次事件到再次下单"),
                "funnel",
                json!({
                    "steps": [
                        {"event": "*", "name": "anything"}, {"event": "order"},
                        {"event": "order", "name": "second order"},
                    ],
                    "within": {"days": 90},
                }),
                half,
            ),
            tile(
                ("What a first session with staying has", "首次会话与留下来的关系"),
                "sessions",
                json!({"session": {"gap_minutes": 30}}),
                half,
            ),
            tile(
                ("The ways customers take", "客户的路径"),
                "path",
                json!({"session": {"gap_minutes": 30}, "steps": 4, "count": "sessions", "top": 6}),
                COLUMNS,
            ),
        ],
    }
}

fn tile((en, zh): (&str, &str), kind: &str, question: Value, width: u8) -> Tile {
    let question = match question {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    let (kind, title) = (kind.to_owned(), Title::each(en, zh));
    Tile { title, kind, question, show: Show::Picture, place: 0, width }
}
