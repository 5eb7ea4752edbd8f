"""What there is to say of something a unit files: loaded for the review, asked by the desk and by the pages."""

from services.registry.app import Registry
from services.registry.domains import domain_of
from services.registry.refusal import Refused
from services.registry.remarks import Remark, Weight
from services.registry.review import review
from shared.events.outlets import Particulars
from shared.events.units import Unit
from shared.workdays import SHANGHAI


async def remarks(app: Registry, filed: Particulars, unit: Unit, before: Particulars | None) -> list[Remark]:
    """Refusals and warnings about ``filed`` for ``unit``, the refusals first; ``before`` is what is in force of it."""
    today = app.now().astimezone(SHANGHAI).date()
    local = {one.region for one in await app.store.local_regions() if one.in_force(today)}
    portal = domain_of(await app.store.portal_of(unit.region))
    return review(filed, unit, portal, before=before, local=local, practice=app.practice)


def insist(found: list[Remark]) -> None:
    """Stop at the first refusal. Raises Refused."""
    for remark in found:
        if remark.weight is Weight.REFUSE:
            raise Refused(remark.reason, remark.sentence, remark.field)
