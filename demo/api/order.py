"""A submission's parameters, checked: an order the book can take, or the code that refuses it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from demo.api import codes, images
from demo.api.answers import Refusal
from demo.api.methods import METHODS, MISSING, Image, Method, method_of
from demo.api.page import Page, PageError, read_page
from demo.api.proxies import check_proxy, proxy_host

NO_PAGE = Page("")
_SITE_KEYS = ("googlekey", "sitekey")
_SITE_KEY = re.compile(r"[\w.:-]+")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a multipart body."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Order:
    """What a task is about. It holds no key and no credentials of a proxy."""

    method: Method
    page: Page
    proxy_host: str = ""
    user_agent: str = ""
    challenge: str = ""
    pingback: str = ""


def read_order(parameters: Mapping[str, str], files: Mapping[str, Upload]) -> Order | Refusal:
    """The order, or the first thing wrong with it."""
    method = method_of(parameters)
    if method is None:
        known = ", ".join(dict.fromkeys(row.name for row in METHODS))
        return Refusal(codes.BAD_PARAMETERS, f"method must be one of {known}")
    fault = _check_required(method, parameters) or _check_image(method, parameters, files)
    fault = fault or check_proxy(parameters, needed=method.proxy)
    page = _page(method, parameters) if fault is None else fault
    return page if isinstance(page, Refusal) else _order(method, page, parameters)


def _order(method: Method, page: Page, parameters: Mapping[str, str]) -> Order:
    return Order(
        method=method,
        page=page,
        proxy_host=proxy_host(parameters.get("proxy", "")),
        user_agent=parameters.get("userAgent", ""),
        challenge=parameters.get("challenge", ""),
        pingback=parameters.get("pingback", ""),
    )


def _check_required(method: Method, parameters: Mapping[str, str]) -> Refusal | None:
    for name in method.required:
        if name not in parameters:
            return Refusal(MISSING.get(name, codes.BAD_PARAMETERS), f"{name} is missing")
        if name in _SITE_KEYS and not _SITE_KEY.fullmatch(parameters[name]):
            return Refusal(codes.GOOGLEKEY, f"{name} is blank or malformed")
        if not parameters[name]:
            return Refusal(MISSING.get(name, codes.BAD_PARAMETERS), f"{name} is blank")
    return None


def _check_image(method: Method, parameters: Mapping[str, str], files: Mapping[str, Upload]) -> Refusal | None:
    match method.image:
        case Image.NONE:
            return None
        case Image.FILE:
            file = files.get("file")
            return images.check_file(file.name, file.content) if file else _no_image("file")
        case Image.BODY:
            return images.check_text(parameters["body"]) if "body" in parameters else _no_image("body")
        case Image.NINE:
            return _check_nine(parameters)


def _check_nine(parameters: Mapping[str, str]) -> Refusal | None:
    names = [f"image_base64_{number}" for number in range(1, 10)]
    missing = next((name for name in names if name not in parameters), None)
    if missing:
        return _no_image(missing)
    return next(filter(None, (images.check_text(parameters[name]) for name in names)), None)


def _no_image(name: str) -> Refusal:
    return Refusal(codes.BAD_PARAMETERS, f"{name} is missing")


def _page(method: Method, parameters: Mapping[str, str]) -> Page | Refusal:
    if "pageurl" not in method.required:
        return NO_PAGE
    try:
        return read_page(parameters["pageurl"])
    except PageError as error:
        return Refusal(codes.PAGEURL, str(error))
