//! The write side against a real PostgreSQL. `ALBUMEN_TEST_DATABASE_URL` names one in which
//! databases can be made; `deploy/test-postgres start` starts one and prints it.

mod batches;
mod claims;
mod failures;
mod feed;
mod look_up;
mod order;
mod pace;
mod personal;
mod proof;
mod support;
