"""The page to ask on, and what takes its forms. Where scripts run, the script asks through /v1 and shows each
statement as it passes; without one the form does, and leads to the answer."""

from __future__ import annotations

from typing import Annotated, Literal, cast

from fastapi import APIRouter, Form, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from rag.errors import PrivacyError, QuestionError, RagError
from rag.types import Audience, SourceFilter
from rag.web.asking import Asking, Asks, AskSteps, Kept, ask, while_listened
from rag.web.pages.doors import Caller, Opened, line_of, see
from rag.web.pages.templating import render
from rag.web.pages.topics import shown_topics, topic_title
from rag.web.security.limits import spend_ask
from rag.web.services import Services
from rag.web.visitor import Visitor

router = APIRouter()
EXAMPLES = (
    "Is buttock pain relieved by walking related to Takayasu arteritis, piriformis syndrome, sacroiliac joint "
    "dysfunction, or lumbar spinal stenosis?",
    "Does the ACC/AHA 2023 guideline say bleeding risk scores should decide eligibility for anticoagulation in atrial "
    "fibrillation?",
    "How long should antibiotics be given for community-acquired pneumonia?",
    "Is paracetamol alone recommended for low back pain?",
    "When should imaging be done for low back pain with red flags?",
)
MAX_CHARS = 2000
Text = Annotated[str, Form(max_length=20_000)]


@router.get("/")
def show_ask(request: Request, services: Opened, visitor: Caller, question: str = "") -> Response:
    """The page to ask on."""
    return _ask_page(request, services, visitor, question=question[:MAX_CHARS])


def _ask_page(
    request: Request,
    services: Services,
    visitor: Visitor,
    *,
    status: int = 200,
    question: str = "",
    audience: str = "clinician",
    problem: str = "",
    privacy: bool = False,
) -> Response:
    topics = [(topic, topic_title(topic)) for topic in shown_topics(services.shelf())]
    return render(
        request,
        "ask.html",
        status,
        examples=EXAMPLES,
        recent=services.answers.history(visitor.owner, limit=5),
        topics=topics,
        question=question,
        audience=audience,
        problem=problem,
        privacy=privacy,
        max_chars=MAX_CHARS,
    )


@router.post("/ask")
async def take_question(
    request: Request,
    services: Opened,
    visitor: Caller,
    *,
    question: Text,
    audience: Annotated[Literal["clinician", "researcher", "patient"], Form()] = "clinician",
    conversation_id: Annotated[str, Form(max_length=200)] = "",
    standalone: Text = "",
    from_year: Annotated[str, Form(max_length=4)] = "",
    to_year: Annotated[str, Form(max_length=4)] = "",
    topics: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Have a question answered, and go on to its answer; what cannot be asked is said on the page it came from."""
    spend_ask(request)
    asking = Asking(
        question,
        visitor.owner,
        conversation_id or None,
        standalone or None,
        audience,
        SourceFilter(year_from=_year(from_year), year_to=_year(to_year), topics=frozenset(topics or ())),
    )
    asks: Asks = request.app.state.asks

    def steps() -> AskSteps:
        return asks.measured(ask(services.talk, asking))

    try:
        last = await while_listened(request, asks.last(steps))
    except (PrivacyError, QuestionError) as error:
        return await run_in_threadpool(_not_asked, request, services, visitor, asking, error)
    return see(f"/answers/{cast(Kept, last).turn.answer_id}")


def _not_asked(request: Request, services: Services, visitor: Visitor, asking: Asking, error: RagError) -> Response:
    privacy = isinstance(error, PrivacyError)
    problem = line_of(error, services)
    return _ask_page(
        request,
        services,
        visitor,
        status=422,
        question=asking.standalone or asking.question,
        audience=asking.audience,
        problem=problem,
        privacy=privacy,
    )


def _year(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and 1500 <= int(text) <= 2200):
        raise HTTPException(422, "A year is four digits, such as 2015.")
    return int(text)


@router.post("/ask/understood")
def show_understood(
    request: Request,
    services: Opened,
    visitor: Caller,
    *,
    question: Text,
    audience: Annotated[Literal["clinician", "researcher", "patient"], Form()] = "clinician",
    conversation_id: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """How a follow-up question is understood, to be corrected before it is asked. Nothing is kept."""
    spend_ask(request)
    chosen: Audience = audience
    talk = services.talk(conversation_id or None, audience=chosen, owner=visitor.owner)
    asked, condensed = talk.condense(question)
    return render(
        request,
        "understood.html",
        question=asked,
        standalone=condensed.standalone,
        relation=condensed.relation,
        audience=audience,
        conversation_id=conversation_id,
        max_chars=MAX_CHARS,
    )


@router.get("/history")
def show_history(request: Request, services: Opened, visitor: Caller) -> Response:
    """What the visitor asked, last first."""
    return render(request, "history.html", answers=services.answers.history(visitor.owner, limit=200))
