"""The pages for readers: parse, call, show. Every page can be asked for and read without a script."""

from __future__ import annotations

from importlib.resources import as_file, files

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from rag.web.pages import accounts, answers, asking, audit, desk, sources, texts
from rag.web.pages.failures import error_page
from rag.web.services import Services


def add_pages(app: FastAPI, services: Services) -> None:
    """Add the pages, their style and script, and the pages of errors to an application.

    Args:
        app: made by `create_app` over the same services.
        services: what the pages call.
    """
    app.state.services = services
    app.state.error_page = error_page
    for part in (asking, answers, sources, texts, accounts, desk, audit):
        app.include_router(part.router, include_in_schema=False)
    with as_file(files("rag.web").joinpath("static")) as folder:
        app.mount("/static", StaticFiles(directory=folder), name="static")
