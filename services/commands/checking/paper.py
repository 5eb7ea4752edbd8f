"""A check as a page of its own: one file, no address in it is loaded, nothing in it runs. Pure but for templates."""

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from markupsafe import Markup

from services.commands.checking import words
from services.commands.checking.checked import Checked, Crashed
from services.scorer.pages import KINDS, RESULTS, points_of
from shared.events.score import Verdict
from shared.web.assets import Assets, load
from shared.web.pages import environment

TEMPLATES = Path(__file__).with_name("templates")


def paper(done: Sequence[Checked | Crashed], now: datetime) -> str:
    """The scorecards of ``done`` as an HTML page that may be kept, sent and printed; ``now`` is when it was made."""
    files = load()
    style = files["govwatch.css"].body.decode()
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        environment(TEMPLATES, Assets("check", files))
        .get_template("check.html")
        .render(
            done=[each for each in done if isinstance(each, Checked)],
            crashed=[each for each in done if isinstance(each, Crashed)],
            now=now,
            style=Markup(style),  # noqa: S704 - our own file
            policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
            words=words,
            kinds=KINDS,
            results=RESULTS,
            points_of=points_of,
            verdicts=tuple(Verdict),
        )
    )
