"""Who did what and why, as an append-only chain of hashes for each service.

What is said here is pure; ``shared.audit.store`` keeps a chain and ``shared.audit.relay`` feeds it.
"""

from shared.audit.chain import Anchor, Checker, Fault, Kind, genesis, link, verify
from shared.audit.derived import derived, witnessed
from shared.audit.record import Deed, Entry, Record, Thing, coming_from, noted

__all__ = [
    "Anchor",
    "Checker",
    "Deed",
    "Entry",
    "Fault",
    "Kind",
    "Record",
    "Thing",
    "coming_from",
    "derived",
    "genesis",
    "link",
    "noted",
    "verify",
    "witnessed",
]
