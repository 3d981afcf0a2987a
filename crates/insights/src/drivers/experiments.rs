//! Which experiment would tell whether a driver is a cause.
//!
//! Staying may come before the driver, or both from a third thing. Only who is drawn by lot to have
//! more of it differs from the others in nothing else.

use perennial_types::question::Text;

use super::columns::About;
use crate::customer_table::features::Need;

/// The experiment for a column.
pub(super) fn of(about: &About) -> Text {
    let Some(need) = about.need else {
        return if about.is_factor { of_a_factor(about) } else { of_a_trait(about) };
    };
    match need {
        Need::Days | Need::Gaps | Need::Sessions | Need::Rhythm | Need::Names => Text::new(
            "invite a half of the customers, drawn by lot, to come back (a reminder, a tour of what they have not used), leave the other half alone, and compare how many of each leave within the horizon",
            "随机抽取一半客户邀请其再次使用（提醒或引导未用过的功能），另一半不作干预，比较两组在观察期内的流失率",
        ),
        Need::Orders | Need::OrderGaps | Need::Money => Text::new(
            "give a half of the customers, drawn by lot, a reason for one more order (a reminder, a benefit), leave the other half alone, and compare how many of each leave within the horizon",
            "随机抽取一半客户，给予再下一单的理由（提醒或优惠），另一半不作干预，比较两组在观察期内的流失率",
        ),
        Need::Items | Need::ItemsBought | Need::Categories => Text::new(
            "show a half of the customers, drawn by lot, something of a category they have not bought, the other half what they see today, and compare how many of each leave within the horizon",
            "随机抽取一半客户，向其展示未购买过的品类，另一半维持现状，比较两组在观察期内的流失率",
        ),
        Need::Support | Need::Votes => Text::new(
            "answer a half of the customers who ask for help or vote, drawn by lot, sooner or in person, the others as today, and compare how many of each leave within the horizon",
            "对求助或评分的客户随机抽取一半，更快或由专人回应，其余照旧，比较两组在观察期内的流失率",
        ),
        Need::Channel | Need::Country | Need::Currency => Text::new(
            "this cannot be given to a customer by lot; draw by lot in which regions or weeks more is spent on it, and compare the customers won there",
            "无法随机分配给客户；可随机决定在哪些地区或哪几周加大投入，再比较由此获得的客户",
        ),
    }
}

fn of_a_trait(about: &About) -> Text {
    Text::new(
        format!(
            "where `{}` is yours to set, set it for a half of the new customers, drawn by lot, and compare how many of each half leave within the horizon; where it is not, no experiment can tell",
            about.name
        ),
        format!(
            "若“{}”可由您设定，请为随机抽取的一半新客户设定，并比较两组在观察期内的流失率；若不可设定，则无法用实验判断",
            about.name
        ),
    )
}

fn of_a_factor(about: &About) -> Text {
    Text::new(
        format!(
            "encourage what makes up “{}” for a half of the customers, drawn by lot, leave the other half alone, and compare how many of each leave within the horizon",
            about.en
        ),
        format!(
            "随机抽取一半客户，促进其“{}”所含的行为，另一半不作干预，比较两组在观察期内的流失率",
            about.zh
        ),
    )
}
