"""What can be asked of a nats-server with JetStream, as data: every subject of its API, and what listens widely.

The list is that of nats-server 2.15 (its constants ``JSApi…``). ``{stream}`` and ``{consumer}`` are filled in.
"""

import itertools
import json
from collections.abc import Iterator, Mapping

API: Mapping[str, tuple[str, ...]] = {
    "of the account": (
        "INFO", "STREAM.NAMES", "STREAM.LIST", "META.LEADER.STEPDOWN", "META.RESCUE", "SERVER.REMOVE",
        "SERVER.EVACUATE", "ACCOUNT.PURGE.BUS", "ACCOUNT.STREAM.MOVE.BUS.FACTS", "ACCOUNT.STREAM.CANCEL_MOVE.BUS.FACTS",
        "STREAM.CREATE.evil", "STREAM.TEMPLATE.CREATE.evil", "STREAM.TEMPLATE.NAMES",
    ),
    "of a stream": (
        "STREAM.CREATE.{stream}", "STREAM.UPDATE.{stream}", "STREAM.INFO.{stream}", "STREAM.DELETE.{stream}",
        "STREAM.PURGE.{stream}", "STREAM.SNAPSHOT.{stream}", "STREAM.RESTORE.{stream}", "STREAM.MSG.GET.{stream}",
        "STREAM.MSG.DELETE.{stream}", "STREAM.PEER.REMOVE.{stream}", "STREAM.PEER.EVACUATE.{stream}",
        "STREAM.CANCEL_MOVE.{stream}", "STREAM.LEADER.STEPDOWN.{stream}", "DIRECT.GET.{stream}",
        "DIRECT.GET.{stream}.registry.unit_changed.41.02.02.0", "CONSUMER.NAMES.{stream}", "CONSUMER.LIST.{stream}",
        "CONSUMER.CREATE.{stream}", "CONSUMER.CREATE.{stream}.evil", "CONSUMER.CREATE.{stream}.evil.>",
    ),
    "of a consumer": (
        "CONSUMER.CREATE.{stream}.{consumer}", "CONSUMER.CREATE.{stream}.{consumer}.>",
        "CONSUMER.DURABLE.CREATE.{stream}.{consumer}", "CONSUMER.INFO.{stream}.{consumer}",
        "CONSUMER.DELETE.{stream}.{consumer}", "CONSUMER.PAUSE.{stream}.{consumer}",
        "CONSUMER.RESET.{stream}.{consumer}", "CONSUMER.UNPIN.{stream}.{consumer}",
        "CONSUMER.LEADER.STEPDOWN.{stream}.{consumer}", "CONSUMER.MSG.NEXT.{stream}.{consumer}",
    ),
}  # fmt: skip  # one a line would hide the shape
PREFIXES = ("$JS.API", "BUS.API", "$JS.hub.API")
ELSEWHERE = (
    "$SYS.REQ.SERVER.PING", "$SYS.REQ.SERVER.PING.CONNZ", "$SYS.REQ.ACCOUNT.PING.CONNZ", "$SYS.REQ.USER.INFO",
    "$SYS.REQ.ACCOUNT.BUS.CONNZ", "$SYS.REQ.ACCOUNT.BUS.INFO", "$SYS.REQ.SERVER.RELOAD", "$SYS.REQ.CLAIMS.UPDATE",
    "$SYS.REQ.SERVER.PING.JSZ", "$SYS.ACCOUNT.BUS.CONNECT", "$KV.any.key", "$O.any.C.x", "$O.any.M.x", "$SRV.PING",
    "$JS.FC.FACTS.x.y", "_R_.x.y", "_GR_.x.y.z", "$GR.x", "_INBOX.admin.x", "_INBOX.registry.x",
    "_INBOX.office_kaifeng.x",
)  # fmt: skip  # as above
WIDE = (
    ">", "*", "*.>", "*.*.>", "registry.>", "score.>", "notice.>", "probe.>", "audit.>", "work.>", "dead.>", "*.*.41.>",
    "registry.unit_changed.>", "registry.*.41.02.02.0", "_INBOX.>", "_INBOX.*.>", "_INBOX.admin.>",
    "_INBOX.office_kaifeng.>",
    "_INBOX.registry.>", "_R_.>", "$JS.>", "$JS.API.>", "$JS.ACK.>", "$JS.EVENT.>", "$JS.EVENT.ADVISORY.>", "$SYS.>",
    "$SYS.ACCOUNT.>", "$KV.>", "$O.>", "$SRV.>", "BUS.>", "BUS.API.>",
)  # fmt: skip  # as above
BODY = json.dumps(
    {
        "name": "evil",
        "subjects": ["evil.>"],
        "config": {
            "name": "evil",
            "durable_name": "evil",
            "filter_subject": ">",
            "ack_policy": "explicit",
            "deliver_policy": "all",
        },
        "stream_name": "FACTS",
        "batch": 50,
        "no_wait": True,
        "seq": 1,
        "last_by_subj": ">",
        "deliver_subject": "_INBOX.evil",
        "action": "",
    }
).encode()
"""Bodies that most of the API would take; the server looks at the subject before it looks inside."""


def requests(consumers: Mapping[str, str]) -> Iterator[str]:
    """Every subject of the API for these ``consumers`` (name -> stream), under every prefix it is known by."""
    filled = list(API["of the account"])
    for stream, form in itertools.product(sorted(set(consumers.values())), API["of a stream"]):
        filled.append(form.format(stream=stream))
    for (consumer, stream), form in itertools.product(consumers.items(), API["of a consumer"]):
        filled.append(form.format(stream=stream, consumer=consumer))
    return (f"{prefix}.{subject}" for prefix, subject in itertools.product(PREFIXES, filled))
