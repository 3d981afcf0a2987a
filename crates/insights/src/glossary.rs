//! Names of kinds, tables, columns and lines in both languages: the one list to add a word to.
//!
//! Presentations speak the names that stand here in the first column; a reader of Chinese sees the
//! third. What does not stand here is data (a customer, a country, a date) and is shown as it is.
//! A test presents every kind and fails on a heading without Chinese.

use perennial_types::question::Text;

use crate::customer_table;

/// The name, in English, in Chinese.
type Word = (&'static str, &'static str, &'static str);

static WORDS: &[Word] = &[
    // kinds
    ("retention", "Retention", "客户留存"),
    ("crr", "Retention rate", "客户留存率"),
    ("rfm", "RFM", "客户价值分层（RFM）"),
    ("lifecycle", "Lifecycle", "客户生命周期"),
    ("stickiness", "Stickiness", "客户黏性"),
    ("funnel", "Funnel", "转化漏斗"),
    ("path", "Paths", "客户路径"),
    ("sessions", "Sessions", "会话"),
    ("seasonality", "Seasonality", "季节性与趋势"),
    ("cohort", "Cohorts", "客户群组"),
    ("benchmark", "Benchmarks", "行业对照"),
    ("revenue_retention", "Revenue retention", "收入留存"),
    ("churn", "Churn", "流失率"),
    ("customer_table", "Customer table", "客户特征表"),
    ("feedback", "Feedback", "客户反馈"),
    ("drivers", "Key drivers", "关键驱动因素"),
    ("lifetime_value", "Lifetime value", "客户终身价值"),
    ("survival", "Survival", "客户停留时长"),
    ("curve_fit", "Curve fit", "留存曲线拟合"),
    ("forecast", "Forecast", "客户预测"),
    ("churn_risk", "Churn risk", "流失风险"),
    // tables
    ("seasonal_index", "seasonal index", "季节指数"),
    ("holidays", "holidays", "节日"),
    ("changes", "changes", "变化点"),
    ("year_over_year", "year over year", "同比"),
    ("mean", "mean", "均值"),
    ("customers", "customers", "客户"),
    ("cells", "cells", "单元格"),
    ("measures", "measures", "指标一览"),
    ("periods", "periods", "周期"),
    ("benchmarks", "benchmarks", "行业参考"),
    ("cutoffs", "cutoffs", "分值界限"),
    ("days", "days", "每日"),
    ("gaps", "gaps", "间隔"),
    ("groups", "groups", "分组"),
    ("migration", "migration", "类别迁移"),
    ("moves", "moves", "状态迁移"),
    ("pareto", "Pareto", "帕累托"),
    ("ratios", "ratios", "比值"),
    ("regularity", "regularity", "规律性"),
    ("tiers", "tiers", "价值层级"),
    ("steps", "steps", "步骤"),
    ("conversion", "conversion", "转化"),
    ("time_to_convert", "time to convert", "转化用时"),
    ("trend", "trend", "趋势"),
    ("differences", "differences", "组间差异"),
    ("paths", "paths", "路径"),
    ("edges", "edges", "边"),
    ("nodes", "nodes", "节点"),
    ("overall", "overall", "总体"),
    ("behaviours", "behaviours", "行为"),
    ("entries", "entries", "入口"),
    ("exits", "exits", "出口"),
    ("per_customer", "per customer", "人均会话数"),
    ("ages", "ages", "年龄"),
    ("totals", "totals", "合计"),
    ("win_back", "win-back", "召回"),
    ("features", "features", "特征"),
    ("cuts", "cuts", "截止日期"),
    ("classes", "classes", "类别"),
    ("responses", "responses", "应答与未应答"),
    ("effects", "effects", "效应"),
    ("factors", "factors", "因子"),
    ("left_out", "left out", "未纳入"),
    // columns
    ("adjusted_p", "adjusted p", "校正 p 值"),
    ("association", "association", "关联强度"),
    ("auc_lost", "AUC lost", "损失的 AUC"),
    ("driver", "driver", "驱动因素"),
    ("experiment", "experiment", "验证实验"),
    ("experiment_in_chinese", "experiment in Chinese", "中文验证实验"),
    ("factor", "factor", "因子"),
    ("goes_with", "goes with", "关联方向"),
    ("known", "known", "已知"),
    ("loading", "loading", "载荷"),
    ("per", "per", "每"),
    ("reason_in_chinese", "reason in Chinese", "中文原因"),
    ("reference", "reference", "参照"),
    ("sentence", "sentence", "结论"),
    ("sentence_in_chinese", "sentence in Chinese", "中文结论"),
    ("standardised", "standardised", "标准化效应"),
    ("unknown", "unknown", "未知"),
    ("until", "until", "至"),
    ("models", "models", "模型"),
    ("holdout", "holdout", "留出检验"),
    ("deciles", "deciles", "十分位"),
    ("quantiles", "quantiles", "分位数"),
    ("dates", "dates", "日期"),
    ("tier_migration", "tier migration", "层级迁移"),
    ("budget", "budget", "预算分配"),
    // columns
    ("actual", "actual", "实际"),
    ("aic", "AIC", "赤池信息量"),
    ("decile", "decile", "十分位"),
    ("expected_purchases", "expected purchases", "预期购买次数"),
    ("expected_revenue", "expected revenue", "预期金额"),
    ("finding", "finding", "发现"),
    ("finding_in_chinese", "finding in Chinese", "发现（中文）"),
    ("first_purchase", "first purchase", "首次购买"),
    ("foretold", "foretold", "预测"),
    ("last_purchase", "last purchase", "最近购买"),
    ("learner", "learner", "模型"),
    ("log-likelihood", "log-likelihood", "对数似然"),
    ("mae", "MAE", "平均绝对误差"),
    ("mean_actual", "mean actual", "实际均值"),
    ("mean_foretold", "mean foretold", "预测均值"),
    ("mean_value", "mean value", "人均价值"),
    ("of_value", "of value", "价值占比"),
    ("p(alive)", "P(alive)", "存活概率"),
    ("parameters", "parameters", "参数"),
    ("purchase_days", "purchase days", "购买天数"),
    ("purchases_high", "purchases high", "购买次数上限"),
    ("purchases_low", "purchases low", "购买次数下界"),
    ("quantile", "quantile", "分位"),
    ("repeats", "repeats", "复购次数"),
    ("revenue_high", "revenue high", "金额上限"),
    ("revenue_low", "revenue low", "金额下界"),
    ("rmse", "RMSE", "均方根误差"),
    ("value_at_risk", "value at risk", "风险价值"),
    ("value_saved", "value saved", "可挽回价值"),
    ("a_year_before", "a year before", "一年前"),
    ("about_to_sleep", "about to sleep", "即将沉睡客户"),
    ("acquired", "acquired", "新获得"),
    ("active_at_end", "active at end", "期末活跃"),
    ("active_at_start", "active at start", "期初活跃"),
    ("active_end", "active end", "期末活跃"),
    ("active_periods", "active periods", "活跃周期数"),
    ("active_start", "active start", "期初活跃"),
    ("adjusted", "adjusted", "季节调整值"),
    ("after", "after", "之后"),
    ("against", "against", "对照组"),
    ("against_share", "against share", "对照组占比"),
    ("arrival_median_seconds", "arrival median seconds", "到达用时中位数（秒）"),
    ("arrival_p90_seconds", "arrival p90 seconds", "到达用时第 90 百分位（秒）"),
    ("arrived", "arrived", "到达"),
    ("as_quoted", "as quoted", "引用时间"),
    ("at_least", "at least", "至少"),
    ("at_least_share", "at least share", "至少的占比"),
    ("at_risk", "at risk", "有流失风险客户"),
    ("before", "before", "之前"),
    ("bounce_share", "bounce share", "跳出率"),
    ("bounces", "bounces", "跳出"),
    ("buyers", "buyers", "购买客户数"),
    ("by", "by", "按"),
    ("cannot_lose", "cannot lose", "不可失去客户"),
    ("champions", "champions", "冠军客户"),
    ("change", "change", "变化率"),
    ("class", "class", "类别"),
    ("class_in_chinese", "class in Chinese", "类别中文名"),
    ("classic", "classic", "传统口径"),
    ("clear", "clear", "是否明确"),
    ("closed", "closed", "窗口已结束"),
    ("closed_share", "closed share", "窗口已结束者占比"),
    ("cohorts", "cohorts", "群组数"),
    ("complete", "complete", "完整"),
    ("converted", "converted", "已转化"),
    ("count", "count", "数量"),
    ("cost", "cost", "获客成本"),
    ("cumulative", "cumulative", "累计收入"),
    ("cumulative_per_customer", "cumulative per customer", "人均累计收入"),
    ("customer", "customer", "客户"),
    ("cut", "cut", "截断"),
    ("date", "date", "日期"),
    ("dau", "DAU", "日活"),
    ("dau/mau", "DAU/MAU", "日活/月活"),
    ("dau/wau", "DAU/WAU", "日活/周活"),
    ("days_at_most", "days at most", "天数上限"),
    ("definition", "definition", "口径"),
    ("difference", "difference", "差异"),
    ("dormant", "dormant", "休眠"),
    ("dormant_share", "dormant share", "休眠占比"),
    ("dropped", "dropped", "流失"),
    ("e", "E", "期末 E"),
    ("end", "end", "结束"),
    ("entered", "entered", "进入"),
    ("events", "events", "事件数"),
    ("exactly", "exactly", "恰好"),
    ("exactly_share", "exactly share", "恰好的占比"),
    ("expected", "expected", "预期值"),
    ("f", "F", "频次 F"),
    ("from", "from", "来自"),
    ("from_seconds", "from seconds", "起（秒）"),
    ("from_step", "from step", "起始步骤"),
    ("gaps_are", "gaps are", "间隔类型"),
    ("general_keep", "general to keep", "一般保持客户"),
    ("general_value", "general value", "一般价值客户"),
    ("goes_on", "goes on", "继续"),
    ("gone", "gone", "流失"),
    ("gross", "gross", "总额"),
    ("group", "group", "分组"),
    ("growth_after", "growth after", "之后的增长"),
    ("growth_before", "growth before", "之前的增长"),
    ("hibernating", "hibernating", "沉睡客户"),
    ("high", "high", "上限"),
    ("history_too_short", "history too short", "历史过短"),
    ("holiday", "holiday", "节日"),
    ("idle", "idle", "静默"),
    ("important_develop", "important to develop", "重要发展客户"),
    ("important_keep", "important to keep", "重要保持客户"),
    ("important_value", "important value", "重要价值客户"),
    ("important_win_back", "important to win back", "重要挽留客户"),
    ("index", "index", "第几期"),
    ("industry", "industry", "行业"),
    ("kept", "kept", "留存"),
    ("label", "label", "名称"),
    ("left", "left", "离开者占比"),
    ("lift", "lift", "提升度"),
    ("lost", "lost", "流失"),
    ("low", "low", "下限"),
    ("loyal", "loyal", "忠诚客户"),
    ("m", "M", "金额 M"),
    ("mau", "MAU", "月活"),
    ("mean_days", "mean days", "平均天数"),
    ("mean_money", "mean money", "平均金额"),
    ("mean_order", "mean order", "平均订单额"),
    ("mean_purchases", "mean purchases", "平均购买次数"),
    ("measure", "measure", "指标"),
    ("median_seconds", "median seconds", "中位数（秒）"),
    ("median_time", "median time", "用时中位数"),
    ("money", "money", "金额"),
    ("money_at_least", "money at least", "金额下限"),
    ("n", "N", "新增 N"),
    ("name", "name", "名称"),
    ("needs_attention", "needs attention", "需关注客户"),
    ("net_revenue", "net revenue", "净收入"),
    ("new", "new", "新客户"),
    ("node", "node", "节点"),
    ("none", "none", "无"),
    ("note", "note", "备注"),
    ("observed", "observed", "实际值"),
    ("of", "of", "总数"),
    ("of_entered", "of entered", "占进入者"),
    ("of_money", "of money", "金额占比"),
    ("of_the_range", "of the range", "整个范围"),
    ("on_share", "on share", "继续率"),
    ("open", "open", "未结束"),
    ("orders", "orders", "订单数"),
    ("p", "p", "p 值"),
    ("p90_seconds", "p90 seconds", "第 90 百分位（秒）"),
    ("p90_time", "p90 time", "用时第 90 百分位"),
    ("p_corrected", "p corrected", "校正 p 值"),
    ("part", "part", "部分"),
    ("partial", "partial", "尚可加入"),
    ("payback", "payback", "回本期"),
    ("period", "period", "周期"),
    ("periods_to_the_next", "periods to the next", "距下次的周期数"),
    ("place", "place", "位置"),
    ("potential_loyalist", "potential loyalist", "潜在忠诚客户"),
    ("promising", "promising", "有潜力客户"),
    ("purchases", "purchases", "购买次数"),
    ("purchases_at_least", "purchases at least", "购买次数下限"),
    ("quick_ratio", "quick ratio", "速动比"),
    ("r", "R", "近度 R"),
    ("ratio", "ratio", "比值"),
    ("reached", "reached", "到达人数"),
    ("reason", "reason", "原因"),
    ("remainder", "remainder", "余项"),
    ("refunded", "refunded", "退款"),
    ("repeat", "repeat", "复购者"),
    ("repeat_share", "repeat share", "复购率"),
    ("resurrecting", "resurrecting", "复活"),
    ("returned", "returned", "回访"),
    ("returning", "returning", "回访"),
    ("revenue", "revenue", "收入"),
    ("revenue_per_customer", "revenue per customer", "人均收入"),
    ("s", "S", "期初 S"),
    ("score", "score", "分值"),
    ("scores", "scores", "分值组合"),
    ("seasonal", "seasonal", "季节部分"),
    ("set", "set", "集合口径"),
    ("share", "share", "占比"),
    ("share_without", "share without", "无该行为者占比"),
    ("size", "size", "人数"),
    ("source", "source", "来源"),
    ("standing", "standing", "相对位置"),
    ("start", "start", "开始"),
    ("stayed", "stayed", "留下者占比"),
    ("step", "step", "步骤"),
    ("strength", "strength", "强度"),
    ("support", "support", "支持度"),
    ("tier", "tier", "层级"),
    ("to", "to", "至"),
    ("to_seconds", "to seconds", "止（秒）"),
    ("to_step", "to step", "到达步骤"),
    ("top", "top", "前列客户"),
    ("value", "value", "数值"),
    ("verified", "verified", "已核实"),
    ("wau", "WAU", "周活"),
    ("wau/mau", "WAU/MAU", "周活/月活"),
    ("went_on", "went on", "继续"),
    ("won_back", "won back", "召回"),
    ("base", "base", "基期"),
    ("base_customers", "base customers", "基期客户"),
    ("base_start", "base start", "基期开始"),
    ("churned", "churned", "流失"),
    ("churned_customers", "churned customers", "流失客户"),
    ("contraction", "contraction", "收缩"),
    ("contraction_customers", "contraction customers", "收缩客户"),
    ("current", "current", "本期"),
    ("current_customers", "current customers", "本期客户"),
    ("customers_kept", "customers kept", "客户留存比例"),
    ("expansion", "expansion", "扩张"),
    ("expansion_customers", "expansion customers", "扩张客户"),
    ("gross_churn", "gross churn", "总流失率"),
    ("grr", "GRR", "总收入留存率"),
    ("net_churn", "net churn", "净流失率"),
    ("new_customers", "new customers", "新增客户"),
    ("nrr", "NRR", "净收入留存率"),
    ("reactivation", "reactivation", "复活"),
    ("reactivation_customers", "reactivation customers", "复活客户"),
    ("unchanged", "unchanged", "不变"),
    ("unchanged_customers", "unchanged customers", "不变客户"),
    ("age", "age", "年龄"),
    ("money_at_risk", "money at risk", "期初活跃金额"),
    ("money_churned", "money churned", "流失金额"),
    ("money_from", "money from", "金额起点"),
    ("money_rate", "money rate", "金额流失率"),
    ("of_churned", "of churned", "占流失客户"),
    ("part_of", "part of", "划分方式"),
    ("passing", "passing", "来去之间"),
    ("within_days", "within days", "天数内"),
    ("rate", "rate", "比率"),
    ("remaining", "remaining", "剩余比例"),
    ("cut_date", "cut date", "截止日期"),
    ("deviation", "deviation", "标准差"),
    ("feature", "feature", "特征"),
    ("least", "least", "最小值"),
    ("median", "median", "中位数"),
    ("missing", "missing", "缺失"),
    ("most", "most", "最大值"),
    ("most_frequent", "most frequent", "最常见"),
    ("name_in_chinese", "name in Chinese", "中文名称"),
    ("p25", "p25", "第 25 百分位"),
    ("p75", "p75", "第 75 百分位"),
    ("decided", "decided", "期限已到"),
    ("detractors", "detractors", "贬损者"),
    ("dissatisfied", "dissatisfied", "不满意"),
    ("easy", "easy", "省力"),
    ("hard", "hard", "费力"),
    ("kept_share", "kept share", "留存占比"),
    ("neutral", "neutral", "一般"),
    ("passives", "passives", "中立者"),
    ("promoters", "promoters", "推荐者"),
    ("responded", "responded", "已应答"),
    ("response_rate", "response rate", "应答率"),
    ("satisfied", "satisfied", "满意"),
    ("silent", "silent", "未应答"),
    ("silent_mean", "silent mean", "未应答者均值"),
    ("undecided", "undecided", "期限未到"),
    ("votes", "votes", "评分次数"),
    ("wave", "wave", "调查轮次"),
    ("censored", "censored", "删失"),
    ("drift_p", "drift p", "随时间变化 p 值"),
    ("effects", "effects", "影响因素"),
    ("from_days", "from days", "起（天）"),
    ("hazard", "hazard", "累计风险"),
    ("hazard_ratio", "hazard ratio", "风险比"),
    ("median_days", "median days", "中位天数"),
    ("more_days", "more days", "剩余天数"),
    ("rate_per_day", "rate per day", "每日风险率"),
    ("standard_error", "standard error", "标准误"),
    ("statistic", "statistic", "统计量"),
    ("still_here", "still here", "仍在"),
    ("time_ratio", "time ratio", "时长比"),
    ("to_days", "to days", "止（天）"),
    ("until_days", "until days", "截至（天）"),
    ("active", "active", "活跃"),
    ("additional", "additional", "增加"),
    ("ahead", "ahead", "外推"),
    ("by_cohort", "by cohort", "群组法"),
    ("crr_high", "CRR high", "留存率上限"),
    ("crr_low", "CRR low", "留存率下限"),
    ("curve", "curve", "曲线"),
    ("direct", "direct", "直接法"),
    ("discounted_periods", "discounted periods", "折现期数"),
    ("fit_error", "fit error", "拟合误差"),
    ("foretold", "foretold", "预测"),
    ("history", "history", "历史"),
    ("holdout_bias", "holdout bias", "留出偏差"),
    ("holdout_error", "holdout error", "留出误差"),
    ("level", "level", "水平"),
    ("log_likelihood", "log likelihood", "对数似然"),
    ("mean_absolute_error", "mean absolute error", "平均绝对误差"),
    ("method", "method", "方法"),
    ("methods", "methods", "方法"),
    ("parameters", "parameters", "参数"),
    ("projection", "projection", "外推"),
    ("proposed", "proposed", "推荐"),
    ("supposed", "supposed", "假设"),
    ("weibull_mean_days", "Weibull mean days", "Weibull 平均天数"),
    ("weibull_more_days", "Weibull more days", "Weibull 剩余天数"),
    // cells and lines
    ("above", "above", "高于"),
    ("below", "below", "低于"),
    ("churn_rate", "churn rate", "客户流失率"),
    ("everybody", "everybody", "全部客户"),
    ("everybody_the_same", "everybody the same", "人人相同"),
    ("frequent_buyers_gone_quiet", "frequent buyers gone quiet", "沉寂的常客"),
    ("hazard", "hazard", "流失风险率"),
    ("irregular", "irregular", "不规律"),
    ("loose", "loose", "较规律"),
    ("next-period_retention", "next-period retention", "次期留存率"),
    ("next-period_retention_of_new_customers", "next-period retention of new customers", "新客次期留存率"),
    ("not_complete", "hatched: not complete yet", "斜线部分：尚未结束"),
    ("goes_no_further", "hatched: goes no further", "斜线部分：到此为止"),
    ("nothing_to_show", "nothing to show", "没有可显示的内容"),
    ("old", "old", "老客户"),
    ("other", "Other", "其他"),
    ("recency_days", "recency days", "距最近购买的天数"),
    ("regular", "regular", "规律"),
    ("repeat_purchase_rate", "repeat purchase rate", "复购率"),
    ("resurr.", "resurr.", "复活"),
    ("return", "return", "回访"),
    ("too_few", "too few", "次数过少"),
    ("within", "within", "区间内"),
    ("(none)", "(none)", "（无）"),
    // pictures
    ("share_of_the_value_by_tier", "Share of the value by tier", "各层级的价值占比"),
    ("customers_by_value", "Customers by value", "按价值的客户分布"),
    ("actual_and_foretold_purchases_by_repeats", "Actual and foretold purchases by repeats", "按复购次数的实际与预测购买"),
    ("value_per_customer_by_date", "Value per customer by date", "各日期的人均价值"),
    ("customers_still_here,_by_days_since_their_start", "Customers still here, by days since their start", "自开始起各天数仍在的客户"),
    ("customers_still_there,_as_seen_and_as_the_curves_go_on", "Customers still there, as seen and as the curves go on", "仍在客户：实际与各曲线外推"),
    ("active_and_new_customers,_as_seen_and_as_foretold", "Active and new customers, as seen and as foretold", "活跃与新客户：实际与预测"),
    ("retention_rate,_as_seen_and_as_foretold", "Retention rate, as seen and as foretold", "留存率：实际与预测"),
    ("leaving_in_each_age,_of_those_at_risk", "Leaving in each age, of those at risk", "各年龄在险客户的离开占比"),
    ("shares_of_the_classes_by_wave", "Shares of the classes by wave", "各轮调查的类别占比"),
    ("auc", "AUC", "AUC（排序能力）"),
    ("auc_lost", "AUC lost", "AUC 损失"),
    ("average_precision", "average precision", "平均精确率"),
    ("backtest", "backtest", "回测"),
    ("base_rate", "base rate", "基准流失率"),
    ("brier", "Brier", "Brier 分数"),
    ("calibration_error", "calibration error", "校准误差"),
    ("capture_of_the_top_tenth", "capture of the top tenth", "前十分之一的覆盖率"),
    ("decile", "decile", "十分位"),
    ("deciles", "deciles", "十分位分布"),
    ("expected_leavers", "expected leavers", "预计流失人数"),
    ("foretold", "foretold", "预测"),
    ("happened", "happened", "实际"),
    ("highest_risk", "highest risk", "最高风险"),
    ("importance", "importance", "重要性"),
    ("learner", "learner", "学习方法"),
    ("leavers", "leavers", "流失人数"),
    ("lift_of_the_customers_most_at_risk", "Lift of the customers most at risk", "高风险客户的提升度"),
    ("lift_of_the_top_tenth", "lift of the top tenth", "前十分之一的提升度"),
    ("log_loss", "log loss", "对数损失"),
    ("lowest_risk", "lowest risk", "最低风险"),
    ("reasons", "reasons", "原因"),
    ("reasons_in_chinese", "reasons in Chinese", "原因（中文）"),
    ("reliability", "reliability", "可靠性"),
    ("risk", "risk", "风险"),
    ("risk_foretold_and_what_happened", "Risk foretold and what happened", "预测风险与实际结果"),
    ("risk_from", "risk from", "风险下限"),
    ("risk_to", "risk to", "风险上限"),
    ("theme", "theme", "主题"),
    ("value_at_risk", "value at risk", "风险金额"),
    ("what_the_ranking_goes_by", "What the ranking goes by", "排序的主要依据"),
    ("share_of_the_customers_who_have_each_feature", "Share of the customers who have each feature", "具有各特征的客户占比"),
    ("back_after_a_first_session_with", "Back after a first session with", "首次会话含以下行为者的回访率"),
    ("conversion_by_period_of_entry", "Conversion by period of entry", "各进入周期的转化率"),
    ("cumulative_revenue_per_customer,_by_age", "Cumulative revenue per customer, by age", "各期人均累计收入"),
    ("customer_retention_rate", "Customer retention rate", "客户留存率"),
    ("customers_who_bought,_by_age", "Customers who bought, by age", "各期购买客户占比"),
    ("hatched:_can_still_go_on", "hatched: can still go on", "斜线部分：仍可能继续"),
    ("hatched:_not_final", "hatched: not final", "斜线部分：尚非定值"),
    ("own_rates_beside_published_ones", "Own rates beside published ones", "自身比率与公布的参考区间"),
    ("retention_curve", "Retention curve", "留存曲线"),
    ("customers_by_recency_and_frequency", "Customers by recency and frequency", "按近度与频次的客户分布"),
    ("customers_of_a_day_by_those_of_its_week_and_month", "Customers of a day by those of its week and month", "日活与周活、月活之比"),
    ("from_one_period_to_the_next", "From one period to the next", "相邻周期之间的状态迁移"),
    ("share_of_customers_active_in_at_least_so_many_periods", "Share of customers active in at least so many periods", "至少在若干周期活跃的客户占比"),
    ("share_of_the_money_by_share_of_the_customers", "Share of the money by share of the customers", "客户占比对应的金额占比"),
    ("states_as_shares_of_the_customers_active_at_the_end", "States as shares of the customers active at the end", "各状态占期末活跃客户的比例"),
    ("observed,_trend_and_seasonally_adjusted", "Observed, trend and seasonally adjusted", "实际值、趋势与季节调整值"),
    ("level_by_weekday", "Level by weekday", "各星期的水平"),
    ("level_by_month", "Level by month", "各月的水平"),
    ("level_by_quarter", "Level by quarter", "各季度的水平"),
    ("level_by_hour", "Level by hour", "各小时的水平"),
    ("level_by_place_of_the_season", "Level by place of the season", "季节内各位置的水平"),
    ("holidays_as_shares_of_what_was_expected", "Holidays as shares of what was expected", "节日实际值占预期值之比"),
    ("from_the_money_of_the_base_to_that_of_the_period", "From the money of the base to that of the period", "从基期金额到本期金额"),
    ("gross_and_net_revenue_retention", "Gross and net revenue retention", "总收入留存率与净收入留存率"),
    ("hatched:_can_still_change", "hatched: can still change", "斜线部分：仍可能变化"),
    ("auc_lost_without_the_driver", "AUC lost without the driver", "去除该驱动因素所损失的 AUC"),
    ("probability_of_leaving_by_value_of_the_strongest_driver", "Probability of leaving by value of the strongest driver", "最强驱动因素各取值下的流失概率"),
    ("churned_by_period", "Churned by period", "各周期流失率"),
    ("hazard_by_age", "Hazard by age", "各年龄的流失风险率"),
    // health
    ("health", "Health", "客户健康度"),
    ("healthy", "healthy", "健康"),
    ("watch", "watch", "需关注"),
    ("unscored", "unscored", "未评分"),
    ("not_yet", "not yet", "尚未成为客户"),
    ("here", "here", "仍在"),
    ("state", "state", "所处等级"),
    ("scored_on", "scored on", "评分日期"),
    ("frozen", "frozen", "已冻结"),
    ("coverage", "coverage", "已知占比"),
    ("risk", "risk", "流失概率"),
    ("segment", "segment", "细分"),
    ("segments", "segments", "细分群体"),
    ("raised_by", "raised by", "加分原因"),
    ("lowered_by", "lowered by", "减分原因"),
    ("raised_by_in_chinese", "raised by in Chinese", "加分原因（中文）"),
    ("lowered_by_in_chinese", "lowered by in Chinese", "减分原因（中文）"),
    ("dimension", "dimension", "维度"),
    ("dimensions", "dimensions", "维度一览"),
    ("family", "family", "类别族"),
    ("more_is_better", "more is better", "越多越好"),
    ("weight", "weight", "权重"),
    ("half_life_days", "half life days", "半衰期（天）"),
    ("known", "known", "已知客户数"),
    ("mean_points", "mean points", "平均得分贡献"),
    ("ranked_by_itself", "ranked by itself", "单独排名"),
    ("mean_score", "mean score", "平均分"),
    ("early_warning", "early warning", "流失预警"),
    ("reliability", "reliability", "校准检验"),
    ("predicted", "predicted", "预测概率"),
    ("usage_score", "usage score", "使用得分"),
    ("value_score", "value score", "获得价值得分"),
    ("support_score", "support score", "客服支持得分"),
    ("sentiment_score", "sentiment score", "情绪得分"),
    ("commercial_score", "commercial score", "商业往来得分"),
    ("relationship_score", "relationship score", "关系得分"),
    ("customers_by_band", "Customers by band", "各等级客户数"),
    ("mean_health_over_time", "Mean health over time", "平均健康度走势"),
    ("risk_foretold_and_risk_observed", "Risk foretold and risk observed", "预测与实际流失率"),
];

/// Columns whose cells are words, not data, of tables laid out to be read: table and column. Facts to
/// compute on keep the names that questions take.
static WORDED_COLUMNS: &[(&str, &str)] = &[
    ("moves", "from"),
    ("rfm", "class"),
    ("regularity", "gaps are"),
    ("benchmark", "measure"),
    ("benchmark", "standing"),
    ("responses", "measure"),
];

/// Pictures whose rows, columns and lines are words, not data, by their titles.
static WORDED_PICTURES: &[&str] = &[
    "From one period to the next",
    "States as shares of the customers active at the end",
    "Customers of a day by those of its week and month",
    "Own rates beside published ones",
    "Share of the customers who have each feature",
    "Shares of the classes by wave",
    "Share of the money by share of the customers",
    "Hazard by age",
    "Observed, trend and seasonally adjusted",
    "From the money of the base to that of the period",
];

/// Names that no data has: everybody, the computed rest, nothing.
const RESERVED: [&str; 4] = ["everybody", "Other", "(none)", "overall"];

/// Whether the cells of a column are words, by the names of table and column in English.
pub fn is_worded_column(table: &str, column: &str) -> bool {
    WORDED_COLUMNS.contains(&(table, column))
}

/// Whether the names in a picture are words, by its title in English.
pub fn is_worded_picture(title: &str) -> bool {
    WORDED_PICTURES.contains(&title)
}

/// Whether a name is a word wherever it stands.
pub fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// What a picture says of itself, in the language of its title, which is a word of ours.
pub fn beside<'a>(title: &str, name: &'a str) -> std::borrow::Cow<'a, str> {
    let is_chinese = title.chars().any(|one| ('\u{4e00}'..='\u{9fff}').contains(&one));
    match (is_chinese, word(name)) {
        (true, Some((_, _, zh))) => (*zh).into(),
        (false, Some((_, en, _))) => (*en).into(),
        (_, None) => name.into(),
    }
}

/// The word of a name, whatever its case and whether it is written with spaces or underscores.
fn word(name: &str) -> Option<&'static Word> {
    let name = name.to_lowercase().replace(' ', "_");
    WORDS.iter().find(|(known, ..)| *known == name)
}

/// A name in Chinese, if it is a word of ours or a feature of the customer table.
pub fn in_chinese(name: &str) -> Option<&'static str> {
    let feature = || customer_table::features::named(name).map(|feature| feature.zh);
    word(name).map(|(_, _, zh)| *zh).or_else(feature)
}

/// A name in both languages; as it is where it is no word of ours.
pub fn text(name: &str) -> Text {
    word(name).map_or_else(|| Text::new(name, name), |(_, en, zh)| Text::new(*en, *zh))
}

#[cfg(test)]
mod tests {
    use perennial_testkit::{Layout, block_on, session, world};
    use perennial_types::question::Definition;

    use super::*;
    use crate::insight::Insight;
    use crate::present::Presentation;

    fn is_chinese(text: &str) -> bool {
        text.chars().any(|one| ('\u{4e00}'..='\u{9fff}').contains(&one))
    }

    /// The sample of a kind, asked of a small shop: its answer, laid out.
    fn asked(insight: &dyn Insight) -> (serde_json::Value, Presentation) {
        let mut lines = "anna  2024-01-01,2024-01-20,2024-03-02  order  amount=12.50 currency=EUR
             bert  2024-01-03,2024-02-11             order  amount=7 currency=EUR country=DE
             cora  2024-02-01                        order  amount=9 currency=EUR"
            .to_owned();
        // Enough others for a model to be fitted.
        lines.push_str(&learnable());
        let shop = world(&lines);
        let mut question = insight.sample();
        question["as_of"] = "2024-04-01T00:00:00Z".into();
        let source = shop.source(Layout { n_buckets: 2, n_partitions: 1, batch_rows: 100 });
        let reply = block_on(crate::ask::ask(&session(), &source, insight.kind(), &question));
        let answer = reply.unwrap_or_else(|error| panic!("{}: {error}", insight.kind())).answer;
        let presentation = insight.present(&answer).unwrap();
        (answer, presentation)
    }

    /// Two hundred customers of half a year, of whom those with long gaps go first.
    fn learnable() -> String {
        let start = jiff::civil::date(2023, 9, 1);
        let mut lines = String::new();
        for number in 0..200_i64 {
            let gap = 4 + number * 7 % 23;
            let n_orders = 3 + number * 11 % 29;
            for order in 0..n_orders {
                let date = start + jiff::ToSpan::days(number % 20 + order * gap);
                lines.push_str(&format!(
                    "\n c{number} {date} order amount={} currency=EUR",
                    5 + number % 9
                ));
            }
        }
        lines
    }

    #[test]
    fn every_heading_of_every_kind_has_chinese() {
        for insight in crate::all() {
            let kind = insight.kind();
            assert!(is_chinese(&insight.title().zh), "the kind `{kind}` is no word of the glossary");
            assert!(is_chinese(insight.summary_zh()), "`{kind}`: write `fn summary_zh`");
            let (_, mut presentation) = asked(*insight);
            for picture in &mut presentation.pictures {
                let title = picture.title_mut();
                assert!(in_chinese(title).is_some(), "`{title}` of `{kind}` is no word of the glossary");
            }
            let is_data = |name: &str| name.parse::<f64>().is_ok();
            for table in &presentation.tables {
                let heads = table.columns.iter().map(|column| column.name.as_str());
                for name in heads.chain([table.name.as_str()]).filter(|name| !is_data(name)) {
                    assert!(in_chinese(name).is_some(), "`{name}` of `{kind}` is no word of the glossary");
                }
            }
        }
    }

    #[test]
    fn every_definition_has_chinese_for_each_of_its_terms() {
        for insight in crate::all() {
            let (answer, presentation) = asked(*insight);
            let definition: Definition = serde_json::from_value(answer["definition"].clone()).unwrap();
            let Definition { zh, denominator_zh, window_zh, mean, mean_zh, interval, interval_zh, .. } = definition;
            let mut texts = vec![zh, denominator_zh, window_zh];
            texts.extend(mean.map(|_| mean_zh.unwrap_or_default()));
            texts.extend(interval.map(|_| interval_zh.unwrap_or_default()));
            texts.extend(presentation.warnings.into_iter().map(|warning| warning.zh));
            for text in texts {
                assert!(is_chinese(&text), "`{}` says `{text}` in Chinese", insight.kind());
            }
        }
    }

    #[test]
    fn a_presentation_in_chinese_translates_headings_and_leaves_data() {
        let retention = crate::named("retention").unwrap();
        let (_, presentation) = asked(retention);
        let chinese = presentation.clone().in_chinese();
        assert_eq!(chinese.tables[0].name, "客户留存");
        assert_eq!(chinese.tables[0].columns[1].name, "客户");
        assert_eq!(chinese.tables[0].rows, presentation.tables[0].rows);
        assert_eq!(chinese.definition.0, presentation.definition.1);
    }

    #[test]
    fn words_in_cells_and_pictures_are_translated_and_data_stays() {
        let mut seen = 0;
        for insight in crate::all() {
            let (_, presentation) = asked(*insight);
            let titles: Vec<String> =
                presentation.pictures.clone().iter_mut().map(|one| one.title_mut().clone()).collect();
            for (title, mut picture) in titles.iter().zip(presentation.in_chinese().pictures) {
                if !is_worded_picture(title) {
                    continue;
                }
                for name in picture.names_mut() {
                    seen += 1;
                    assert!(is_chinese(name), "`{name}` of `{title}` has no Chinese");
                }
            }
        }
        assert!(seen > 40, "{seen}");
        let series = |name: &str| crate::present::Series {
            name: name.to_owned(),
            values: Vec::new(),
            band: Vec::new(),
        };
        let curve = |names: &[&str]| {
            let series = names.iter().map(|name| series(name)).collect();
            let picture = crate::present::Curve { title: "x".to_owned(), points: Vec::new(), series };
            let pictures = vec![crate::present::Picture::Curve(picture)];
            let mut shown = Presentation { pictures, ..Presentation::default() }.in_chinese();
            shown.pictures[0].names_mut().into_iter().map(|name| name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(curve(&["set", "classic"]), ["集合口径", "传统口径"]);
        assert_eq!(curve(&["everybody", "new", "pro", "Other"]), ["全部客户", "new", "pro", "其他"]);
        assert_eq!(beside("留存", "nothing to show"), "没有可显示的内容");
        assert_eq!(beside("Retention", "goes no further"), "hatched: goes no further");
    }

    #[test]
    fn every_word_stands_once_and_has_chinese() {
        for (at, (name, en, zh)) in WORDS.iter().enumerate() {
            assert!(WORDS.iter().skip(at + 1).all(|(other, ..)| other != name), "`{name}` twice");
            assert!(en.is_ascii() && !zh.is_ascii(), "`{name}`");
        }
    }
}
