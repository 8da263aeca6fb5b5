"""As which database user a request runs: SecretArn, DbUser, or the caller's IAM identity."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from ...context import EngineContext
from ...errors import AwsError
from ..sql.catalog import Catalog
from ..sql.storage import Storage
from ..warehouses import Warehouse

#: The user of callers who name neither a secret nor a user. The local target does not know who calls; on AWS it would
#: be IAM:name or IAMR:role, with no privileges until somebody grants some.
IAM_USER = "IAM:root"


def database_user(context: EngineContext, warehouse: Warehouse, body: dict[str, Any]) -> tuple[str, str]:
    """(user, database); raises ValidationException."""
    secret_arn, user = body.get("SecretArn"), body.get("DbUser")
    if secret_arn and user:
        raise AwsError("ValidationException", "Cannot specify both SecretArn and DbUser")
    if user and warehouse.key.startswith("workgroup:"):
        raise AwsError("ValidationException", "DbUser cannot be used with a serverless workgroup; leave it out")
    secret: dict[str, Any] = {}
    if secret_arn and secret_arn == warehouse.admin_secret_arn:
        user = warehouse.admin_user
    elif secret_arn:
        secret = _secret(context, secret_arn)
        user = str(secret.get("username") or "")
        if not user:
            raise AwsError("ValidationException", f"The secret {secret_arn} has no member 'username'")
    database = body.get("Database") or secret.get("dbname") or secret.get("database")
    if not database:
        raise AwsError("ValidationException", "Database is required: neither the request nor the secret names one")
    # Names of users are in lower case, unless they come from IAM.
    return (user.lower() if user else IAM_USER), str(database)


def _secret(context: EngineContext, arn: str) -> dict[str, Any]:
    try:
        text = context.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
        found = json.loads(text)
    except ClientError as error:
        raise AwsError("ValidationException", error.response["Error"].get("Message", "")) from error
    except (KeyError, ValueError) as error:
        raise AwsError("ValidationException", f"The secret {arn} is not a JSON object with 'username'") from error
    if not isinstance(found, dict):
        raise AwsError("ValidationException", f"The secret {arn} is not a JSON object with 'username'")
    return found


def ensure_iam_user(storage: Storage, user: str) -> None:
    """Redshift makes the user of an IAM identity at its first use; others must exist."""
    if user != IAM_USER:
        return
    cursor = storage.cursor()
    try:
        with storage.gate.inside():
            catalog = Catalog(cursor)
            if catalog.user(user) is None:
                catalog.add_principal("user", user)
    finally:
        cursor.close()
