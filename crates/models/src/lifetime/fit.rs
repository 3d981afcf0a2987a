//! What a fit found: parameters, likelihood, standard errors, and what an edge means.

use serde::{Deserialize, Serialize};

use super::LifetimeError;
use crate::newton::Factored;
use crate::optimise::{Bounds, Edge, Minimum, hessian, minimise, minimise_from};

/// A model with the fit it came from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fitted<M> {
    /// The model, ready to be asked.
    pub model: M,
    /// How it was found.
    pub fit: Fit,
}

/// How well a model was found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fit {
    /// The parameters in the order of the paper.
    pub estimates: Vec<Estimate>,
    /// The log-likelihood of all customers, in the unit of time the data came in.
    pub log_likelihood: f64,
    /// Customers.
    pub n_customers: u64,
    /// Covariance of the logarithms of the parameters, row-major; 0 in the rows of parameters at an
    /// edge. `None` where the likelihood is flat in some direction.
    pub log_covariance: Option<Vec<f64>>,
    /// What the data do not show.
    pub findings: Vec<Finding>,
    /// Evaluations of the whole likelihood.
    pub n_evaluations: usize,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Its name in the paper.
    pub name: String,
    /// Its value.
    pub value: f64,
    /// Its standard error; `None` at an edge or where the likelihood is flat.
    pub standard_error: Option<f64>,
    /// The end of its range that it was pushed to.
    pub edge: Option<Edge>,
}

/// Something the data do not show, so that a parameter has no meaning of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Finding {
    /// Letting customers leave does not make the data more likely: `gain` in log-likelihood over
    /// the same model without leaving.
    NoDropOut {
        /// Log-likelihood gained by two more parameters.
        gain: f64,
    },
    /// A parameter ended at the edge of its range.
    AtEdge {
        /// Which.
        name: String,
        /// Which end.
        edge: Edge,
        /// What that says about the customers.
        means: String,
        /// 同一句话。
        means_zh: String,
    },
    /// Very different parameters explain the data equally well.
    Flat,
}

impl Finding {
    /// Its stable name, as JSON has it.
    pub fn code(&self) -> &'static str {
        match self {
            Finding::NoDropOut { .. } => "no_drop_out",
            Finding::AtEdge { .. } => "at_edge",
            Finding::Flat => "flat",
        }
    }

    /// What it means, as a sentence.
    pub fn meaning(&self) -> String {
        match self {
            Finding::NoDropOut { gain } => format!(
                "this data shows no drop-out: letting customers leave raises the log-likelihood by \
                 only {gain:.2}, so the parameters of leaving mean nothing"
            ),
            Finding::AtEdge { name, edge, means, .. } => {
                let end = match edge {
                    Edge::Lower => "smallest",
                    Edge::Upper => "largest",
                };
                format!("`{name}` is at the {end} value allowed: {means}")
            }
            Finding::Flat => {
                "very different parameters explain this data equally well: predictions \
                              hold, single parameters and their errors do not"
                    .to_owned()
            }
        }
    }

    /// The same sentence in Chinese.
    pub fn meaning_in_chinese(&self) -> String {
        match self {
            Finding::NoDropOut { gain } => format!(
                "这些数据看不出客户流失：允许客户流失只使对数似然提高 {gain:.2}，因此流失参数没有意义"
            ),
            Finding::AtEdge { name, edge, means_zh, .. } => {
                let end = match edge {
                    Edge::Lower => "最小",
                    Edge::Upper => "最大",
                };
                format!("`{name}` 已到允许的{end}值：{means_zh}")
            }
            Finding::Flat => {
                "差异很大的参数对这些数据的解释同样好：预测成立，单个参数及其误差不成立".to_owned()
            }
        }
    }
}

/// What it says about customers when a parameter of a model runs to an edge, in English and Chinese.
fn edge_means(model: &str, name: &str, edge: Edge) -> (&'static str, &'static str) {
    match (model, name, edge) {
        ("gamma_gamma", ..) => {
            ("spending does not vary the way the model supposes", "消费金额的差异与模型的假设不符")
        }
        ("bg_bb", "alpha", Edge::Lower) | ("bg_bb", "beta", Edge::Upper) => {
            ("hardly anybody buys", "几乎没有人购买")
        }
        ("bg_bb", "alpha", Edge::Upper) | ("bg_bb", "beta", Edge::Lower) => (
            "nearly everybody buys at every opportunity while they are customers",
            "客户在流失前几乎每次机会都购买",
        ),
        ("sbg", "alpha", Edge::Lower)
        | (_, "a" | "s" | "gamma", Edge::Lower)
        | (_, "b" | "beta" | "delta", Edge::Upper) => {
            ("hardly anybody leaves within the time observed", "观察期内几乎无人流失")
        }
        ("sbg", "alpha", Edge::Upper) | (_, "a" | "s" | "gamma", Edge::Upper) => {
            ("customers do not differ in how readily they leave", "客户之间的流失倾向没有差异")
        }
        (_, "r" | "alpha", Edge::Upper) => {
            ("customers do not differ in how often they buy", "客户之间的购买频率没有差异")
        }
        (_, "r" | "alpha", Edge::Lower) => {
            ("a few customers buy and the others never do", "少数客户购买，其余从不购买")
        }
        (_, "b" | "beta" | "delta", Edge::Lower) => {
            ("most customers leave at the first opportunity", "多数客户一有机会便流失")
        }
        _ => ("the model does not fit the shape of this data", "模型与数据的形状不符"),
    }
}

/// What to search: names, range and starts of the parameters, which are all positive.
pub(super) struct Search<const N: usize> {
    pub model: &'static str,
    pub names: [&'static str; N],
    pub lower: [f64; N],
    pub upper: [f64; N],
    pub starts: Vec<[f64; N]>,
    pub n_customers: f64,
}

/// A log-likelihood of N parameters with its gradient.
pub(super) type Likelihood<'a, const N: usize> = &'a dyn Fn(&[f64; N]) -> (f64, [f64; N]);

/// Step of the second derivatives, in the logarithm of a parameter.
const CURVATURE_STEP: f64 = 1e-4;

impl<const N: usize> Search<N> {
    /// Maximises a log-likelihood with its gradient over the logarithms of the parameters.
    ///
    /// `coarse` is a smaller likelihood near the whole one, on which all starts are tried first.
    pub fn maximise(
        &self,
        coarse: Option<Likelihood<'_, N>>,
        whole: Likelihood<'_, N>,
    ) -> Result<([f64; N], Fit), LifetimeError> {
        let starts: Vec<[f64; N]> = self.starts.iter().map(|start| start.map(f64::ln)).collect();
        let bounds = Bounds { lower: self.lower.map(f64::ln), upper: self.upper.map(f64::ln) };
        let mean = |f: Likelihood<'_, N>, at: [f64; N]| {
            let parameters = at.map(f64::exp);
            let (value, gradient) = f(&parameters);
            let slope = |i: usize| -gradient[i] * parameters[i] / self.n_customers;
            (-value / self.n_customers, std::array::from_fn(slope))
        };
        let found = match coarse {
            Some(coarse) => minimise_from(|at| mean(coarse, at), &bounds, &starts).map(|near| {
                minimise(|at| mean(whole, at), &bounds, near.at, Some(near.inverse_hessian))
            }),
            None => minimise_from(|at| mean(whole, at), &bounds, &starts),
        };
        let found = found.ok_or(LifetimeError::NotSettled { n_evaluations: starts.len() })?;
        if !found.has_settled {
            return Err(LifetimeError::NotSettled { n_evaluations: found.n_evaluations });
        }
        let curvature = hessian(|at| mean(whole, at), found.at, CURVATURE_STEP);
        Ok((found.at.map(f64::exp), self.describe(&found, &curvature)))
    }

    /// Puts names, errors and findings to what was found.
    fn describe(&self, found: &Minimum<N>, curvature: &[[f64; N]; N]) -> Fit {
        let free: Vec<usize> = (0..N).filter(|i| found.edges[*i].is_none()).collect();
        let information: Vec<f64> = free
            .iter()
            .flat_map(|i| free.iter().map(|j| curvature[*i][*j] * self.n_customers))
            .collect();
        let inverse =
            Factored::new(&information, free.len()).ok().map(|factored| factored.inverse());
        let log_covariance = inverse.map(|inverse| {
            let mut cells = vec![0.0; N * N];
            let places = free.iter().flat_map(|i| free.iter().map(move |j| i * N + j));
            for (place, cell) in places.zip(inverse) {
                cells[place] = cell;
            }
            cells
        });
        let mut findings: Vec<Finding> = Vec::new();
        let estimate = |i: usize| {
            let variance = log_covariance.as_ref().and_then(|cells| cells.get(i * (N + 1)));
            let value = found.at[i].exp();
            Estimate {
                name: self.names[i].to_owned(),
                value,
                standard_error: variance
                    .filter(|cell| **cell > 0.0)
                    .map(|cell| value * cell.sqrt()),
                edge: found.edges[i],
            }
        };
        let estimates: Vec<Estimate> = (0..N).map(estimate).collect();
        for estimate in &estimates {
            if let Some(edge) = estimate.edge {
                let (means, means_zh) = edge_means(self.model, &estimate.name, edge);
                let (name, means) = (estimate.name.clone(), means.to_owned());
                findings.push(Finding::AtEdge { name, edge, means, means_zh: means_zh.to_owned() });
            }
        }
        if log_covariance.is_none() {
            findings.push(Finding::Flat);
        }
        Fit {
            estimates,
            log_likelihood: -found.value * self.n_customers,
            n_customers: self.n_customers as u64,
            log_covariance,
            findings,
            n_evaluations: found.n_evaluations,
        }
    }
}
