"""The description of the interface: the OpenAPI document, and a page for people that asks no other host."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from importlib import resources
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from starlette.responses import HTMLResponse, JSONResponse

from rag import __version__
from rag.web.api.models import RECORD_SCHEMA, AnswerView, ProblemView
from rag.web.pages.templating import render
from rag.web.problems import EXPLAINED

router = APIRouter(prefix="/v1")
_SUMMARY = "Clinical answers whose every statement is bound to the exact words of its source."
_SCHEME = {"token": {"type": "http", "scheme": "bearer", "description": "A token of an account: rag users token."}}


def describe(app: FastAPI) -> None:
    """Have an application describe itself with the schema of answers and of problems in it."""

    def openapi() -> dict[str, Any]:
        document: dict[str, Any] = app.openapi_schema or _document(app)
        app.openapi_schema = document
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(title="Sourcebound", version=__version__, summary=_SUMMARY, routes=app.routes)
    parts = document.setdefault("components", {})
    schemas: dict[str, Any] = parts.setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    schemas |= _problem_schemas() | record_schemas()
    schemas[AnswerView.__name__]["properties"]["answer"] = {"$ref": f"#/components/schemas/{RECORD_SCHEMA}"}
    parts["securitySchemes"] = _SCHEME
    document["security"] = [{}, {"token": []}]
    return document


def _problem_schemas() -> dict[str, Any]:
    template = "#/components/schemas/{model}"
    schema = ProblemView.model_json_schema(ref_template=template, mode="serialization")
    schema["required"] = ["type", "title", "status", "detail", "instance"]
    parts: dict[str, Any] = schema.pop("$defs")
    return parts | {ProblemView.__name__: schema}


@cache
def _answer_schema() -> dict[str, Any]:
    text = resources.files("rag.rendering").joinpath("answer.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def record_schemas() -> dict[str, Any]:
    """The schema of an answer's record, and of its parts, under names of their own."""
    schema = deepcopy(_answer_schema())
    parts = schema.pop("$defs")
    schema.pop("$schema")
    named = {RECORD_SCHEMA: schema} | {f"{RECORD_SCHEMA}.{name}": part for name, part in parts.items()}
    return {name: _moved(one) for name, one in named.items()}


def _moved(schema: Any) -> Any:
    """The schema with its references led to where the parts are now."""
    if isinstance(schema, list):
        return [_moved(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: value.replace("#/$defs/", f"#/components/schemas/{RECORD_SCHEMA}.") if key == "$ref" else _moved(value)
        for key, value in schema.items()
    }


@router.get("/openapi.json", include_in_schema=False)
def read_openapi(request: Request) -> JSONResponse:
    """The OpenAPI document."""
    return JSONResponse(request.app.openapi())


@router.get("/docs", include_in_schema=False)
def read_docs(request: Request) -> HTMLResponse:
    """The same for people: each route with what it takes and gives, and each kind of problem."""
    document = request.app.openapi()
    routes = [
        {"method": method.upper(), "path": path} | operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    kinds = {problem.kind: problem for problem in reversed(EXPLAINED)}
    return render(request, "reference.html", document=document, routes=routes, problems=kinds, shape=_shape)


def _shape(schema: dict[str, Any] | None) -> str:
    """A schema in a word or two."""
    schema = schema or {}
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_shape(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_shape(schema.get('items'))}"
    return str(schema.get("const") or schema.get("format") or schema.get("type") or "")
