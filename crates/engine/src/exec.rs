//! The fold as a DataFusion plan node.
//!
//! One output partition per bucket; each gives one row per fold, the packed partial result of that
//! bucket. The node holds the folds' descriptions, so it can be written down and made again.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{
    Boundedness, EmissionType, ReplaceChildrenOptions,
};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, SendableRecordBatchStream,
};
use futures::{StreamExt, stream};

use crate::batch::{Batch, Run};
use crate::error::EngineError;
use crate::fold::{Fold, Visitor};
use crate::merge::RunMerge;
use crate::partial::{PARTIAL_SCHEMA, pack};
use crate::source::RunScan;

/// Drives folds over the runs of every bucket of a scan.
#[derive(Clone, Debug)]
pub struct FoldExec {
    input: Arc<dyn ExecutionPlan>,
    buckets: Arc<[Range<usize>]>,
    folds: Arc<[Arc<dyn Fold>]>,
    properties: Arc<PlanProperties>,
}

impl FoldExec {
    /// Folds over a scan.
    pub fn new(scan: RunScan, folds: Vec<Arc<dyn Fold>>) -> FoldExec {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(PARTIAL_SCHEMA.clone()),
            Partitioning::UnknownPartitioning(scan.buckets.len()),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        FoldExec {
            input: scan.plan,
            buckets: scan.buckets.into(),
            folds: folds.into(),
            properties: Arc::new(properties),
        }
    }

    /// The folds it drives, in the order of the `fold` column.
    pub fn folds(&self) -> &[Arc<dyn Fold>] {
        &self.folds
    }
}

impl DisplayAs for FoldExec {
    fn fmt_as(&self, _format: DisplayFormatType, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.folds.iter().map(|fold| fold.description().0).collect();
        write!(out, "FoldExec: folds=[{}], buckets={}", names.join(", "), self.buckets.len())
    }
}

impl ExecutionPlan for FoldExec {
    fn name(&self) -> &'static str {
        "FoldExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _options: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match (children.pop(), children.is_empty()) {
            (Some(input), true) => Ok(Arc::new(FoldExec { input, ..FoldExec::clone(&self) })),
            _ => Err(DataFusionError::Internal("a fold has exactly one input".to_owned())),
        }
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        use datafusion::physical_plan::execution_plan::ChildrenPropertiesMode;
        self.replace_children(
            children,
            ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute),
        )
    }

    fn apply_expressions(
        &self,
        _visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(
        &self,
        bucket: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let partitions = self.buckets.get(bucket).cloned().unwrap_or_default();
        let streams = partitions
            .map(|partition| self.input.execute(partition, context.clone()))
            .collect::<Result<Vec<_>>>()?;
        let visitors = self.folds.iter().map(|fold| fold.visitor()).collect();
        let result = async move { drive(streams, visitors).await.map_err(DataFusionError::from) };
        Ok(Box::pin(RecordBatchStreamAdapter::new(PARTIAL_SCHEMA.clone(), stream::once(result))))
    }
}

/// Shows every run of the bucket to every visitor, then packs what they found.
async fn drive(
    mut streams: Vec<SendableRecordBatchStream>,
    visitors: Vec<Box<dyn Visitor>>,
) -> std::result::Result<RecordBatch, EngineError> {
    let mut guide = Guide { visitors, runs: Vec::new(), open: None };
    if streams.len() == 1 {
        while let Some(batch) = streams[0].next().await {
            guide.show(&batch?)?;
        }
    } else {
        let mut merge = RunMerge::new(streams);
        while let Some(batch) = merge.next().await? {
            guide.show(&batch)?;
        }
    }
    let partials =
        guide.visitors.into_iter().map(Visitor::finish).collect::<Result<Vec<_>, _>>()?;
    Ok(pack(&partials)?)
}

struct Guide {
    visitors: Vec<Box<dyn Visitor>>,
    runs: Vec<Run>,
    /// Customer of the last row shown.
    open: Option<i64>,
}

impl Guide {
    fn show(&mut self, batch: &RecordBatch) -> std::result::Result<(), EngineError> {
        let batch = Batch::new(batch);
        batch.runs(self.open, &mut self.runs)?;
        self.open = self.runs.last().map(|run| run.customer).or(self.open);
        for visitor in &mut self.visitors {
            visitor.visit(&batch, &self.runs)?;
        }
        Ok(())
    }
}
