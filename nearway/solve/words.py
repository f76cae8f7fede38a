"""One task, from the words of a command line.

Pure; files are read by what is given for it.
"""

import base64
from collections.abc import Callable, Sequence


def task_from(words: Sequence[str], read: Callable[[str], bytes]) -> dict[str, object]:
    """The members of the task: `name=value`; `name=@FILE` is a file's content as base64, `name=@@text` the text `@text`.

    ValueError says which word is none, OSError which file can't be read.
    """
    task: dict[str, object] = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not name or not sign:
            raise ValueError(f"{word!r} is no member of a task like method=turnstile")
        if name in task:
            raise ValueError(f"{name} is said twice")
        task[name] = _value(value, read)
    return task


def _value(value: str, read: Callable[[str], bytes]) -> str:
    if value.startswith("@@") or not value.startswith("@"):
        return value.removeprefix("@") if value.startswith("@@") else value
    return base64.b64encode(read(value[1:])).decode()
