"""Platforms as data: how an account of each is addressed, named and told apart. One YAML file a platform."""

from services.registry.platforms.address import Found, canonical, parse
from services.registry.platforms.load import platforms
from services.registry.platforms.model import Platform
from services.registry.platforms.naming import bare_name, default_subtype, is_application, key, subtypes, title

__all__ = [
    "Found",
    "Platform",
    "bare_name",
    "canonical",
    "default_subtype",
    "is_application",
    "key",
    "parse",
    "platforms",
    "subtypes",
    "title",
]
