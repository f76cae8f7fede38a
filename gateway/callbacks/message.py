"""What a callback says: what the task's client would be answered, with the task's id and what is known of the money.

Pure. The two are members of the body, for only the body is signed.
"""

import json

from attempt.evidence import members
from contract.problem import CONTENT_TYPE
from gateway.ledger.record import Record


def message_of(record: Record) -> tuple[str, bytes]:
    """Content type and body."""
    answer = record.result or b""
    ours = {"task": record.id, "task_submitted": record.money.value}
    told = members(answer)
    if not told:  # some worker's own words, and no JSON object
        told, ours["answer"] = {"status": record.status}, answer.decode(errors="replace")
    is_problem = (record.content_type or "").startswith(CONTENT_TYPE)
    return CONTENT_TYPE if is_problem else "application/json", json.dumps({**told, **ours}).encode()
