//! The walls between crates: the only edges there may be, and what inner crates never reach.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand, PackageId};

use crate::root;

/// Who may depend on whom, by folder under `crates/`.
const EDGES: &[(&str, &[&str])] = &[
    ("types", &[]),
    ("world", &["types"]),
    ("models", &["types"]),
    ("engine", &["types"]),
    ("insights", &["types", "models", "engine"]),
    ("store", &["types"]),
    ("lake", &["types", "engine", "store"]),
    ("server", &["types", "models", "engine", "insights", "store", "lake"]),
    ("perennial", &["types", "world", "models", "engine", "insights", "store", "lake", "server"]),
    ("testkit", &["types", "engine"]),
];

/// Crates that only some of ours may name directly.
const FENCES: &[(&str, &[&str])] = &[
    ("datafusion", &["engine", "lake"]),
    ("sea-orm", &["store"]),
    ("sqlx", &["store"]),
    ("axum", &["server"]),
    ("parquet", &["lake", "engine", "server", "perennial"]),
    ("reqwest", &["server", "perennial"]),
];

/// What pure crates reach not even through others.
const PURE: &[&str] = &["types", "world", "models"];
const IMPURE: &[&str] = &[
    "tokio",
    "arrow",
    "arrow-array",
    "datafusion",
    "sqlx",
    "sea-orm",
    "axum",
    "object_store",
    "reqwest",
];

fn metadata() -> Metadata {
    let manifest = root().join("Cargo.toml");
    let mut command = MetadataCommand::new();
    command.manifest_path(manifest).features(CargoOpt::AllFeatures);
    command.other_options(vec!["--locked".to_owned(), "--offline".to_owned()]);
    command.exec().unwrap()
}

/// The folder of one of our crates.
fn folder(name: &str) -> Option<&str> {
    match name {
        "perennial" => Some("perennial"),
        "xtask" => None,
        other => other.strip_prefix("perennial-"),
    }
}

#[test]
fn our_crates_depend_on_each_other_only_along_the_allowed_edges() {
    let allowed: BTreeMap<&str, &[&str]> = EDGES.iter().copied().collect();
    let mut seen = BTreeSet::new();
    for package in metadata().workspace_packages() {
        let Some(own) = folder(&package.name) else { continue };
        seen.insert(own.to_owned());
        let edges =
            allowed.get(own).unwrap_or_else(|| panic!("`{own}` is not in the table of edges"));
        for dependency in
            package.dependencies.iter().filter(|one| one.kind == DependencyKind::Normal)
        {
            if let Some(other) = folder(&dependency.name).filter(|_| dependency.path.is_some()) {
                assert!(edges.contains(&other), "`{own}` may not depend on `{other}`");
            }
        }
    }
    let listed: BTreeSet<String> = allowed.keys().map(|name| (*name).to_owned()).collect();
    assert_eq!(seen, listed, "the table of edges lists exactly the crates there are");
}

#[test]
fn heavy_crates_stay_behind_their_fences() {
    for package in metadata().workspace_packages() {
        let Some(own) = folder(&package.name) else { continue };
        for dependency in
            package.dependencies.iter().filter(|one| one.kind == DependencyKind::Normal)
        {
            for (heavy, inside) in FENCES {
                let is_it = dependency.name == *heavy;
                assert!(!is_it || inside.contains(&own), "`{own}` may not name `{heavy}`");
            }
        }
    }
}

#[test]
fn pure_crates_reach_no_runtime_no_columns_no_database() {
    let metadata = metadata();
    let nodes = &metadata.resolve.as_ref().unwrap().nodes;
    let names: BTreeMap<&PackageId, &str> =
        metadata.packages.iter().map(|package| (&package.id, package.name.as_str())).collect();
    for pure in PURE {
        let start = metadata.packages.iter().find(|package| folder(&package.name) == Some(*pure));
        let mut queue = vec![&start.unwrap().id];
        let mut reached = BTreeSet::new();
        while let Some(id) = queue.pop() {
            if !reached.insert(id) {
                continue;
            }
            let node = nodes.iter().find(|node| node.id == *id).unwrap();
            let normal = node.deps.iter().filter(|dependency| {
                dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
            });
            queue.extend(normal.map(|dependency| &dependency.pkg));
        }
        for id in reached {
            assert!(!IMPURE.contains(&names[id]), "`{pure}` reaches `{}`", names[id]);
        }
    }
}
