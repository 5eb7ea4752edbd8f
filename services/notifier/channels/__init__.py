"""How people and programs are told. A channel is one file with a ``send``, and one line here."""

from collections.abc import Awaitable, Callable, Mapping

from services.notifier.channels import mail, webhook
from services.notifier.channels.means import Means
from services.notifier.message import Message, Result

Send = Callable[[Message, Means], Awaitable[Result]]

CHANNELS: Mapping[str, Send] = {
    "mail": mail.send,
    "webhook": webhook.send,
}
