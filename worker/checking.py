"""Whether the solving API lets the account in: asked once, for `--check-account`. It costs nothing."""

import asyncio
import sys

from worker.api import Api
from worker.codes import code_of
from worker.reply import Refused, Unreadable
from worker.settings import WorkerSettings
from worker.standing import Balance, Threads, Trouble, is_well

NOT_WELL = 1


def check_account(settings: WorkerSettings) -> int:
    """Print what the API says of threads and balance; the exit status."""
    threads, balance = asyncio.run(_ask(settings))
    well = is_well(threads) if is_well(threads) is not None else isinstance(balance, Balance)
    sys.stdout.write("; ".join(dict.fromkeys((said(threads), said(balance)))) + "\n")
    return 0 if well else NOT_WELL


async def _ask(settings: WorkerSettings) -> tuple[Threads | Trouble, Balance | Trouble]:
    api = Api(settings.captchaai_url, settings.captchaai_api_key.get_secret_value(), settings.api_timeout)
    try:
        return await api.threads(), await api.balance()
    finally:
        await api.close()


def said(answer: Threads | Balance | Trouble) -> str:
    """The API's answer, in words."""
    match answer:
        case Threads():
            return f"the account has {answer.threads} threads, of which {answer.working} work"
        case Balance():
            return f"its balance is {answer.amount:g}"
        case Refused():
            code = code_of(answer.code)
            return f"it is refused: {code.name}: {code.title}. {code.advice}"
        case Unreadable():
            return "what answers is not the API"
    return f"the API gives no answer: {answer.why}"
