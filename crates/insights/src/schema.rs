//! The shapes of a kind's questions and answers, for whoever describes the API.
//!
//! A shape is derived from the very types that read a question and write an answer, so that the
//! description cannot say anything else.

use utoipa::openapi::schema::{ObjectBuilder, Ref, Schema, Type};
use utoipa::openapi::RefOr;
use utoipa::{PartialSchema, ToSchema};

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
        let reference = |name| RefOr::Ref(Ref::from_schema_name(name));
        Shapes { question: reference(Q::name()), answer: reference(A::name()), named }
    }

    /// Any object as question, any object as answer.
    pub fn open() -> Shapes {
        let object = || RefOr::T(Schema::Object(ObjectBuilder::new().schema_type(Type::Object).build()));
        Shapes { question: object(), answer: object(), named: Vec::new() }
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
