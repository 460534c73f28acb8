//! The log mirrored to EventStoreDB, for those who run it.
