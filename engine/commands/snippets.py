"""Drafts as Python programs: for nats-py, for FastStream, for natstap's own engine.

Each is whole and runs as it stands. Where to connect comes from NATS_URL, so no program holds
a password. Templates are rendered once, as for the first message.
"""

from __future__ import annotations

import json
import re
from textwrap import indent
from typing import Any

from engine.codec import encode
from engine.drafts.draft import Draft, Kind, Pairs
from engine.drafts.template import Context
from engine.errors import NatstapError
from engine.fields import read_json
from engine.message import raw_bytes
from engine.rpc.message import CONTENT_TYPE, CORRELATION_ID, REPLY_TO


class _Code(str):
    """A value that is written into a program as it is: an expression."""

    __slots__ = ()


_INBOX = _Code("inbox")
_FRESH = _Code("os.urandom(11).hex()")
"""An id as natstap makes them."""
_SPACE = re.compile(r'("(?:[^"\\]|\\.)*")|\s+')
_URL = 'os.environ.get("NATS_URL", "nats://127.0.0.1:4222")'


def nats_py_code(draft: Draft, context: Context | None = None) -> str:
    """A program for nats-py 2."""
    draft = _ready(draft, context)
    pairs = draft.sent_headers(_FRESH)
    lines = _NATS_PY[draft.kind]
    filled = lines.format(
        subject=_text(draft.subject),
        body=_python(draft.body),
        headers=_headers(pairs),
        answered=_headers((*pairs, (REPLY_TO, _INBOX))),
        reply=_text(draft.reply_to),
        stored=_headers((*pairs, (REPLY_TO, draft.reply_to)) if draft.reply_to else pairs),
        timeout=_python(draft.timeout),
        gap=_python(draft.gap or draft.timeout),
        stream=_text(draft.stream) if draft.stream else "None",
        enough=_enough(draft),
    )
    repeats = _repeats(pairs)
    imports = "import asyncio\nimport os\n" + ("import time\n" if "time." in filled else "")
    return (
        f"{imports}\nimport nats\n\n"
        + (_PAIRS if repeats else "")
        + "\nasync def main() -> None:\n"
        + f"    client = await nats.connect({_URL})\n"
        + indent(filled, "    ")
        + "    await client.close()\n\n\nasyncio.run(main())\n"
    )


def faststream_code(draft: Draft, context: Context | None = None) -> str:
    """A program for FastStream 0.7; it cannot repeat a header or wait for several replies."""
    return _broker_code(_ready(draft, context), "faststream.nats", many=False)


def engine_code(draft: Draft, context: Context | None = None) -> str:
    """A program for natstap's own engine."""
    return _broker_code(_ready(draft, context), "engine", many=True)


def _ready(draft: Draft, context: Context | None) -> Draft:
    draft.check()
    return draft.rendered(context or Context())


# -- the brokers, which are called alike -----------------------------------------------------


def _broker_code(draft: Draft, module: str, many: bool) -> str:
    body, content_type = _value(draft)
    own = {(CONTENT_TYPE, content_type), (CORRELATION_ID, draft.correlation_id)}
    headers = tuple(pair for pair in draft.outgoing if pair not in own)
    arguments = [body, _text(draft.subject)]
    if headers:
        arguments.append(f"headers={_pairs(headers) if many else _python(dict(headers))}")
    for name in ("correlation_id", "reply_to", "stream"):
        if getattr(draft, name):
            arguments.append(f"{name}={_text(getattr(draft, name))}")
    if draft.kind is not Kind.PUBLISH:
        arguments.append(f"timeout={_python(draft.timeout)}")
    calls = _CALLS if many else {**_CALLS, Kind.MANY: _CALLS[Kind.REQUEST]}
    imported = "import NatsBroker"
    if many and draft.kind is Kind.MANY:
        arguments += _ending(draft)
        imported += "\nfrom engine.rpc.request_many import empty_body" if draft.until_empty else ""
    call = calls[draft.kind].replace(
        "ARGUMENTS", "".join(f"\n    {argument}," for argument in arguments)
    )
    return (
        f"import asyncio\nimport os\n\nfrom {module} {imported}\n\n\n"
        f"async def main() -> None:\n    async with NatsBroker({_URL}) as broker:\n"
        f"{indent(call, ' ' * 8)}\n\nasyncio.run(main())\n"
    )


def _ending(draft: Draft) -> list[str]:
    given = {"gap": draft.gap, "count": draft.replies or None}
    written = [f"{name}={_python(value)}" for name, value in given.items() if value is not None]
    return [*written, "end=empty_body"] if draft.until_empty else written


def _value(draft: Draft) -> tuple[str, str]:
    """The body as a value, where a broker makes the same JSON or text of it, and its type."""
    outgoing = dict(reversed(draft.outgoing)).get(CONTENT_TYPE, "")
    try:
        written = draft.body.decode()
        for value in (read_json(written), written) if outgoing else ():
            body, content_type = encode(value)
            same = body.decode() in (_SPACE.sub(r"\1", written), written)
            if same and content_type == outgoing:
                return _python(value), outgoing
    except (ValueError, RecursionError, NatstapError):
        if outgoing == "text/plain" and _is_text(draft.body):
            return _python(draft.body.decode()), outgoing
    return _python(draft.body), ""


def _is_text(body: bytes) -> bool:
    try:
        return bool(body.decode())
    except UnicodeDecodeError:
        return False


# -- words of Python -------------------------------------------------------------------------


def _text(value: str) -> str:
    if isinstance(value, _Code):
        return str(value)
    try:
        value.encode()
    except UnicodeEncodeError:
        return f'{raw_bytes(value)!r}.decode("utf-8", "surrogateescape")'
    return ascii(value) if not value.isprintable() else json.dumps(value, ensure_ascii=False)


def _python(value: Any) -> str:
    """A literal, with the quotes that people write."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_python(k)}: {_python(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_python, value)) + "]"
    if isinstance(value, bytes) and b'"' not in value:
        return f'b"{repr(value)[2:-1]}"'.replace("\\'", "'")
    return repr(value)


def _pairs(pairs: Pairs) -> str:
    return "[" + ", ".join(f"({_text(key)}, {_text(value)})" for key, value in pairs) + "]"


def _repeats(pairs: Pairs) -> bool:
    return len({name for name, _ in pairs}) < len(pairs)


def _headers(pairs: Pairs) -> str:
    if not pairs:
        return "None"
    return f"Pairs({_pairs(pairs)})" if _repeats(pairs) else _python(dict(pairs))


def _enough(draft: Draft) -> str:
    rules = [f"len(replies) == {draft.replies}"] if draft.replies else []
    rules += ["not reply.data"] if draft.until_empty else []
    return " or ".join(rules) or "False"


_PAIRS = '''
class Pairs(list):
    """Headers that repeat a name, which a dict cannot."""

    def items(self):
        return self

    def __setitem__(self, name, value):
        self.append((name, value))

'''
_ASK = """\
reply = await client.request(
    {subject}, {body}, timeout={timeout}, headers={headers}
)
print(reply.headers, reply.data.decode(errors="replace"))
"""
_ASK_MANY = """\
inbox = client.new_inbox()
answers = await client.subscribe(inbox)
await client.publish(
    {subject}, {body}, reply=inbox, headers={headers}
)
replies = []
end = time.monotonic() + {timeout}
wait = {timeout}
while (left := min(wait, end - time.monotonic())) > 0:
    try:
        reply = await answers.next_msg(timeout=left)
    except nats.errors.TimeoutError:
        break
    if reply.headers and reply.headers.get("Status") == "503":
        print("nobody listens")
        break
    replies.append(reply)
    wait = {gap}
    print(reply.headers, reply.data.decode(errors="replace"))
    if {enough}:
        break
"""
_PUBLISH = """\
await client.publish(
    {subject}, {body}, reply={reply}, headers={headers}
)
await client.flush()
"""
_STORE = """\
stored = await client.jetstream().publish(
    {subject}, {body}, timeout={timeout}, stream={stream}, headers={stored}
)
print(stored.stream, stored.seq)
"""
_ASK_STREAM = """\
inbox = client.new_inbox()
answers = await client.subscribe(inbox)
await client.jetstream().publish(
    {subject}, {body}, timeout={timeout}, stream={stream}, headers={answered}
)
reply = await answers.next_msg(timeout={timeout})
print(reply.headers, reply.data.decode(errors="replace"))
"""
_NATS_PY = {
    Kind.REQUEST: _ASK,
    Kind.MANY: _ASK_MANY,
    Kind.PUBLISH: _PUBLISH,
    Kind.STREAM_REQUEST: _ASK_STREAM,
    Kind.STREAM_PUBLISH: _STORE,
}
_CALL = "reply = await broker.request(ARGUMENTS\n)\nprint(reply.headers, await reply.decode())\n"
_CALLS = {
    Kind.REQUEST: _CALL,
    Kind.STREAM_REQUEST: _CALL,
    Kind.MANY: (
        "replies = broker.request_many(ARGUMENTS\n)\nasync for reply in replies:\n"
        "    print(reply.headers, await reply.decode())\n"
    ),
    Kind.PUBLISH: "await broker.publish(ARGUMENTS\n)\n",
    Kind.STREAM_PUBLISH: "stored = await broker.publish(ARGUMENTS\n)\nprint(stored)\n",
}
