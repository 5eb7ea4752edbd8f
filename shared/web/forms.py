"""Reading what people and programs send us, and saying in Chinese what is wrong with which field."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from fastapi.exceptions import RequestValidationError
from fastapi.params import Form
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, ErrorDetails
from starlette.datastructures import UploadFile
from starlette.requests import Request

from shared.web.forgery import FIELD

NO_FILES = "这里不能上传文件"
LONGEST_FIELD = 20_000
TOO_LONG = f"最多 {LONGEST_FIELD} 个字"
M = TypeVar("M", bound=BaseModel)

_WRITTEN_AS_TEXT_OR_LIST = frozenset(
    {"date", "datetime", "time", "enum", "tuple", "set", "frozenset", "uuid", "decimal"}
)
_MESSAGES = {
    "missing": "必填",
    "string_too_short": "至少 {min_length} 个字",
    "string_too_long": "最多 {max_length} 个字",
    "string_pattern_mismatch": "格式不对",
    "string_type": "应为文字",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为“是”或“否”",
    "date_type": "应为日期，例如 2026-10-17",
    "date_parsing": "应为日期，例如 2026-10-17",
    "date_from_datetime_parsing": "应为日期，例如 2026-10-17",
    "datetime_parsing": "应为时间，例如 2026-10-17T08:00:00+08:00",
    "datetime_from_date_parsing": "应为时间，例如 2026-10-17T08:00:00+08:00",
    "timezone_aware": "时间应写明时区，例如 +08:00",
    "enum": "应为下列之一：{expected}",
    "literal_error": "应为下列之一：{expected}",
    "union_tag_invalid": "应为下列之一：{expected_tags}",
    "union_tag_not_found": "必填",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "应不小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "应不大于 {le}",
    "extra_forbidden": "没有这一项",
    "json_invalid": "不是有效的 JSON",
    "model_attributes_type": "应为一个对象",
    "dict_type": "应为一个对象",
    "list_type": "应为列表",
    "tuple_type": "应为列表",
    "too_short": "至少 {min_length} 项",
    "too_long": "最多 {max_length} 项",
}


def _accept_json_notation(schema: Any, resolve: Callable[[CoreSchema], CoreSchema], seen: set[str]) -> None:
    """Make every day, time, enumeration, tuple … in ``schema`` accept the text or list that JSON has for it."""
    if isinstance(schema, list):
        for inner in schema:
            _accept_json_notation(inner, resolve, seen)
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "definition-ref":
        if schema["schema_ref"] not in seen:
            seen.add(schema["schema_ref"])
            _accept_json_notation(resolve(cast("CoreSchema", schema)), resolve, seen)
        return
    if schema.get("type") in _WRITTEN_AS_TEXT_OR_LIST:
        schema["strict"] = False
    for inner in schema.values():
        _accept_json_notation(inner, resolve, seen)


class Strict(BaseModel):
    """What a request may say, and nothing else: unknown fields are refused, and ``true`` is not a number.

    Days, times, enumerations, tuples and decimals are accepted as JSON writes them. The same model reads a form
    (``filled``), where everything is text. What a validator raises as ValueError is shown to people: in Chinese.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, str_strip_whitespace=True)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler, /) -> CoreSchema:
        schema = handler(source)
        _accept_json_notation(schema, handler.resolve_ref_schema, set())
        return schema


@dataclass(frozen=True, slots=True)
class Filled(Generic[M]):
    """A form as sent: its model when it is right, else what was typed and what is wrong, by field."""

    model: M | None
    values: Mapping[str, str]
    errors: Mapping[str, str]


async def filled(request: Request, model: type[M]) -> Filled[M]:
    """Read a form into ``model``. Empty fields count as not given; a file is refused."""
    async with request.form() as form:
        values = {name: value for name, value in form.items() if not isinstance(value, UploadFile) and name != FIELD}
        files = {name: NO_FILES for name, value in form.items() if isinstance(value, UploadFile)}
    return Filled(None, values, files) if files else _read(model, values)


async def with_files(
    request: Request, model: type[M], *, files: str, many: str
) -> tuple[Filled[M], list[tuple[str, str, bytes]], list[str]]:
    """A form with files in the fields whose names begin with ``files``, and several values in the field ``many``.

    Gives the form, each file (its field, its name, its bytes) and those values. A field where no file was chosen is
    left out; a file anywhere else is refused.
    """
    async with request.form() as form:
        sent = [(name, value) for name, value in form.multi_items() if name not in (FIELD, many)]
        chosen = [str(value) for value in form.getlist(many)]
        values = {name: value for name, value in sent if isinstance(value, str) and not name.startswith(files)}
        uploads = [(name, value) for name, value in sent if isinstance(value, UploadFile)]
        wrong = {name: NO_FILES for name, _ in uploads if not name.startswith(files)}
        found = [(name, one.filename or "", await one.read()) for name, one in uploads if one.filename or one.size]
    if wrong:
        return Filled(None, values, wrong), [], chosen
    return _read(model, values), found, chosen


def _read(model: type[M], values: Mapping[str, str]) -> Filled[M]:
    given = {name: value for name, value in values.items() if value.strip()}
    try:
        return Filled(model.model_validate(given, strict=False), values, {})
    except ValidationError as error:
        return Filled(None, values, messages(error.errors()))


async def with_file(request: Request, name: str) -> tuple[dict[str, str], str, bytes]:
    """A form with the file ``name``: what was typed, what the file is called and holds; both empty when none was sent.

    Other files are left out.
    """
    async with request.form() as form:
        values = {field: value for field, value in form.items() if isinstance(value, str) and field != FIELD}
        file = form.get(name)
        if not isinstance(file, UploadFile):
            return values, "", b""
        return values, file.filename or "", await file.read()


async def known_fields(request: Request) -> None:
    """Refuse a form with a field its route does not name, a file, or a field longer than any may be.

    For routes that name their fields one by one (``Form()``); those with a model read it by ``filled``. Raises
    RequestValidationError as FastAPI does.
    """
    parameters = _named_one_by_one(request)
    if not parameters:
        return
    wrong: dict[str, str] = {}
    for name, value in (await request.form()).items():
        if isinstance(value, UploadFile):
            wrong[name] = NO_FILES
        elif name not in parameters and name != FIELD:
            wrong[name] = _MESSAGES["extra_forbidden"]
        elif len(value) > LONGEST_FIELD:
            wrong[name] = TOO_LONG
    if wrong:
        raise RequestValidationError([_error(name, text) for name, text in wrong.items()])


def _named_one_by_one(request: Request) -> set[str]:
    route = request.scope.get("route")
    parameters = route.dependant.body_params if isinstance(route, APIRoute) else []
    return {each.alias for each in parameters if isinstance(each.field_info, Form)}


def _error(name: str, text: str) -> Mapping[str, Any]:
    return {"type": "value_error", "loc": ("body", name), "msg": text, "input": None, "ctx": {"error": text}}


def messages(errors: Iterable[ErrorDetails]) -> dict[str, str]:
    """What is wrong, by field (``filed.name``), in Chinese; the first message of each field."""
    found: dict[str, str] = {}
    for error in errors:
        found.setdefault(_field(error["loc"]), _message(error))
    return found


def _message(error: ErrorDetails) -> str:
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    template = _MESSAGES.get(error["type"], "格式不对")
    return template.format(**error.get("ctx", {}))


def _field(where: Sequence[int | str]) -> str:
    names = [str(name) for name in where if name not in ("body", "query", "path")]
    return ".".join(names) or "body"
