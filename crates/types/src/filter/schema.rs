//! The JSON form of a filter as a schema, beside the reader of that form in `json`.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, ObjectBuilder, OneOfBuilder, Ref, Schema, Type,
};
use utoipa::{PartialSchema, ToSchema};

use super::{Condition, EventNames, Op, Test, Value};

type Named = Vec<(String, RefOr<Schema>)>;

fn of(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(kind)
}

fn reference<T: ToSchema>() -> Ref {
    Ref::from_schema_name(T::name())
}

/// An object of exactly one field.
fn only(name: &str, schema: impl Into<RefOr<Schema>>) -> ObjectBuilder {
    let closed = Some(AdditionalProperties::<Schema>::FreeForm(false));
    of(Type::Object).property(name, schema).required(name).additional_properties(closed)
}

impl PartialSchema for EventNames {
    fn schema() -> RefOr<Schema> {
        let names = ArrayBuilder::new().items(of(Type::String)).min_items(Some(1));
        let either = OneOfBuilder::new().item(of(Type::String)).item(names);
        either.description(Some("A name, a list of names, or `*` for any event.")).into()
    }
}

impl ToSchema for EventNames {}

impl PartialSchema for Condition {
    fn schema() -> RefOr<Schema> {
        let list = || ArrayBuilder::new().items(reference::<Condition>());
        OneOfBuilder::new()
            .item(only("all", list()))
            .item(only("any", list()))
            .item(only("not", reference::<Condition>()))
            .item(reference::<Test>())
            .description(Some("What must hold of one event."))
            .into()
    }
}

impl ToSchema for Condition {
    fn schemas(named: &mut Named) {
        named.push((Test::name().into_owned(), Test::schema()));
        Test::schemas(named);
    }
}

impl PartialSchema for Test {
    fn schema() -> RefOr<Schema> {
        let ops = Op::ALL.iter().map(|(_, name)| *name);
        of(Type::Object)
            .property("field", of(Type::String))
            .required("field")
            .property("op", of(Type::String).enum_values(Some(ops)))
            .required("op")
            .property("value", reference::<Value>())
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
            .description(Some("One field against a value; `is_set` and `is_not_set` take none."))
            .into()
    }
}

impl ToSchema for Test {
    fn schemas(named: &mut Named) {
        named.push((Value::name().into_owned(), Value::schema()));
    }
}

impl PartialSchema for Value {
    fn schema() -> RefOr<Schema> {
        let scalar = || {
            let text = OneOfBuilder::new().item(of(Type::String));
            text.item(of(Type::Number)).item(of(Type::Boolean))
        };
        scalar().item(ArrayBuilder::new().items(scalar())).into()
    }
}

impl ToSchema for Value {
    fn name() -> std::borrow::Cow<'static, str> {
        "TestValue".into()
    }
}
