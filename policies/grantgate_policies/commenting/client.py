"""
One service's API: requests that are repeated as long as that can help, answers that are read within limits.

The token goes to the API's own origin and path, and nowhere else: no redirect is followed, and a page that is said to
be next is asked for only where the first one was.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential

from grantgate_policies.commenting.errors import Doubtful, Unposted
from grantgate_policies.commenting.patience import Patience, is_rate_limit, wait_wanted
from grantgate_policies.reports.look import shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from grantgate_policies.commenting.secret import Secret

PER_PAGE: Final = 100
"""Items on a page, the most that either service gives."""

_LONGEST: Final = 300
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_UNTRUSTED: Final = "CERTIFICATE_VERIFY_FAILED"
_BACKOFF: Final = wait_exponential(multiplier=1, max=30)


@dataclass(frozen=True, slots=True)
class Access:
    """
    An API and how one is let in.

    Shape: ``service`` is its name in messages; ``base`` the URL without a slash at the end; ``headers`` hold no secret;
           ``token_header`` is the name of the header that does, ``token_prefix`` what stands before it; ``remedies``
           say by status what a refusal most often means.
    """

    service: str
    base: str
    headers: Mapping[str, str]
    token_header: str
    token_prefix: str
    token: Secret
    remedies: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: ``data`` is its JSON, None when it has none; ``following`` the URL of the next page, if any."""

    status: int
    data: Any
    following: str = ""


class _Later(Exception):
    """The same request may do better later: ``wait`` are the seconds that the service asks for, if it says so."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        self.wait = wait
        super().__init__(reason)


class _Broken(_Later):
    """The service had an error of its own, or its answer has no end: what was asked may have been done."""


class Api:
    """The requests of one run; it has one deadline for all of them."""

    def __init__(self, access: Access, patience: Patience) -> None:
        self.patience = patience
        self._access = access
        self._deadline = patience.clock() + patience.seconds
        headers = {
            "User-Agent": "grantgate",
            # What is small on the wire is small in memory too.
            "Accept-Encoding": "identity",
            **access.headers,
            access.token_header: access.token_prefix + access.token.reveal(),
        }
        try:
            self._base = httpx.URL(access.base)
            # Without encryption the API is on this machine: no proxy has to see the token.
            self._client = httpx.Client(
                headers=headers, follow_redirects=False, trust_env=self._base.scheme == "https", timeout=patience.read
            )
        except (OSError, ValueError, httpx.InvalidURL, ImportError):
            # What is wrong is not repeated: the URL of a proxy may hold a password.
            raise Unposted(
                f"{access.service}: the URL of its API, the proxy (HTTPS_PROXY, ALL_PROXY, NO_PROXY) or the "
                "certificates (SSL_CERT_FILE, SSL_CERT_DIR) that the environment names cannot be used"
            ) from None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, path: str, *, accept: Collection[int] = ()) -> Answer:
        """Read. Errors: Unposted."""
        return self._call("GET", self._url(path), accept=accept)

    def change(self, method: str, path: str, data: Any = None, *, accept: Collection[int] = ()) -> Answer:
        """Do what may be done twice without harm. Errors: Unposted."""
        return self._call(method, self._url(path), data, accept=accept)

    def query(self, path: str, data: Any, *, accept: Collection[int] = ()) -> Answer:
        """Read what is asked for by a POST; the path is one of the API's host. Errors: Unposted."""
        return self._call("POST", self._base.copy_with(path=path), data, accept=accept)

    def create(self, path: str, data: Any) -> Answer:
        """
        Do what must not be done twice.

        It is repeated only where the service certainly did nothing. Errors: Unposted; Doubtful.
        """
        return self._call("POST", self._url(path), data, once=True)

    def items(self, path: str) -> Iterator[Mapping[str, Any]]:
        """Read a list, page by page to its end. Errors: Unposted."""
        url = self._url(path).copy_merge_params({"per_page": str(PER_PAGE)})
        seen = {str(url)}
        while True:
            answer = self._call("GET", url)
            if not isinstance(answer.data, list) or not all(isinstance(item, dict) for item in answer.data):
                self.refuse(f"{path} is no list of objects")
            yield from answer.data
            if not answer.following:
                return
            url = self._next(url, answer.following)
            if str(url) in seen:
                self.refuse("its pages lead in a circle, so the comments cannot be read to the end")
            if len(seen) >= self.patience.pages:
                self.refuse(f"more than {self.patience.pages:,} pages of comments, the most that are read")
            seen.add(str(url))

    def refuse(self, what: str) -> NoReturn:
        """Give up on an answer that is not as the API's documentation says."""
        raise Unposted(f"{self._access.service}: {what}")

    def said(self, text: str) -> str:
        """Make a text of the service fit for a message: without the token, on one line, and short."""
        harmless = shown(" ".join(self._access.token.out_of(text).split()))
        return harmless if len(harmless) <= _LONGEST else harmless[: _LONGEST - 1] + "…"

    # --- one request, as often as it takes ----------------------------------------------------------------------------

    def _call(
        self, method: str, url: httpx.URL, data: Any = None, *, once: bool = False, accept: Collection[int] = ()
    ) -> Answer:
        patience, tried = self.patience, 0

        def attempt() -> Answer:
            nonlocal tried
            tried += 1
            try:
                return self._attempt(method, url, data, accept)
            except _Broken as error:
                if once:
                    raise Doubtful(f"{self._access.service}: {error}") from None
                raise

        def pause(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            wanted = error.wait if isinstance(error, _Later) else None
            return _BACKOFF(state) if wanted is None else wanted

        def enough(state: RetryCallState) -> bool:
            late = patience.clock() + state.upcoming_sleep > self._deadline
            return late or state.attempt_number >= patience.attempts

        retrying = Retrying(
            retry=retry_if_exception_type(_Later), wait=pause, stop=enough, sleep=patience.sleep, reraise=True
        )
        try:
            return retrying(attempt)
        except _Later as error:
            asked = "" if error.wait is None else f", and it asks to wait {error.wait:,.0f} s"
            raise Unposted(
                f"{self._access.service}: {error}{asked}; asked {tried} times, and a run asks at most "
                f"{patience.attempts} times and waits at most {patience.seconds:,.0f} s in all"
            ) from None

    def _attempt(self, method: str, url: httpx.URL, data: Any, accept: Collection[int]) -> Answer:
        """Ask once; _Later where asking again can help, _Broken where it could do harm too."""
        left = self._deadline - self.patience.clock()
        if left <= 0:
            self.refuse(f"no answer within {self.patience.seconds:,.0f} s, the most that a run takes")
        timeout = httpx.Timeout(min(self.patience.read, left), connect=min(self.patience.connect, left))
        try:
            with self._client.stream(method, url, json=data, timeout=timeout) as response:
                return self._read(response, self._content(response), accept)
        except _NOT_SENT as error:
            if _UNTRUSTED in str(error):
                self.refuse("its certificate is not trusted; SSL_CERT_FILE names the authorities of your own")
            raise _Later(f"cannot be reached ({self._named(error)})") from None
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise _Broken(f"the connection ended before the answer did ({self._named(error)})") from None

    def _named(self, error: Exception) -> str:
        return self.said(f"{type(error).__name__}: {error}") if str(error) else type(error).__name__

    def _content(self, response: httpx.Response) -> bytes:
        """Read an answer's body, up to the most that one may have, and up to the deadline."""
        content = bytearray()
        for piece in response.iter_bytes():
            content += piece
            if len(content) > self.patience.page_bytes:
                self.refuse(f"an answer of more than {self.patience.page_bytes:,} bytes, the most that is read")
            if self.patience.clock() > self._deadline:
                raise _Broken(f"an answer that still goes on after {self.patience.seconds:,.0f} s")
        return bytes(content)

    def _read(self, response: httpx.Response, content: bytes, accept: Collection[int]) -> Answer:
        status = response.status_code
        if not response.is_success:
            self._weigh(response, content, accept)
            return Answer(status, None)
        if not content:
            return Answer(status, None)
        try:
            data = json.loads(content)
        except (ValueError, RecursionError):
            kind = self.said(response.headers.get("content-type", "")) or "no content type"
            raise _Broken(f"status {status} with {kind} where JSON belongs") from None
        return Answer(status, data, response.links.get("next", {}).get("url", ""))

    def _weigh(self, response: httpx.Response, content: bytes, accept: Collection[int]) -> None:
        """Raise what a refusal means, unless it is one that the caller knows what to do with."""
        status, headers = response.status_code, response.headers
        said = self._message(content)
        what = f"status {status}: {said}" if said else f"status {status}"
        if is_rate_limit(status, headers, said):
            raise _Later(f"a rate limit ({what})", wait_wanted(headers, said, self.patience.now()))
        if response.is_server_error:
            raise _Broken(what, wait_wanted(headers, said, self.patience.now()))
        if status in accept:
            return
        if response.is_redirect:
            self.refuse(
                f"status {status}, a redirect, which no token is sent along; the repository was renamed or the API's "
                "URL is not its own"
            )
        remedy = self._access.remedies.get(status)
        self.refuse(f"{what}; {remedy}" if remedy else what)

    def _message(self, content: bytes) -> str:
        """Give what an error's body says: its message when it is JSON, else its beginning."""
        text = content.decode("utf-8", "backslashreplace")
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            return self.said(text)
        if not isinstance(data, dict):
            return self.said(text)
        told = [data[key] for key in ("message", "error", "error_description", "errors") if data.get(key)]
        return self.said("; ".join(one if isinstance(one, str) else json.dumps(one) for one in told))

    # --- URLs ---------------------------------------------------------------------------------------------------------

    def _url(self, path: str) -> httpx.URL:
        return httpx.URL(self._access.base + path)

    def _next(self, url: httpx.URL, following: str) -> httpx.URL:
        """Give the URL of the next page; where it leads elsewhere than the API, the token would go there."""
        try:
            found = url.join(following)
        except (httpx.InvalidURL, ValueError):
            self.refuse(f"its next page {self.said(following)!r} is no URL")
        inside = found.path.startswith(self._base.path.rstrip("/") + "/") and ".." not in found.path.split("/")
        if _origin(found) != _origin(self._base) or not inside or found.userinfo:
            self.refuse(
                f"its next page is {self.said(following)!r}, and only pages of {self._access.base} are asked for, or "
                "the token would leave it"
            )
        return found


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
