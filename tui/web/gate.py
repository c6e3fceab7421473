"""Who may use natstap in the browser: whoever has the token, from this machine's own pages."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
COOKIE = "natstap-token"
TOKEN = "token"
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self' ws:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
NO_TOKEN = "Forbidden: open the address that natstap serve-web printed, with its token.\n"
NOT_HERE = "Forbidden: this is for pages of this machine alone.\n"
FULL = "Too many sessions: close one of them.\n"


class Gate:
    """A middleware: the token comes once in the address, then in a cookie."""

    def __init__(self, token: str, hosts: frozenset[str], max_sessions: int) -> None:
        """`hosts` are what the Host header may say; others come by a name of somebody else's."""
        self._token = token
        self._hosts = hosts
        self._max = max_sessions
        self.sessions = 0
        """Those that run now."""

    @property
    def middleware(self) -> Middleware:
        @web.middleware
        async def let_in(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._let_in(request, handler)

        return let_in

    async def _let_in(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin", "")
        here = request.headers.get("Host", "") in self._hosts
        if not here or (origin and origin.partition("://")[2] not in self._hosts):
            raise web.HTTPForbidden(text=NOT_HERE)
        if self._fits(request.query.get(TOKEN, "")):
            return self._enter(request)
        if not self._fits(request.cookies.get(COOKIE, "")):
            raise web.HTTPForbidden(text=NO_TOKEN)
        if request.path == "/ws":
            return await self._hold(request, handler)
        response = await handler(request)
        response.headers.update(_HEADERS)
        return response

    def _fits(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), self._token.encode())

    def _enter(self, request: web.Request) -> web.Response:
        """The address without the token: it is in no history, and in no address that is shared."""
        rest = {name: value for name, value in request.query.items() if name != TOKEN}
        where = request.rel_url.with_query(rest)
        response = web.Response(status=303, headers={"Location": str(where)} | _HEADERS)
        response.set_cookie(COOKIE, self._token, httponly=True, samesite="Strict", path="/")
        return response

    async def _hold(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self.sessions >= self._max:
            raise web.HTTPServiceUnavailable(text=FULL)
        self.sessions += 1
        try:
            return await handler(request)
        finally:
            self.sessions -= 1
