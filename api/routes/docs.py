"""`/docs`: the API described on a page of our own, drawn from the OpenAPI document. No foreign script, so no CDN."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.pages import page

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """All documented routes by subject, with parameters, bodies and answers."""
    described = request.app.openapi()
    subjects: dict[str, list[dict[str, Any]]] = {}
    for path, methods in described["paths"].items():
        for method, route in methods.items():
            for tag in route.get("tags", ["other"]):
                subjects.setdefault(tag, []).append(_entry(path, method, route))
    return page("docs.html", {"info": described["info"], "subjects": subjects})


def _entry(path: str, method: str, route: dict[str, Any]) -> dict[str, Any]:
    body = route.get("requestBody", {}).get("content", {})
    return {
        "path": path,
        "method": method.upper(),
        "summary": route.get("description") or route.get("summary", ""),
        "parameters": [
            {"name": one["name"], "place": one["in"], "required": one.get("required", False)}
            for one in route.get("parameters", ())
        ],
        "bodies": [f"{kind}: {_shape(content.get('schema', {}))}" for kind, content in body.items()],
        "answers": [f"{code} {answer.get('description', '')}" for code, answer in route.get("responses", {}).items()],
    }


def _shape(schema: dict[str, Any]) -> str:
    """The schema's name, or its plain type."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    alternatives = schema.get("anyOf") or schema.get("oneOf") or ()
    return " | ".join(_shape(one) for one in alternatives) or str(schema.get("title") or schema.get("type", "object"))
