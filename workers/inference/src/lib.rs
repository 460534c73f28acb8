//! Models that see and read pictures: where they lie, how they are fed, and what their answers mean.
