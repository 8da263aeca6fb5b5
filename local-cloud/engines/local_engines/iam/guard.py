"""Who may do what, asked of the emulator: the engines' side of the door (door.py)."""

from __future__ import annotations

import base64
import http.client
import json
import re
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ..errors import AwsError
from .door import PATH
from .evaluation import TOKEN_HEADER

#: The key by which the local cloud knows its owner (root), whom no policy binds.
ROOT_KEY = "test"
_SIGNED_BY = re.compile(r"Credential=([^/,\s]+)/")
_SECONDS = 60


@dataclass(frozen=True)
class Check:
    """One action on one resource (ARN, or `*`), with condition keys beside the global ones."""

    action: str
    resource: str = "*"
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Credentials:
    """Of a session in the emulator, or of root."""

    access_key: str
    secret_key: str
    #: Empty: root's, which are not temporary.
    session_token: str

    @property
    def environment(self) -> dict[str, str]:
        """As every AWS client reads them."""
        found = {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key}
        return {**found, "AWS_SESSION_TOKEN": self.session_token} if self.session_token else found


@dataclass(frozen=True)
class Caller:
    """Sender of a request that has been let in."""

    access_key: str
    principal: str
    #: aws:userid
    user_id: str = ""


@dataclass(frozen=True)
class Request:
    """As it came, for its signature."""

    method: str
    path: str
    headers: Sequence[tuple[str, str]]
    body: bytes

    @property
    def access_key(self) -> str:
        for name, value in self.headers:
            if name.lower() == "authorization" and (match := _SIGNED_BY.search(value)) is not None:
                return match.group(1)
        return ""


#: Whose request the current thread serves; None: root's, or the engine's own.
current_caller: ContextVar[Caller | None] = ContextVar("current_caller", default=None)


class Guard:
    """Asks the emulator at `url`; safe from many threads."""

    def __init__(self, url: str, token: str, region: str) -> None:
        self._netloc, self._token, self._region = urlsplit(url).netloc, token, region

    def admit(self, request: Request, checks: Iterable[Check]) -> Caller | None:
        """The sender, None for root. Raises AwsError for a bad signature and for a check that no policy lets pass."""
        key = request.access_key
        if key == ROOT_KEY:
            return None
        sent = {
            "method": request.method,
            "path": request.path,
            "headers": list(request.headers),
            "body": base64.b64encode(request.body).decode(),
        }
        answer = self._ask("authorize", access_key=key, request=sent, checks=[asdict(check) for check in checks])
        return Caller(key, answer["principal"], answer["user_id"])

    def check(self, access_key: str, checks: Iterable[Check]) -> None:
        """The same for a session whose request has been let in, or for a role's that the engine holds."""
        self._ask("authorize", access_key=access_key, checks=[asdict(check) for check in checks])

    def act_for(self, caller: Caller, service: str) -> Credentials:
        """Credentials with the caller's rights, for what `service` does in its name (aws:CalledVia)."""
        return Credentials(**self._ask("act", access_key=caller.access_key, service=service))

    def assume(self, role: str, service: str, session: str, source: str = "") -> Credentials:
        """Credentials of a role that `service` assumes for the resource `source`. Raises AwsError (AccessDenied) where
        the role's trust policy does not let it."""
        return Credentials(**self._ask("assume", role=role, service=service, session=session, source=source))

    def _ask(self, order: str, **members: Any) -> dict[str, Any]:
        body = json.dumps({"do": order, "region": self._region, **members})
        connection = http.client.HTTPConnection(self._netloc, timeout=_SECONDS)
        try:
            connection.request("POST", PATH, body, {TOKEN_HEADER: self._token, "Content-Type": "application/json"})
            answer: dict[str, Any] = json.loads(connection.getresponse().read())
        except (OSError, ValueError) as error:
            raise AwsError("ServiceUnavailableException", f"the emulator does not answer: {error}", 503) from error
        finally:
            connection.close()
        if "code" in answer:
            raise AwsError(answer["code"], answer["message"], 403)
        return answer
