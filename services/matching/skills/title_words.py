"""Words of job titles that say how senior or how employed, not what work it is."""

from __future__ import annotations

import re


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


DROPPED = frozenset(
    _words(
        """
        senior sr junior jr lead principal deputy head staff entry level experienced
        qualified certified licensed trainee apprentice graduate student
        full part time fulltime parttime seasonal temporary temp casual freelance
        permanent interim acting relief bank per diem contract live in
        day night evening weekend morning overnight shift remote bilingual
        urgent immediate start needed wanted hiring required job jobs vacancy role
        position new
        """
    )
)
"""Dropped from the beginning of a title and from its end."""

DROPPED_BEFORE_TWO_WORDS = frozenset(["assistant", "associate"])
"""An assistant project manager manages projects; an assistant manager does not."""

GRADE = re.compile(r"[ivx]{1,4}|[0-9]{1,3}|[lm][0-9]|[a-c]|level|grade|band|tier")
"""A grade behind a title: IV, 3, L2, M1, "level 2"."""

RANKS = frozenset(
    _words(
        """
        administrator advisor adviser agent aide analyst assistant associate attendant
        chief clerk commissioner consultant coordinator counsel director engineer
        examiner executive expert head helper inspector instructor intern investigator
        leader manager officer operator planner president principal representative
        scientist secretary specialist superintendent supervisor technician trainee
        worker
        """
    )
)
"""Words that name a position but not its work. A part of a title that ends in one and
is not understood hides what the others mean: "Director, Accounting Clerks"."""

COMPLEMENTS = re.compile(
    r"\b(?:of|for|to|in|at|with|on|from|within|the|who|reporting|under|via)\b"
)
"""From here on a title says of what, for whom or where."""

ONE_WORD_IN_TWO = frozenset(
    [
        *("care home", "childrens home", "foster home", "funeral home", "group home"),
        *("holiday home", "mobile home", "nursing home", "residential home"),
        *("rest home", "retirement home", "smart home", "second hand", "real estate"),
        *("night club", "power house", "public house", "ware house", "green house"),
    ]
)
"""No name begins inside one of these: who cleans a nursing home cleans no homes."""

SPELT_OUT = {
    "asst": "assistant",
    "assoc": "associate",
    "coord": "coordinator",
    "dir": "director",
    "engr": "engineer",
    "mgr": "manager",
    "rep": "representative",
    "secy": "secretary",
    "supv": "supervisor",
    "supvr": "supervisor",
}

CHINESE_BEFORE = _words(
    """
    急招 急聘 诚聘 高薪 招聘 高级 资深 中级 初级 助理 实习 见习 储备 熟练 首席 主任 有证
    兼职 全职 长期 短期 临时 夜班 长白班 白班 周末 包吃住 日结
    """
)
CHINESE_AFTER = _words(
    """
    若干名 若干 数名 急招 长期 短期 兼职 全职 日结 周结 月结 包吃住 包吃 包住
    两班倒 夜班 白班 学徒 实习生
    """
)
