import pytest

from renderer.tool.once import diff


@pytest.mark.parametrize(
    ("there", "wanted", "says"),
    [
        ("a\n", "a\n", ""),
        (None, "a\n", "--- /dev/null\n+++ out\n@@ -0,0 +1 @@\n+a\n"),
        ("a\nb\n", "a\nc\n", "--- out\n+++ out\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"),
        ("a\n", "a", "--- out\n+++ out\n@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n"),
        ("a", "", "--- out\n+++ out\n@@ -1 +0,0 @@\n-a\n\\ No newline at end of file\n"),
    ],
)
def test_what_would_change(there: str | None, wanted: str, says: str) -> None:
    assert diff("out", there, wanted) == says
