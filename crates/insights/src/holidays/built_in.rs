//! The holidays that are looked at unless a question brings its own: those of shops in Europe,
//! America and China.

use perennial_types::calendar::Weekday;

use super::{Feast, Fixed, Holiday, Lunar, NthWeekday, On};

/// The list, in the order of the year. A day of two is counted for the first of them.
pub fn built_in() -> Vec<Holiday> {
    let fixed = |month, day| On::Fixed(Fixed { month, day });
    let lunar = |lunar| On::Lunar { lunar };
    // Black Friday follows the fourth Thursday of November, and ends with Cyber Monday.
    let thanksgiving = NthWeekday { month: 11, weekday: Weekday::Thursday, nth: 4 };
    let rows = [
        ("New Year", "元旦", fixed(1, 1), 0, 0),
        ("Lunar New Year", "春节", lunar(Lunar::NewYear), -1, 6),
        ("Valentine's Day", "情人节", fixed(2, 14), 0, 0),
        ("Women's Day", "妇女节", fixed(3, 8), 0, 0),
        ("Easter", "复活节", On::Feast(Feast::Easter), -2, 1),
        ("Labour Day", "劳动节", fixed(5, 1), 0, 4),
        ("Dragon Boat", "端午节", lunar(Lunar::DragonBoat), 0, 0),
        ("618", "618", fixed(6, 18), -2, 0),
        ("Qixi", "七夕", lunar(Lunar::Qixi), 0, 0),
        ("Mid-Autumn", "中秋节", lunar(Lunar::MidAutumn), 0, 0),
        ("National Day of China", "国庆节", fixed(10, 1), 0, 6),
        ("Singles' Day", "双十一", fixed(11, 11), 0, 0),
        ("Black Friday", "黑色星期五", On::NthWeekday(thanksgiving), 1, 4),
        ("Double Twelve", "双十二", fixed(12, 12), 0, 0),
        ("Christmas", "圣诞节", fixed(12, 25), -1, 1),
    ];
    let holiday = |(name, name_zh, on, first_day, last_day): (&str, &str, On, i32, i32)| Holiday {
        name: name.to_owned(),
        name_zh: Some(name_zh.to_owned()),
        on,
        first_day,
        last_day,
    };
    rows.map(holiday).to_vec()
}
