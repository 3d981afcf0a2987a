//! `customer_day` as a table for SQL: the files of the scorings in force, pruned by statistics.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::DFSchema;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;

use super::score_schema;
use crate::pin::Pin;
use crate::read::{LakeFile, VerifyingReaders};

/// The scorings in force.
#[derive(Debug)]
pub(super) struct ScoreTable {
    schema: SchemaRef,
    files: Vec<LakeFile>,
    pin: Arc<Pin>,
}

impl ScoreTable {
    pub(super) fn new(files: Vec<LakeFile>, pin: Arc<Pin>) -> Arc<ScoreTable> {
        Arc::new(ScoreTable { schema: score_schema(), files, pin })
    }
}

#[async_trait]
impl TableProvider for ScoreTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        // Statistics leave out row groups; the rows that stay are filtered by the plan above.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if self.files.is_empty() {
            let schema = match projection {
                Some(columns) => Arc::new(self.schema.project(columns)?),
                None => self.schema.clone(),
            };
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        let mut source = ParquetSource::new(self.schema.clone())
            .with_parquet_file_reader_factory(Arc::new(VerifyingReaders { _pin: self.pin.clone() }))
            .with_pushdown_filters(false)
            .with_bloom_filter_on_read(false);
        if let Some(condition) = conjunction(filters.to_vec()) {
            let schema = DFSchema::try_from(self.schema.clone())?;
            source = source.with_predicate(state.create_physical_expr(condition, &schema)?);
        }
        let n_groups = state.config().target_partitions().clamp(1, self.files.len());
        let mut groups = vec![Vec::new(); n_groups];
        for (number, file) in self.files.iter().enumerate() {
            let path = file.place().to_string_lossy().into_owned();
            let partitioned =
                PartitionedFile::new(path, file.n_bytes()).with_extension(LakeFile::clone(file));
            if let Some(group) = groups.get_mut(number % n_groups) {
                group.push(partitioned);
            }
        }
        let config =
            FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), Arc::new(source))
                .with_file_groups(groups.into_iter().map(FileGroup::new).collect())
                .with_projection_indices(projection.cloned())?
                .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}
