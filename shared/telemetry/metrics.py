"""What Prometheus can ask. Labels are facts and services, never ids."""

from prometheus_client import Counter, Gauge, Histogram

HEARD = Counter("govwatch_heard", "Messages handled", ["service", "fact", "outcome"])
PUBLISHED = Counter("govwatch_published", "Events acknowledged by a stream", ["service", "fact"])
DEAD = Counter("govwatch_dead", "Messages given up and kept on DEAD", ["service", "fact"])
OUTBOX = Gauge("govwatch_outbox_waiting", "Documents with events still to send, at most one batch", ["service"])
AUDITED = Counter("govwatch_audited", "Records appended to the audit chain", ["service"])
AUDIT_WAITING = Gauge("govwatch_audit_waiting", "Documents with records still to chain, at most a batch", ["service"])
BATCH = Histogram("govwatch_handling_seconds", "Time to handle one message or batch", ["service", "consumer"])
