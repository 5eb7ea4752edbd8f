"""The four services by name, in the order they start: the only list of them."""

from collections.abc import Mapping

from services.notifier.service import SERVICE as NOTIFIER
from services.prober.service import SERVICE as PROBER
from services.registry.service import SERVICE as REGISTRY
from services.scorer.service import SERVICE as SCORER
from shared.runtime import Service

SERVICES: Mapping[str, Service] = {service.name: service for service in (REGISTRY, PROBER, SCORER, NOTIFIER)}
