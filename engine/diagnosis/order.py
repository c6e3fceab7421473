"""The order of the rules: the first that explains a case is believed.

It is the order in which evidence excludes the rest (facts/nats.md, summary 7): a refusal, what
the server itself said, only taps, who listens, a stream, the way through other servers, and at
last somebody who is there and says nothing. In each situation the last rule needs nothing.
"""

from __future__ import annotations

from .rules import (
    answered,
    connection,
    delivered,
    elsewhere,
    envelope,
    header_case,
    jetstream_api,
    late,
    no_responders,
    not_reading,
    one_way,
    onward,
    payload,
    reconnected,
    refused,
    self_request,
    service_error,
    several,
    silent,
    stored,
    taken,
    taps,
    unlike_answered,
    unread,
    waiting,
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
    # JetStream itself was asked
    jetstream_api.api_error,
    jetstream_api.no_such_object,
    jetstream_api.jetstream_off,
    jetstream_api.unknown_request,
    # answered
    answered.acknowledged_first,
    delivered.redelivered,
    answered.duplicates,
    envelope.hidden_error,
    header_case.header_case,
    answered.all_came,
    answered.answered,
    # several replies were wanted
    several.more_may_come,
    several.one_per_export,
    several.all_gone,
    taken.silent_one_of_several,
    several.fewer_than_listen,
    several.too_few,
    # answered with an error, or late
    service_error.not_stored,
    service_error.some_failed,
    service_error.service_error,
    late.late_after_ack,
    late.late,
    # a stream took it
    unread.no_interest,
    unread.no_consumer,
    unread.filtered_out,
    unread.paused,
    unread.full,
    unread.nobody_reads,
    unread.behind,
    delivered.gave_up,
    delivered.not_acknowledged,
    delivered.acknowledged_only,
    stored.not_consumed,
    stored.service_silent_too,
    stored.withheld_from_service,
    stored.no_service,
    stored.stored_only,
    stored.duplicate,
    stored.kept,
    # somebody may still answer
    waiting.heard_alone,
    waiting.own_wait,
    waiting.nobody_waits,
    # it did not reach anybody
    no_responders.responder_denied,
    withheld.withheld,
    reconnected.reconnected,
    silent.left,
    taps.only_taps,
    self_request.natstap_asked_itself,
    self_request.client_asked_itself,
    stored.kept_silently,
    no_responders.mapped_away,
    no_responders.came_later,
    no_responders.nobody_behind_import,
    no_responders.nobody_behind_mapping,
    no_responders.nobody,
    no_responders.server_said_so,
    # it was not answered
    not_reading.not_reading,
    envelope.missing_envelope,
    unlike_answered.header_missing,
    unlike_answered.larger_than_answered,
    onward.waits_for_another,
    elsewhere.answers_stay,
    elsewhere.across_accounts,
    elsewhere.lost_behind_leaf,
    elsewhere.lost_behind_server,
    taken.published_something_else,
    taken.took_it_silently,
    taken.silent_among_busy,
    taken.not_known_who,
    silent.came_too_late,
    silent.silent,
    silent.gone,
    silent.no_answer,
    waiting.listened_to,
    waiting.unheard,
    waiting.no_answer_seen,
    # the connection
    payload.payload_lowered,
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
