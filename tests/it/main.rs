//! The system seen from outside: one test binary, its scenarios as modules.

mod tidy;
