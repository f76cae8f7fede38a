import signal
import time
from functools import partial
from pathlib import Path

import pytest

from renderer.engine import Faulty, Page, Rendered
from renderer.limit import bounded
from renderer.reading import Sources

ENDLESS = [
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "{{ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab' | regex_match('^(a+)+$') }}",
]


@pytest.mark.parametrize("text", ENDLESS)
def test_a_template_without_end_is_ended(tmp_path: Path, text: str) -> None:
    (tmp_path / "t").write_text(text)
    page = Page(tmp_path / "t")
    began = time.process_time()
    outcome = bounded(page, partial(page.render, Sources()), 0.2)
    assert isinstance(outcome, Faulty)
    assert outcome.reason == f"{tmp_path / 't'}, line 1: it computes for more than 0.2 s"
    assert time.process_time() - began < 5


def test_what_ends_in_time_is_as_ever_and_no_timer_is_left(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("x")
    page = Page(tmp_path / "t")
    outcome = bounded(page, partial(page.render, Sources()), 5)
    assert isinstance(outcome, Rendered)
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGVTALRM) is signal.SIG_DFL
