//! Uploads between a look and an import: a file that was looked at is kept for a while, so that
//! the import, or another look, need not send it again.
//!
//! Whoever looked gets a token; the file goes with its import, when nobody asks for it in time, or
//! when too many are kept. A server that starts anew knows none: what its forerunner kept is
//! cleared with the other temporary files.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tempfile::TempPath;
use uuid::Uuid;

use crate::limits;

/// A kept file. It is removed with its last holder.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    /// What it is called.
    pub(crate) name: String,
    /// Where it lies.
    pub(crate) path: Arc<TempPath>,
    expires: Instant,
}

/// The kept files by their tokens.
#[derive(Debug, Default)]
pub(crate) struct Uploads {
    kept: Mutex<HashMap<String, Upload>>,
}

fn end(now: Instant) -> Instant {
    now + Duration::from_secs(limits::UPLOAD_SECONDS)
}

impl Uploads {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Upload>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a file; gives its token.
    pub(crate) fn keep(&self, name: String, path: Arc<TempPath>, now: Instant) -> String {
        let token = Uuid::now_v7().to_string();
        let mut kept = self.lock();
        kept.insert(token.clone(), Upload { name, path, expires: end(now) });
        while kept.len() > limits::UPLOADS {
            let oldest = kept.iter().min_by_key(|(_, upload)| upload.expires);
            let Some(oldest) = oldest.map(|(token, _)| token.clone()) else { break };
            kept.remove(&oldest);
        }
        token
    }

    /// The file of a token, kept for the whole time again.
    pub(crate) fn find(&self, token: &str, now: Instant) -> Option<Upload> {
        let mut kept = self.lock();
        let upload = kept.get_mut(token).filter(|upload| upload.expires > now)?;
        upload.expires = end(now);
        Some(upload.clone())
    }

    /// Keeps the file of a token no longer.
    pub(crate) fn forget(&self, token: &str) {
        self.lock().remove(token);
    }

    /// Lets go of what nobody came back for.
    pub(crate) fn sweep(&self, now: Instant) {
        self.lock().retain(|_, upload| upload.expires > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(folder: &std::path::Path) -> Arc<TempPath> {
        Arc::new(tempfile::NamedTempFile::new_in(folder).unwrap().into_temp_path())
    }

    fn n_files(folder: &std::path::Path) -> usize {
        std::fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn a_file_goes_with_its_time_unless_it_is_looked_at_again() {
        let folder = tempfile::tempdir().unwrap();
        let (uploads, began) = (Uploads::default(), Instant::now());
        let token = uploads.keep("a.csv".to_owned(), file(folder.path()), began);
        let almost = began + Duration::from_secs(limits::UPLOAD_SECONDS - 1);
        assert_eq!(uploads.find(&token, almost).unwrap().name, "a.csv");
        uploads.sweep(end(began));
        assert_eq!(n_files(folder.path()), 1);
        assert!(uploads.find(&token, end(almost)).is_none());
        uploads.sweep(end(almost));
        assert_eq!(n_files(folder.path()), 0);
    }

    #[test]
    fn an_import_holds_its_file_though_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let (uploads, now) = (Uploads::default(), Instant::now());
        let token = uploads.keep("a.csv".to_owned(), file(folder.path()), now);
        let held = uploads.find(&token, now).unwrap();
        uploads.forget(&token);
        assert!(uploads.find(&token, now).is_none());
        assert_eq!(n_files(folder.path()), 1);
        drop(held);
        assert_eq!(n_files(folder.path()), 0);
    }

    #[test]
    fn of_too_many_the_one_unused_longest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let (uploads, now) = (Uploads::default(), Instant::now());
        let at = |seconds: usize| now + Duration::from_secs(seconds as u64);
        let tokens: Vec<String> = (0..limits::UPLOADS)
            .map(|place| uploads.keep(place.to_string(), file(folder.path()), at(place)))
            .collect();
        uploads.find(&tokens[0], at(limits::UPLOADS)).unwrap();
        uploads.keep("one more".to_owned(), file(folder.path()), at(limits::UPLOADS));
        assert_eq!(n_files(folder.path()), limits::UPLOADS);
        assert!(uploads.find(&tokens[0], at(limits::UPLOADS)).is_some());
        assert!(uploads.find(&tokens[1], at(limits::UPLOADS)).is_none());
    }
}
