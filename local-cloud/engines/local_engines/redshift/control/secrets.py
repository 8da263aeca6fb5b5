"""Admin passwords that Redshift manages in Secrets Manager."""

from __future__ import annotations

import json
import secrets
import string
from typing import Any

from botocore.exceptions import ClientError

from .store import Record, State

_LENGTH = 32
#: Printable, without the characters that a Redshift password must not have.
_PUNCTUATION = "!#$%&()*+,-.:;<=>?[]^_{|}~"


class AdminSecrets:
    """Makes and deletes secrets named as AWS names them: `redshift!<warehouse>-<user>`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def create(self, warehouse: str, user: str, kms_key: str | None) -> str:
        """The ARN of a secret {"username", "password"} with a random password; one that is there gets a new one."""
        name = f"redshift!{warehouse}-{user}"
        value = json.dumps({"username": user, "password": _password()})
        try:
            made = self._client.create_secret(
                Name=name,
                SecretString=value,
                Description=f"Managed by Amazon Redshift for {warehouse}",
                Tags=[{"Key": "aws:secretsmanager:owningService", "Value": "redshift"}],
                **({} if kms_key is None else {"KmsKeyId": kms_key}),
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceExistsException":
                raise
            made = self._client.put_secret_value(SecretId=name, SecretString=value)
        return str(made["ARN"])

    def delete(self, arn: str) -> None:
        """No error for one that somebody deleted."""
        try:
            self._client.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise

    def forget(self, state: State, record: Record, member: str) -> None:
        """Deletes the secret whose ARN the record holds, when the transaction is kept."""
        arn = record.pop(member, None)
        if arn is not None:
            state.after(lambda: self.delete(arn))


def _password() -> str:
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, _PUNCTUATION)
    letters = [secrets.choice(kind) for kind in kinds]
    letters += [secrets.choice("".join(kinds)) for _ in range(_LENGTH - len(kinds))]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)
