"""Rulesets that nobody here wrote by hand: an overlay of the national table for one province, as YAML.

What it sets is drawn at random, or changed by a test; nothing of it is in ``services/scorer/rulesets``.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import yaml

from demo.city import Mark, Script

MARKS = "D-402"
"""The national criterion on the marks in the footer; its name is the contract with the overlays that change it."""
SYLLABLES = "阳明远正清和广德文惠"
PROBED = {Mark.PARTY_GOVERNMENT: "party_mark"}


@dataclass(frozen=True)
class Overlay:
    """What a province asks in its own way.

    ``obligation`` is the criterion on changes nobody filed, ``fields`` the changes it means; ``looks`` looks must agree
    that one of ``marks`` is absent, which costs ``points``. Marks and fields are probe name -> official name.
    """

    id: str
    version: int
    region: str
    since: date
    cite: str
    obligation: str
    fields: dict[str, str]
    marks: dict[str, str]
    looks: int
    points: str

    def write(self, directory: Path) -> None:
        """Put it where GOVWATCH_RULESET_DIR says."""
        directory.mkdir(exist_ok=True)
        text = yaml.safe_dump(self._document(), allow_unicode=True, sort_keys=False)
        (directory / f"{self.id}.yaml").write_text(text, encoding="utf-8")

    def _document(self) -> dict[str, Any]:
        return {
            "ruleset": self.id,
            "version": str(self.version),
            "extends": "cn-national-2019-19",
            "region": self.region,
            "effective": {"from": self.since},
            "document": {
                "cite": self.cite,
                "issuer": "演练省人民政府办公厅",
                "issued_on": self.since - timedelta(days=1),
                "status": "unverified",
            },
            "overrides": [
                {"id": self.obligation, "op": "add", "reason": "演练：另立一项义务。", "indicator": self._obligation()},
                {"id": MARKS, "op": "replace", "reason": "演练：标识的要求不同。", "set": self._marks()},
            ],
        }

    def _obligation(self) -> dict[str, Any]:
        criterion = {
            "id": self.obligation,
            "text": "变更账号须事先报备。",
            "citation": "演练第一条",
            "method": "automatic",
            "evaluator": "filing",
            "params": {"observed_days": 3, "fields": self.fields},
            "probes": ["profile"],
            "close": "automatic",
            "severity": "ordinary",
        }
        return {"name": "变更未报备", "kind": "obligation", "applies": "accounts", "criteria": [criterion]}

    def _marks(self) -> dict[str, Any]:
        params = {"observed_days": 1, "looks": self.looks, "marks": self.marks}
        return {"params": params, "points": self.points, "citation": "演练第二条"}


def probed(mark: str) -> str:
    """What the probe calls a mark of the city."""
    return PROBED.get(Mark(mark), Mark(mark).value)


def at_random(draw: Random, script: Script) -> Overlay:
    """An overlay for the province of ``script`` that asks for the mark its website will lose, and some others."""
    letters = "".join(draw.choices("bcdfghjklmnpqrstvwxz", k=6))
    others = draw.sample([probed(mark) for mark in Mark if mark is not Mark.ERROR_REPORT], draw.randint(1, 6))
    asked = sorted({probed(script.plot.loses_mark.argument), *others})
    return Overlay(
        id=f"cn-{script.units[0].region[:2]}0000-{letters}",
        version=draw.randint(1, 99),
        region=script.units[0].region[:2],
        since=date(2019, 5, 1) + timedelta(days=draw.randrange(2000)),
        cite=f"《演练省{letters}号检查办法》",
        obligation=f"O-{letters}",
        fields={"name": f"账号{_word(draw)}名", "verified_as": f"账号{_word(draw)}主体"},
        marks={mark: f"{_word(draw)}标识" for mark in asked},
        looks=draw.randint(1, 3),
        points=f"0.{draw.randint(1, 9)}",
    )


def _word(draw: Random) -> str:
    return "".join(draw.sample(SYLLABLES, 3))
