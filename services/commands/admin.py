"""``govwatch admin``: people, their passwords and tokens. For the operator of the machine; nothing asks who runs it."""

import argparse
import asyncio
import getpass
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta

from pydantic import ValidationError

from services.commands.operator import operator
from shared.documents import UNAVAILABLE, Client
from shared.embedded import CannotStart
from shared.identity import Grant, Identity, NotAccepted, Role, UnknownLogin, first_password
from shared.settings import Settings
from shared.web import BEIJING

USAGE = 64

Act = Callable[[Identity, argparse.Namespace], Awaitable[None]]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("admin", help="people who sign in: their accounts, grants, tokens and sessions")
    acts = parser.add_subparsers(dest="act", required=True)
    _add_people(acts)
    _add_grants(acts)
    _add_tokens(acts)


def _add_people(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    act = acts.add_parser("create", help="a new person; the first password is asked for, or read from standard input")
    act.add_argument("login")
    act.add_argument("--name", required=True)
    act.add_argument("--email", required=True)
    act.add_argument("--generate", action="store_true", help="make the first password and print it, once")
    _add_grant(act)
    act.set_defaults(run=_command(_create))

    act = acts.add_parser("password", help="another first password for a person; ends their sessions")
    act.add_argument("login")
    act.add_argument("--generate", action="store_true", help="make it and print it, once")
    act.set_defaults(run=_command(_password))

    act = acts.add_parser("person", help="everything about one person; or change how they sign in")
    act.add_argument("login")
    change = act.add_mutually_exclusive_group()
    change.add_argument("--oidc-subject", help="who they are at the provider of GOVWATCH_OIDC_ISSUER")
    change.add_argument("--no-oidc", action="store_true", help="they are nobody there any more")
    change.add_argument("--no-second-step", action="store_true", help="their telephone is lost: ask for no code")
    act.set_defaults(run=_command(_person))

    act = acts.add_parser("end", help="take every access from a person for good")
    act.add_argument("login")
    act.set_defaults(run=_command(_end))

    act = acts.add_parser("list", help="everybody, with their grants in force")
    act.set_defaults(run=_command(_list))


def _add_grants(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    act = acts.add_parser("grant", help="give a person one more grant")
    act.add_argument("login")
    _add_grant(act)
    act.add_argument("--until", type=_last_day, help="the last day it counts (Beijing), for example 2027-06-30")
    act.set_defaults(run=_command(_grant))

    act = acts.add_parser("ungrant", help="end a grant of a person now")
    act.add_argument("login")
    _add_grant(act)
    act.set_defaults(run=_command(_ungrant))


def _add_grant(act: argparse.ArgumentParser) -> None:
    act.add_argument("--role", required=True, choices=[str(role) for role in Role])
    over = act.add_mutually_exclusive_group(required=True)
    over.add_argument("--region", help="prefix the role is over, for example 41.01; '' is the whole country")
    over.add_argument("--unit", help="id of the unit a unit administrator is of")


def _add_tokens(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    act = acts.add_parser("token", help="a new API token of a person, printed once")
    act.add_argument("login")
    act.add_argument("--days", type=int, required=True, help="how long it lasts, 1 to 366")
    act.add_argument("--for", dest="name", default="", help="what it is for")
    act.add_argument(
        "--role", action="append", choices=[str(role) for role in Role], help="only this role (again: and)"
    )
    act.add_argument("--under", help="only below this region prefix")
    act.set_defaults(run=_command(_token))

    act = acts.add_parser("revoke", help="end every session and token of a person")
    act.add_argument("login")
    act.set_defaults(run=_command(_revoke))


def _command(act: Act) -> Callable[[argparse.Namespace, Settings], Awaitable[int]]:
    """``act`` on the identity database; what cannot be done is told in one sentence."""

    async def run(arguments: argparse.Namespace, settings: Settings) -> int:
        try:
            arguments.oidc_issuer = settings.oidc_issuer
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
        identity = Identity(client.database(f"{settings.mongo_prefix}_identity"), settings, actor=operator())
        await identity.prepare()
        yield identity
    finally:
        client.close()


async def _create(identity: Identity, arguments: argparse.Namespace) -> None:
    grant, password = _of(arguments), await _first(arguments)
    person = await identity.create_person(
        login=arguments.login,
        name=arguments.name,
        email=arguments.email,
        password=password,
        grants=(grant,),
        first=True,
    )
    _say(f"{person.login.plain} is {_said(grant)}, and must change the password at the first sign-in")
    _show(arguments, password)


async def _password(identity: Identity, arguments: argparse.Namespace) -> None:
    password = await _first(arguments)
    await identity.set_password(arguments.login, password, first=True)
    _say(f"{arguments.login} must change the password at the next sign-in; earlier sessions ended")
    _show(arguments, password)


async def _person(identity: Identity, arguments: argparse.Namespace) -> None:
    record = await identity.record(arguments.login)
    if arguments.oidc_subject is not None:
        if not arguments.oidc_issuer:
            raise NotAccepted("set GOVWATCH_OIDC_ISSUER first: a subject is one of a provider")
        await identity.link(record.login, arguments.oidc_issuer, arguments.oidc_subject)
    if arguments.no_oidc:
        await identity.unlink(arguments.login)
    if arguments.no_second_step:
        await identity.remove_second_step(record.id)
    subject = await identity.flows.subject_of(record.id)
    second_step = await identity.second_steps.in_force(record.id)
    _say(f"{record.login.plain}\t{record.name.plain}\t{record.email.plain}\t{record.id}")
    for grant in record.grants:
        _say(f"grant\t{_said(grant)}")
    _say(f"password\t{'first, to be changed' if record.password_due else 'their own' if record.password else 'none'}")
    _say(f"second step\t{f'since {second_step.since:%Y-%m-%d}' if second_step else 'no'}")
    _say(f"provider\t{f'{subject.subject.plain} of {subject.issuer}' if subject else 'no'}")
    for session in await identity.sessions.of(record.id):
        _say(f"session\tsince {session.created_at:%Y-%m-%d %H:%M}Z\t{session.address.plain}\t{session.browser}")
    for token in await identity.tokens.of(record.id):
        used = f"last used {token.used_at:%Y-%m-%d %H:%M}Z" if token.used_at else "never used"
        _say(f"token\t{token.id}\t{token.name or '-'}\tuntil {token.expires_at:%Y-%m-%d}\t{used}")


async def _grant(identity: Identity, arguments: argparse.Namespace) -> None:
    grant = _of(arguments).model_copy(update={"until": arguments.until})
    await identity.grant(arguments.login, grant)
    _say(f"{arguments.login} is {_said(grant)}")


async def _ungrant(identity: Identity, arguments: argparse.Namespace) -> None:
    grant = _of(arguments)
    held = (await identity.record(arguments.login)).grants
    now = datetime.now(UTC)
    counting = [one for one in held if one.until is None or one.until > now]
    same = [one for one in counting if (one.role, one.region, one.unit) == (grant.role, grant.region, grant.unit)]
    if not same:
        raise NotAccepted("they do not hold this grant")
    await identity.ungrant(arguments.login, same[0])
    _say(f"{arguments.login} is not {_said(grant)} any more")


async def _token(identity: Identity, arguments: argparse.Namespace) -> None:
    roles = None if arguments.role is None else [Role(role) for role in arguments.role]
    _say(
        await identity.issue_token(
            arguments.login, days=arguments.days, name=arguments.name, roles=roles, under=arguments.under
        )
    )


async def _revoke(identity: Identity, arguments: argparse.Namespace) -> None:
    await identity.revoke(arguments.login)
    _say(f"sessions and tokens of {arguments.login} ended")


async def _end(identity: Identity, arguments: argparse.Namespace) -> None:
    await identity.end(arguments.login)
    _say(f"{arguments.login} has no access any more")


async def _list(identity: Identity, _arguments: argparse.Namespace) -> None:
    for person in await identity.people():
        _say("\t".join([person.login, person.name, person.email, *(_said(grant) for grant in person.grants)]))


async def _first(arguments: argparse.Namespace) -> str:
    return first_password(arguments.login) if arguments.generate else await _ask()


def _show(arguments: argparse.Namespace, password: str) -> None:
    if arguments.generate:
        _say(f"first password: {password}")


def _of(arguments: argparse.Namespace) -> Grant:
    return Grant(role=Role(arguments.role), region=arguments.region, unit=arguments.unit)


def _last_day(text: str) -> datetime:
    """The end of a day in Beijing. Raises ValueError, which argparse tells."""
    return datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), BEIJING)


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
    last = (grant.until - timedelta(microseconds=1)).astimezone(BEIJING) if grant.until else None
    until = f" until {last:%Y-%m-%d}" if last else ""
    return f"{grant.role} of {over}{until}"


def _sentence(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(problem["msg"].removeprefix("Value error, ") for problem in error.errors())
    return str(error)
