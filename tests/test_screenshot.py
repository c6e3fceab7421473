"""Pictures of the screen: no secret is in them, however it is shown or torn."""

from __future__ import annotations

import pytest
from helpers.desk import sitting, until
from rich.segment import Segment
from textual.strip import Strip

from engine.drafts.draft import Draft
from engine.secrets.known_secrets import KnownSecrets
from tui.compose.compose import Compose
from tui.screenshot import with_secrets_of, without_secrets

TOKEN = "eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5In0." + "eyJqdGkiOiJBQkMi" * 12 + ".c2lnbmF0dXJl"
PASSWORD = "hunter2hunter2"


def drawn(*lines: str) -> list[str]:
    return [one.text for one in without_secrets([Strip([Segment(one)]) for one in lines])]


def test_secrets_are_dotted_out_and_everything_stays_in_its_place() -> None:
    lines = [
        "│ Authorization   Bearer abcdefghijk      ││ orders.create   answered │",
        "│ X-Api-Key: abcdefgh                     ││ {                        │",
        '│ {"password": "abcdefgh", "n": 1}        ││   "token": "abcdefghijkl │',
        '│ Authorization   Bearer {{token}}        ││ mnopq", "qty": 2         │',
        "│ nats://ann:abcdefgh@host                ││   日本 password=abcdefgh │",
    ]
    shown = drawn(*lines)
    assert not any(secret in "\n".join(shown) for secret in ("abcdefgh", "mnopq"))
    assert [len(one) for one in shown] == [len(one) for one in lines]
    for words in ("orders.create", '"n": 1', '"qty": 2', "{{token}}", "nats://ann:", "日本"):
        assert words in "\n".join(shown)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_picture_of_the_desk_holds_no_secret(size: tuple[int, int]) -> None:
    headers = (("Authorization", f"Bearer {TOKEN}"), ("x-api-key", PASSWORD))
    body = b'{"password": "%b", "item": "tea"}' % PASSWORD.encode()
    async with sitting(size) as hand:
        hand.app.desk.query_one(Compose).load(Draft("math.add", body, headers=headers))
        await hand.press("ctrl+j")
        await until(hand.pilot, lambda: len(hand.app.journal) > 1)
        pictures = ""
        for key in ("ctrl+o", "1", "ctrl+t", "ctrl+o", "3", "right", "left", "end"):
            await hand.press(key)
            picture = hand.app.export_screenshot(simplify=True).replace("&#160;", " ")
            assert PASSWORD not in picture
            assert not any(TOKEN[at : at + 12] in picture for at in range(len(TOKEN) - 12))
            pictures += picture
        assert "•••" in pictures


@pytest.mark.parametrize("edge", ["│", " │", "…│", "▃│", "▁ │", "▇", "▂╯", "▌"])
def test_a_secret_is_found_beside_whatever_cuts_it(edge: str) -> None:
    """A scrollbar's thumb is a border too."""
    seed = "SUAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4H776Y"
    known = with_secrets_of([f'{{"a": "{seed}"}}'], KnownSecrets({}))
    line = f'│  "a": "{seed[:38]}{edge}'
    [out] = without_secrets([Strip([Segment(line)])], known)
    assert "SUAA" not in out.text
    assert out.text.endswith(edge)
