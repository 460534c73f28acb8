//! How fast models answer, as the newest events tell.

use std::time::Duration;

use albumen_domain::processing::Job;

use super::read::LogReader;
use crate::error::StoreError;

/// What is older says little about how fast it goes now.
const LOOKED_BACK: Duration = Duration::from_secs(300);
/// The first begins the time that is measured; of fewer than two more no pace is told.
const FEWEST_ANSWERS: u32 = 3;

/// How fast a model has answered lately.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// So often.
    pub answers: u32,
    /// In so long: from the first of these answers until now.
    pub since: Duration,
}

impl Pace {
    /// How long so many more answers take, if it goes on like that; none while too few have come to tell.
    #[must_use]
    pub fn time_for(self, left: i64) -> Option<Duration> {
        if self.answers < FEWEST_ANSWERS {
            return None;
        }
        let each_s = self.since.as_secs_f64() / f64::from(self.answers - 1);
        Duration::try_from_secs_f64(each_s * f64::from(u32::try_from(left).ok()?)).ok()
    }
}

impl LogReader {
    /// How fast `model` has done `job` within the last minutes; none while it has not, or where no model does such jobs.
    ///
    /// # Errors
    /// The database is away.
    pub async fn pace(&self, job: Job, model: &str) -> Result<Option<Pace>, StoreError> {
        // The answers to others name no model.
        let Some(answer) = job.answer().filter(|_| Job::ON_PREVIEWS.contains(&job)) else { return Ok(None) };
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(include_str!("sql/pace.sql")).await?;
        let row = client.query_one(&statement, &[&answer, &LOOKED_BACK.as_secs_f64(), &model]).await?;
        let (answers, since): (i64, Option<f64>) = (row.get(0), row.get(1));
        let answers = u32::try_from(answers).unwrap_or(u32::MAX);
        // A clock that was set back has made them in the future.
        let since = since.map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or_default());
        Ok(since.map(|since| Pace { answers, since }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_takes_as_long_as_what_came_did() {
        let pace = |answers, seconds| Pace { answers, since: Duration::from_secs(seconds) };
        assert_eq!(pace(11, 20).time_for(30), Some(Duration::from_secs(60)));
        assert_eq!(pace(11, 20).time_for(0), Some(Duration::ZERO));
        assert_eq!(pace(11, 0).time_for(30), Some(Duration::ZERO));
        assert_eq!(pace(FEWEST_ANSWERS, 20).time_for(1), Some(Duration::from_secs(10)));
    }

    #[test]
    fn too_few_answers_are_no_pace() {
        for answers in 0..FEWEST_ANSWERS {
            assert_eq!(Pace { answers, since: Duration::from_secs(20) }.time_for(30), None, "{answers}");
        }
        assert_eq!(Pace { answers: 11, since: Duration::from_secs(20) }.time_for(-1), None);
    }
}
