"""随机抽查 that anybody can repeat: what is drawn follows from a seed and the names alone. Pure."""

from collections.abc import Iterable
from hashlib import sha256


def draw(names: Iterable[str], most: int, seed: str) -> list[str]:
    """At most ``most`` of ``names``, in their order; another seed draws others, another order of names does not."""
    all_of_them = list(dict.fromkeys(names))
    chosen = set(sorted(all_of_them, key=lambda name: sha256(f"{seed}|{name}".encode()).digest())[:most])
    return [name for name in all_of_them if name in chosen]
