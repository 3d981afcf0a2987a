//! The formulas in Chinese, in the words of the English ones beside the functions.

use super::Feature;

impl Feature {
    /// How it is computed, in Chinese.
    pub fn formula_zh(&self) -> String {
        let known = windowed(self.name).or_else(|| by_name(self.name).map(str::to_owned));
        // A formula nobody has put into Chinese yet is better read in English than missed.
        known.unwrap_or_else(|| self.formula.to_owned())
    }
}

/// The formula of what is counted in the days up to the cut.
fn windowed(name: &str) -> Option<String> {
    let (counted, days) = name.strip_suffix('d')?.rsplit_once('_')?;
    let days: u32 = days.parse().ok()?;
    let what = match counted {
        "events" => "的事件数",
        "active_days" => "中有事件的自然日数",
        "orders" => "的订单数",
        "money" => "的订单金额之和",
        "support_events" => "的求助事件数",
        "sessions" => "开始的会话数",
        _ => return None,
    };
    Some(format!("截至截止日的 {days} 天内{what}"))
}

fn by_name(name: &str) -> Option<&'static str> {
    Some(match name {
        "tenure_days" => "从首次事件到截止日的自然日数",
        "recency_days" => "从最近一次事件到截止日的自然日数",
        "events" => "截止日结束前的事件数",
        "events_prev_90d" => "截至截止日 180 天的事件数减去最近 90 天的事件数",
        "events_trend_90d" => {
            "(events_90d − events_prev_90d) / (events_90d + events_prev_90d)；两者均为 0，或 90 天前尚不知此客户时缺失"
        }
        "events_slope" => {
            "客户全程已知的最近至多六个 30 天区段的事件数的最小二乘斜率（每区段）；不足两段时缺失"
        }
        "active_days" => "有事件的自然日数",
        "gap_mean_days" => "相邻两个有事件日之间天数的均值；只有一天时缺失",
        "gap_median_days" => "这些天数的中位数",
        "gap_sd_days" => "这些天数的标准差（分母 n − 1）；只有一个间隔时缺失",
        "gap_last_ratio" => "最近一个间隔 / gap_mean_days",
        "silence_ratio" => "recency_days / gap_mean_days",
        "orders" => "金额大于 0 的订单数；订单号相同的行计为一单",
        "orders_prev_90d" => "截至截止日 180 天的订单数减去最近 90 天的订单数",
        "orders_trend_90d" => {
            "(orders_90d − orders_prev_90d) / (orders_90d + orders_prev_90d)；两者均为 0，或 90 天前尚不知此客户时缺失"
        }
        "days_since_first_order" => "从首单到截止日的自然日数；没有订单时缺失",
        "days_since_last_order" => "从最近一单到截止日的自然日数；没有订单时缺失",
        "order_gap_mean_days" => "相邻两单之间自然日数的均值；只有一单时缺失",
        "order_gap_median_days" => "这些天数的中位数",
        "order_gap_sd_days" => "这些天数的标准差（分母 n − 1）；只有一个间隔时缺失",
        "order_gap_last_ratio" => "最近一个间隔 / order_gap_mean_days；后者为 0 时缺失",
        "order_silence_ratio" => "days_since_last_order / order_gap_mean_days；后者为 0 时缺失",
        "money" => "订单金额之和",
        "money_net" => "money − refund_money",
        "money_mean" => "money / orders；没有订单时缺失",
        "money_max" => "最大一单的金额；没有订单时缺失",
        "money_prev_90d" => "截至截止日 180 天的订单金额减去最近 90 天的订单金额",
        "money_trend_90d" => {
            "(money_90d − money_prev_90d) / (money_90d + money_prev_90d)；两者均为 0，或 90 天前尚不知此客户时缺失"
        }
        "refunds" => "退款笔数；订单号相同的行计为一笔",
        "refund_money" => "退款金额之和，不论其符号",
        "refund_share" => "refund_money / money；没有订单时缺失",
        "event_names" => "不同的事件名称数",
        "items" => "所有事件中不同的商品数",
        "items_bought" => "订单行中不同的商品数",
        "categories" => "所有事件中不同的品类数",
        "support_events" => "求助事件数",
        "days_since_support" => "从最近一次求助到截止日的自然日数；没有求助时缺失",
        "votes" => "分值为数字的评分次数",
        "last_score" => "最近一次评分的分值；没有评分时缺失",
        "mean_score" => "分值的均值；没有评分时缺失",
        "days_since_vote" => "从最近一次评分到截止日的自然日数；没有评分时缺失",
        "sessions" => "开始的会话数",
        "session_mean_seconds" => "会话内的时间 / 会话数；只有一个事件的会话时长为 0",
        "session_mean_events" => "事件数 / 会话数",
        "weekend_share" => "周六与周日的事件数 / 事件数",
        "night_share" => "00:00 至 06:00 的事件数 / 事件数",
        "morning_share" => "06:00 至 12:00 的事件数 / 事件数",
        "afternoon_share" => "12:00 至 18:00 的事件数 / 事件数",
        "evening_share" => "18:00 至 24:00 的事件数 / 事件数",
        "first_channel" => "首个带有渠道的事件的渠道",
        "last_channel" => "最近一个带有渠道的事件的渠道",
        "first_country" => "首个带有国家的事件的国家",
        "last_country" => "最近一个带有国家的事件的国家",
        "last_currency" => "最近一单的币种",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_formula_has_chinese_or_is_made_of_names() {
        let is_chinese = |text: &str| text.chars().any(|one| one > '\u{4e00}');
        for feature in super::super::all() {
            let formula = feature.formula_zh();
            // Quotients of features read the same in every language.
            let is_of_names = feature.formula.contains(" / ") || feature.formula.contains(" - ");
            assert!(is_chinese(&formula) || is_of_names, "{}: {formula}", feature.name);
        }
        assert_eq!(
            super::super::named("money_30d").unwrap().formula_zh(),
            "截至截止日的 30 天内的订单金额之和"
        );
    }
}
