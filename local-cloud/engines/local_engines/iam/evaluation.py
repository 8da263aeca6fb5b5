"""What the emulator's policy evaluation must learn; loaded by emulator_main.py into the emulator's process.

MiniStack evaluates identity, resource, boundary and session policies with their conditions. It does not know that a
request which reads or writes encrypted data needs the key too, takes a role's session for what aws:PrincipalArn names,
and calls Glue's resources by other ARNs than AWS; the Glue gateway of the engines asks for those itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

#: Header of the engines' requests to the emulator, with this local cloud's token.
TOKEN_HEADER = "x-clickstream-engine"
_ASSUMED = re.compile(r"arn:(aws[\w-]*):sts::(\d{12}):assumed-role/([^/]+)/.+")
_VARIABLE = re.compile(r"\$\{([\w:/-]+)\}")
#: `pk = :pk` in the condition of a query.
_EQUALS = re.compile(r"([#\w.-]+)\s*=\s*(:\w+)")
_SSE_KEY = "x-amz-server-side-encryption-aws-kms-key-id"
_DATA_KEY, _DECRYPT = "kms:GenerateDataKey", "kms:Decrypt"
#: What a service does with the key of an encrypted resource, as the caller (each service's page on encryption).
_KEY_USES = {
    "s3:PutObject": (_DATA_KEY,),
    "s3:GetObject": (_DECRYPT,),
    "s3:GetObjectVersion": (_DECRYPT,),
    "secretsmanager:GetSecretValue": (_DECRYPT,),
    "secretsmanager:PutSecretValue": (_DATA_KEY, _DECRYPT),
    "sqs:SendMessage": (_DATA_KEY, _DECRYPT),
    "sqs:ReceiveMessage": (_DECRYPT,),
    "sns:Publish": (_DATA_KEY, _DECRYPT),
}


def install(token: str) -> None:
    """Changes the evaluator of this process; call it once, before the first request."""
    from ministack import app
    from ministack.core import iam_actions, iam_evaluator

    _speak_tls(app)
    _name_roles(iam_evaluator)
    _name_way(iam_evaluator)
    _fill_variables(iam_evaluator)
    _see_key_of_writes(iam_actions)
    _see_partitions(iam_actions)
    _name_actions_of_batches(iam_actions)
    _leave_glue_to_gateway(iam_actions, token)
    _ask_for_keys(iam_evaluator)


def _speak_tls(app: Any) -> None:
    """The emulator listens on loopback without TLS. Every request counts as TLS there, because the stack's policies
    refuse all others; one that says `x-forwarded-proto: http`, as a front before it would, counts as plain."""
    original = app.app

    async def over_tls(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope = {**scope, "scheme": "https"}
        await original(scope, receive, send)

    app.app = over_tls


def role_of(principal: str) -> str:
    """The role's ARN of a session's: what aws:PrincipalArn is on AWS (IAM user guide, global condition keys)."""
    match = _ASSUMED.fullmatch(principal)
    if match is None:
        return principal
    from ministack.services import iam

    partition, account, name = match.groups()
    role = iam._roles.get_scoped(account, None, name) or {}
    return str(role.get("Arn") or f"arn:{partition}:iam::{account}:role/{name}")


def _name_roles(evaluator: Any) -> None:
    original = evaluator._resolve_condition_key

    def resolve(key: str, ctx: Any) -> Any:
        return role_of(ctx.principal_arn) if key.lower() == "aws:principalarn" else original(key, ctx)

    evaluator._resolve_condition_key = resolve


def _name_way(evaluator: Any) -> None:
    """aws:CalledVia and aws:ViaAWSService of what a service does in its caller's name (door.py, `act`)."""
    original = evaluator._principal_keys

    def keys(credential: Any) -> dict[str, Any]:
        from ministack.services import sts

        via = (sts._sessions.get(credential.access_key_id) or {}).get("CalledVia")
        found = {**original(credential), "aws:viaawsservice": str(bool(via)).lower()}
        return {**found, "aws:calledvia": via} if via else found

    evaluator._principal_keys = keys


def _fill_variables(evaluator: Any) -> None:
    """Policy variables (`${aws:userid}`) in the values of conditions; one without a value matches nothing."""
    original = evaluator._conditions_met

    def met(conditions: dict[str, Any], ctx: Any) -> bool:
        def filled(value: Any) -> Any:
            if isinstance(value, list):
                return [filled(one) for one in value]
            return _VARIABLE.sub(lambda found: named(found[1]), value) if isinstance(value, str) else value

        def named(key: str) -> str:
            value = evaluator._resolve_condition_key(key, ctx)
            return f"${{{key}}}" if value is None else str(value)

        return bool(original({o: {k: filled(v) for k, v in block.items()} for o, block in conditions.items()}, ctx))

    evaluator._conditions_met = met


def _see_key_of_writes(actions: Any) -> None:
    """Adds s3:x-amz-server-side-encryption-aws-kms-key-id to what conditions of a write see."""
    original = actions.s3_service_context

    def context(action: str, query: Any, path: str = "", headers: Any = None) -> dict[str, Any]:
        found = dict(original(action, query, path, headers))
        if action == "s3:PutObject" and (headers or {}).get(_SSE_KEY):
            found[f"s3:{_SSE_KEY}"] = headers[_SSE_KEY]
        return found

    actions.s3_service_context = context


def _see_partitions(actions: Any) -> None:
    """Adds dynamodb:LeadingKeys, the partition keys that a request names, to what conditions see."""
    original = actions.dynamodb_service_context

    def context(body: bytes) -> dict[str, Any]:
        found = dict(original(body))
        keys = leading_keys(json.loads(body or b"{}"))
        return {**found, "dynamodb:LeadingKeys": keys} if keys else found

    actions.dynamodb_service_context = context


def leading_keys(request: dict[str, Any]) -> list[str]:
    """Of the requests on one table's items; a scan names none."""
    from ministack.services import dynamodb

    table = dynamodb._tables.get(str(request.get("TableName") or "").rpartition("/")[2]) or {}
    name = table.get("pk_name")
    items = [request.get("Key"), request.get("Item")]
    named = [item[name] for item in items if isinstance(item, dict) and name in item]
    names, values = request.get("ExpressionAttributeNames") or {}, request.get("ExpressionAttributeValues") or {}
    for attribute, value in _EQUALS.findall(str(request.get("KeyConditionExpression") or "")):
        if names.get(attribute, attribute) == name and value in values:
            named.append(values[value])
    return [str(text) for value in named for text in value.values()]


def _name_actions_of_batches(actions: Any) -> None:
    """A deletion of versions by DeleteObjects is s3:DeleteObjectVersion, also of the first; SQS's batches are allowed
    by the action of one message (SQS API reference, AddPermission)."""
    original = actions.extract_iam_action

    def extract(service: str, method: str, path: str, headers: Any, body: Any, query: Any) -> Any:
        action = original(service, method, path, headers, body, query)
        if action == "s3:DeleteObject" and method == "POST":
            targets = actions._s3_batch_delete_targets("", body)
            return "s3:DeleteObjectVersion" if targets and targets[0][1] else action
        return action.removesuffix("Batch") if str(action).startswith("sqs:") else action

    actions.extract_iam_action = extract


def _leave_glue_to_gateway(actions: Any, token: str) -> None:
    """A Glue request that the gateway has let through is not judged again; one past the gateway is."""
    original = actions.extract_iam_action

    def extract(service: str, method: str, path: str, headers: Any, body: Any, query: Any) -> Any:
        if service == "glue" and headers.get(TOKEN_HEADER) == token:
            return None
        return original(service, method, path, headers, body, query)

    actions.extract_iam_action = extract


def _ask_for_keys(evaluator: Any) -> None:
    original = evaluator.enforce

    def enforce(
        access_key: str, action: str, service: str, region: str, resource_arn: str = "*", service_context: Any = None
    ) -> Any:
        context = dict(service_context or {})
        if action.startswith("kms:"):
            from ministack.core.responses import get_account_id

            service = "kms"
            context.setdefault("kms:CallerAccount", get_account_id())
        denied = original(access_key, action, service, region, resource_arn, context)
        # Root is never asked; see evaluator.enforce.
        if denied or action not in _KEY_USES or evaluator.is_root_access_key(access_key or ""):
            return denied
        key = _key_of(action, resource_arn, context)
        if key is None:
            return None
        for use in _KEY_USES[action]:
            via = {"kms:ViaService": f"{action.partition(':')[0]}.{region}.amazonaws.com"}
            denied = enforce(access_key, use, "kms", region, _key_arn(key), via)
            if denied:
                return denied
        return None

    evaluator.enforce = enforce


def _key_of(action: str, resource: str, context: dict[str, Any]) -> str | None:
    """The customer's key that the request makes its service use; None where there is none."""
    finders: dict[str, Callable[[str, dict[str, Any]], Any]] = {
        "s3:PutObject": _key_of_write, "s3:GetObject": _key_of_object, "s3:GetObjectVersion": _key_of_object,
        "secretsmanager:GetSecretValue": _key_of_secret, "secretsmanager:PutSecretValue": _key_of_secret,
        "sqs:SendMessage": _key_of_queue, "sqs:ReceiveMessage": _key_of_queue, "sns:Publish": _key_of_topic,
    }  # fmt: skip
    key = finders[action](resource, context)
    # Keys of AWS (alias/aws/…) let everybody of the account in whom the service lets in.
    return None if not key or str(key).startswith("alias/aws/") else str(key)


def _key_of_write(resource: str, context: dict[str, Any]) -> Any:
    from ministack.services import s3

    bucket = resource.removeprefix("arn:aws:s3:::").partition("/")[0]
    return context.get(f"s3:{_SSE_KEY}") or s3._bucket_default_sse_headers(bucket).get(_SSE_KEY)


def _key_of_object(resource: str, _: dict[str, Any]) -> Any:
    from ministack.services import s3

    bucket, _, key = resource.removeprefix("arn:aws:s3:::").partition("/")
    stored = (s3._buckets.get(bucket) or {}).get("objects", {}).get(key)
    return s3._stored_sse_headers(stored).get(_SSE_KEY) if stored else None


def _key_of_secret(resource: str, _: dict[str, Any]) -> Any:
    from ministack.services import secretsmanager

    found = [secret for secret in secretsmanager._secrets.values() if secret.get("ARN") == resource]
    return found[0].get("KmsKeyId") if found else None


def _key_of_queue(resource: str, _: dict[str, Any]) -> Any:
    from ministack.services import sqs

    for queue in sqs._queues.values():
        if (queue.get("attributes") or {}).get("QueueArn") == resource:
            return queue["attributes"].get("KmsMasterKeyId")
    return None


def _key_of_topic(resource: str, _: dict[str, Any]) -> Any:
    from ministack.services import sns

    return ((sns._topics.get(resource) or {}).get("attributes") or {}).get("KmsMasterKeyId")


def _key_arn(key: str) -> str:
    from ministack.services import kms

    record = kms._resolve_key(key)
    return str(record["Arn"]) if record else key
