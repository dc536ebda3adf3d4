"""How far the detectors over people, meetings and answers are from opening."""

from __future__ import annotations

from streams.detection.buying_centres import COVERED_DAYS, customer_since, last_engaged, tracking
from streams.detection.detectors.coverage import Coverage, tracked_since
from streams.detection.detectors.decline import FEW, Decline, answers_of, baseline_of
from streams.detection.detectors.pulse import Pulse, is_key
from streams.detection.detectors.reengagement import Reengagement
from streams.detection.detectors.uncovered import Uncovered
from streams.detection.detectors.unmapped import Unmapped
from streams.detection.explain.conditions import (
    Asked,
    Condition,
    NoReading,
    Way,
    Ways,
    at_least,
    at_most,
    is_so,
)
from streams.detection.facts import renewal_day
from streams.detection.units import day_start


def coverage_ways(coverage: Coverage, asked: Asked) -> Ways:
    facts, today = asked.facts, asked.today
    conditions: list[Condition] = []
    members = coverage.group(facts)
    known = (coverage.last(contact, today) for contact in members)
    covered = sum(day is not None and day > today - coverage.within for day in known)
    enough = coverage.enough(len(members))
    what = f"contacts {coverage.by} in {coverage.within} days"
    conditions.append(at_most(what, covered, enough - 1, "contacts"))
    if coverage.before_renewal is not None:
        renewal = renewal_day(facts, today)
        if renewal is None:
            raise NoReading("no renewal date is known")
        conditions.append(at_most("days to the renewal", renewal - today, coverage.before_renewal, "days"))
    if coverage.proven_by:
        delivered = len(coverage.delivered(facts, today))
        what = f"engagements on record in {coverage.proven_within} days (tracking proven)"
        conditions.append(at_least(what, delivered, coverage.proven_by, "engagements"))
        if delivered:
            tracked = today - tracked_since(facts)
            conditions.append(at_least("days of tracking", tracked, coverage.within, "days"))
    if coverage.dormant_share is not None:
        conditions.append(at_least("people in the group", len(members), coverage.least, "people"))
    yield Way(tuple(conditions), note=f"{covered} of {len(members)} {coverage.among.replace('_', ' ')}")


def reengagement_ways(reengagement: Reengagement, asked: Asked) -> Ways:
    facts, now = asked.facts, asked.now
    oldest = day_start(asked.today - reengagement.within + 1)
    for met in reengagement.own(facts):
        if not oldest <= met.mark.occurred_ms <= now:
            continue
        for contact in reengagement.executives(facts, met):
            before = reengagement.engaged_before(facts, contact, met.mark.day)
            silent = met.mark.day - before if before is not None else 0
            yield Way(
                (
                    at_least("days without engagement before", silent, reengagement.dormant, "days"),
                    is_so("neither a renewal nor severe trouble near", reengagement.quiet_times(facts, met)),
                    is_so("the time before is known", before is not None),
                ),
                contact.id,
            )
    what = f"engagements that an executive began in {reengagement.within} days"
    yield Way((at_least(what, 0, 1, "engagements"),))


def pulse_ways(pulse: Pulse, asked: Asked) -> Ways:
    facts, now = asked.facts, asked.now
    latest, _ = pulse.latest(facts, now)
    company: dict[str, int] = {}
    for who, pair in latest.items():
        if pulse.bad(pair) and not is_key(facts, who) and pulse.counts(pair[0], now):
            company[pair[0].pulse_id] = company.get(pair[0].pulse_id, 0) + 1
    for who, (answer, before) in latest.items():
        line = pulse.low if before is None else max(pulse.low, before.score - pulse.fall)
        conditions = [
            at_most("score", answer.score, line, "points"),
            is_so(f"answered within {pulse.within} days, and not in a backfill", pulse.counts(answer, now)),
        ]
        if not is_key(facts, who):
            bad = company.get(answer.pulse_id, 0)
            conditions.append(
                at_least(
                    "bad answers to the pulse by people without a key role", bad, pulse.others, "answers"
                )
            )
        yield Way(tuple(conditions), who)


def decline_ways(decline: Decline, asked: Asked) -> Ways:
    answers = answers_of(asked.facts, asked.now)
    if not answers:
        raise NoReading("no CSAT answer is on record")
    recent, before = decline.windows(answers, asked.today)
    if decline.rule(answers) == FEW:
        last = answers[-decline.few :]
        bad = sum(decline.is_bad(answer) for answer in last)
        what = f"bad answers among the last {decline.few}"
        yield Way(
            (
                at_least(what, bad, decline.bad_of_few, "answers"),
                is_so("the last bad one is news, not a backfill", decline.is_bad_news(answers)),
            )
        )
    elif len(before) < decline.before_answers:
        yield Way((at_least("answers before", len(before), decline.before_answers, "answers"),))
    else:
        finding = decline.of_many(recent, baseline_of(before))
        yield Way(
            (
                at_least("standard errors below the time before", finding.observed, decline.z, "z"),
                is_so("the last answer is news, not a backfill", recent[-1].mark.live),
            )
        )


def uncovered_ways(uncovered: Uncovered, asked: Asked) -> Ways:
    facts = asked.facts
    proven = is_so("the tracking of engagements is proven", tracking(facts, asked.now) is not None)
    for centre in uncovered.wanting(facts):
        engaged = last_engaged(facts, centre, asked.today)
        days = COVERED_DAYS if engaged is None else asked.today - engaged
        yield Way(
            (at_least("days without engagement", days, COVERED_DAYS, "days"), proven),
            centre.id,
            "never engaged" if engaged is None else "",
        )


def unmapped_ways(unmapped: Unmapped, asked: Asked) -> Ways:
    started = customer_since(asked.facts)
    if started is None:
        raise NoReading("it is not known since when they are a customer")
    beyond = len(unmapped.beyond(asked.facts))
    yield Way(
        (
            at_least("days as a customer", asked.today - started, unmapped.after, "days"),
            at_most("known buying centres beyond the deployment", beyond, 0, "centres"),
        )
    )
