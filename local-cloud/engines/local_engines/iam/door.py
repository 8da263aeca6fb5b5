"""The door by which the engines ask the emulator's policy evaluation; loaded into the emulator's process.

One path that is no AWS service's, for the holder of this local cloud's token only:

* `authorize`: may the sender of a request (or a caller that was let in before) do these actions on these resources?
* `act`: temporary credentials with which an engine goes on in the name of a caller (forward access session).
* `assume`: temporary credentials of a role, if its trust policy lets that service assume it.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from typing import Any

from .evaluation import TOKEN_HEADER

PATH = "/_clickstream/iam"
#: Of credentials that the engines use: Athena's and Glue's longest runs here take minutes.
_HOURS = 12


def install(token: str) -> None:
    """Puts the door before the emulator's own paths."""
    from ministack import app

    original = app.app

    async def guarded(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await original(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        body = await _read(receive)
        if hmac.compare_digest(headers.get(TOKEN_HEADER, ""), token):
            status, answer = 200, _answer(json.loads(body))
        else:
            status, answer = 403, {"code": "AccessDenied", "message": "this path is the engines'"}
        data = json.dumps(answer).encode()
        length = (b"content-length", str(len(data)).encode())
        await send({"type": "http.response.start", "status": status, "headers": [length]})
        await send({"type": "http.response.body", "body": data})

    app.app = guarded


async def _read(receive: Any) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _answer(order: dict[str, Any]) -> dict[str, Any]:
    from ministack.core import responses

    region, key = order["region"], order.get("access_key") or ""
    if key:
        responses.set_request_account_id(key)
    responses.set_request_region(region)
    if order["do"] == "authorize":
        return _authorize(order, key, region)
    return _act(order, key) if order["do"] == "act" else _assume(order)


def _authorize(order: dict[str, Any], key: str, region: str) -> dict[str, Any]:
    from ministack.core import iam_evaluator as evaluator

    request = order.get("request")
    if request is not None:
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in request["headers"]]
        evaluator.pin_signed_request(request["method"], request["path"], {}, headers)
        evaluator.pin_signed_body(base64.b64decode(request["body"]))
        plain = any(name.lower() == "x-forwarded-proto" and value != "https" for name, value in request["headers"])
        evaluator.pin_request_origin("127.0.0.1", not plain)
    else:
        evaluator.pin_request_origin("127.0.0.1", True)
    for check in order["checks"] or [{"action": "sts:GetCallerIdentity", "resource": "*"}]:
        action, resource = check["action"], check["resource"]
        service = action.partition(":")[0]
        denied = evaluator.enforce(key, action, service, region, resource, check.get("context") or {})
        if isinstance(denied, evaluator.AuthError):
            return {"code": denied.code, "message": denied.message, "authentication": True}
        if denied is not None:
            return {"code": "AccessDenied", "message": _refusal(denied, action, resource)}
    found = evaluator.resolve_credential(key)
    return {"principal": getattr(found, "principal_arn", ""), "user_id": getattr(found, "principal_id", "")}


def _refusal(denied: Any, action: str, resource: str) -> str:
    explicit = denied.decision == "Deny"
    kind = "resource-based" if explicit and denied.resource_policy_arn else "identity-based"
    reason = f"with an explicit deny in a {kind} policy" if explicit else f"because no {kind} policy allows it"
    return f"User: {denied.principal_arn} is not authorized to perform: {action} on resource: {resource} {reason}"


def _act(order: dict[str, Any], key: str) -> dict[str, Any]:
    from ministack.services import sts

    session = sts._sessions.get(key)
    if session is None:
        return {"code": "AccessDenied", "message": f"{key} is not the key of a session"}
    return _register({**session, "CalledVia": [*session.get("CalledVia", []), order["service"]]})


def _assume(order: dict[str, Any]) -> dict[str, Any]:
    from ministack.core import iam_evaluator as evaluator
    from ministack.services import iam, sts

    arn, service = order["role"], order["service"]
    account, name = arn.split(":")[4], arn.rsplit("/", 1)[-1]
    role = iam._roles.get_scoped(account, None, name)
    context = evaluator.EvalContext(
        principal_arn=service, principal_type="Service", principal_account=account, action="sts:AssumeRole",
        resource_arn=arn, region=order["region"], secure_transport=True,
        service_context={"aws:sourceaccount": account, "aws:sourcearn": order.get("source") or ""},
    )  # fmt: skip
    if role is None or not _trusts(role.get("AssumeRolePolicyDocument") or "{}", service, context, evaluator):
        return {"code": "AccessDenied", "message": f"{service} is not authorized to assume the role {arn}"}
    session_arn, invalid = sts._assumed_role_arn(arn, order["session"])
    if invalid:
        return {"code": "ValidationError", "message": f"{arn} with the session {order['session']} is no role's ARN"}
    return _register({"Arn": session_arn, "UserId": f"{role.get('RoleId', name)}:{order['session']}"})


def _trusts(document: str | dict[str, Any], service: str, context: Any, evaluator: Any) -> bool:
    """Only statements that name this very service count: the emulator's own check takes any service for any other."""
    statements = (json.loads(document) if isinstance(document, str) else document).get("Statement", [])
    named = [
        {key: value for key, value in statement.items() if key != "Principal"} | {"Resource": "*"}
        for statement in ([statements] if isinstance(statements, dict) else statements)
        if evaluator._service_principal_matches(statement.get("Principal"), service)
    ]
    policies = [evaluator.parse_policy_document({"Statement": named})]
    return bool(evaluator.evaluate(context, policies).decision == "Allow")


def _register(session: dict[str, Any]) -> dict[str, Any]:
    import time

    from ministack.services import sts

    key = f"ASIA{secrets.token_hex(8).upper()}"
    secret, token = secrets.token_hex(20), secrets.token_hex(64)
    expires = time.time() + _HOURS * 3600
    sts.register_session(key, {**session, "SecretAccessKey": secret, "SessionToken": token, "Expiration": expires})
    return {"access_key": key, "secret_key": secret, "session_token": token}
