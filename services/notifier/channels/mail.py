"""Mail, over the relay of the installation."""

import asyncio
import contextlib
import re
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache

import aiosmtplib

from services.notifier.channels.means import Means
from services.notifier.message import Again, Delivered, GiveUp, Message, Result
from shared.settings import Settings

PATIENCE = 20.0
GOODBYE = 2.0
IMPLICIT_TLS_PORT = 465
PERMANENT = 500
ADDRESS = re.compile(r"[^\s@,;:<>()\[\]\\\"]{1,64}@[^\s@,;:<>()\[\]\\\"]{1,255}")
SIGN_IN_TROUBLE = frozenset({530, 534, 535, 538})
"""Answers about our own sign-in (RFC 4954): the relay's settings are wrong, not the recipient."""


async def send(message: Message, means: Means) -> Result:
    """Hand ``message`` to the relay, in at most ``PATIENCE`` seconds.

    What the relay says about the sender, the recipient or the mail decides: 4xx is worth another try, 5xx is final.
    Trouble with the relay itself (no connection, no answer, no sign-in) is always worth another try.
    """
    try:
        mail = compose(message, means.settings.smtp_from)
    except ValueError as error:
        return GiveUp(f"no mail can be made of it: {error}")
    try:
        return Delivered(await _hand_over(mail, means.settings))
    except aiosmtplib.SMTPRecipientsRefused as error:
        first = error.recipients[0]
        return _judge(first.code, first.message)
    except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPDataError) as error:
        return _judge(error.code, error.message)
    except (aiosmtplib.SMTPException, OSError) as error:
        return Again(f"the relay cannot be used: {type(error).__name__} {error}".strip())


def compose(message: Message, sender: str) -> EmailMessage:
    """The mail, with the same Message-ID however often it is made. Raises ValueError for an impossible address.

    Line breaks in names and subjects become spaces: nothing in them can become a header of its own.
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _address("govwatch", sender)
    mail["To"] = _address(message.name, message.address)
    mail["Subject"] = _one_line(message.subject)
    mail["Date"] = format_datetime(message.written_at)
    mail["Message-ID"] = f"<{message.id}@{_domain(sender)}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text.plain, cte="base64")
    mail.add_alternative(message.html.plain, subtype="html", cte="base64")
    return mail


async def _hand_over(mail: EmailMessage, settings: Settings) -> str:
    """The relay's answer when it took the mail. How the connection ends after that is of no interest."""
    client = _client(settings)
    try:
        async with asyncio.timeout(PATIENCE):
            await client.connect()
            _, answer = await client.send_message(mail)
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):
            async with asyncio.timeout(GOODBYE):
                await client.quit()
    finally:
        client.close()
    return answer


def _client(settings: Settings) -> aiosmtplib.SMTP:
    implicit = settings.smtp_tls and settings.smtp_port == IMPLICIT_TLS_PORT
    return aiosmtplib.SMTP(
        hostname=settings.smtp_host,
        port=settings.smtp_port,
        username=settings.smtp_user or None,
        password=settings.smtp_password.get_secret_value() or None,
        use_tls=implicit,
        start_tls=False if implicit else (settings.smtp_tls or None),
        tls_context=_encryption(required=settings.smtp_tls),
        local_hostname=_domain(settings.smtp_from),
        timeout=PATIENCE,
    )


@cache
def _encryption(*, required: bool) -> ssl.SSLContext:
    """Encryption that is not required is used when offered, without asking for names (RFC 7435)."""
    context = ssl.create_default_context()
    if not required:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _judge(code: int, answer: str) -> Result:
    why = f"{code} {answer}"
    return Again(why) if code < PERMANENT or code in SIGN_IN_TROUBLE else GiveUp(why)


def _address(name: str, address: str) -> Address:
    if not ADDRESS.fullmatch(address):
        raise ValueError(f"{address!r} is no mail address")
    user, _, domain = address.partition("@")
    return Address(_one_line(name), user, domain)


def _domain(sender: str) -> str:
    return sender.partition("@")[2] or "localhost"


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
