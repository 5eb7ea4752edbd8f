"""NATS JetStream behind one door: streams and consumers, publishing with an answer, schedules, listening."""

from shared.bus.hears import Hears
from shared.bus.link import Bus, NotStored
from shared.bus.listen import Heard, Listener, TryAgain
from shared.bus.streams import STREAMS, StreamPlan, stream_of

__all__ = [
    "STREAMS",
    "Bus",
    "Heard",
    "Hears",
    "Listener",
    "NotStored",
    "StreamPlan",
    "TryAgain",
    "stream_of",
]
