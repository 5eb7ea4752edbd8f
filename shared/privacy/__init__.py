"""Secrets and personal data: types that do not show themselves, and a net for what slips through as plain text."""

from shared.privacy.scrub import redacted, scrub
from shared.privacy.texts import MASK, Opaque, Personal, Secret, blanked

__all__ = ["MASK", "Opaque", "Personal", "Secret", "blanked", "redacted", "scrub"]
