"""The solving methods as a table: what each needs, how long it takes, what its answer looks like."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from demo.api import codes


class Shape(StrEnum):
    """What a method's answer is when no switch says otherwise."""

    TOKEN = "token"  # noqa: S105
    RESULT = "result"
    """In `result`, with `user_agent`, and no `request`."""
    TOKEN_AND_AGENT = "token_and_agent"  # noqa: S105
    INDICES = "indices"
    """A JSON array of cell numbers, as text."""
    GEETEST = "geetest"
    LEMIN = "lemin"


class Image(StrEnum):
    """How the image of a task comes."""

    NONE = "none"
    BODY = "body"
    FILE = "file"
    NINE = "nine"
    """`image_base64_1` to `image_base64_9`."""


@dataclass(frozen=True, slots=True)
class Method:
    """One row. `median` is in seconds; `spread` is the standard deviation of the logarithm of the solve time."""

    title: str
    name: str
    shape: Shape
    median: float
    spread: float = 0.35
    required: tuple[str, ...] = ()
    when: Mapping[str, str] = field(default_factory=dict)
    image: Image = Image.NONE
    proxy: bool = False

    def chosen_by(self, parameters: Mapping[str, str]) -> bool:
        """Whether a submission is one for this row: its method, and every parameter of `when`."""
        return parameters.get("method") == self.name and all(
            key in parameters and value in ("", parameters[key]) for key, value in self.when.items()
        )


_ENTERPRISE = {"enterprise": "1"}
_V3 = {"version": "v3"}
_PAGE = "pageurl"

# Rows of one name stand with the most particular first.
METHODS = (
    Method("v3 enterprise", "userrecaptcha", Shape.RESULT, 12, 0.4, ("googlekey", _PAGE, "action"), {**_V3, **_ENTERPRISE}),
    Method("v2 enterprise", "userrecaptcha", Shape.RESULT, 50, 0.35, ("googlekey", _PAGE), _ENTERPRISE),
    Method("v3", "userrecaptcha", Shape.TOKEN, 10, 0.4, ("googlekey", _PAGE, "action"), _V3),
    Method("v2", "userrecaptcha", Shape.TOKEN, 45, 0.35, ("googlekey", _PAGE)),
    Method("turnstile", "turnstile", Shape.TOKEN, 12, 0.25, ("sitekey", _PAGE)),
    Method("cloudflare challenge", "cloudflare_challenge", Shape.RESULT, 60, 0.35, (_PAGE,), proxy=True),
    Method("geetest v3", "geetest", Shape.GEETEST, 20, 0.35, ("gt", "challenge", _PAGE)),
    Method("captchafox", "captchafox", Shape.TOKEN_AND_AGENT, 15, 0.35, ("sitekey", _PAGE), proxy=True),
    Method("friendly captcha", "friendly_captcha", Shape.TOKEN, 15, 0.35, ("sitekey", _PAGE)),
    Method("lemin", "lemin", Shape.LEMIN, 15, 0.35, ("captcha_id", "div_id", _PAGE)),
    Method("grid", "base64", Shape.INDICES, 9, 0.4, ("instructions", "grid_size"), {"grid_size": ""}, image=Image.BODY),
    Method("normal image", "base64", Shape.TOKEN, 8, 0.4, image=Image.BODY),
    Method("normal image, as a file", "post", Shape.TOKEN, 8, 0.4, image=Image.FILE),
    Method("bls", "bls", Shape.INDICES, 9, 0.4, ("instructions",), image=Image.NINE),
)

MISSING = {_PAGE: codes.PAGEURL, "googlekey": codes.WRONG_GOOGLEKEY}
"""The code for a required parameter that is not there; others are ERROR_BAD_PARAMETERS."""


def method_of(parameters: Mapping[str, str]) -> Method | None:
    """The row a submission is for; None when there is none."""
    return next((row for row in METHODS if row.chosen_by(parameters)), None)
