"""Pages and API in one frame: sessions, protection against forgery, templates, errors, first-party style."""

from shared.web.account import account_router
from shared.web.api import MAY_BE_MISSING, api_router
from shared.web.app import create_app
from shared.web.components import components_router
from shared.web.cursor import After, Limit, Order, part
from shared.web.errors import Refused, require
from shared.web.etag import IfMatch, Seen, matching, saw, tagged, unchanged
from shared.web.filters import BEIJING
from shared.web.forms import Filled, Strict, filled, messages, with_file, with_files
from shared.web.pager import Pager
from shared.web.pages import page
from shared.web.regions import region_name, short_region_name
from shared.web.session import InPerson, SignedIn, who
from shared.web.sign_in import sign_in_router
from shared.web.words import role_name

__all__ = [
    "BEIJING",
    "MAY_BE_MISSING",
    "After",
    "Filled",
    "IfMatch",
    "InPerson",
    "Limit",
    "Order",
    "Pager",
    "Refused",
    "Seen",
    "SignedIn",
    "Strict",
    "account_router",
    "api_router",
    "components_router",
    "create_app",
    "filled",
    "matching",
    "messages",
    "page",
    "part",
    "region_name",
    "require",
    "role_name",
    "saw",
    "short_region_name",
    "sign_in_router",
    "tagged",
    "unchanged",
    "who",
    "with_file",
    "with_files",
]
