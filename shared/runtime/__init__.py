"""Running a service: what it is given, what it gives, and an orderly start and stop."""

from shared.runtime.service import Application, Base, Duty, Service, running, seed_of, utc_now
from shared.runtime.stack import Steps, on_signals

__all__ = ["Application", "Base", "Duty", "Service", "Steps", "on_signals", "running", "seed_of", "utc_now"]
