"""What is secret or personal does not show itself: in sentences, in models, and in plain text of a known shape."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import bson
import pytest
from jinja2 import Environment
from pydantic import BaseModel, SecretStr, ValidationError

from shared.documents import Document
from shared.events import Event, facts_by_type, parse
from shared.identity.secrets import TokenText
from shared.privacy import MASK, Opaque, Personal, Secret, redacted, scrub

NAME = Personal("欧阳金丝")
SEED = "SUAM" + "A2B3C4D5" * 6 + "ABCDEF"
TOKEN = str(TokenText("0fe5cd1fb546", "sa_G_xUPJMcGBLzmkYezZQP1HRpcKyhAbYlFnJW3zZY"))


class Who(BaseModel):
    name: Personal
    password: Secret = Secret("")


@dataclass(frozen=True)
class Told:
    name: Personal


class Kind(StrEnum):
    MAIL = "mail"


@pytest.mark.parametrize(
    "say",
    [
        str,
        repr,
        lambda name: f"{name}",
        lambda name: f"{name:>9}".strip(),
        lambda name: "%s" % name,  # noqa: UP031 - how libraries log
        "to {}".format,
        lambda name: str(ValueError(name)),
        lambda name: repr(Who(name=name)),
        lambda name: str([name, {"to": name}, Told(name)]),
    ],
)
@pytest.mark.parametrize("kind", [Personal, Secret])
def test_a_sentence_never_says_it(kind: Callable[[str], Opaque], say: Callable[[Opaque], str]) -> None:
    said = say(kind(NAME.plain))
    assert NAME.plain not in said
    assert MASK in said


def test_it_is_compared_searched_kept_and_sent_as_what_it_is() -> None:
    who = Who(name=NAME, password=Secret("argon2"))
    assert who.name == "欧阳金丝"
    assert who.name.plain == who.name[:4] == "欧阳金丝"
    assert bson.decode(bson.encode(who.model_dump())) == {"name": "欧阳金丝", "password": "argon2"}
    assert json.loads(who.model_dump_json()) == who.model_dump(mode="json") == who.model_dump()
    assert Personal(NAME).plain == Secret(NAME).plain == Who(name=NAME).name.plain == "欧阳金丝"
    assert isinstance(Who.model_validate(who.model_dump(mode="json")).name, Personal)


def test_a_page_shows_a_person_escaped_and_no_secret() -> None:
    page = Environment(autoescape=True).from_string('<i title="{{ a }}">{{ a }}{{ b }}</i>')
    assert page.render(a=Personal('<b>"'), b=Secret("argon2")) == '<i title="&lt;b&gt;&quot;">&lt;b&gt;&quot;***</i>'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("写给 li.wei+a@zz.gov.cn。", "写给 ***。"),
        ("550 5.1.1 <li@zz.gov.cn>: unknown", "550 5.1.1 <***>: unknown"),
        ("电话13812345678转", "电话***转"),
        ("+8613812345678, 86 138-1234-5678, 0086 138 1234 5678", "***, ***, ***"),
        ("身份证11010519491231002X。", "身份证***。"),
        ("mongodb://root:p@ss@mongo:27017/?a=b", "mongodb://***@mongo:27017/?a=b"),
        ("https://user@host.example/", "https://***@host.example/"),
        (f"Authorization: Bearer {TOKEN}", f"Authorization: Bearer {MASK}"),
        ("bearer  abc.def-ghi", "bearer ***"),
        (f"GET /x?key={TOKEN}&a=1", f"GET /x?key={MASK}&a=1"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw is it", "*** is it"),
        (f"seed {SEED}", "seed ***"),
        ("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.", "***"),
    ],
)
def test_what_has_a_known_shape_is_not_shown(text: str, shown: str) -> None:
    assert scrub(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "w-4101000001",
        "registry.opened.41.01.05.0",
        "0.13812345678 and 1763794530123 and 20261122064350",
        "110105194912310021 has no check digit",
        "0af7651916cd43dd8448eb211c80319c",
        "2026-11-22T06:43:50.123456Z",
        "http://www.example.gov.cn:8080/a?b=c@d",
        "整改〔2026〕12号",
        "bearer of news",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert scrub(text) == text


@pytest.mark.parametrize("text", ["a@" * 50_000, "://a" * 25_000, "eyJ" * 30_000, "1" * 100_000, "1 3" * 30_000])
@pytest.mark.timeout(10)
def test_no_text_takes_long(text: str) -> None:
    scrub(text)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (NAME, MASK),
        (SecretStr("x"), MASK),
        ({"to": NAME, "why": ["a@b.cn", None, 1.5, True]}, {"to": MASK, "why": [MASK, None, 1.5, True]}),
        ({"Password": 7, "api_token": "x", "email": {"a": 1}}, {"Password": MASK, "api_token": MASK, "email": MASK}),
        ({"state": Kind.MAIL, "tries": 3}, {"state": "mail", "tries": 3}),
        (13812345678, MASK),
        ((Who(name=NAME), ValueError("tell li@zz.cn")), ["name=*** password=***", "tell ***"]),
    ],
)
def test_a_thing_is_shown_by_its_type_its_keys_and_its_texts(value: Any, shown: Any) -> None:
    assert redacted(value) == shown


def test_an_error_about_a_message_or_a_document_does_not_repeat_it() -> None:
    body = {"specversion": "1.0", "type": "registry.unit_changed", "id": NAME.plain, "time": NAME.plain}
    for read in (
        lambda: parse(json.dumps(body).encode()),
        lambda: parse(json.dumps({**body, "type": [NAME.plain]}).encode()),
        lambda: Event[facts_by_type()["registry.unit_changed"]].model_validate(body),  # type: ignore[misc]  # by name
        lambda: Document.from_bson({"_id": "d", "region": [NAME.plain]}),
    ):
        with pytest.raises(ValidationError) as told:
            read()
        assert NAME.plain not in str(told.value)
