"""The streams, as data. ``apply`` makes the server's agree; only an administrator may."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase

from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from shared.events import Fact, facts_by_type

OBSERVATION_TYPES = ("probe.completed", "probe.profile_seen")
FACT_SUBJECTS = ("registry.>", "score.>", "notice.>", "audit.>", "probe.failed.>", "probe.recovered.>")
RETIRED = ("WORK",)


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """One stream as we want it. ``kept`` None = until it is done, which is so for work.

    Where ``schedules`` are allowed, who may publish on any subject may reach every one, and purge the stream: the
    server takes subjects from headers there. Such a stream belongs to one service.
    """

    name: str
    subjects: tuple[str, ...]
    kept: timedelta | None
    schedules: bool = False

    @property
    def work(self) -> bool:
        """Whether its messages are work: taken once, one for each subject."""
        return self.kept is None

    def config(self, *, replicas: int, first_sequence: int = 0) -> StreamConfig:
        """The server's configuration of this stream."""
        config = StreamConfig(
            name=self.name,
            subjects=list(self.subjects),
            max_age=self.kept.total_seconds() if self.kept else 0,
            storage=StorageType.FILE,
            num_replicas=replicas,
            duplicate_window=120,
            allow_direct=True,
        )
        if self.work:
            config.retention = RetentionPolicy.WORK_QUEUE
            config.max_msgs_per_subject = 1
            config.discard = DiscardPolicy.OLD
        if self.schedules:
            config.allow_msg_schedules = True
            config.allow_msg_ttl = True
        if first_sequence:
            config.first_seq = first_sequence
        return config


def work_of(service: str) -> str:
    """The stream of a service's own schedules and of what they publish."""
    return f"WORK_{service}"


def _work(service: str) -> StreamPlan:
    subjects = (f"work.{service}.plan.*", f"work.{service}.due.*", f"work.{service}.cancel")
    return StreamPlan(work_of(service), subjects, None, schedules=True)


WORKERS = sorted({name.split(".")[1] for name in facts_by_type() if fnmatchcase(name, "work.*.due")})
STREAMS: Mapping[str, StreamPlan] = {
    plan.name: plan
    for plan in (
        StreamPlan("FACTS", FACT_SUBJECTS, timedelta(days=400)),
        StreamPlan("OBSERVATIONS", tuple(f"{name}.>" for name in OBSERVATION_TYPES), timedelta(days=35)),
        StreamPlan("ASKED", ("work.*.asked.*",), None),
        *map(_work, WORKERS),
        StreamPlan("DEAD", ("dead.>",), timedelta(days=90)),
    )
}


def stream_of(address: str | type[Fact]) -> str:
    """The stream a fact, or a subject, belongs to."""
    name = address if isinstance(address, str) else address.type
    if name.startswith("work."):
        _, service, kind, *_ = name.split(".")
        return "ASKED" if kind == "asked" else work_of(service)
    if name.startswith("dead."):
        return "DEAD"
    if any(name == kind or name.startswith(kind + ".") for kind in OBSERVATION_TYPES):
        return "OBSERVATIONS"
    return "FACTS"


async def apply(js: JetStreamContext, *, replicas: int | None, highest: Mapping[str, int]) -> list[str]:
    """Create or update the streams, remove those of earlier versions. Returns a line for each about what was done.

    ``replicas`` None leaves what is there, and is one copy for a stream that is new.

    ``highest`` is the highest sequence ever recorded per stream: a stream that is gone comes back above it, so that
    no cursor ever goes back.
    """
    done: list[str] = []
    for name in RETIRED:
        with contextlib.suppress(NotFoundError):
            await js.delete_stream(name)
            done.append(f"{name}: removed, what was planned on it is planned again")
    for plan in STREAMS.values():
        try:
            there = (await js.stream_info(plan.name)).config
        except NotFoundError:
            first = highest.get(plan.name, 0)
            await js.add_stream(plan.config(replicas=replicas or 1, first_sequence=first + 1 if first else 0))
            done.append(f"{plan.name}: created" + (f", first sequence {first + 1}" if first else ""))
        else:
            await js.update_stream(plan.config(replicas=replicas or there.num_replicas or 1))
            done.append(f"{plan.name}: up to date")
    return done
