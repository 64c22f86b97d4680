"""ESCO's files and columns, in the official spelling and in a shortened one."""

from __future__ import annotations

import re
from collections.abc import Mapping

from services.matching.schemes.entries import EntryKind, Relation, SchemeId

FILE = re.compile(
    r"(occupations|skills|skillGroups|ISCOGroups|isco08_groups|skillsHierarchy"
    r"|broaderRelationsOccPillar|broaderRelationsSkillPillar"
    r"|occupationSkillRelations|skillSkillRelations)_([a-z]{2,3})\.csv",
    re.IGNORECASE,
)
SAME_FILE = {"isco08_groups": "iscogroups"}
CONCEPTS: Mapping[str, tuple[SchemeId, EntryKind]] = {
    "iscogroups": ("isco08", "group"),
    "skillgroups": ("esco", "group"),
    "occupations": ("esco", "occupation"),
    "skills": ("esco", "skill"),
}
VERSION = re.compile(r"v?(\d+\.\d+(?:\.\d+)?)")
ALIASES = r"\n| \| "

URI = {"uri": ("conceptUri", "uri")}
NAMED = {**URI, "preferred": ("preferredLabel", "preferred_label")}
MORE = {
    "code": ("code",),
    "aliases": ("altLabels", "alt_labels"),
    "hidden": ("hiddenLabels", "hidden_labels"),
    "description": ("description",),
    "isco08": ("iscoGroup", "isco08"),
    "skill_type": ("skillType", "skill_type"),
    "reuse_level": ("reuseLevel", "reuse_level"),
}
BROADER = {**URI, "broader": ("broaderUri", "broader")}
LINKS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "occupationskillrelations": {
        "from": ("occupationUri",),
        "relation": ("relationType",),
        "to": ("skillUri",),
    },
    "skillskillrelations": {
        "from": ("originalSkillUri",),
        "relation": ("relationType",),
        "to": ("relatedSkillUri",),
    },
}
RELATIONS: Mapping[str, Relation] = {
    "essential": "essential",
    "optional": "optional",
    "related": "related",
}
LEVELS = tuple(range(4))
HIERARCHY = {"uri 0": ("Level 0 URI",), "code 0": ("Level 0 code",)}
HIERARCHY_MORE = {
    f"{meaning} {level}": (f"Level {level} {column}",)
    for level in LEVELS
    for meaning, column in (
        ("uri", "URI"),
        ("term", "preferred term"),
        ("code", "code"),
    )
}
