"""The alerts of the service: each is about something that somebody has to do, and says where it is written."""

from __future__ import annotations

from typing import Final

from deploy.rules.model import JOB, Alert, Group, Times

_MINUTE: Final = 60.0
_HOUR: Final = 3600.0


def _events(outcomes: str, t: Times) -> str:
    window = t.window(5 * _MINUTE)
    return f'sum by (job, source) (rate(twomotion_events_total{{outcome=~"{outcomes}"}}[{window}]))'


SERVICE: Final = Group(
    "twomotion-service",
    every_s=15.0,
    rules=(
        Alert(
            "TwomotionNoWorker",
            lambda t: f'absent(up{{job="{JOB}"}}) or (max by (job) (up{{job="{JOB}"}}) == 0)',
            hold_s=2 * _MINUTE,
            severity="page",
            summary="No worker answers",
            impact="Nothing is read and nothing is said; events wait on the source topics.",
        ),
        Alert(
            "TwomotionWorkerDown",
            lambda t: f'up{{job="{JOB}"}} == 0',
            hold_s=5 * _MINUTE,
            severity="ticket",
            summary="Worker {{ $labels.instance }} does not answer",
            impact="The others have taken over its partitions; each of them does more.",
        ),
        Alert(
            "TwomotionNotReady",
            lambda t: "min by (job, instance) (twomotion_ready) == 0",
            hold_s=5 * _MINUTE,
            severity="page",
            summary="Worker {{ $labels.instance }} has not been ready for a while",
            impact="Its partitions stand still: their accounts get no alerts. /readyz says why.",
        ),
        Alert(
            "TwomotionBrokerAway",
            lambda t: f"max by (job, instance) (twomotion_broker_silence_seconds) > {t.limit(30, least=6)}",
            hold_s=_MINUTE,
            severity="page",
            summary="No broker has answered worker {{ $labels.instance }} for {{ $value | humanizeDuration }}",
            impact="Nothing is read and nothing is said until it is back; nothing is lost.",
        ),
        Alert(
            "TwomotionLagging",
            lambda t: f"max by (job, topic) (twomotion_lag_seconds) > {t.limit(60, least=2)}",
            hold_s=5 * _MINUTE,
            severity="page",
            summary="Records of {{ $labels.topic }} wait for {{ $value | humanizeDuration }}",
            impact="Alerts come that much late.",
        ),
        Alert(
            "TwomotionTimeStandsStill",
            lambda t: (
                "time() - min by (job) (twomotion_watermark_timestamp_seconds > 0)"
                f" > {t.limit(15 * _MINUTE, least=15)}"
            ),
            hold_s=5 * _MINUTE,
            severity="page",
            summary="The system's time is {{ $value | humanizeDuration }} behind",
            impact="What is found by the passing of time alone (silence, missed dates) is found that much late.",
        ),
        Alert(
            "TwomotionFeedStalled",
            lambda t: "min by (job, source, feed) (twomotion_feed_stalled) == 1",
            hold_s=10 * _MINUTE,
            severity="ticket",
            summary="Feed {{ $labels.feed }} on {{ $labels.source }} gives no sign of life",
            impact="The clock of its accounts is held: their usage is not said to fall, and a real fall is not seen.",
        ),
        Alert(
            "TwomotionPoisonFlood",
            lambda t: (
                f"{_events('rejected', t)} / {_events('accepted|rejected', t)} > 0.05\n"
                f"and {_events('rejected', t)} > 0.1"
            ),
            hold_s=5 * _MINUTE,
            severity="ticket",
            summary="{{ $value | humanizePercentage }} of {{ $labels.source }} is refused",
            impact="What is refused is not detected on; it lies in dead-letters with the reason.",
        ),
        Alert(
            "TwomotionCommitsFailing",
            lambda t: (
                'sum by (job, reason) (increase(twomotion_aborts_total{reason=~"fenced|failed"}'
                f"[{t.window(15 * _MINUTE)}])) > 2"
            ),
            hold_s=0.0,
            severity="page",
            summary="Commits end as {{ $labels.reason }} again and again",
            impact="The worker stops itself each time and does its work again: alerts come late, none twice.",
        ),
        Alert(
            "TwomotionCrashLooping",
            lambda t: (
                "sum by (job, instance, process) (increase(twomotion_process_starts_total"
                f"[{t.window(15 * _MINUTE)}])) > 3"
            ),
            hold_s=0.0,
            severity="page",
            summary="Process {{ $labels.process }} of {{ $labels.instance }} starts again and again",
            impact="Each start moves partitions and reads states back: alerts come late.",
        ),
        Alert(
            "TwomotionCatalogRefused",
            # The door refuses what is no activation at all, the engine a catalog that it cannot take.
            lambda t: (
                'sum by (job, motion) (increase(twomotion_activations_total{outcome="refused"}'
                f"[{t.window(_HOUR)}])) > 0\n"
                'or sum by (job, source) (increase(twomotion_events_total{source="control", outcome="rejected"}'
                f"[{t.window(_HOUR)}])) > 0"
            ),
            hold_s=0.0,
            severity="ticket",
            summary="A catalog was refused{{ with $labels.motion }}: {{ . }}{{ end }}",
            impact="The catalog before it stays in force; the change that somebody wanted is not.",
        ),
    ),
)
