import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.trace import Trace, trace_of

ID, PARENT, OURS, MADE = (
    "4bf92f3577b34da6a3ce929d0e0e4736",
    "00f067aa0ba902b7",
    "b7ad6b7169203331",
    "0af7651916cd43dd8448eb211c80319c",
)


def read(header: str, **more: str) -> Trace:
    return trace_of({"traceparent": header, **more}, MADE, OURS)


@pytest.mark.parametrize(("flags", "sampled"), [("00", False), ("01", True), ("03", True), ("02", False)])
def test_a_caller_names_the_trace_and_its_own_span(flags: str, sampled: bool) -> None:
    assert read(f"00-{ID}-{PARENT}-{flags}") == Trace(ID, OURS, PARENT, sampled)


def test_of_a_later_version_what_is_known_is_read() -> None:
    assert read(f"cc-{ID}-{PARENT}-01-what-the-future-holds").id == ID
    assert read(f"cc-{ID}-{PARENT}-01").id == ID


@pytest.mark.parametrize(
    "header",
    [
        "",
        "x",
        f"ff-{ID}-{PARENT}-01",
        f"00-{ID}-{PARENT}-01-more",
        f"00-{ID}-{PARENT}-1",
        f"00-{ID.upper()}-{PARENT}-01",
        f"00-{ID[:-1]}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{ID}-{'0' * 16}-01",
        f" 00-{ID}-{PARENT}-01",
        f"00-{ID}-{PARENT}-01\n",
        f"cc-{ID}-{PARENT}-01.more",
        f"00-{ID}-{PARENT}-01, 00-{ID}-{PARENT}-01",
    ],
)
def test_what_is_no_traceparent_begins_a_trace_of_our_own(header: str) -> None:
    assert read(header) == Trace(MADE, OURS)


def test_what_goes_on_names_our_span_and_keeps_the_callers_state() -> None:
    trace = read(f"00-{ID}-{PARENT}-01", tracestate="vendor=1")
    child = trace.child(1)
    assert trace.fields(child) == {"Traceparent": f"00-{ID}-{child}-01", "Tracestate": "vendor=1"}
    assert read(f"00-{ID}-{PARENT}-01", tracestate="x\r\ny: z").state is None
    assert Trace(ID, OURS).fields(child)["Traceparent"].endswith("-00")
    assert trace_of({}, ID, OURS, kept=True).fields(child)["Traceparent"].endswith("-01")
    assert trace_of({"traceparent": f"00-{ID}-{PARENT}-00"}, MADE, OURS, kept=True).sampled
    assert trace.response() == f"00-{ID}-{OURS}-01"


@given(st.integers(1, 2**64 - 1))
def test_children_differ_from_each_other_and_from_their_parent(span: int) -> None:
    trace = Trace(ID, f"{span:016x}")
    ids = [trace.span, *(trace.child(number) for number in range(200))]
    assert len(set(ids)) == len(ids)
    assert {len(one) for one in ids} == {16}


@given(st.text())
def test_nothing_breaks_it(header: str) -> None:
    assert read(header).span == OURS
