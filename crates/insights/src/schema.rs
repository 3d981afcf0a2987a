//! The shapes of a kind's questions and answers, for whoever describes the API.
//!
//! A shape is derived from the very types that read a question and write an answer, so that the
//! description cannot say anything else. The fields that go with every kind, `who` and `explain`, are
//! none of any kind's own types: they are taken out of questions and written into answers by
//! [`crate::ask`], and are added to the shapes here; so is the breakdown of [`crate::split`].

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Ref, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::retention::Breakdown;
use crate::split::SplitGroup;
use crate::sql::Explained;

/// Schemas by the names they are referred to by.
pub type Named = Vec<(String, RefOr<Schema>)>;

/// The shapes of one kind.
#[derive(Clone)]
pub struct Shapes {
    /// The question's.
    pub question: RefOr<Schema>,
    /// The answer's.
    pub answer: RefOr<Schema>,
    /// What the two refer to. A name stands there as often as it is referred to.
    pub named: Named,
    /// Names of the fields that the kind's own type of question has.
    pub own_fields: Vec<String>,
}

impl std::fmt::Debug for Shapes {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.named.iter().map(|(name, _)| name.as_str()).collect();
        out.debug_struct("Shapes").field("named", &names).finish_non_exhaustive()
    }
}

impl Shapes {
    /// The shapes of a question and an answer.
    pub fn of<Q: ToSchema, A: ToSchema>() -> Shapes {
        let mut named = vec![
            (Q::name().into_owned(), <Q as PartialSchema>::schema()),
            (A::name().into_owned(), <A as PartialSchema>::schema()),
        ];
        Q::schemas(&mut named);
        A::schemas(&mut named);
        let mut shapes = Shapes {
            question: reference::<Q>(),
            answer: reference::<A>(),
            named,
            own_fields: Vec::new(),
        };
        shapes.own_fields = shapes.question_fields();
        shapes.add_common::<Q, A>();
        shapes
    }

    /// Adds the fields that are of every kind, and those of a breakdown where the kind has none.
    fn add_common<Q: ToSchema, A: ToSchema>(&mut self) {
        let has = |name: &str| self.own_fields.iter().any(|field| field == name);
        let (is_split, has_top) = (!has("breakdown"), has("top"));
        let named = &mut self.named;
        // A question stands in its answer too, so its shape may be among them several times.
        for (name, schema) in named.iter_mut() {
            if *name == Q::name() {
                add_fields(schema, vec![("who", reference::<Who>()), ("explain", wish())]);
                if is_split {
                    add_fields(schema, vec![("breakdown", fields())]);
                }
                if is_split && !has_top {
                    add_fields(schema, vec![("top", n_groups())]);
                }
            } else if *name == A::name() {
                let told =
                    vec![("who", reference::<ToldWho>()), ("explain", reference::<Explained>())];
                add_fields(schema, told);
                if is_split {
                    add_fields(schema, vec![("groups", groups())]);
                }
            }
        }
        for add in [describe::<Who>, describe::<ToldWho>, describe::<Explained>] {
            add(named);
        }
        if is_split {
            describe::<Breakdown>(named);
            describe::<SplitGroup>(named);
        }
    }

    /// Any object as question, any object as answer.
    pub fn open() -> Shapes {
        let object =
            || RefOr::T(Schema::Object(ObjectBuilder::new().schema_type(Type::Object).build()));
        let (named, own_fields) = Default::default();
        Shapes { question: object(), answer: object(), named, own_fields }
    }

    /// Names of the fields of the question; none where it is left open.
    pub fn question_fields(&self) -> Vec<String> {
        let mut names = Vec::new();
        self.collect_fields(&self.question, &mut names);
        names
    }

    fn collect_fields(&self, schema: &RefOr<Schema>, names: &mut Vec<String>) {
        match schema {
            RefOr::Ref(reference) => {
                let name = reference.ref_location.rsplit('/').next().unwrap_or_default();
                if let Some((_, schema)) = self.named.iter().find(|(known, _)| known == name) {
                    self.collect_fields(schema, names);
                }
            }
            RefOr::T(Schema::Object(object)) => names.extend(object.properties.keys().cloned()),
            // What is flattened into a question stands beside its own fields.
            RefOr::T(Schema::AllOf(all)) => {
                all.items.iter().for_each(|part| self.collect_fields(part, names));
            }
            RefOr::T(_) => {}
        }
    }

    /// Whether question and answer are described.
    pub fn is_closed(&self) -> bool {
        matches!((&self.question, &self.answer), (RefOr::Ref(_), RefOr::Ref(_)))
    }
}

fn reference<T: ToSchema>() -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(T::name()))
}

/// Adds a shape and what it refers to.
fn describe<T: ToSchema>(named: &mut Named) {
    named.push((T::name().into_owned(), <T as PartialSchema>::schema()));
    T::schemas(named);
}

/// Whether the SQL of the answer is wanted.
fn wish() -> RefOr<Schema> {
    let wish = ObjectBuilder::new().schema_type(Type::Boolean);
    let wish = wish.description(Some("Whether the SQL that gives the answer's numbers is wanted."));
    RefOr::T(Schema::Object(wish.build()))
}

/// What customers are told apart by.
fn fields() -> RefOr<Schema> {
    let words = "What the customers are told apart by, each being in one group: the question is \
        answered for everybody, for every group and for the computed rest.";
    list::<Breakdown>(words)
}

/// How many groups are shown by themselves.
fn n_groups() -> RefOr<Schema> {
    let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0_usize));
    let words = "Groups shown by themselves, the largest; the rest is one more, `Other`.";
    RefOr::T(Schema::Object(number.description(Some(words)).build()))
}

/// The groups of an answer.
fn groups() -> RefOr<Schema> {
    list::<SplitGroup>("With a breakdown, the groups, the largest first, and the computed rest.")
}

fn list<T: ToSchema>(words: &str) -> RefOr<Schema> {
    let list = ArrayBuilder::new().items(reference::<T>()).description(Some(words));
    RefOr::T(Schema::Array(list.build()))
}

/// Adds fields beside those of a shape.
fn add_fields(schema: &mut RefOr<Schema>, fields: Vec<(&str, RefOr<Schema>)>) {
    match schema {
        RefOr::T(Schema::Object(object)) => {
            let fields = fields.into_iter().map(|(name, field)| (name.to_owned(), field));
            object.properties.extend(fields);
        }
        // What is flattened into a shape stands in parts of its own.
        RefOr::T(Schema::AllOf(all)) => {
            let part = fields
                .into_iter()
                .fold(ObjectBuilder::new(), |part, (name, field)| part.property(name, field));
            all.items.push(RefOr::T(Schema::Object(part.build())));
        }
        _ => {}
    }
}

/// Whom a question is about: only the customers of a condition.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is only described")]
enum Who {
    /// A condition as text: `did order within 90 days`.
    Text(String),
    /// A condition as JSON, `{"segment": "vip"}`, or `{"condition": …, "as_of": "2011-06-30"}` for
    /// either at another time than the question's own.
    Condition(std::collections::BTreeMap<String, serde_json::Value>),
}

/// Whom an answer is about.
#[derive(ToSchema)]
#[schema(as = AnswerWho)]
#[expect(dead_code, reason = "it is only described")]
struct ToldWho {
    /// The condition, as it was asked.
    #[schema(value_type = Object)]
    condition: serde_json::Value,
    /// It as text.
    text: String,
    /// When it was read.
    as_of: String,
    /// It as a sentence.
    en: String,
    /// 条件的文字说明。
    zh: String,
    /// How many customers satisfy it.
    n_customers: u64,
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_question_may_be_about_some_customers_and_be_explained() {
        for insight in crate::all() {
            let shapes = insight.shapes();
            let kind = insight.kind();
            let fields = shapes.question_fields();
            for name in ["who", "explain"] {
                assert!(fields.iter().any(|field| field == name), "`{kind}` has no `{name}`");
            }
            let described: Vec<&str> = shapes.named.iter().map(|(name, _)| name.as_str()).collect();
            for name in ["Who", "AnswerWho", "Explained", "ExplainedStatement", "Refusal"] {
                assert!(described.contains(&name), "`{name}` of `{kind}` is nowhere");
            }
        }
    }
}
