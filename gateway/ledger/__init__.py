"""The ledger: the durable record of tasks and submissions. What is submitted stands here first."""
