"""What the connected user may publish and hear, as the server itself tells any user.

Source: the rules are those of nats-server's `canSubscribe`.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import NatstapError, NoResponders
from engine.fields import Fields, part, texts, words
from engine.rpc.inquiry import Inquiry, reason
from engine.subject import covers, matches

MAX_NAMED = 3
"""Rules that are named."""
USER_INFO = "$SYS.REQ.USER.INFO"


@dataclass(frozen=True, slots=True)
class Rights:
    """One direction's lists; `allow` None means that everything is."""

    allow: tuple[str, ...] | None = None
    deny: tuple[str, ...] = ()

    @classmethod
    def read(cls, fields: Fields) -> Rights:
        """An entry may name a queue group behind a space; only plain ones are read."""
        given = isinstance(fields.get("allow"), list)
        return cls(_plain(fields, "allow") if given else None, _plain(fields, "deny"))

    def permit(self, subject: str) -> bool:
        """True when a message to this very subject is let through."""
        allowed = self.allow is None or any(matches(allowing, subject) for allowing in self.allow)
        return allowed and not any(matches(denying, subject) for denying in self.deny)

    def forbids(self, pattern: str) -> str:
        """The rule by which the pattern is refused, in a few words; "" when it is permitted."""
        if self.permit_pattern(pattern):
            return ""
        if denied := next((denying for denying in self.deny if covers(denying, pattern)), ""):
            return f"{denied} is denied"
        named = self.allow or ()
        if not named:
            return "nothing is allowed"
        more = [f"{len(named) - MAX_NAMED} more"] if len(named) > MAX_NAMED else []
        *others, last = (*named[:MAX_NAMED], *more)
        listed = f"{', '.join(others)} and {last}" if others else last
        return f"only {listed} {'are' if others else 'is'} allowed"

    def permit_pattern(self, pattern: str) -> bool:
        """True when a subscription to the pattern is; single messages may still be denied."""
        allowed = self.allow is None or any(covers(allowing, pattern) for allowing in self.allow)
        return allowed and not any(covers(denying, pattern) for denying in self.deny)


EVERYTHING = Rights()


@dataclass(frozen=True, slots=True)
class User:
    """Who natstap is to the server. `unknown` says why nothing is known of the rights."""

    name: str = ""
    account: str = ""
    publish: Rights = EVERYTHING
    subscribe: Rights = EVERYTHING
    unknown: str = ""

    def may_publish(self, subject: str) -> bool | None:
        return None if self.unknown else self.publish.permit(subject)

    def may_hear(self, pattern: str) -> bool | None:
        return None if self.unknown else self.subscribe.permit_pattern(pattern)


NOBODY = User(unknown="what this user may do: not asked")


async def whoami(inquiry: Inquiry, timeout: float = 1.0) -> User:
    """Ask the own server; leaf nodes answer the same question about themselves, and are not heard.

    Never raises a refusal: it is in `unknown`.
    """
    try:
        return read_user(await _own_answer(inquiry, timeout))
    except NoResponders:
        return User(unknown="what this user may do: this server is too old to say")
    except NatstapError as error:
        return User(unknown=f"what this user may do: {reason(error)}")


async def _own_answer(inquiry: Inquiry, timeout: float) -> Fields:
    own = inquiry.link.server.info.get("server_id")
    answers = await inquiry.ask_all(
        USER_INFO,
        {},
        timeout,
        timeout,
        lambda answers: any(words(part(answer, "server"), "id") == own for answer in answers),
    )
    mine = [answer for answer in answers if words(part(answer, "server"), "id") == own]
    return part(mine[0], "data") if mine else {}


def read_user(fields: Fields) -> User:
    if not fields:
        return User(unknown="what this user may do: the server did not answer")
    permissions = part(fields, "permissions")
    return User(
        name=words(fields, "user_name") or words(fields, "user"),
        account=words(fields, "account_name") or words(fields, "account"),
        publish=Rights.read(part(permissions, "publish")),
        subscribe=Rights.read(part(permissions, "subscribe")),
    )


def _plain(fields: Fields, name: str) -> tuple[str, ...]:
    return tuple(text for text in texts(fields, name) if " " not in text)
