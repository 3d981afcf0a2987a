//! What starts a stay and what ends it, in words of both languages.

use perennial_types::filter::{EventFilter, Language};
use perennial_types::question::{Population, Text};

use super::Leaving;

fn filter_in_words(filter: Option<&EventFilter>, population: Population) -> Text {
    match (filter, population) {
        (Some(filter), _) => {
            Text::new(filter.in_words(Language::English), filter.in_words(Language::Chinese))
        }
        (None, Population::Everyone) => Text::new("any event", "任意事件"),
        (None, _) => Text::new("a purchase", "购买"),
    }
}

/// What starts a stay.
pub fn start_in_words(
    start: Option<&EventFilter>,
    event: Option<&EventFilter>,
    population: Population,
) -> Text {
    let first = filter_in_words(start.or(event), population);
    Text::new(format!("the first {}", bare(&first.en)), format!("首次{}", first.zh))
}

/// What is counted, without its article.
fn bare(counted: &str) -> &str {
    let article = ["a ", "an ", "any "].iter().find_map(|article| counted.strip_prefix(article));
    article.unwrap_or(counted)
}

/// What ends a stay, and until when that is known.
pub fn leaving_in_words(
    leave: &Leaving,
    event: Option<&EventFilter>,
    population: Population,
) -> Text {
    match leave {
        Leaving::Event(filter) => Text::new(
            format!(
                "a customer leaves by the first {} from the start on, and is still here, and so censored, at the end of the known world otherwise",
                bare(&filter.in_words(Language::English))
            ),
            format!(
                "自开始起首次{}即为离开；否则在已知数据的末端仍在，按删失处理",
                filter.in_words(Language::Chinese)
            ),
        ),
        Leaving::SilenceDays(days) => {
            let kept = filter_in_words(event, population);
            Text::new(
                format!(
                    "a customer leaves with the last {} before the first {days} days without one, and is still here, and so censored, {days} days before the end of the known world otherwise, the latest instant at which that is known of everybody",
                    bare(&kept.en)
                ),
                format!(
                    "首次连续 {days} 天没有{0}，即视为在此前最后一次{0}时离开；否则在已知数据末端之前 {days} 天仍在（这是对所有客户都可判定的最晚时刻），按删失处理",
                    kept.zh
                ),
            )
        }
    }
}

/// Whose customers count.
pub fn population_in_words(population: Population) -> Text {
    match population {
        Population::Everyone => Text::new("all customers", "全部客户"),
        Population::Buyers => Text::new(
            "customers with a purchase, from the first one on",
            "有过购买的客户，自首次购买起计",
        ),
        Population::NetBuyers => Text::new(
            "customers who bought and have not been refunded everything",
            "购买后未全额退款的客户",
        ),
    }
}
