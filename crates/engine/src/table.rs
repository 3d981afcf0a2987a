//! A source of runs as a table for SQL: the same rows the folds see, read-only.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column as ColumnExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::ProjectionExec;
use perennial_types::calendar::Micros;
use perennial_types::event::COLUMNS;

use crate::schema::event_schema;
use crate::source::{RunSource, ScanRequest};

/// The event table over a snapshot.
#[derive(Debug)]
pub struct RunTable {
    source: Arc<dyn RunSource>,
    schema: SchemaRef,
}

impl RunTable {
    /// A table over a source.
    pub fn new(source: Arc<dyn RunSource>) -> RunTable {
        RunTable { source, schema: event_schema() }
    }
}

#[async_trait]
impl TableProvider for RunTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let every: Vec<usize> = (0..COLUMNS.len()).collect();
        let wanted = projection.unwrap_or(&every);
        let mut columns: Vec<_> = wanted.iter().map(|position| COLUMNS[*position].column).collect();
        columns.sort_unstable();
        columns.dedup();
        if columns.is_empty() {
            // Rows are counted even where no column is looked at.
            columns.push(perennial_types::event::Column::Customer);
        }
        let request = ScanRequest { columns, events: None, ts: Micros::MIN..Micros::MAX };
        let plan = self.source.scan(&request)?.plan;
        let read = plan.schema();
        let exprs = wanted.iter().map(|position| {
            let name = COLUMNS[*position].name;
            let index = read.index_of(name)?;
            let expr: Arc<dyn PhysicalExpr> = Arc::new(ColumnExpr::new(name, index));
            Ok((expr, name.to_owned()))
        });
        let exprs = exprs.collect::<Result<Vec<_>>>()?;
        Ok(Arc::new(ProjectionExec::try_new(exprs, plan)?))
    }
}
