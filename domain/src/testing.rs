//! `given(history).when(command).then(events)`, for the tests beside the rules.

use crate::Aggregate;

pub(crate) struct Given<A>(A);

pub(crate) fn given<A: Aggregate>(history: impl IntoIterator<Item = A::Event>) -> Given<A> {
    let mut state = A::default();
    for event in history {
        state.evolve(&event);
    }
    Given(state)
}

pub(crate) struct Outcome<A: Aggregate>(Result<Vec<A::Event>, A::Refusal>);

impl<A: Aggregate> Given<A> {
    pub(crate) fn when(self, command: A::Command) -> Outcome<A> {
        Outcome(self.0.decide(command))
    }
}

impl<A: Aggregate> Outcome<A> {
    #[track_caller]
    pub(crate) fn then(self, expected: impl IntoIterator<Item = A::Event>) {
        let expected: Vec<_> = expected.into_iter().collect();
        assert_eq!(self.0.expect("the command was refused"), expected);
    }

    #[track_caller]
    pub(crate) fn refused(self) -> A::Refusal {
        self.0.expect_err("the command was not refused")
    }
}
