//! A reply: an answer, and the customers behind the cell that was asked for.
//!
//! A triangle has ten thousand cells, and building, copying and tearing down a tree of as many JSON
//! values takes longer than counting the events. So an answer stays what its insight made of it: it
//! is written as text in one pass, and becomes a tree where somebody looks into it or adds to it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use perennial_types::key::CustomerKey;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// What a question comes to.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The answer, without outside ids.
    pub answer: Answer,
    /// The customers behind the cell that was asked for.
    pub customers: Option<Vec<CustomerKey>>,
}

/// An answer, cheap to clone; written as what the insight made.
#[derive(Clone)]
pub struct Answer(Arc<Form>);

enum Form {
    /// As an insight made it.
    Made(Box<dyn erased_serde::Serialize + Send + Sync>),
    /// As a tree, because something was added.
    Tree(Value),
}

impl Answer {
    /// What an insight made.
    pub fn of(answer: impl Serialize + Send + Sync + 'static) -> Answer {
        Answer(Arc::new(Form::Made(Box::new(answer))))
    }

    /// As a tree to look into. It is not kept, for it is many times larger than what it is made of.
    pub fn tree(&self) -> Cow<'_, Value> {
        match &*self.0 {
            Form::Made(answer) => Cow::Owned(tree_of(&**answer)),
            Form::Tree(tree) => Cow::Borrowed(tree),
        }
    }

    /// As a tree to keep.
    pub fn into_tree(self) -> Value {
        match Arc::try_unwrap(self.0) {
            Ok(Form::Tree(tree)) => tree,
            Ok(Form::Made(answer)) => tree_of(&*answer),
            Err(shared) => Answer(shared).tree().into_owned(),
        }
    }

    /// Adds to it, or takes away.
    pub fn change(&mut self, change: impl FnOnce(&mut Value)) {
        let mut tree = std::mem::replace(self, Answer::from(Value::Null)).into_tree();
        change(&mut tree);
        *self = Answer::from(tree);
    }
}

impl From<Value> for Answer {
    fn from(tree: Value) -> Answer {
        Answer(Arc::new(Form::Tree(tree)))
    }
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &*self.0 {
            Form::Made(answer) => answer.serialize(serializer),
            Form::Tree(tree) => tree.serialize(serializer),
        }
    }
}

/// Two answers are equal that say the same.
impl PartialEq for Answer {
    fn eq(&self, other: &Answer) -> bool {
        self.tree() == other.tree()
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&*self.tree(), f)
    }
}

/// No answer has keys that are no text, the one thing that JSON cannot say; it would be `null`.
fn tree_of(answer: &(impl Serialize + ?Sized)) -> Value {
    serde_json::to_value(answer).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_is_the_same_as_text_and_as_a_tree_and_a_change_is_in_both() {
        #[derive(Serialize)]
        struct Cell {
            customers: u64,
            share: Option<f64>,
        }
        let cell = || Cell { customers: 3, share: Some(0.1 + 0.2) };
        let mut answer = Answer::of(vec![cell(), Cell { share: None, ..cell() }]);
        let before = answer.clone();
        let json = |answer: &Answer| serde_json::to_string(answer).unwrap();
        let text = r#"[{"customers":3,"share":0.30000000000000004},{"customers":3,"share":null}]"#;
        assert_eq!((json(&answer), answer.tree().to_string()), (text.to_owned(), text.to_owned()));
        answer.change(|tree| tree[1]["share"] = json!(0.5));
        assert_eq!(answer.tree()[1]["share"], json!(0.5));
        assert!(json(&answer).ends_with(r#""share":0.5}]"#));
        assert_eq!(json(&before), text, "a copy is not changed with it");
    }
}
