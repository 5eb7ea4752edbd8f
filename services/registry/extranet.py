"""政务外网地址许可 as pure decisions: which private network may be visited for the outlets of a region, and until when.

The administrator of a region answers for it: every act is kept with who, when and why.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.registry.refusal import Refused
from shared.events.region import COUNTRY, is_prefix
from shared.events.registry import Extranet
from shared.networks import may_be_opened, network_of
from shared.privacy import Personal

LONGEST_REASON = 500
LONGEST_TERM = timedelta(days=366)


class Refusal(StrEnum):
    """Why a network is not opened or closed."""

    NO_NETWORK = "no_network"
    OUT_OF_BOUNDS = "out_of_bounds"
    NO_REGION = "no_region"
    NO_REASON = "no_reason"
    BAD_TERM = "bad_term"
    OVER_ALREADY = "over_already"


class Act(BaseModel):
    """One act on a permission: who, when, what, why."""

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    actor: str
    name: Personal
    act: Literal["open", "close"]
    reason: str


class Permission(BaseModel):
    """A permission with its history; ``extranet`` is what others hear of it."""

    model_config = ConfigDict(frozen=True)

    extranet: Extranet
    acts: tuple[Act, ...]


def open_(id_: str, *, prefix: str, network: str, until: datetime, act: Act, bounds: Iterable[str]) -> Permission:
    """Open ``network`` (CIDR) for ``prefix`` from now until ``until``. Raises Refused."""
    if not is_prefix(prefix):
        raise Refused(Refusal.NO_REGION, "行政区划应为路径的前几段，例如 41.01。", "region")
    parsed = network_of(network.strip())
    if parsed is None:
        raise Refused(Refusal.NO_NETWORK, "网段应写成 CIDR 形式，例如 10.3.0.0/16，主机位须为 0。", "network")
    if not may_be_opened(parsed, bounds):
        raise Refused(Refusal.OUT_OF_BOUNDS, "该网段不在可以开放的政务外网范围之内，请联系系统运行人员。", "network")
    _check_reason(act)
    if not act.at < until <= act.at + LONGEST_TERM:
        raise Refused(Refusal.BAD_TERM, "到期日应晚于今天，且不超过一年；到期后可以重新开放。", "until")
    extranet = Extranet(id=id_, prefix=prefix, network=str(parsed), since=act.at, until=until, revision=1)
    return Permission(extranet=extranet, acts=(act,))


def close(permission: Permission, act: Act) -> Permission:
    """End a permission now. Raises Refused when it is over already."""
    if not permission.extranet.in_force(act.at):
        raise Refused(Refusal.OVER_ALREADY, "该网段的开放已经结束。")
    _check_reason(act)
    ended = permission.extranet.model_copy(
        update={"until": act.at, "revision": permission.extranet.revision + 1},
    )
    return Permission(extranet=ended, acts=(*permission.acts, act))


def forget(permission: Permission, actor: str, name: str) -> Permission:
    """``permission`` with ``name`` wherever it names ``actor``. What was done, when and why stays."""
    renamed = {"name": Personal(name)}
    acts = tuple(act.model_copy(update=renamed) if act.actor == actor else act for act in permission.acts)
    return permission.model_copy(update={"acts": acts})


def region_of(prefix: str) -> str:
    """The region whose authority a prefix is: ``41.01`` -> ``41.01.00.0``; the empty one is the whole country."""
    tokens = prefix.split(".") if prefix else []
    return ".".join([*tokens, *COUNTRY.split(".")[len(tokens) :]])


def _check_reason(act: Act) -> None:
    if not act.reason.strip() or len(act.reason) > LONGEST_REASON:
        raise Refused(Refusal.NO_REASON, f"请写明理由，不超过 {LONGEST_REASON} 字。", "reason")
