"""Pages and API in one frame: sessions, protection against forgery, templates, errors, first-party style."""

from shared.web.account import account_router
from shared.web.app import create_app
from shared.web.components import components_router
from shared.web.errors import Refused, require
from shared.web.filters import BEIJING
from shared.web.forms import Filled, Strict, filled, messages, with_files
from shared.web.pager import Pager
from shared.web.pages import page
from shared.web.regions import region_name, short_region_name
from shared.web.session import InPerson, SignedIn, who
from shared.web.sign_in import sign_in_router
from shared.web.words import role_name

__all__ = [
    "BEIJING",
    "Filled",
    "InPerson",
    "Pager",
    "Refused",
    "SignedIn",
    "Strict",
    "account_router",
    "components_router",
    "create_app",
    "filled",
    "messages",
    "page",
    "region_name",
    "require",
    "role_name",
    "short_region_name",
    "sign_in_router",
    "who",
    "with_files",
]
