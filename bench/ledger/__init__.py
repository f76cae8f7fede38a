"""What the ledger costs: a task, and a gateway."""
