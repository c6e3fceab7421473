"""Judging: the first rule that explains a case says what it was. Pure: nobody is asked."""

from __future__ import annotations

from dataclasses import replace

from engine.journal import Exchange, Journal

from .case import Case, Heard
from .evidence import list_evidence
from .journal_facts import from_journal
from .order import BY_SITUATION
from .result import Diagnosis


def judge(case: Case) -> Diagnosis:
    """What was, with all the evidence; the same case always gets the same sentence."""
    for rule in BY_SITUATION[case.situation]:
        if (found := rule(case)) is not None:
            return replace(found, evidence=list_evidence(case, found))
    raise AssertionError(f"no rule speaks when an exchange is {case.situation}")


def verdict(exchange: Exchange, journal: Journal, heard: Heard | None = None) -> Diagnosis:
    """What the journal alone says of an exchange; KeyError when it holds it no more."""
    return judge(from_journal(journal, exchange.number, heard))
