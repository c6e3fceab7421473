"""The services screen, as the real app, with nats-py's `micro` in other processes."""

from __future__ import annotations

import json
from contextlib import suppress

from helpers.desk import HOSTILE, all_sizes, assert_inert, sitting_alone, small, until
from helpers.micro_peer import micro
from helpers.outside import NATS, nats_cli, running, signed_in
from helpers.screens import open_services, profile_of
from textual.widgets import Input

from engine import NatsBroker, Profile
from engine.errors import NatstapError
from engine.responders.reply import ReplyDraft
from engine.services.service import Endpoint, Instance, Service, Stats
from engine.services.service_registry import Census
from tui.compose.compose import Compose
from tui.services.services import ServicesScreen
from tui.table.table import Table


async def bad_requests(profile: Profile, subject: str, count: int) -> None:
    async with NatsBroker(profile) as other:
        for _ in range(count):
            with suppress(NatstapError):
                await other.request(b"bad", subject, timeout=30)


@all_sizes
async def test_nobody_is_told_with_what_a_service_is(size: tuple[int, int]) -> None:
    async with sitting_alone(size) as hand:
        await open_services(hand)
        await hand.see("Nobody answers $SRV here.", "ADR-32", "natstap can host one")
        await hand.press("e")
        assert isinstance(hand.app.screen, ServicesScreen)
        await hand.press("escape")
        await hand.see("Compose")


@small
async def test_a_request_is_composed_from_the_schema(size: tuple[int, int]) -> None:
    async with sitting_alone(size) as hand, micro(profile_of(hand), "shop", "1.0.0", "1.0.0"):
        await open_services(hand)
        await hand.see("1 service", "2 instances", "shop.create", "workers", "1.0.0")
        await hand.press("e")
        await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)
        draft = hand.app.desk.query_one(Compose).draft()
        assert (draft.subject, json.loads(draft.body)) == ("shop.create", {"item": "tea", "qty": 1})
        await hand.press("ctrl+j")
        await hand.see("Answered in ")


async def test_what_natstap_hosts_is_a_service_too() -> None:
    async with sitting_alone() as hand:
        assert hand.app.session is not None
        await hand.app.session.responders.add(ReplyDraft("svc.echo", service="echoes"))
        await open_services(hand)
        await hand.see("1 service", "echoes", "svc.echo")
        await hand.press("enter")
        await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)
        await hand.press("ctrl+j")
        await hand.see("Answered in ")
        await open_services(hand)
        await hand.see("Requests", "1   none now")


@nats_cli
async def test_a_service_of_the_nats_cli_is_asked_and_seen_to_die() -> None:
    async with sitting_alone() as hand:
        serve = (str(NATS), "--no-context", "service", "serve", "kiosk")
        async with running(*serve, env=signed_in(profile_of(hand))) as process:
            await open_services(hand)
            await hand.see("1 service", "kiosk.echo", "natscli", "No schema in its metadata")
            await hand.press("e")
            await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)
            assert hand.app.desk.query_one(Compose).draft().subject == "kiosk.echo"
            await hand.press("ctrl+j")
            await hand.see("Answered in ")
            await open_services(hand)
            await hand.see("Requests", "1   none now")
            process.kill()
            await hand.see("◌ gone")
            await hand.press("R")
            await hand.see("Nobody answers $SRV here.")


async def test_another_endpoint_is_chosen_by_mouse_and_without_a_schema_it_is_empty() -> None:
    async with sitting_alone() as hand, micro(profile_of(hand), "shop", "1.0.0"):
        screen = await open_services(hand)
        await hand.see("shop.list")
        rows = screen.query_one("#endpoint-list", Table)
        await hand.pilot.click(rows, offset=(4, 2))
        await hand.see("No schema in its metadata")
        await hand.pilot.click(rows, offset=(4, 2), times=2)
        await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)
        draft = hand.app.desk.query_one(Compose).draft()
        assert (draft.subject, draft.body) == ("shop.list", b"")


async def test_errors_rise_before_ones_eyes_and_the_last_is_told_whole() -> None:
    error = "the item is not in the catalogue, " + "and neither is anything like it, " * 5 + "END"
    async with sitting_alone() as hand, micro(profile_of(hand), "shop", "1.0.0", error=error):
        screen = await open_services(hand)
        await hand.see("shop.create", "asked")
        asked = screen._look.asked
        await bad_requests(profile_of(hand), "shop.create", 7)
        await until(hand.pilot, lambda: screen._look.asked > asked)
        await hand.see("Last error", "400:the item is not", "END", "100.0 % of all")
        assert screen._look.census.services[0].endpoints[0].stats is not None
        assert screen._look.census.services[0].endpoints[0].stats.errors == 7


async def test_what_disagrees_and_what_is_gone_is_marked_until_refreshed() -> None:
    async with sitting_alone((120, 40)) as hand, micro(profile_of(hand), "shop", "1.0.0"):
        async with micro(profile_of(hand), "shop", "2.0.0"):
            await open_services(hand)
            await hand.see("2 instances", "≠ mixed", "versions 1.0.0 (1), 2.0.0 (1)")
        await hand.see("1 instance, 1 gone", "1, 1 gone", "◌ gone")
        await hand.press("R")
        await hand.see("1 service   1 instance   2 endpoints")
        assert "◌ gone" not in hand.screen


async def test_looking_around_is_quiet_and_never_twice_at_once() -> None:
    async with sitting_alone() as hand, micro(profile_of(hand), "shop", "1.0.0"):
        screen = await open_services(hand)
        asked = []
        for _ in range(2):
            await until(hand.pilot, lambda: screen._look.asked and screen._look.asked not in asked)
            asked.append(screen._look.asked)
        assert asked[1] - asked[0] >= 2.0
        assert hand.app.journal.next == 1
        await hand.press("ctrl+p")
        await until(hand.pilot, lambda: hand.app.screen is not screen)
        assert not [one for one in screen.workers if one.node is screen and one.is_running]
        await hand.press("escape")
        await until(hand.pilot, lambda: screen._look.asked not in asked)


async def test_enter_goes_into_a_service_and_composes_to_the_chosen_endpoint() -> None:
    async with sitting_alone() as hand, micro(profile_of(hand), "shop", "1.0.0"):
        screen = await open_services(hand)
        await hand.see("shop.create", "shop.list")
        await hand.press("enter")
        await until(hand.pilot, lambda: getattr(hand.app.focused, "id", "") == "endpoint-list")
        assert hand.app.screen is screen
        await hand.press("down", "enter")
        await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)
        assert hand.app.desk.query_one(Compose).draft().subject == "shop.list"


async def test_services_are_found_by_words() -> None:
    async with (
        sitting_alone() as hand,
        micro(profile_of(hand), "shop", "1.0.0"),
        micro(profile_of(hand), "depot", "1.0.0"),
    ):
        screen = await open_services(hand)
        await hand.see("shop", "depot", "2 services")
        await hand.press("slash")
        await until(hand.pilot, lambda: isinstance(hand.app.focused, Input))
        await hand.press(*"depot.cr")
        await until(hand.pilot, lambda: list(screen._shown) == ["depot"])
        await hand.press("enter", "e")
        await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)
        assert hand.app.desk.query_one(Compose).draft().subject == "depot.create"


async def test_the_filter_goes_before_the_screen_does() -> None:
    async with sitting_alone() as hand, micro(profile_of(hand), "shop", "1.0.0"):
        screen = await open_services(hand)
        await hand.see("shop.create")
        await hand.press("slash", *"zz")
        await hand.see("No service has these words.")
        await hand.press("escape")
        await hand.see("shop.create")
        assert hand.app.screen is screen
        await hand.press("escape")
        await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)


async def test_hostile_services_are_inert() -> None:
    async with sitting_alone() as hand:
        async with NatsBroker(profile_of(hand)) as evil:
            told = {
                "name": HOSTILE,
                "id": HOSTILE,
                "version": HOSTILE,
                "description": HOSTILE,
                "started": HOSTILE,
                "metadata": {HOSTILE: HOSTILE},
                "endpoints": [
                    {
                        "name": HOSTILE,
                        "subject": "x.y",
                        "queue_group": HOSTILE,
                        "metadata": {"schema": json.dumps({"default": HOSTILE})},
                        "num_requests": 1,
                        "num_errors": 1,
                        "last_error": HOSTILE,
                    }
                ],
            }

            async def answer() -> bytes:
                return json.dumps(told).encode()

            for verb in ("PING", "INFO", "STATS"):
                evil.subscriber(f"$SRV.{verb}")(answer)
            await evil.start()
            await open_services(hand)
            await hand.see("1 service", "x.y", "Last error")
            assert_inert(hand)


async def test_a_lost_connection_is_told_and_nobody_is_called_gone() -> None:
    async with sitting_alone() as hand, micro(profile_of(hand), "shop", "1.0.0"):
        screen = await open_services(hand)
        await hand.see("shop.create")
        assert hand.server is not None
        await hand.server.stop()
        await hand.see("! the connection was lost", "as of")
        assert screen._look.census.gone("shop") == 0
        await hand.see("shop.create")


# -- the census ------------------------------------------------------------------------------


def service(requests: int, errors: int = 0, number: str = "1") -> Service:
    endpoint = Endpoint("s", "e", "s.e", stats=Stats(requests, errors))
    return Service("s", (Instance(number, endpoints=(endpoint,)),))


def test_rates_are_what_rose_between_two_looks() -> None:
    census = Census()
    census.take([service(10)], 100.0)
    assert census.rates("s").requests == 0
    census.take([service(30, 4)], 102.0)
    assert (census.rates("s").requests, census.rates("s").errors) == (10.0, 2.0)
    census.take([service(3)], 104.0)
    assert census.rates("s").requests == 0


def test_what_is_missing_is_gone_until_it_answers_again() -> None:
    census = Census()
    census.take([service(10)], 1.0)
    census.take([], 2.0)
    census.take([], 3.0)
    [seen] = census.instances("s")
    assert (seen.gone, census.gone("s"), len(census.services)) == (2.0, 1, 1)
    census.take([service(90)], 4.0)
    assert (census.gone("s"), census.rates("s").requests) == (0, 0)
    census.take([service(1, number="2")], 5.0)
    census.forget_gone()
    assert [one.instance.id for one in census.instances("s")] == ["2"]
    assert len(census.services) == 1


def test_what_is_gone_is_bounded() -> None:
    census = Census()
    for at in range(30):
        census.take([service(1, number=f"{at}.{n}") for n in range(100)], float(at))
    assert census.gone("s") == 1000
    assert len(census.instances("s")) == 1100


def test_instances_that_differ_are_told() -> None:
    one = Endpoint("s", "e", "s.e", queue="a", schema={"type": "string"})
    other = Endpoint("s", "e", "s.e", queue="b")
    both = Service("s", (Instance("1", "1", endpoints=(one,)), Instance("2", "1")))
    assert both.differences == ("e: on 1 of 2 instances",)
    mixed = Service(
        "s", (Instance("1", "1", endpoints=(one,)), Instance("2", "2", endpoints=(other,)))
    )
    assert mixed.differences == (
        "versions 1 (1), 2 (1)",
        "e: queues a, b, and each of them answers",
        "e: 2 schemas",
    )
