"""What adverts write into Chinese job titles besides the work: pay, benefits, urgency,
hours, grade."""

from __future__ import annotations

import re

_NOISE = re.compile(
    "急招|急聘|诚聘|高薪|招聘|招募|直招|包吃住|包食宿|包吃|包住|包餐|吃住|"
    "五险一金|六险一金|五险|六险|社保|双休|单休|大小周|月休|月入|底薪|提成|无责|"
    "日结|周结|月结|兼职|全职|长期|短期|临时|实习生?|储备|应届生?|可?小白|"
    "资深|高级|中级|初级|不加班|长白班|白班|夜班|两班倒|薪资|工资|年终奖?|"
    "接受|无经验|零基础|经验不限|学历不限|方向|岗位?$|急|"
    r"[0-9]+(?:[-~至][0-9]+)?[kw万千元天小时]*|[+！!~]+"
)
_LEVEL_MARK = re.compile(r"(?<=[\u4e00-\u9fff])[LS](?:/S)?$")


def without_noise(title: str, names: str = "") -> str:
    """A title without what is no work; the title itself where nothing else is left.

    `names` is a text of all names: noise that is written into one of them together with
    its neighbour in the title is no noise. A 招聘专员 recruits for a living.
    """
    lowered = title.lower()

    def kept(noise: re.Match[str]) -> str:
        start, end = noise.span()
        with_next, with_last = lowered[start : end + 1], lowered[start - 1 : end]
        is_last = end == len(lowered)
        together = with_last if is_last and start else with_next
        if len(together) > end - start and together in names:
            return noise[0]
        return " "

    return _NOISE.sub(kept, lowered).strip() or title


def without_marks(name: str) -> str:
    """A name of the classification without its L (green) and S (digital) marks."""
    return _LEVEL_MARK.sub("", name)
