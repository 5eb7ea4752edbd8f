"""What can go wrong in the city, each fault a small function in a table.

A fault is written ``name`` or ``name:argument``. It changes the *view*: how a website or an account looks from
outside while the fault is on. To add one: a function and a line in its table, and a line in ``expects.yaml``.
"""

from collections.abc import Iterable, Mapping

from demo.city import Account, Website
from demo.faults.accounts import ACCOUNT_FAULTS, AccountView
from demo.faults.fault import Active, Fault, View
from demo.faults.websites import WEBSITE_FAULTS, WORDS, WebsiteView


def website_view(site: Website, active: Iterable[Active]) -> WebsiteView:
    """``site`` with these faults on. Raises ValueError for an unknown fault or a wrong argument."""
    return _view(WebsiteView(site), WEBSITE_FAULTS, active)


def account_view(account: Account, active: Iterable[Active]) -> AccountView:
    """``account`` with these faults on. Raises ValueError for an unknown fault or a wrong argument."""
    return _view(AccountView(account, account.name, account.verified_as), ACCOUNT_FAULTS, active)


def check(outlet: Website | Account, active: Active) -> None:
    """Raises ValueError, with a sentence for people, when the fault cannot be put on this outlet."""
    try:
        if isinstance(outlet, Website):
            website_view(outlet, [active])
        else:
            account_view(outlet, [active])
    except ValueError as error:
        raise ValueError(f"{active.fault!r} cannot be put on {outlet.target}: {error}") from error


def offers(outlet: Website | Account) -> list[str]:
    """The faults offered for an outlet, each written whole: of every kind that fits it, the examples."""
    table: Mapping[str, Fault[WebsiteView]] | Mapping[str, Fault[AccountView]]
    table = WEBSITE_FAULTS if isinstance(outlet, Website) else ACCOUNT_FAULTS
    fitting = [(name, fault.examples) for name, fault in table.items() if fault.fits(outlet)]
    return [f"{name}:{example}" if example else name for name, examples in fitting for example in examples]


def in_words(fault: str) -> str:
    """A fault as the control desk calls it: ``页脚缺少一项标识：ICP备案编号``."""
    name, _, argument = fault.partition(":")
    title = (WEBSITE_FAULTS.get(name) or ACCOUNT_FAULTS[name]).title
    return f"{title}：{WORDS.get(argument, argument)}" if argument else title


def _view(view: View, table: Mapping[str, Fault[View]], active: Iterable[Active]) -> View:
    for one in active:
        name, _, argument = one.fault.partition(":")
        if name not in table:
            raise ValueError(f"there is no such fault; there are {', '.join(table)}")
        view = table[name].change(view, argument, one.since)
    return view


__all__ = [
    "ACCOUNT_FAULTS",
    "WEBSITE_FAULTS",
    "AccountView",
    "Active",
    "Fault",
    "WebsiteView",
    "account_view",
    "check",
    "in_words",
    "offers",
    "website_view",
]
