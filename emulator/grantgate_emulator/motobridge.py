"""The way into moto: STS, IAM, S3 and everything else AWS that this package does not answer itself."""

from __future__ import annotations

import io
import sys
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from .errors import AwsError
from .iam import Iam
from .messages import Reply
from .state import Bucket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .messages import Request


# What an infrastructure program around Access Grants needs. A list, because some of moto's other services (SNS, API
# Gateway, Lambda, ...) open connections of their own, and nothing here may reach out of this machine.
SERVICES = frozenset(
    {
        "account",
        "cloudtrail",
        "dynamodb",
        "ec2",
        "iam",
        "identitystore",
        "kms",
        "logs",
        "organizations",
        "ram",
        "resource-groups",
        "s3",
        "s3control",
        "secretsmanager",
        "ssm",
        "sso",
        "sts",
        "tagging",
    }
)


class Moto:
    """moto's WSGI application, loaded by the first request that needs it; its state is one per process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._application: Callable[..., Iterable[bytes]] | None = None
        self.iam = Iam()

    def _loaded(self) -> Callable[..., Iterable[bytes]]:
        with self._lock:
            if self._application is None:
                from moto.moto_server.werkzeug_app import (  # noqa: PLC0415  # 0.5 s, and many runs never need it
                    DomainDispatcherApplication,
                    create_backend_app,
                )

                self._application = DomainDispatcherApplication(create_backend_app)
            return self._application

    def has_control_operation(self, operation: str) -> bool:
        """Tell whether moto answers an S3 Control operation."""
        from botocore import xform_name  # noqa: PLC0415  # as above
        from moto.s3control.responses import S3ControlResponse  # noqa: PLC0415

        return hasattr(S3ControlResponse, xform_name(operation))

    def bucket(self, name: str) -> Bucket | None:
        """Return a bucket that was made through S3, None when there is no such bucket."""
        if not name or "moto.s3.models" not in sys.modules:
            return None
        from moto.s3.models import s3_backends  # noqa: PLC0415  # as above

        if name not in s3_backends.bucket_accounts:
            return None
        partition, account = s3_backends.bucket_accounts[name]
        return Bucket(name, account, str(s3_backends[account][partition].buckets[name].region_name))

    def reset(self) -> None:
        """Empty every moto backend of this process."""
        if self._application is not None or self.iam.has_planted:
            from moto.moto_api._internal.models import moto_api_backend  # noqa: PLC0415  # as above

            moto_api_backend.reset()
            self.iam.forget()

    def answer(self, request: Request, service: str, account: str) -> Reply:
        """
        Answer a request as ``account``.

        Errors: AwsError NotImplemented for a service that is not listed and for a call moto has not built.
        """
        if service not in SERVICES:
            raise AwsError("NotImplemented", f"The emulator does not implement the AWS service {service}")
        try:
            return self._answered(request, account)
        except NotImplementedError as missing:
            raise AwsError("NotImplemented", f"The emulator does not implement this call of {service}") from missing

    def _answered(self, request: Request, account: str) -> Reply:
        application = self._loaded()
        started: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Callable[..., Any]:
            started.update(status=int(status.split(" ", 1)[0]), headers=headers, failed=exc_info)
            return lambda _: None

        chunks = application(_environ(request, account), start_response)
        try:
            body = b"".join(chunks)
        finally:
            if close := getattr(chunks, "close", None):
                close()
        skipped = {"content-length", "connection", "server", "date", "transfer-encoding"}
        headers = {name: value for name, value in started["headers"] if name.lower() not in skipped}
        if request.method == "HEAD":
            headers.update({name: value for name, value in started["headers"] if name.lower() == "content-length"})
        return Reply(started["status"], headers, body)


def _environ(request: Request, account: str) -> dict[str, Any]:
    headers = request.headers
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        # WSGI wants the decoded path as Latin-1 text.
        "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
        "QUERY_STRING": request.query,
        "RAW_URI": request.target,
        "REQUEST_URI": request.target,
        "SERVER_NAME": request.host,
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": request.client,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.input_terminated": True,
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "CONTENT_LENGTH": str(len(request.body)),
        "CONTENT_TYPE": headers.get("content-type", ""),
    }
    for name, value in headers.items():
        if name not in {"content-type", "content-length", "transfer-encoding", "x-moto-account-id"}:
            environ["HTTP_" + name.upper().replace("-", "_")] = value
    environ.setdefault("HTTP_HOST", request.host)
    environ["HTTP_X_MOTO_ACCOUNT_ID"] = account
    return environ
