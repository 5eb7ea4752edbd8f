"""The tags a government website carries in ``<meta>``: 站点、栏目、内容 (国办发〔2017〕47号, 网页设计规范). Pure."""

from collections.abc import Mapping

from selectolax.lexbor import LexborHTMLParser

from services.prober.html import fold

SITE = ("SiteName", "SiteDomain", "SiteIDCode")
COLUMN = ("ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType")
ARTICLE = ("ArticleTitle", "PubDate", "ContentSource")
OFFICIAL = {name.lower(): name for name in (*SITE, *COLUMN, *ARTICLE)}
LONGEST = 200


def tags_of(tree: LexborHTMLParser) -> Mapping[str, str]:
    """The tags of a page by their official names, however they are written; an empty one is none."""
    found: dict[str, str] = {}
    for node in tree.css("meta[name][content]"):
        name = OFFICIAL.get((node.attributes.get("name") or "").strip().lower())
        value = fold(node.attributes.get("content") or "")[:LONGEST]
        if name and value:
            found.setdefault(name, value)
    return found
