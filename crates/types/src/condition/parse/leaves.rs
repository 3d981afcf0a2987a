//! The conditions themselves, each after its first word.

use super::{Parsed, Parser};
use crate::condition::lexer::Kind;
use crate::condition::{
    Aggregate, Answer, CustomerCondition, Did, First, How, Last, Regularly, Restarted, Sequence,
    Step, Stopped, Times, Trait, Window,
};
use crate::filter::{EventFilter, Field};

impl Parser<'_> {
    /// A condition that is made of no others.
    pub(super) fn leaf(&mut self) -> Parsed<CustomerCondition> {
        let start = self.place();
        let condition = self.any_leaf()?;
        condition.check().map_err(|reason| self.meaningless(start, &reason))?;
        Ok(condition)
    }

    fn any_leaf(&mut self) -> Parsed<CustomerCondition> {
        if self.word("everyone") {
            return Ok(CustomerCondition::everyone());
        }
        if self.word("did") {
            let is_denied = self.word("not");
            let did = self.did()?;
            return Ok(if is_denied { CustomerCondition::Not(Box::new(did)) } else { did });
        }
        if self.word("never") {
            self.words(&["did"])?;
            let did = Did { did: self.event()?, times: Times::default(), window: Window::Ever };
            return Ok(CustomerCondition::Not(Box::new(CustomerCondition::Did(did))));
        }
        if self.word("first") {
            return Ok(CustomerCondition::First(First {
                first: self.event()?,
                window: self.window()?,
            }));
        }
        if self.word("last") {
            return Ok(CustomerCondition::Last(Last {
                last: self.event()?,
                window: self.window()?,
            }));
        }
        if self.word("regularly") {
            return self.regularly();
        }
        if self.word("stopped") {
            let stopped = self.event()?;
            self.words(&["for"])?;
            let r#for = self.span()?;
            let within = self.optional_span("within")?;
            return Ok(CustomerCondition::Stopped(Stopped { stopped, r#for, within }));
        }
        if self.word("restarted") {
            let restarted = self.event()?;
            self.words(&["after"])?;
            let after = self.span()?;
            self.words(&["within"])?;
            let within = self.span()?;
            return Ok(CustomerCondition::Restarted(Restarted { restarted, after, within }));
        }
        if self.word("sequence") {
            return self.sequence();
        }
        if self.word("in") {
            if self.word("answer") {
                return self.answer();
            }
            self.words(&["segment"])?;
            return Ok(CustomerCondition::Segment(self.name("the name of a segment")?));
        }
        if self.word("trait") {
            return self.of_trait();
        }
        let how = How::ALL.into_iter().find(|how| self.word(how.name()));
        match how {
            Some(how) => self.aggregate(how),
            None => Err(self.unexpected()),
        }
    }

    fn did(&mut self) -> Parsed<CustomerCondition> {
        let did = self.event()?;
        let times = if self.word("at") {
            let at_most = self.word("most");
            if !at_most {
                self.words(&["least"])?;
            }
            let n = self.times()?;
            if at_most { Times::AtMost(n) } else { Times::AtLeast(n) }
        } else if self.word("exactly") {
            Times::Exactly(self.times()?)
        } else {
            Times::default()
        };
        Ok(CustomerCondition::Did(Did { did, times, window: self.window_or_ever()? }))
    }

    fn regularly(&mut self) -> Parsed<CustomerCondition> {
        let regularly = self.event()?;
        let times = match self.peek() {
            Kind::Number(_) => self.times()?,
            _ => {
                self.tried.push("a number");
                1
            }
        };
        self.words(&["in", "at", "least"])?;
        let at_least = self.whole()?;
        self.words(&["of", "last"])?;
        let of = self.whole()?;
        let unit = self.unit()?;
        Ok(CustomerCondition::Regularly(Regularly { regularly, times, at_least, of, unit }))
    }

    fn sequence(&mut self) -> Parsed<CustomerCondition> {
        let mut steps = vec![self.step()?];
        while self.word("then") {
            let mut step = self.step()?;
            step.after = self.optional_span("after")?;
            step.within = self.optional_span("within")?;
            steps.push(step);
        }
        if steps.len() < 2 {
            return Err(self.unexpected());
        }
        // Set apart by a word of its own, since `within` belongs to the step.
        let window = if self.word("all") { self.window()? } else { Window::Ever };
        Ok(CustomerCondition::Sequence(Sequence { sequence: steps, window }))
    }

    fn step(&mut self) -> Parsed<Step> {
        let EventFilter { event, condition } = self.event()?;
        Ok(Step { event, condition, after: None, within: None })
    }

    fn aggregate(&mut self, aggregate: How) -> Parsed<CustomerCondition> {
        if !self.sign("(") {
            return Err(self.unexpected());
        }
        let field = Field::named(&self.name("a field")?);
        self.close()?;
        self.words(&["of"])?;
        let of = self.event()?;
        let window = self.window_or_ever()?;
        let op = self.op()?;
        self.tried.push("a number");
        let Kind::Number(value) = *self.peek() else { return Err(self.unexpected()) };
        self.advance();
        Ok(CustomerCondition::Aggregate(Aggregate { aggregate, field, of, window, op, value }))
    }

    fn answer(&mut self) -> Parsed<CustomerCondition> {
        let answer = self.name("a kind of question")?;
        self.tried.push("a question as a JSON object");
        let Kind::Json(question) = self.peek().clone() else { return Err(self.unexpected()) };
        self.advance();
        Ok(CustomerCondition::Answer(Answer { answer, question }))
    }

    fn of_trait(&mut self) -> Parsed<CustomerCondition> {
        let test = self.test()?;
        let mut as_of = None;
        if self.word("as") {
            self.words(&["of"])?;
            as_of = Some(self.date()?);
        }
        Ok(CustomerCondition::Trait(Trait { test, as_of }))
    }
}
