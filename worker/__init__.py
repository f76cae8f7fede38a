"""The worker: takes a task, hands it to the solving API once, and waits for the solution.

Nothing outside this package knows what the work is. `solve.py` holds the one sequence; `task`, `reply`, `codes`, `resubmit`,
`schedule`, `waiting`, `account`, `load` and `location` decide; `api`, `accountant` and `app` do.
"""
