//! How far models are with what they are to look at, and how long they still take.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use albumen_commands::{
    StoreError,
    log::{LogReader, Pace},
};
use albumen_domain::{processing::Job, queue::QueueName};
use albumen_projections::{ReadError, ReadModels, work::JobCounts};

/// What was chosen for all jobs; asked once, however many of them are looked at.
pub(crate) struct Choices {
    /// The models by which each job of recognition is done.
    pub(crate) models: HashMap<Job, String>,
    /// The queues of which nothing more is begun.
    pub(crate) paused: HashSet<String>,
}

impl Choices {
    /// Those that are in force by now.
    ///
    /// # Errors
    /// The database is away.
    pub(crate) async fn ask(reads: &ReadModels) -> Result<Self, ReadError> {
        let work = reads.work();
        Ok(Self { models: work.chosen_models().await?, paused: work.paused_queues().await? })
    }
}

/// How far the model of a job is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The model that looks.
    pub(crate) model: String,
    /// The model that answers searches until this one has seen everything; none where that is this one, or where nothing
    /// is searched by what it sees.
    pub(crate) answering: Option<String>,
    /// Assets that it has seen.
    pub(crate) seen: i64,
    /// Assets that wait for it.
    pub(crate) left: i64,
    /// How long those take, if it goes on as in the last minutes; none while that is not known.
    pub(crate) time_left: Option<Duration>,
}

impl Progress {
    /// How far the model is that does `job`, of which there is so much; none where no model does it, and where nothing is
    /// left for it to do.
    ///
    /// # Errors
    /// The database is away.
    pub(crate) async fn ask<E: From<StoreError> + From<ReadError>>(
        log: &LogReader,
        reads: &ReadModels,
        choices: &Choices,
        (job, counts): (Job, &JobCounts),
    ) -> Result<Option<Self>, E> {
        let left = left(counts);
        if !Job::ON_PREVIEWS.contains(&job) || (left == 0 && job != Job::Embedding) {
            return Ok(None);
        }
        let Some(model) = choices.models.get(&job) else { return Ok(None) };
        let answering = match job {
            Job::Embedding => reads.vectors().serving_model().await?.filter(|answering| answering != model),
            _ => None,
        };
        if left == 0 && answering.is_none() {
            return Ok(None);
        }
        let is_paused = choices.paused.contains(QueueName::of(job).as_str());
        let pace = if is_paused { None } else { log.pace(job, model).await? };
        let seen = reads.work().count_seen_by(model, job).await?;
        Ok(Some(Self { model: model.clone(), answering, seen, left, time_left: time_left(left, pace) }))
    }

    /// The same in whole seconds, of which the last counts as one.
    pub(crate) fn seconds_left(&self) -> Option<i64> {
        self.time_left.and_then(|left| i64::try_from(left.as_millis().div_ceil(1_000)).ok())
    }
}

/// What a job is still to be done on, whenever that is.
const fn left(counts: &JobCounts) -> i64 {
    counts.active + counts.waiting + counts.delayed
}

/// How long it takes at this pace. Where nothing is left, what is still to come is no model's work.
fn time_left(left: i64, pace: Option<Pace>) -> Option<Duration> {
    pace.filter(|_| left > 0)?.time_for(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace { answers: 11, since: Duration::from_secs(20) };

    #[test]
    fn what_is_left_is_all_that_was_not_given_up() {
        let counts = JobCounts { active: 1, waiting: 20, delayed: 300, failed: 4_000, waiting_since: None };
        assert_eq!(left(&counts), 321);
    }

    #[test]
    fn the_time_that_is_left_is_told_where_it_is_known() {
        assert_eq!(time_left(30, Some(PACE)), Some(Duration::from_secs(60)));
        assert_eq!(time_left(30, None), None, "nothing has come lately, or the queue is paused");
        assert_eq!(time_left(30, Some(Pace { answers: 1, ..PACE })), None, "one answer is no pace");
        assert_eq!(time_left(0, Some(PACE)), None, "it is finished");
    }

    #[test]
    fn a_part_of_a_second_is_one() {
        let left = |milliseconds| Progress {
            model: "a".to_owned(),
            answering: None,
            seen: 1,
            left: 1,
            time_left: Some(Duration::from_millis(milliseconds)),
        };
        assert_eq!([0, 1, 1_000, 1_001].map(|milliseconds| left(milliseconds).seconds_left()), [0, 1, 1, 2].map(Some));
    }
}
