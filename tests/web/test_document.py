"""The OpenAPI document is valid, complete and tells the truth about its examples."""

from typing import Any

from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.web.builders import Desk

METHODS = {"get", "post", "put", "patch", "delete"}


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        operation
        for path in document["paths"].values()
        for method, operation in path.items()
        if method in METHODS
    ]


def test_the_document_is_valid_openapi_3_1(desk: Desk) -> None:
    document = desk.document

    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"].startswith("3.1")
    assert document["info"]["version"]


def test_every_operation_has_an_id_of_its_own_a_summary_and_an_example(desk: Desk) -> None:
    found = operations(desk.document)

    assert len({operation["operationId"] for operation in found}) == len(found) == 21
    for operation in found:
        assert operation["summary"]
        body = operation.get("requestBody")
        assert body is None or "example" in body["content"]["application/json"]


def test_every_problem_is_documented_as_problem_json_with_an_example(desk: Desk) -> None:
    for operation in operations(desk.document):
        for status, answer in operation["responses"].items():
            if int(status) < 400:
                continue
            (media_type,) = answer["content"]
            assert media_type == "application/problem+json"
            assert answer["content"][media_type]["example"]["status"] == int(status)
            assert answer["content"][media_type]["schema"] == {
                "$ref": "#/components/schemas/Problem"
            }


def test_every_example_fits_its_schema(desk: Desk) -> None:
    checked = 0
    for operation in operations(desk.document):
        contents = [operation.get("requestBody", {}).get("content", {})]
        contents += [answer.get("content", {}) for answer in operation["responses"].values()]
        for content in contents:
            for shape in content.values():
                if "example" in shape and "schema" in shape:
                    schema = {**shape["schema"], "components": desk.document["components"]}
                    Draft202012Validator(schema).validate(shape["example"])
                    checked += 1

    assert checked > 30


def test_only_operations_are_public(desk: Desk) -> None:
    public = {
        operation["operationId"]
        for operation in operations(desk.document)
        if operation["security"] == []
    }

    assert public == {"isLive", "isReady", "readMetrics", "readDocument"}


def test_bodies_refuse_what_they_do_not_know(desk: Desk) -> None:
    for name, schema in desk.document["components"]["schemas"].items():
        assert schema["additionalProperties"] is False, name
