//! What an event is called on a path: its name, a field, or a stage of the journey; cleaned.
//!
//! Names are worked out once per distinct value and bucket; a row costs two reads of a table.

use std::collections::BTreeMap;
use std::sync::Arc;

use perennial_engine::batch::Batch;
use perennial_engine::error::EngineError;
use perennial_types::filter::{EventNames, Field};
use perennial_types::question::Refusal;
use regex::Regex;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::coding::Coder;
use crate::grouping::Interner;
use crate::insight::AskError;
use crate::sql;

/// Number of an event that is no node.
pub const NO_NODE: u32 = 0;

/// What makes a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NodeQuestion {
    /// `event`, `stage`, or a field: `item`, `properties.channel`.
    pub by: String,
    /// Events of every stage; those of none take no part.
    pub stages: BTreeMap<String, Vec<String>>,
    /// Replacements in the name, one after the other.
    pub clean: Vec<Cleaning>,
    /// Names that take no part.
    pub hide: Vec<String>,
}

/// A replacement by regular expression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = NodeCleaning)]
#[serde(deny_unknown_fields)]
pub struct Cleaning {
    /// The regular expression.
    pub pattern: String,
    /// What every match becomes; `$1` is its first group.
    #[serde(default)]
    pub replace: String,
}

impl Default for NodeQuestion {
    fn default() -> NodeQuestion {
        NodeQuestion {
            by: "event".to_owned(),
            stages: usual_stages(),
            clean: Vec::new(),
            hide: Vec::new(),
        }
    }
}

/// Stages of a shop's journey, to be edited in the question.
fn usual_stages() -> BTreeMap<String, Vec<String>> {
    let stages: [(&str, &[&str]); 5] = [
        ("1 awareness", &["page_view", "view", "visit", "ad_click", "email_open", "app_open"]),
        ("2 consideration", &["product_view", "search", "add_to_wishlist", "compare"]),
        ("3 evaluation", &["add_to_cart", "cart", "checkout_started", "signup", "trial_started"]),
        ("4 purchase", &["order", "order_completed", "purchase", "subscribe"]),
        (
            "5 post-purchase",
            &["refund", "review", "support", "support_ticket", "feedback", "cancel"],
        ),
    ];
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    stages.iter().map(|(stage, names)| ((*stage).to_owned(), owned(names))).collect()
}

/// How nodes are named, made ready.
#[derive(Clone, Debug)]
pub struct NodeRules {
    field: Field,
    stage_of: Option<BTreeMap<String, String>>,
    clean: Vec<(Regex, String)>,
    hide: Vec<String>,
}

impl NodeRules {
    /// Prepares what makes a node.
    pub fn new(question: &NodeQuestion) -> Result<NodeRules, AskError> {
        let by_stage = question.by == "stage";
        let field = if by_stage { Field::Event } else { Field::named(&question.by) };
        if field == Field::Ts {
            return Err(AskError::bad("`node.by` is `ts`", "name a field whose values repeat"));
        }
        let mut stage_of = BTreeMap::new();
        for (stage, names) in &question.stages {
            for name in names {
                if let Some(other) =
                    stage_of.insert(name.clone(), stage.clone()).filter(|_| by_stage)
                {
                    return Err(AskError::bad(
                        format!("`{name}` is in the stages `{other}` and `{stage}`"),
                        "keep it in one of them",
                    ));
                }
            }
        }
        let clean = question.clean.iter().map(|one| {
            let pattern = Regex::new(&one.pattern).map_err(|error| {
                let text = error.to_string();
                let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
                AskError::bad(
                    format!("`{}` is no regular expression: {reason}", one.pattern),
                    "write a special character itself as `\\.`",
                )
            })?;
            Ok((pattern, one.replace.clone()))
        });
        Ok(NodeRules {
            field,
            stage_of: by_stage.then_some(stage_of),
            clean: clean.collect::<Result<_, AskError>>()?,
            hide: question.hide.clone(),
        })
    }

    /// The field that is read.
    pub fn field(&self) -> &Field {
        &self.field
    }

    /// The node of a row in SQL, null where it takes no part.
    ///
    /// # Errors
    /// `not_in_sql` where names are cleaned: regular expressions differ from engine to engine.
    pub fn sql(&self, question: &NodeQuestion) -> Result<String, Refusal> {
        if !self.clean.is_empty() {
            return Err(sql::unsaid(
                "names cleaned by regular expressions",
                "ask without `node.clean`",
                "用正则表达式清理名称的提问",
                "请去掉 `node.clean`",
            ));
        }
        let mut value = sql::field(&self.field, false);
        if matches!(self.field, Field::Amount | Field::Quantity) {
            return Err(sql::unsaid(
                "nodes named by numbers",
                "name nodes by a field of text",
                "以数值命名的节点",
                "请用文本字段命名节点",
            ));
        }
        if self.stage_of.is_some() {
            let stages = question.stages.iter().filter(|(_, names)| !names.is_empty());
            let stages = stages.map(|(stage, names)| {
                let names: Vec<String> = names.iter().map(|name| sql::quoted(name)).collect();
                format!(" when event in ({}) then {}", names.join(", "), sql::quoted(stage))
            });
            let stages: String = stages.collect();
            value = if stages.is_empty() { "null".to_owned() } else { format!("case{stages} end") };
        }
        let hidden = self.hide.iter().map(String::as_str).chain([""]).map(sql::quoted);
        let hidden: Vec<String> = hidden.collect();
        Ok(format!("case when {value} not in ({}) then {value} end", hidden.join(", ")))
    }

    /// Of these events, the names of those that can be nodes, where that is known.
    pub fn events_of(&self, events: &EventNames) -> Option<Vec<String>> {
        match (events, &self.stage_of) {
            (EventNames::OneOf(names), _) => Some(names.clone()),
            (EventNames::Any, stages) => {
                stages.as_ref().map(|stages| stages.keys().cloned().collect())
            }
        }
    }

    /// The node of a value; `None` where it takes no part.
    fn name(&self, value: &str) -> Option<String> {
        let mut name = match &self.stage_of {
            Some(stages) => stages.get(value)?.clone(),
            None => value.to_owned(),
        };
        for (pattern, replace) in &self.clean {
            if pattern.is_match(&name) {
                name = pattern.replace_all(&name, replace.as_str()).into_owned();
            }
        }
        (!name.is_empty() && !self.hide.contains(&name)).then_some(name)
    }
}

/// Turns events into nodes, batch by batch.
#[derive(Debug)]
pub struct NodeCoder {
    raw: Coder,
    rules: Arc<NodeRules>,
    /// Node by the number of the raw value.
    by_raw: Vec<u32>,
    nodes: Interner<String>,
}

impl NodeCoder {
    /// By these rules.
    pub fn new(rules: Arc<NodeRules>) -> NodeCoder {
        NodeCoder {
            raw: Coder::new(rules.field.clone()),
            rules,
            by_raw: vec![NO_NODE],
            nodes: Interner::default(),
        }
    }

    /// Numbers the rows of a batch.
    pub fn read(&mut self, batch: &Batch) -> Result<(), EngineError> {
        self.raw.read(batch)?;
        for number in self.by_raw.len()..=self.raw.n_values() {
            let name = self.raw.value(number as u32).and_then(|value| self.rules.name(value));
            self.by_raw.push(name.map_or(NO_NODE, |name| self.nodes.number(name.as_str()) + 1));
        }
        Ok(())
    }

    /// The node of a row, [`NO_NODE`] where there is none.
    pub fn node(&self, row: usize) -> u32 {
        self.by_raw[self.raw.rows()[row] as usize]
    }

    /// The name of a node.
    pub fn name(&self, node: u32) -> Option<&str> {
        self.nodes.value(node.checked_sub(1)?).map(String::as_str)
    }

    /// The names of all nodes, from number 1 on.
    pub fn names(&self) -> &[String] {
        self.nodes.values()
    }
}
