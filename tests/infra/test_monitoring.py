"""The dashboard and the alert rules ask for nothing that no process tells."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import promql_parser as promql
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.databases import execute, plain
from tests.matching.market import Market, market
from tests.matching.matches.conftest import (
    OPERATOR,
    Api,
    api,
    database_url,
    taught_template_url,
)

__all__ = ["api", "database_url", "market", "taught_template_url"]

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "infra" / "deploy"
BOARD = DEPLOY / "grafana" / "dashboards" / "queue.json"
ALERTS = DEPLOY / "prometheus" / "alerts.yaml"
OPERATING = ROOT / "docs" / "operating.md"

ABSENT: dict[str, str] = {}
"""Metrics of the queue that the dashboard leaves out, and why."""

OF_THE_QUEUE = re.compile(
    r"rollcall_(runs?|lane|workers?|feed|index|change_log|oldest_writer|queue)(_|$)"
)
LEGEND = re.compile(r"\{\{(?:\s*\$labels\.)?\s*(\w+)\s*\}\}")
FROM_PROMETHEUS = {"instance", "job"}

Labels = dict[str, set[str]]


def board() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(BOARD.read_text("utf-8"))
    return document


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def expressions() -> dict[str, str]:
    """By where each is from."""
    found = {
        f"{panel['title']} {target['refId']}": target["expr"].replace(
            "$__rate_interval", "5m"
        )
        for panel in board()["panels"]
        for target in panel["targets"]
    }
    return found | {
        rule.get("alert") or rule["record"]: rule["expr"] for rule in rules()
    }


def family(sample: str) -> str:
    """The metric that a sample of this name is of."""
    return re.sub(r"_(bucket|count|sum|total|created)$", "", sample)


def parts(expr: Any) -> Iterator[Any]:
    """An expression and all within it."""
    yield expr
    for name in ("expr", "lhs", "rhs", "param", "vector_selector"):
        within = getattr(expr, name, None)
        if within is not None:
            yield from parts(within)
    for within in getattr(expr, "args", None) or ():
        yield from parts(within)


def selectors(expression: str) -> list[promql.VectorSelector]:
    every = parts(promql.parse(expression))
    return [each for each in every if isinstance(each, promql.VectorSelector)]


def grouped_by(expression: str) -> set[str]:
    """Labels that aggregations keep or vectors are matched on."""
    kept: set[str] = set()
    for each in parts(promql.parse(expression)):
        if isinstance(each, promql.AggregateExpr) and each.modifier is not None:
            kept |= set(each.modifier.labels)
        elif isinstance(each, promql.BinaryExpr) and each.modifier is not None:
            matching = each.modifier.matching
            kept |= set(matching.labels) if matching is not None else set()
    return kept


async def exported(api: Api, market: Market) -> dict[str, Labels]:
    """What a scrape of the live API gives, by sample: the values of each label.

    A feed is followed meanwhile, and a transaction holds it back.
    """
    execute(
        market.settings.database_url,
        "INSERT INTO matching.feed_cursor (feed) VALUES ('postings'), ('profiles')",
    )
    await api.get("/metrics", OPERATOR)
    holding = await asyncpg.connect(plain(market.settings.database_url))
    try:
        async with holding.transaction():
            await holding.execute("SELECT pg_current_xact_id()")
            page = (await api.get("/metrics", OPERATOR)).text
    finally:
        await holding.close()
    found: dict[str, Labels] = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            labels = found.setdefault(sample.name, defaultdict(set))
            for name, value in sample.labels.items():
                labels[name].add(value)
    return found


async def test_every_metric_label_and_value_that_is_asked_for_is_told(
    market: Market, api: Api
) -> None:
    told = await exported(api, market)
    told |= {rule["record"]: {} for rule in rules() if "record" in rule}
    wrong: list[tuple[str, str]] = []
    for where, expression in expressions().items():
        known = set(FROM_PROMETHEUS)
        for selector in selectors(expression):
            assert selector.name is not None
            labels = told.get(selector.name)
            if labels is None:
                wrong.append((where, selector.name))
                continue
            known |= set(labels)
            for matcher in selector.matchers.matchers:
                values = labels.get(matcher.name, set())
                is_list = matcher.op in (promql.MatchOp.Re, promql.MatchOp.NotRe)
                asked = matcher.value.split("|") if is_list else [matcher.value]
                wrong += [
                    (where, f"{selector.name}{{{matcher.name}={value}}}")
                    for value in asked
                    if value not in values
                ]
        wrong += [(where, f"by {name}") for name in grouped_by(expression) - known]
    assert wrong == []


async def test_every_metric_of_the_queue_is_on_the_dashboard(
    market: Market, api: Api
) -> None:
    shown = {
        family(selector.name or "")
        for panel in board()["panels"]
        for target in panel["targets"]
        for selector in selectors(target["expr"].replace("$__rate_interval", "5m"))
    }
    told = {family(name) for name in await exported(api, market)}
    of_the_queue = {name for name in told if OF_THE_QUEUE.match(name)}
    assert len(of_the_queue) > 15
    # made by a document that cannot be read, and of the process alone
    missing = of_the_queue - shown - {"rollcall_index_documents_skipped"}
    assert missing == set(ABSENT)


def test_figures_of_the_database_are_never_summed_over_instances() -> None:
    """Every process tells the same: a sum would count it as often as there are any."""
    shared = re.compile(r"rollcall_(?!http_|index_seq)")
    for where, expression in expressions().items():
        for each in parts(promql.parse(expression)):
            if isinstance(each, promql.AggregateExpr) and str(each.op) == "sum":
                inside = list(parts(each.expr))
                names = [
                    part.name or ""
                    for part in inside
                    if isinstance(part, promql.VectorSelector)
                ]
                first = any(isinstance(part, promql.AggregateExpr) for part in inside)
                assert first or not any(map(shared.match, names)), where


def test_what_is_named_in_a_legend_or_summary_is_kept_by_its_expression() -> None:
    texts = [
        (target["legendFormat"], target["expr"].replace("$__rate_interval", "5m"))
        for panel in board()["panels"]
        for target in panel["targets"]
    ]
    texts += [
        (rule["annotations"]["summary"], rule["expr"])
        for rule in rules()
        if "alert" in rule
    ]
    for told, expression in texts:
        named = set(LEGEND.findall(told))
        assert named <= grouped_by(expression) | FROM_PROMETHEUS, told


@pytest.mark.parametrize(
    "rule",
    [rule for rule in rules() if "alert" in rule],
    ids=lambda rule: rule["alert"],
)
def test_every_alert_says_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("page", "ticket")
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text("utf-8"), re.M)
    anchors = {
        re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings
    }
    assert anchor in anchors


async def test_the_page_for_operators_names_every_metric(
    market: Market, api: Api
) -> None:
    text = OPERATING.read_text("utf-8")
    told = {
        re.sub(r"_(bucket|count|sum|created)$", "", name)
        for name in await exported(api, market)
        if OF_THE_QUEUE.match(name)
    }
    assert {name for name in told if f"`{name}" not in text} == set()
