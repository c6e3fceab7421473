"""The order of the rules: the first that explains a case is believed.

It is the order in which evidence excludes the rest (facts/nats.md, summary 7): a refusal, what
the server itself said, only taps, who listens, a stream, the way through other servers, and at
last somebody who is there and says nothing. In each situation the last rule needs nothing.
"""

from __future__ import annotations

from .rules import (
    answered,
    connection,
    elsewhere,
    envelope,
    header_case,
    jetstream_api,
    late,
    no_responders,
    not_acknowledged,
    one_way,
    pull,
    quorum,
    refused,
    self_request,
    server,
    service_error,
    several,
    silent,
    status,
    stored,
    taps,
    waiting,
    way_closed,
    withheld,
)
from .rules.rule import Rule
from .situation import Situation

ORDER: tuple[Rule, ...] = (
    # a permission is missing
    refused.publish_refused,
    refused.answer_refused,
    refused.inbox_refused,
    refused.request_refused,
    refused.no_right_to_publish,
    refused.no_right_to_hear,
    # the server does not respond
    server.server_silent,
    # a stream was to store it
    not_acknowledged.nobody_stores,
    not_acknowledged.not_acknowledged,
    # JetStream itself was asked
    jetstream_api.api_error,
    pull.no_such_consumer,
    pull.deaf_consumer,
    pull.paused,
    pull.full,
    pull.no_messages,
    pull.nothing_delivered,
    quorum.no_quorum,
    jetstream_api.no_such_object,
    jetstream_api.jetstream_off,
    jetstream_api.unknown_request,
    jetstream_api.api_silent,
    service_error.not_stored,
    status.status_among_several,
    status.status,
    status.some_status,
    status.only_end_mark,
    # answered
    answered.acknowledged_first,
    answered.duplicates,
    envelope.hidden_error,
    several.more_may_come,
    several.one_per_export,
    several.all_gone,
    several.silent_one,
    several.somebody_silent,
    several.fewer_listen,
    several.too_few,
    several.partly,
    header_case.header_case,
    answered.all_came,
    answered.answered,
    # answered with an error, or late
    service_error.some_failed,
    service_error.service_error,
    late.after_the_end,
    late.late_after_ack,
    late.late,
    # a stream took it
    stored.stored_before,
    stored.not_consumed,
    stored.service_silent_too,
    stored.withheld_from_service,
    stored.no_service,
    stored.stored_only,
    stored.kept,
    # somebody may still answer
    waiting.heard_alone,
    waiting.own_wait,
    waiting.nobody_waits,
    waiting.nobody_to_answer,
    # it did not reach anybody
    no_responders.responder_denied,
    way_closed.way_closed,
    withheld.withheld,
    quorum.stream_silent,
    quorum.stream_not_reached,
    quorum.jetstream_unavailable,
    silent.left,
    taps.only_taps,
    self_request.natstap_asked_itself,
    self_request.client_asked_itself,
    stored.kept_silently,
    no_responders.mapped_away,
    no_responders.came_later,
    no_responders.listens_now,
    no_responders.nobody_behind_import,
    no_responders.nobody_behind_mapping,
    no_responders.nobody,
    no_responders.server_said_so,
    # it was not answered
    envelope.missing_envelope,
    elsewhere.answers_stay,
    elsewhere.across_accounts,
    elsewhere.lost_behind_leaf,
    elsewhere.lost_behind_server,
    silent.came_too_late,
    silent.silent,
    silent.gone,
    silent.no_answer,
    waiting.listened_to,
    waiting.unheard,
    waiting.overdue,
    waiting.no_answer_seen,
    # the connection
    connection.never_sent,
    connection.link_lost,
    connection.cancelled,
    # what asks nobody anything
    one_way.published,
    one_way.orphan_503,
    one_way.to_watched_client,
    one_way.orphan,
    one_way.delivery,
    one_way.note,
)

BY_SITUATION: dict[Situation, tuple[Rule, ...]] = {
    situation: tuple(rule for rule in ORDER if situation in rule.on) for situation in Situation
}
