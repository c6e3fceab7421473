"""`natstap why`: a request, and why it went as it went."""

from __future__ import annotations

from typing import Any

from engine.errors import NatstapError

from .command import Flags, Options
from .exit_codes import Exit, exit_of_error
from .message_flags import add_message_flags, read_body, variables_for
from .output import BAD, BOLD, DIM, GOOD, WARN, Output
from .request import TIMEOUT as TIMEOUT
from .request import add_request_flags, drafts, request_draft

ABOUT = """Send a request, then ask the servers why it went as it went.

The request is sent once. The exit code is that of natstap req; the cause has a stable name."""
EXAMPLES = """  natstap why orders.create '{"item": "tea"}'
  natstap why stock.check --json | jq -r 'select(.type == "diagnosis") | .cause'
"""
_TONES = {"good": GOOD, "warn": WARN, "bad": BAD, "open": DIM}


def add_flags(parser: Flags) -> None:
    add_message_flags(parser)
    add_request_flags(parser)


async def run(options: Options, out: Output) -> int:
    draft = request_draft(options, read_body(options))
    variables = variables_for(draft, options)
    from engine.audience.audience import audience
    from engine.diagnosis.diagnosis import diagnose, explain
    from engine.journal import Journal

    from .asking import PendingRequest
    from .connecting import connected

    journal, worst = Journal(), Exit.ANSWERED
    replies = Output(as_json=out.as_json, quiet=True, raw=out.raw)
    async with connected(options, out, journal) as broker:
        replies.secrets, replies.config = out.secrets, out.config
        for rendered in drafts(options, draft, variables):
            before = await audience(broker, rendered.subject)
            try:
                asked = PendingRequest(
                    broker, journal, rendered, replies if out.as_json else _Silent(raw=True)
                )
            except NatstapError as error:
                tell_diagnosis(out, explain(error), rendered.subject)
                worst = worst or exit_of_error(error)
                continue
            await asked.wait()
            out.record(asked.record)
            found = await diagnose(broker, journal, asked.sent.number, before=before)
            tell_diagnosis(out, found, rendered.subject)
            worst = worst or asked.code
    return worst


class _Silent(Output):
    """The diagnosis is what is wanted on stdout, and not the reply."""

    def body(self, body: bytes) -> None:
        return


def tell_diagnosis(out: Output, found: Any, subject: str) -> None:
    """A sentence, advice and the evidence; or a JSON line."""
    out.record(diagnosis_record(found, subject))
    out.line(out.paint(out.safe(found.sentence), _TONES[found.tone]))
    for words in (found.detail, found.advice):
        if words:
            out.line(out.safe(words))
    out.line(f"{out.paint('cause', BOLD)}  {found.cause}")
    for title, text in found.evidence:
        out.line(f"  {out.safe(title)}: {out.safe(text)}")


def diagnosis_record(found: Any, subject: str) -> dict[str, Any]:
    return {
        "type": "diagnosis",
        "subject": subject,
        "cause": str(found.cause),
        "tone": str(found.tone),
        "sentence": found.sentence,
        "detail": found.detail,
        "advice": found.advice,
        "evidence": [list(line) for line in found.evidence],
    }
