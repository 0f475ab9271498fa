"""Whose database a URL names, and whether a password in it is one: what the rules on URLs in code have in common."""

from __future__ import annotations

import re

from msgspec import Struct

from sqlassay.semantics import urls
from sqlassay.semantics import values as v
from sqlassay.semantics.events import EngineCreated, SettingGiven
from sqlassay.syntax import nodes as n

_HERE = frozenset(("", "localhost", "127.0.0.1", "0.0.0.0", "::1", "host.docker.internal"))

_NOWHERE = re.compile(r"(^|\.)(example|test|invalid|localhost|example\.(com|org|net))$")
"""The names that RFC 2606 keeps for examples and tests."""

_TEMPLATE = re.compile(r"<.*>|\[.*\]|\$?\{.*\}|\$\w+|%\(.*\)s|%s|[*xX.#_-]+")
_STANDS_FOR_ONE = re.compile(r"passw|change.?(me|this)|placeholder|example|dummy|redacted|your|secret_?(key|here)")
_WORDS = frozenset("pass pwd pw secret test testing demo guest tiger".split())


class Given(Struct, frozen=True):
    """A URL that somebody hands to SQLAlchemy: its parts, and the expression that gives it."""

    url: urls.Url
    node: n.Expr


def given(event: EngineCreated | SettingGiven) -> Given | None:
    """The URL in a call that makes an engine, or in a setting; of `os.getenv(name, url)`, the default."""
    if isinstance(event, SettingGiven):
        value, node = event.value, event.value_node
    elif event.function == "URL.create":
        return _in_parts(event)
    elif event.url_node is not None:
        value, node = event.url, event.url_node
    else:
        return None
    match node:
        case n.Call(func=n.Attribute(attr="getenv" | "get"), args=(_, n.Constant(value=str(text)) as default)):
            value, node = v.Const(text), default
        case _:
            pass
    url = urls.parse(value)
    return Given(url, node) if url is not None else None


def _in_parts(event: EngineCreated) -> Given | None:
    """What `URL.create` is given."""
    names = ("drivername", "username", "password", "host", "port", "database")
    arguments = dict(zip(names, event.args, strict=False)) | dict(event.keywords)
    nodes = dict(zip(names, event.call.args, strict=False))
    node = event.keyword_node("password") or nodes.get("password")
    if node is None or event.starred:
        return None

    def part(name: str) -> str:
        value = arguments.get(name, v.NONE)
        if isinstance(value, v.Const):
            return str(value.value) if value.value is not None else ""
        return urls.HOLE

    return Given(urls.Url(part("drivername"), "", part("username"), part("password"), part("host"), "", False), node)


def is_elsewhere(url: urls.Url) -> bool:
    """Whether the host is another machine, and a real one: not this one, nor a name kept for examples."""
    return url.host.lower() not in _HERE and _NOWHERE.search(url.host.lower()) is None


def is_secret(user: str, password: str) -> bool:
    """Whether a literal password is meant as one: not a hole, a template, a word that stands for one, or the user."""
    word = password.lower()
    return not (
        not password
        or urls.HOLE in password
        or word == user.lower()
        or word in _WORDS
        or _TEMPLATE.fullmatch(password)
        or _STANDS_FOR_ONE.search(word)
    )
