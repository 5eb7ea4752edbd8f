"""How people are told. A channel is one file with a ``send``, and one line here."""

from collections.abc import Awaitable, Callable, Mapping

from services.notifier.channels import mail
from services.notifier.message import Message, Result
from shared.settings import Settings

Send = Callable[[Message, Settings], Awaitable[Result]]

CHANNELS: Mapping[str, Send] = {
    "mail": mail.send,
}
