"""Textual's style sheets, read and matched once for all apps of a process.

An app in a test spends half of its start on that, and every app finds the same. What is kept
follows from all that the sheets can ask: the rules, and the state of a node and its parents. What
asks where a node is among its siblings is matched each time; Textual itself keeps a match no longer
than one update.
A node that is in the state of its last match, and has the styles of it, is left as it is.
"""

from __future__ import annotations

from typing import Any

from textual import constants
from textual._context import active_app
from textual.app import App
from textual.css.model import CombinatorType, RuleSet, SelectorType
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.widget import Widget

apply = Stylesheet.apply
"""Textual's own."""
replace_rules = Stylesheet.replace_rules
OF_SIBLINGS = ("_has_order_style", "_has_odd_or_even")
ASKS = ("_has_hover_style", "_has_focus_within", *OF_SIBLINGS)
"""What a match notes on its node."""
_NUMBERS = "numbers"
"""Where the numbers of nodes stand in the cache of one update, during which no state changes."""
_READERS = {
    "hover": "_reactive_mouse_hover",
    "focus": "_reactive_has_focus",
    "blur": "_reactive_has_focus",
}
"""By the name of a pseudo class: where a widget keeps it; asking the reactive costs much more."""
ANY = ("*", "&")
SYSTEM = ".-textual-system"
"""What `*` does not match."""
_PREFIXES = {SelectorType.CLASS: ".", SelectorType.ID: "#"}
update = Widget.update_node_styles
parse = Stylesheet.parse
parse_rules = Stylesheet._parse_rules
Numbers = dict[tuple[DOMNode, bool], int | None]
"""Of nodes themselves, and as parents, during one update."""
_parsed: dict[tuple[object, ...], list[RuleSet]] = {}
"""By all sources of a sheet, or one, and the variables."""


Asks = list[tuple[str, set[str]]]
"""Names in selectors, and the pseudo classes of each."""
_matches: dict[int, tuple[Any, list[bool]]] = {}
"""By the number of a node: its styles, and what it asks."""
_numbers: dict[tuple[object, ...], int] = {}
"""By the number of a parent and the state of a node, or by all of a kind: its number."""
_asks: dict[int, tuple[Asks, Asks]] = {}
"""By a rule: all that it asks, and what of it is asked of what a node stands in."""


def _number_of(known: tuple[object, ...]) -> int:
    return _numbers.setdefault(known, len(_numbers) + 1)


def _asks_of(rule: RuleSet) -> tuple[Asks, Asks]:
    if id(rule) not in _asks:
        every, above = _asks[id(rule)] = [], []
        for selectors in rule.selector_set:
            own = True
            for part in selectors.selectors[::-1]:
                ask = _PREFIXES.get(part.type, "") + part.name, part.pseudo_classes
                every.append(ask)
                if not own:
                    above.append(ask)
                own = own and part.combinator is CombinatorType.SAME
    return _asks[id(rule)]


class _Known:
    """What is known of the rules of a sheet.

    An app has a sheet more whenever a class of widgets is new to it: numbers and matches are of
    all sheets.
    """

    def __init__(self, rules: list[RuleSet]) -> None:
        self._by_name: dict[str, list[tuple[int, int]]] = {}
        """The places of rules that end in a name, and the rules."""
        self._kinds: dict[tuple[object, ...], tuple[Any, ...]] = {}
        """By class, id and classes of a node: the number of its kind, and what is asked of it."""
        self._asked: dict[str, set[str]] = {}
        """By the name in a selector, its pseudo classes."""
        self._asked_above: dict[str, set[str]] = {}
        """The same of selectors of what a node stands in: they ask much less."""
        for place, rule in enumerate(rules):
            for name in rule.selector_names:
                self._by_name.setdefault(name, []).append((place, id(rule)))
            for asked, asks in zip((self._asked, self._asked_above), _asks_of(rule), strict=True):
                for name, pseudo_classes in asks:
                    asked.setdefault(name, set()).update(pseudo_classes)

    def number(self, node: DOMNode, numbers: Numbers, *, above: bool = False) -> int | None:
        """That of the state of a node and of all above it; None outside of an app.

        With `above` of what nodes that stand in it are asked of it.
        """
        key = node, above
        if key not in numbers:
            numbers[key] = self._new_number(node, numbers, above)
        return numbers[key]

    def _new_number(self, node: DOMNode, numbers: Numbers, above: bool) -> int | None:
        parents: int | None = 0
        if not isinstance(node, App):
            parents = self._above(node._parent, numbers)
        if parents is None:
            return None
        state = parents, above, *self._state(node, above)
        return _number_of(state)

    def _above(self, parent: object, numbers: Numbers) -> int | None:
        """The number of a parent; for a node without one, below nought, that of its app."""
        if isinstance(parent, DOMNode):
            return self.number(parent, numbers, above=True)
        app = active_app.get(None)
        above = app and self.number(app, numbers, above=True)
        return above and -above

    def _state(self, node: DOMNode, above: bool) -> tuple[object, ...]:
        """All that a selector can ask of a node, but for where it is among its siblings."""
        kind = type(node), node._id, node.classes, above
        if kind not in self._kinds:
            self._kinds[kind] = self._kind(node, above)
        number, can_focus, has_within, *readers = self._kinds[kind]
        if not isinstance(node, Widget):
            checks = node._PSEUDO_CLASSES.values() if isinstance(node, App) else ()
            return number, *(check(node) for check in checks)
        now = node.__dict__.get
        disabled = now("_reactive_disabled", False)
        can_focus = can_focus and node.allow_focus()
        within = has_within and node.has_focus_within
        return number, disabled, can_focus, within, *(now(name) for name in readers)

    def _kind(self, node: DOMNode, above: bool) -> tuple[Any, ...]:
        """Its number is that of what can be asked of it, and of the rules that can be its own."""
        all_asked = self._asked_above if above else self._asked
        names = {*node._css_type_names, *(f".{name}" for name in node._classes), f"#{node._id}"}
        names = names & all_asked.keys() | ({SYSTEM} & names)
        asked = set().union(*(all_asked.get(name, ()) for name in (*names, *ANY)))
        readers = sorted({_READERS[name] for name in asked & _READERS.keys()})
        asks = "can-focus" in asked, "focus-within" in asked, *readers
        rules = () if above else self._own_rules(node)
        return _number_of((frozenset(names), asks, rules)), *asks

    def _own_rules(self, node: DOMNode) -> tuple[int, ...]:
        """Those of its parts are among them."""
        parts = (f".{name}" for name in node._get_component_classes())
        names = self._by_name.keys() & {*node._selector_names, *parts}
        places = {place for name in names for place in self._by_name[name]}
        return tuple(rule for _, rule in sorted(places))


_known: dict[int, _Known] = {}
"""By the list of the rules of a sheet."""


def install() -> None:
    """For all apps that follow."""
    Stylesheet.parse = _parse_once
    Stylesheet._parse_rules = _parse_rules_once
    Stylesheet.replace_rules = staticmethod(_replace_rules)
    Stylesheet.apply = _apply_known
    Widget.update_node_styles = _update_mounted


def _update_mounted(widget: Widget, animate: bool = True) -> None:
    """One that is being made gets its styles when it is mounted."""
    if widget._parent is not None:
        update(widget, animate)


def _parse_once(sheet: Stylesheet) -> None:
    key = (*sheet.source.items(), *sheet._variables.items())
    if key not in _parsed:
        parse(sheet)
        _parsed[key] = sheet._rules
    sheet._rules, sheet._rules_map, sheet._require_parse = _parsed[key], None, False


def _parse_rules_once(sheet: Stylesheet, *source: Any, **more: Any) -> list[RuleSet]:
    key = (source, *more.items(), *sheet._variables.items())
    if key not in _parsed:
        _parsed[key] = parse_rules(sheet, *source, **more)
    return _parsed[key]


def _replace_rules(node: DOMNode, rules: dict[str, Any], animate: bool = False) -> None:
    """As Textual's, but what is set already is not set again."""
    base = node.styles.base
    before = base._rules
    if animate:
        replace_rules(node, rules, animate=True)
        return
    for name in before.keys() | rules.keys():
        if before.get(name) != (value := rules.get(name)):
            setattr(base, name, value)
    node.notify_style_update()


def _apply_known(
    sheet: Stylesheet, node: DOMNode, *, animate: bool = False, cache: Any = None
) -> None:
    known = _known_to(sheet)
    number = known.number(node, {} if cache is None else cache.setdefault(_NUMBERS, {}))
    if number is None:
        apply(sheet, node, animate=animate, cache=cache)
        return
    base = node.styles.base
    if getattr(node, "_last_match", None) == (number, base._updates):
        if not animate:
            node.notify_style_update()
        return
    moving = animate and constants.TEXTUAL_ANIMATIONS != "none"
    if number in _matches:
        styles, asks = _matches[number]
        for name, value in zip(ASKS, asks, strict=True):
            setattr(node, name, value)
        if not base._rules and not node._is_mounted:  # nothing is drawn that each would change
            base.merge_rules(styles)
            node._nodes.updated()
        elif styles:
            sheet.replace_rules(node, styles, animate=moving)
        sheet._process_component_classes(node)
    else:
        apply(sheet, node, animate=moving)
        asks = [getattr(node, name) for name in ASKS]
        if not moving and not any(getattr(node, name) for name in OF_SIBLINGS):
            _matches[number] = base.get_rules(), asks
    node._last_match = (number, base._updates) if number in _matches else None


def _known_to(sheet: Stylesheet) -> _Known:
    rules = sheet.rules
    if getattr(sheet, "_known_rules", None) is not rules:
        if id(rules) not in _known:
            _known[id(rules)] = _Known(rules)
        sheet._known_rules = rules
        sheet._known = _known[id(rules)]
    return sheet._known
