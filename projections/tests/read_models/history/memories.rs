//! Asking memories, in histories.

use albumen_domain::memory::{Memory, MemoryCommand, MemoryTopic, NewMemory};

use super::{
    MemoryStep,
    historian::{Historian, ask, ask_one},
};

impl Historian {
    pub(super) fn memory(&mut self, step: MemoryStep) {
        match step {
            MemoryStep::Create(who, year, memory_at, [show_at, hide_at], saved, assets) => {
                let new = NewMemory {
                    owner: self.some_user(who),
                    topic: MemoryTopic::OnThisDay { year },
                    memory_at,
                    show_at,
                    hide_at,
                    saved,
                    seen_at: None,
                    assets: self.some_assets(&assets),
                };
                let (id, mut memory) = (self.new_id(), Memory::default());
                let command = MemoryCommand::Create(Box::new(new));
                if ask(id, &mut memory, command, &mut self.history, &mut self.sequences, self.now) {
                    self.memories.push((id, memory));
                }
            }
            MemoryStep::Edit(which, edit) => self.ask_memory(which, MemoryCommand::Edit(edit)),
            MemoryStep::AddAssets(which, assets) => {
                let assets = self.some_assets(&assets);
                self.ask_memory(which, MemoryCommand::AddAssets(assets));
            }
            MemoryStep::RemoveAssets(which, assets) => {
                let assets = self.some_assets(&assets);
                self.ask_memory(which, MemoryCommand::RemoveAssets(assets));
            }
            MemoryStep::Delete(which) => self.ask_memory(which, MemoryCommand::Delete),
        }
    }

    fn ask_memory(&mut self, which: usize, command: MemoryCommand) {
        ask_one(which, &mut self.memories, command, &mut self.history, &mut self.sequences, self.now);
    }
}
