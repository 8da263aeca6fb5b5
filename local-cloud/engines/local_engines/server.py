"""HTTP server of the engines: AWS JSON 1.1 and AWS Query requests, dispatched to the services.

JSON requests name their service in X-Amz-Target. Query and REST requests do not: their service is the one that they are
signed for (`Credential=…/<date>/<region>/<service>/aws4_request` in the Authorization header).
"""

from __future__ import annotations

import gzip
import http.client
import json
import logging
import re
import threading
import uuid
import zlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import urlsplit

from .errors import AwsError, UnknownOperation
from .iam.gate import Gate
from .iam.guard import Request
from .query_protocol import QueryCodec

log = logging.getLogger(__name__)

_JSON = "application/x-amz-json-1.1"
#: Paths below it are not AWS's: what only tests ask of an engine, such as another time.
_LOCAL = "/_local/"
_SIGNED_FOR = re.compile(r"Credential=[^,]*/([\w-]+)/aws4_request")
#: Of a hop, not of the message (RFC 9110, section 7.6.1); lengths are set again by the sender.
_HOP_HEADERS = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "content-length", "date"}


class Service(Protocol):
    """One AWS service answered here."""

    #: Prefix of X-Amz-Target, for example "AWSGlue"; of a REST service what its requests are signed for.
    target_prefix: str
    #: True: operations that `handle` does not know go to the emulator unchanged; False: they are refused by name.
    forwards: bool

    def handle(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        """Answers one call; raises AwsError, or UnknownOperation."""
        ...

    def close(self) -> None:
        """Ends all work of the service; called once, before the emulator stops."""
        ...


class QueryService(Protocol):
    """One AWS service of the Query protocol answered here; what it does not know is refused by name."""

    #: Service of the credential scope, for example "redshift".
    signing_name: str
    codec: QueryCodec

    def handle(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        """Answers one call; raises AwsError, or UnknownOperation."""
        ...

    def close(self) -> None:
        """Ends all work of the service; called once, before the emulator stops."""
        ...


class EngineServer(ThreadingHTTPServer):
    """Listens on a free loopback port from the beginning; emulator and services may be given before `start`."""

    daemon_threads = True
    # Tests and Spark open many connections at once; the default of 5 drops some of them.
    request_queue_size = 128

    def __init__(self, emulator_url: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.emulator_url = emulator_url
        self.services: dict[str, Service] = {}
        self.query_services: dict[str, QueryService] = {}
        #: Of the REST protocol with JSON bodies, all of whose operations are `POST /<operation>`.
        self.rest_services: dict[str, Service] = {}
        #: Answers to POST /_local/<name>, JSON both ways.
        self.local: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {}
        #: None: nobody is refused.
        self.gate: Gate | None = None
        self._serving = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def register(
        self,
        services: Iterable[Service],
        query_services: Iterable[QueryService] = (),
        rest_services: Iterable[Service] = (),
    ) -> None:
        self.services |= {service.target_prefix: service for service in services}
        self.query_services |= {service.signing_name: service for service in query_services}
        self.rest_services |= {service.target_prefix: service for service in rest_services}

    def start(self) -> None:
        self._serving = True
        threading.Thread(target=self.serve_forever, name="engine-server", daemon=True).start()

    def stop(self) -> None:
        """Stops to accept, then closes the services."""
        if self._serving:
            # Would wait for ever for a loop that never ran.
            self.shutdown()
        self.server_close()
        for service in (*self.services.values(), *self.query_services.values(), *self.rest_services.values()):
            service.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Small answers must not wait for the client's delayed acknowledgement (40 ms a call).
    disable_nagle_algorithm = True
    server: EngineServer

    def do_POST(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        log.debug(format, *args)

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        signed = _SIGNED_FOR.search(self.headers.get("Authorization") or "")
        signed_for = signed.group(1) if signed is not None else ""
        query_service = self.server.query_services.get(signed_for)
        rest_service = self.server.rest_services.get(signed_for)
        if self.path.startswith(_LOCAL):
            self._answer_local(self.path.removeprefix(_LOCAL), body)
        elif query_service is not None:
            self._answer_query(query_service, body)
        elif rest_service is not None:
            self._answer_json(rest_service, signed_for, self.path.strip("/"), body)
        else:
            prefix, _, operation = (self.headers.get("X-Amz-Target") or "").partition(".")
            self._answer_json(self.server.services.get(prefix), prefix, operation, body)

    def _answer_local(self, name: str, body: bytes) -> None:
        action = self.server.local.get(name) if self.command == "POST" else None
        try:
            if action is None:
                known = ", ".join(sorted(self.server.local))
                raise AwsError("UnknownOperationException", f"{self.command} {self.path}: POST one of {known}", 404)
            self._reply(200, action(_parse(body)))
        except AwsError as error:
            self._reply_error(error)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        except Exception as error:
            log.exception("%s failed", self.path)
            self._reply_error(AwsError("InternalServerException", f"{type(error).__name__}: {error}", 500))

    def _answer_query(self, service: QueryService, body: bytes) -> None:
        request_id, operation = str(uuid.uuid4()), "a request"
        try:
            operation, parameters = service.codec.parse(body)
            try:
                with self._admitted(service.signing_name, operation, parameters, body):
                    found = service.handle(operation, parameters)
                answer = service.codec.answer(operation, found, request_id)
            except UnknownOperation:
                message = f"{operation} is not supported by the local target"
                raise AwsError("UnsupportedOperation", message) from None
            self._send(200, "text/xml", answer, request_id)
        except AwsError as error:
            self._send(*_with_type(service.codec.error(error, request_id)), request_id)
        except (BrokenPipeError, ConnectionResetError):
            # The client has gone; there is nobody to tell.
            self.close_connection = True
        except Exception as error:
            log.exception("%s %s failed", service.signing_name, operation)
            failure = AwsError("InternalFailure", f"{type(error).__name__}: {error}", 500)
            self._send(*_with_type(service.codec.error(failure, request_id)), request_id)

    def _answer_json(self, service: Service | None, prefix: str, operation: str, body: bytes) -> None:
        try:
            if service is None:
                self._forward(body)
                return
            request = _parse(self._unpacked(body))
            try:
                with self._admitted(prefix, operation, request, body):
                    found = service.handle(operation, request)
                self._reply(200, found)
            except UnknownOperation:
                if service.forwards:
                    self._forward(body)
                else:
                    raise AwsError(
                        "UnknownOperationException", f"{prefix}.{operation} is not supported by the local target"
                    ) from None
        except AwsError as error:
            self._reply_error(_as_json_service(error))
        except (BrokenPipeError, ConnectionResetError):
            # The client has gone; there is nobody to tell.
            self.close_connection = True
        except Exception as error:
            log.exception("%s.%s failed", prefix, operation)
            self._reply_error(AwsError("InternalServerException", f"{type(error).__name__}: {error}", 500))

    def _admitted(
        self, service: str, operation: str, parameters: Mapping[str, Any], body: bytes
    ) -> AbstractContextManager[None]:
        if self.server.gate is None:
            return nullcontext()
        request = Request(self.command, self.path, list(self.headers.items()), body)
        return self.server.gate.admitted(request, service, operation, parameters)

    def _unpacked(self, body: bytes) -> bytes:
        """Clients compress long bodies where the model allows it (PutMetricData)."""
        if (self.headers.get("Content-Encoding") or "identity").lower() != "gzip":
            return body
        try:
            return gzip.decompress(body)
        except (OSError, EOFError, zlib.error) as error:
            raise AwsError("SerializationException", f"the request is not gzip, as it says: {error}") from error

    def _reply(self, status: int, value: dict[str, Any], headers: Mapping[str, str] | None = None) -> None:
        data = json.dumps(value, default=_jsonable).encode()
        self._send(status, _JSON, data, str(uuid.uuid4()), headers)

    def _send(
        self, status: int, kind: str, data: bytes, request_id: str, headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("x-amzn-RequestId", request_id)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _reply_error(self, error: AwsError) -> None:
        # Services differ in the case of this member; clients read the one that their model names.
        value = {"__type": error.code, "message": error.message, "Message": error.message, **error.extra}
        self._reply(error.status, value, {"x-amzn-ErrorType": error.code, **error.headers})

    def _forward(self, body: bytes) -> None:
        target = urlsplit(self.server.emulator_url)
        connection = http.client.HTTPConnection(target.hostname or "127.0.0.1", target.port, timeout=300)
        try:
            headers = {key: value for key, value in self.headers.items() if key.lower() not in _HOP_HEADERS}
            if self.server.gate is not None:
                headers |= self.server.gate.forwarding
            try:
                connection.request(self.command, self.path, body=body, headers=headers)
                answer = connection.getresponse()
                data = answer.read()
            except OSError as error:
                raise AwsError("ServiceUnavailableException", f"the emulator does not answer: {error}", 503) from error
            self.send_response(answer.status)
            for key, value in answer.getheaders():
                if key.lower() not in _HOP_HEADERS:
                    self.send_header(key, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        finally:
            connection.close()


def _as_json_service(error: AwsError) -> AwsError:
    """A refusal under the name and status that JSON services give it."""
    return AwsError("AccessDeniedException", error.message) if error.code == "AccessDenied" else error


def _with_type(answer: tuple[int, bytes]) -> tuple[int, str, bytes]:
    status, document = answer
    return status, "text/xml", document


def _parse(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        value = json.loads(body)
    except ValueError as error:
        raise AwsError("SerializationException", f"the request is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise AwsError("SerializationException", f"the request must be a JSON object, not {type(value).__name__}")
    return value


def _jsonable(value: object) -> object:
    """Timestamps are epoch seconds in AWS JSON."""
    timestamp: Callable[[], float] | None = getattr(value, "timestamp", None)
    if timestamp is None:
        raise TypeError(f"{type(value).__name__} cannot be sent as JSON")
    return timestamp()
