//! Sessions as a question defines them: by a silence, by an event that begins one, or by a field.
//!
//! Sessions are cut when a question is asked, not when events are taken in, so the same history can
//! be looked at in several ways; the rule is part of the question and so of every answer.

use std::ops::Range;
use std::sync::Arc;

use perennial_engine::batch::Batch;
use perennial_engine::error::EngineError;
use perennial_types::calendar::Micros;
use perennial_types::event::Column;
use perennial_types::filter::{EventFilter, Field, Language};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::coding::Coder;
use crate::nodes::{NodeCoder, NodeRules};
use crate::sql::Query;

/// What ends a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SessionRule {
    /// So many minutes without an event.
    GapMinutes(f64),
    /// An event that begins the next one.
    StartedBy(EventFilter),
    /// A field whose value changes.
    Field(String),
}

/// A rule made ready.
#[derive(Clone, Debug, PartialEq)]
pub enum Splitter {
    /// Never: the whole history is one.
    Never,
    /// At a silence at least that long.
    Gap(Micros),
    /// At an event that begins one.
    Start,
    /// Where the number of the field's value changes.
    Field(Field),
}

/// What a splitter looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// When.
    pub ts: Micros,
    /// Number of its node.
    pub node: u32,
    /// Number of the session field's value.
    pub session: u32,
    /// One bit per filter it passes.
    pub passes: u32,
}

/// Reads what a stop is told by: its node, and the value of the session field.
#[derive(Debug)]
pub struct StopReader {
    /// The nodes met so far.
    pub nodes: NodeCoder,
    session: Option<Coder>,
}

impl StopReader {
    /// Nothing met yet.
    pub fn new(nodes: &Arc<NodeRules>, splitter: &Splitter) -> StopReader {
        let session = match splitter {
            Splitter::Field(field) => Some(Coder::new(field.clone())),
            _ => None,
        };
        StopReader { nodes: NodeCoder::new(nodes.clone()), session }
    }

    /// The columns it looks at.
    pub fn columns(nodes: &NodeRules, splitter: &Splitter) -> Vec<Column> {
        let mut columns = vec![nodes.field().column()];
        if let Splitter::Field(field) = splitter {
            columns.push(field.column());
        }
        columns
    }

    /// Looks at a batch.
    pub fn look_at(&mut self, batch: &Batch) -> Result<(), EngineError> {
        self.nodes.read(batch)?;
        self.session.as_mut().map_or(Ok(()), |session| session.read(batch).map(drop))
    }

    /// Node and session of a row, as the tags of a moment.
    pub fn tags(&self, row: usize) -> [u32; 2] {
        let session = self.session.as_ref().map_or(0, |session| session.rows()[row]);
        [self.nodes.node(row), session]
    }
}

impl SessionRule {
    /// The rule made ready; `None` where the gap is no length of time.
    pub fn splitter(&self) -> Option<Splitter> {
        match self {
            SessionRule::GapMinutes(minutes) => {
                let micros = (minutes * 60.0e6).round();
                let fits = (1.0..=8.64e15).contains(&micros);
                fits.then_some(Splitter::Gap(micros as Micros))
            }
            SessionRule::StartedBy(_) => Some(Splitter::Start),
            SessionRule::Field(name) => Some(Splitter::Field(Field::named(name))),
        }
    }

    /// The rule in words.
    pub fn in_words(&self, language: Language) -> String {
        match (self, language) {
            (SessionRule::GapMinutes(minutes), Language::English) => {
                format!(
                    "a session ends when {minutes} minutes pass without an event that takes part"
                )
            }
            (SessionRule::GapMinutes(minutes), Language::Chinese) => {
                format!("{minutes} 分钟内没有参与的事件则会话结束")
            }
            (SessionRule::StartedBy(filter), Language::English) => {
                format!("a session begins at {}", filter.in_words(language))
            }
            (SessionRule::StartedBy(filter), Language::Chinese) => {
                format!("会话自{}开始", filter.in_words(language))
            }
            (SessionRule::Field(name), Language::English) => {
                format!("a session ends where `{name}` changes")
            }
            (SessionRule::Field(name), Language::Chinese) => format!("“{name}”的值变化则会话结束"),
        }
    }
}

impl Splitter {
    /// Cuts stops, in time order, into sessions. `start` is the bit of the event that begins one.
    pub fn split(&self, stops: &[Stop], start: u32, sessions: &mut Vec<Range<usize>>) {
        sessions.clear();
        let mut begin = 0;
        let begins = |before: &Stop, stop: &Stop| match self {
            Splitter::Never => false,
            Splitter::Gap(gap) => stop.ts - before.ts >= *gap,
            Splitter::Start => stop.passes & start != 0,
            Splitter::Field(_) => stop.session != before.session,
        };
        for (index, pair) in stops.windows(2).enumerate() {
            if let [before, stop] = pair
                && begins(before, stop)
            {
                sessions.push(begin..index + 1);
                begin = index + 1;
            }
        }
        if begin < stops.len() {
            sessions.push(begin..stops.len());
        }
    }

    /// Adds `stops` to a query that has `happened` with `takes_part`, `node`, and what the rule looks
    /// at in `begins` or `field`: what takes part, with the number of its session.
    pub fn numbered(&self, query: &mut Query) {
        let is_new = match self {
            Splitter::Gap(gap) => format!("epoch_us(ts) - epoch_us(lag(ts) over stops) >= {gap}"),
            Splitter::Start => "begins".to_owned(),
            Splitter::Field(_) => "field is distinct from lag(field) over stops".to_owned(),
            Splitter::Never => "false".to_owned(),
        };
        query.with(
            "numbered",
            format!(
                "select *, row_number() over stops = 1 or {is_new} as is_new\nfrom happened\nwhere takes_part and node is not null\nwindow stops as (partition by customer order by ts, sequence)"
            ),
        );
        query.with(
            "stops",
            "select *, sum(cast(is_new as integer)) over (partition by customer order by ts, sequence rows between unbounded preceding and current row) as number\nfrom numbered",
        );
    }

    /// Whether a customer's last session may go on at `as_of`.
    pub fn may_go_on(&self, last: Micros, as_of: Micros) -> bool {
        match self {
            Splitter::Gap(gap) => last.saturating_add(*gap) > as_of,
            Splitter::Never | Splitter::Start | Splitter::Field(_) => true,
        }
    }
}
