"""MongoDB behind one door: scoped queries, guarded updates, documents that carry their own outbox.

Only this package names the driver. Every read takes the scope of the reader; a service reading for itself passes
``SYSTEM``.
"""

from shared.documents.client import UNAVAILABLE, Client, Database, Lost, Mark
from shared.documents.collection import Documents
from shared.documents.model import Document, Index, Waiting
from shared.documents.outcomes import Merge, Stale, Taken
from shared.documents.scope import NOTHING, SYSTEM, Scope, below

__all__ = [
    "NOTHING",
    "SYSTEM",
    "UNAVAILABLE",
    "Client",
    "Database",
    "Document",
    "Documents",
    "Index",
    "Lost",
    "Mark",
    "Merge",
    "Scope",
    "Stale",
    "Taken",
    "Waiting",
    "below",
]
