"""The interface does what its description says, for whatever a program may send (schemathesis): nothing is a 500, and
every response has the form that is described.

A well-formed question may still be refused with 422, as one without words is: a schema cannot say that.
"""

from __future__ import annotations

from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import SchemathesisConfig

from tests.web.conftest import desk_of

ACCEPTED = ["2xx", "401", "403", "404", "409", "422", "429"]
REFUSED = ["400", "401", "403", "404", "405", "409", "413", "422", "429"]
CONFIG = SchemathesisConfig.from_dict(
    {
        "checks": {
            "positive_data_acceptance": {"expected-statuses": ACCEPTED},
            "negative_data_rejection": {"expected-statuses": REFUSED},
        }
    }
)
TOKEN = {"Authorization": "Bearer a-token-of-the-test"}
KNOWN = {"source_id": "knee-2020", "passage_id": "knee-2020#0", "version": 1}
search = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


def described() -> Any:
    desk = desk_of(body_max_bytes=100_000)
    desk.accounts.issued[TOKEN["Authorization"].removeprefix("Bearer ")] = "ada"
    client = desk.client(headers=TOKEN)
    made = [client.post("/v1/answers", json={"question": "What relieves knee pain?"}).json() for _ in range(2)]
    client.post(made[1]["links"]["review"], json={"step": "submit"})
    client.post(made[1]["links"]["review"], json={"step": "take"})
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", desk.app, config=CONFIG)
    known = KNOWN | {"answer_id": made[1]["answer_id"], "conversation_id": made[0]["conversation_id"]}

    @schema.hook
    def map_path_parameters(_: Any, values: dict[str, Any]) -> dict[str, Any]:
        """Every other time what stands in an address is there."""
        return {name: known.get(name, value) for name, value in values.items()} if len(str(values)) % 2 else values

    return schema


schema = described()


@schema.parametrize()
@search
def test_every_route_answers_as_it_is_described(case: Any) -> None:
    case.call_and_validate(headers=TOKEN)


def test_the_description_has_every_route_and_an_example_of_a_question(desk: Any) -> None:
    document = desk.app.openapi()
    routes = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    assert {
        "POST /v1/answers",
        "GET /v1/answers",
        "GET /v1/answers/{answer_id}",
        "GET /v1/answers/{answer_id}/versions/{version}",
        "POST /v1/answers/{answer_id}/versions",
        "POST /v1/answers/{answer_id}/versions/{version}/review",
        "GET /v1/answers/{answer_id}/export/{form}",
        "POST /v1/conversations/{conversation_id}/answers",
        "GET /v1/conversations/{conversation_id}",
        "GET /v1/sources",
        "GET /v1/sources/{source_id}",
        "GET /v1/sources/{source_id}/passages",
        "GET /v1/passages",
        "GET /v1/passages/{passage_id}",
        "GET /v1/health",
        "GET /v1/ready",
        "GET /metrics",
    } <= routes
    schemas = document["components"]["schemas"]
    assert schemas["AskBody"]["examples"]
    assert schemas["AnswerView"]["properties"]["answer"] == {"$ref": "#/components/schemas/AnswerRecord"}
    assert "HTTPValidationError" not in schemas
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["description"]
            assert "application/problem+json" in operation["responses"]["422"]["content"]
