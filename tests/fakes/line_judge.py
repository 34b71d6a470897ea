"""Would LINE take this request? Three judges: the SDK's own models, LINE's documented limits, the strict OpenAPI.

The limits are written down here a second time on purpose, from the reference, not imported from what is under test.
The OpenAPI judge sits only where ../shared/line-openapi is.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import regex  # type: ignore[import-untyped]
import yaml
from jsonschema import Draft4Validator
from linebot.v3.messaging import (
    PushMessageRequest,
    ReplyMessageRequest,
    RichMenuRequest,
    ShowLoadingAnimationRequest,
)

SPEC = Path(__file__).resolve().parents[3] / "shared" / "line-openapi" / "messaging-api.strict.yml"
MODELS = {"PushMessageRequest": PushMessageRequest, "ReplyMessageRequest": ReplyMessageRequest,
          "ShowLoadingAnimationRequest": ShowLoadingAnimationRequest, "RichMenuRequest": RichMenuRequest}
DEFAULTS = {"notificationDisabled": False}
SCHEMES = ("http://", "https://", "tel:", "line://")


def problems(model: str, body: Any, raw: bytes, *, openapi: bool = True) -> list[str]:
    """Everything that is wrong with a request body; [] when LINE would take it. openapi False: two judges only."""
    if not isinstance(body, dict):
        return ["The request body is no JSON object"]
    found = [*_by_sdk(model, body), *_by_limits(body), *(_by_openapi(model, body) if openapi else ())]
    return [*found, "Request exceeds the max size of 2MB"] if len(raw) > 2_000_000 else found


def _by_sdk(model: str, body: dict[str, Any]) -> list[str]:
    try:
        again = MODELS[model].from_dict(body).to_dict()
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return [f"SDK: {type(error).__name__}: {error}"]
    understood = {*_paths(DEFAULTS), *_paths(again)}
    return [f"SDK: unknown property {path}" for path in _paths(body) if path not in understood]


def _paths(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield f"{path}/{key}"
            yield from _paths(item, f"{path}/{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _paths(item, f"{path}/{number}")


def _by_openapi(model: str, body: dict[str, Any]) -> list[str]:
    judge = _validator(model)
    return [] if judge is None else [f"OpenAPI: {error.json_path}" for error in judge.iter_errors(body)]


def read_spec() -> None:
    """Read the OpenAPI now rather than within somebody's time limit."""
    for model in MODELS:
        _validator(model)


@lru_cache
def _components() -> Any:
    return yaml.load(SPEC.read_bytes(), Loader=yaml.CSafeLoader)["components"] if SPEC.exists() else None


@lru_cache
def _validator(model: str) -> Draft4Validator | None:
    components = _components()
    if components is None or model not in components["schemas"]:
        return None
    return Draft4Validator({"allOf": [{"$ref": f"#/components/schemas/{model}"}], "components": components})


def _by_limits(body: dict[str, Any]) -> Iterator[str]:
    messages = body.get("messages")
    for message in messages if isinstance(messages, list) else []:
        if isinstance(message, dict):
            yield from _message(message)
    seconds = body.get("loadingSeconds")
    if isinstance(seconds, int) and (seconds % 5 or not 5 <= seconds <= 60):
        yield "loadingSeconds must be 5 to 60 in steps of 5"


def _message(message: dict[str, Any]) -> Iterator[str]:
    if message.get("type") == "text":
        yield from _length("text", message.get("text"), units=5000)
    if message.get("type") == "flex":
        yield from _length("altText", message.get("altText"), units=1500)
        yield from _flex(message.get("contents"))
    if isinstance(quick := message.get("quickReply"), dict):
        items = quick.get("items")
        if not isinstance(items, list) or not 1 <= len(items) <= 13:
            yield "quickReply must have 1 to 13 items"
        for item in items or []:
            yield from _action(item.get("action", {}), label=20)


def _flex(container: Any) -> Iterator[str]:
    if not isinstance(container, dict):
        return
    bubbles = container["contents"] if container.get("type") == "carousel" else [container]
    if len(bubbles) > 12 or _bytes(container) > 50_000:
        yield "carousel too large"
    for bubble in bubbles:
        if _bytes(bubble) > 30_000:
            yield "bubble exceeds 30 KB"
        for component in _components_in(bubble):
            if component.get("type") == "text":
                yield from _length("flex text", component.get("text"), units=None)
            if component.get("type") == "button":
                yield from _action(component.get("action", {}), label=40)


def _components_in(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _components_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from _components_in(item)


def _action(action: dict[str, Any], *, label: int) -> Iterator[str]:
    yield from _length("label", action.get("label"), graphemes=label)
    if action.get("type") == "postback":
        yield from _length("displayText", action.get("displayText"), graphemes=300)
        if not 0 < len(action.get("data") or "") <= 300:
            yield "data must have 1 to 300 characters"
    if action.get("type") == "uri":
        uri = action.get("uri") or ""
        if not uri.startswith(SCHEMES) or len(uri) > 1000 or not uri.isascii():
            yield "uri is invalid"


def _length(name: str, value: Any, *, units: int | None = None, graphemes: int | None = None) -> Iterator[str]:
    if not isinstance(value, str) or not value.strip():
        yield f"{name} may not be empty"
        return
    if units is not None and len(value.encode("utf-16-le", "surrogatepass")) // 2 > units:
        yield f"{name} must not be longer than {units}"
    if graphemes is not None and len(regex.findall(r"\X", value)) > graphemes:
        yield f"{name} must not be longer than {graphemes}"
    if any("\ud800" <= char <= "\udfff" or char == "\x00" for char in value):
        yield f"{name} is no well-formed text"


def _bytes(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))
