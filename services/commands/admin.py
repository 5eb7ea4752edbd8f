"""``govwatch admin``: people, their passwords and tokens. For the operator of the machine; nothing asks who runs it."""

import argparse
import asyncio
import getpass
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from pydantic import ValidationError

from shared.documents import UNAVAILABLE, Client
from shared.embedded import CannotStart
from shared.identity import Grant, Identity, NotAccepted, Role, UnknownLogin
from shared.settings import Settings

USAGE = 64
Act = Callable[[Identity, argparse.Namespace], Awaitable[None]]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("admin", help="people who sign in: create, password, token, revoke, end, list")
    acts = parser.add_subparsers(dest="act", required=True)

    act = acts.add_parser("create", help="a new person; the password is asked for, or read from standard input")
    act.add_argument("login")
    act.add_argument("--name", required=True)
    act.add_argument("--email", required=True)
    act.add_argument("--role", required=True, choices=[str(role) for role in Role])
    over = act.add_mutually_exclusive_group(required=True)
    over.add_argument("--region", help="prefix the role is over, for example 41.01; '' is the whole country")
    over.add_argument("--unit", help="id of the unit a unit administrator is of")
    act.set_defaults(run=_command(_create))

    act = acts.add_parser("password", help="another password for a person; ends their sessions")
    act.add_argument("login")
    act.set_defaults(run=_command(_password))

    act = acts.add_parser("token", help="a new API token of a person, printed once")
    act.add_argument("login")
    act.add_argument("--days", type=int, required=True, help="how long it lasts, 1 to 366")
    act.set_defaults(run=_command(_token))

    act = acts.add_parser("revoke", help="end every session and token of a person")
    act.add_argument("login")
    act.set_defaults(run=_command(_revoke))

    act = acts.add_parser("end", help="take every access from a person for good")
    act.add_argument("login")
    act.set_defaults(run=_command(_end))

    act = acts.add_parser("list", help="everybody, with their grants in force")
    act.set_defaults(run=_command(_list))


def _command(act: Act) -> Callable[[argparse.Namespace, Settings], Awaitable[int]]:
    """``act`` on the identity database; what cannot be done is told in one sentence."""

    async def run(arguments: argparse.Namespace, settings: Settings) -> int:
        try:
            async with _identity(settings) as identity:
                await act(identity, arguments)
        except UNAVAILABLE as error:
            raise CannotStart(
                f"MongoDB does not answer: start `govwatch all`, or set GOVWATCH_MONGO_URL ({type(error).__name__})"
            ) from error
        except (UnknownLogin, NotAccepted) as error:
            sys.stderr.write(f"govwatch admin: {error}\n")
            return 1
        except ValueError as error:
            sys.stderr.write(f"govwatch admin: {_sentence(error)}\n")
            return USAGE
        return 0

    return run


@asynccontextmanager
async def _identity(settings: Settings) -> AsyncIterator[Identity]:
    """The identity database."""
    client = Client(settings.mongo_url.get_secret_value())
    try:
        identity = Identity(client.database(f"{settings.mongo_prefix}_identity"), settings)
        await identity.prepare()
        yield identity
    finally:
        client.close()


async def _create(identity: Identity, arguments: argparse.Namespace) -> None:
    grant = Grant(role=Role(arguments.role), region=arguments.region, unit=arguments.unit)
    person = await identity.create_person(
        login=arguments.login,
        name=arguments.name,
        email=arguments.email,
        password=await _ask(),
        grants=(grant,),
    )
    _say(f"{person.login.plain} is {_said(grant)}")


async def _password(identity: Identity, arguments: argparse.Namespace) -> None:
    await identity.set_password(arguments.login, await _ask())
    _say(f"{arguments.login} has a new password; earlier sessions ended")


async def _token(identity: Identity, arguments: argparse.Namespace) -> None:
    _say(await identity.issue_token(arguments.login, days=arguments.days))


async def _revoke(identity: Identity, arguments: argparse.Namespace) -> None:
    await identity.revoke(arguments.login)
    _say(f"sessions and tokens of {arguments.login} ended")


async def _end(identity: Identity, arguments: argparse.Namespace) -> None:
    await identity.end(arguments.login)
    _say(f"{arguments.login} has no access any more")


async def _list(identity: Identity, _arguments: argparse.Namespace) -> None:
    for person in await identity.people():
        _say("\t".join([person.login, person.name, person.email, *(_said(grant) for grant in person.grants)]))


async def _ask() -> str:
    """The password: typed twice on a terminal, or the first line of standard input."""
    if not sys.stdin.isatty():
        line: str = await asyncio.to_thread(sys.stdin.readline)
        return line.rstrip("\r\n")
    password: str = await asyncio.to_thread(getpass.getpass, "Password: ")
    if await asyncio.to_thread(getpass.getpass, "Again: ") != password:
        raise NotAccepted("the two are not the same")
    return password


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def _said(grant: Grant) -> str:
    over = grant.unit if grant.unit is not None else grant.region or "the whole country"
    until = f" until {grant.until:%Y-%m-%d}" if grant.until else ""
    return f"{grant.role} of {over}{until}"


def _sentence(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(problem["msg"].removeprefix("Value error, ") for problem in error.errors())
    return str(error)
