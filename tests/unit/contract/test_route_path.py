import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.route_path import OURS, check_apart, check_route_path, stays_below


@pytest.mark.parametrize("path", ["/v1/images/", "/a/", "/a.b/c_d/e~f/g-h/", "/-/", "/solver/", "/v1/solve/"])
def test_a_path_that_can_be_passed_on(path: str) -> None:
    assert check_route_path(path) == path


@pytest.mark.parametrize(
    "path",
    ["", "/", "//", "v1/", "/v1", "/v1//", "//v1/", "/../", "/v1/./", "/.v1/", "/v 1/", "/v1%2f/", "/v1/;/", "/v1/{/", "/v1'/"]
    + ['/v1"/', "/v1/$uri/", "/v1\n/", "/v1/\n", "/é/", "/v1/ {}/", "/v1/*/", "/<x>/", f"/{'a' * 200}/"]
    + [f"/{name}/" for name in sorted(OURS)],
)
def test_a_path_that_can_not(path: str) -> None:
    with pytest.raises(ValueError, match=r"is no path|Nearway's own"):
        check_route_path(path)


@pytest.mark.parametrize(
    ("paths", "apart"),
    [
        ([], True),
        (["/a/", "/b/"], True),
        (["/a/", "/ab/", "/a-b/"], True),
        (["/a/", "/a/"], False),
        (["/a/b/", "/a-b/", "/a/"], False),
    ],
)
def test_no_path_is_below_another(paths: list[str], apart: bool) -> None:
    try:
        check_apart(paths)
    except ValueError:
        assert not apart
    else:
        assert apart


def decoded_and_resolved(path: str) -> str:
    """What nginx makes of a path (manual, `location`): decoded once, slashes that follow each other one, dots resolved."""
    decoded, at = "", 0
    while at < len(path):
        octet = path[at + 1 : at + 3] if path[at] == "%" else ""
        whole = len(octet) == 2 and all(one in "0123456789abcdefABCDEF" for one in octet)
        decoded += chr(int(octet, 16)) if whole else path[at]
        at += 3 if whole else 1
    kept: list[str] = []
    for segment in decoded.split("/"):
        if segment == "..":
            kept = kept[:-1]
        elif segment not in ("", "."):
            kept.append(segment)
    return "/" + "/".join(kept) + ("/" if decoded.endswith("/") else "")


@given(st.lists(st.sampled_from([".", "..", "/", "%2e", "%2E", "%2f", "%", "25", "2", "e", "a", "solve"]), max_size=12))
def test_what_stays_below_its_route_is_there_for_nginx_too(pieces: list[str]) -> None:
    path = "/v1/images/" + "".join(pieces)
    if stays_below(path):
        assert decoded_and_resolved(path).startswith("/v1/images")
        assert decoded_and_resolved(path + "/").startswith("/v1/images/")
