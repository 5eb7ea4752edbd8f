"""The durable consumers, derived from the HEARS tables: made in one place, before anybody listens."""

from fnmatch import fnmatchcase

from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from shared.bus.hears import Hears
from shared.events import Fact

ACK_WAIT = 30.0
OFFICE_FACTS = (
    "registry.*",
    "score.*",
    "notice.*",
    "probe.failed",
    "probe.recovered",
)


def consumer_name(service: str, hears: Hears) -> str:
    """The name of the durable consumer for one line of a HEARS table."""
    return f"{service}_{hears.durable}"


def consumer_config(service: str, hears: Hears) -> ConsumerConfig:
    """The durable consumer for one line of a HEARS table. It delivers for ever: it is we who give up, with a word."""
    return ConsumerConfig(
        durable_name=consumer_name(service, hears),
        filter_subjects=[filter_of(fact) for fact in hears.facts],
        ack_policy=AckPolicy.EXPLICIT,
        deliver_policy=DeliverPolicy.ALL,
        ack_wait=ACK_WAIT,
        max_deliver=-1,
        # what waits in a service's memory for a free worker is not kept alive: no more of it than workers
        max_ack_pending=2 * hears.workers if hears.workers else max(1000, 2 * hears.batch),
    )


def filter_of(fact: type[Fact]) -> str:
    """The subjects a fact travels on."""
    return f"{fact.type}.>"


def offices_may_hear(fact: type[Fact]) -> bool:
    """Whether offices may subscribe to ``fact``."""
    return any(fnmatchcase(fact.type, pattern) for pattern in OFFICE_FACTS)


def office_name(office: str) -> str:
    """The name of an office's durable consumer on FACTS, and of its NATS user."""
    return f"office_{office}"


def office_config(office: str, looks_after: str) -> ConsumerConfig:
    """The durable consumer of an office: every fact offices may know, of its own region and nothing else."""
    where = f"{looks_after}.>" if looks_after else ">"
    return ConsumerConfig(
        durable_name=office_name(office),
        filter_subjects=[f"{fact}.{where}" for fact in OFFICE_FACTS],
        ack_policy=AckPolicy.EXPLICIT,
        deliver_policy=DeliverPolicy.ALL,
        ack_wait=ACK_WAIT,
        max_deliver=-1,
        max_ack_pending=1000,
    )
