"""A text with every character in its plainest form, one for one: offsets stay.

Rules that look for cues read this instead of the text: lower case, bare letters,
simplified Chinese, ASCII digits, hyphens, quotes and spaces.
"""

from __future__ import annotations

import unicodedata

# traditional and simplified, the characters that adverts and CVs are full of
_TRADITIONAL = (
    "師师時时薪薪員员導导務务護护練练驗验經经歷历學学會会計计財财輕轻車车電电話话"
    "業业場场廠厂機机燈灯燒烧飯饭餐餐廚厨飲饮館馆麵面點点醫医療疗藥药齡龄長长萬万"
    "兩两幾几個个們们這这裡里裏里來来後后週周應应聘聘職职務务崗岗證证執执駕驾駛驶"
    "貨货倉仓庫库運运輸输搬搬裝装卸卸揀拣選选檢检測测質质產产線线組组織织縫缝紡纺"
    "電电氣气焊焊鋼钢築筑築筑磚砖瓦瓦漆漆油油畫画設设計计網网頁页軟软體体資资訊讯"
    "數数據据庫库語语英英國国粵粤韓韩話话寫写讀读聽听說说專专科科級级歲岁無无須须"
    "請请電电郵邮聯联絡络簡简歷历試试錄录報报紀纪獎奖傭佣補补貼贴險险膳膳宿宿住住"
    "雙双單单夜夜班班輪轮換换調调間间給给發发結结價价約约內内開开關关閉闭門门對对"
    "處处理理負负責责實实習习勞劳動动強强壓压責责溝沟協协調调團团隊队領领導导勤勤"
    "潔洁淨净掃扫環环衛卫託托嬰婴兒儿童童顧顾養养陪陪產产婦妇樂乐藝艺術术師师攝摄"
    "影影視视頻频劇剧廣广傳传單单銷销售售營营櫃柜檯台臺台賣卖買买購购採采訂订預预"
    "約约賬账帳帐稅税審审算算銀银證证券券風风險险貸贷融融賓宾諮咨詢询譯译稱称熱热"
    "戶户幫帮誠诚額额費费號号樣样愛爱製制複复條条東东與与於于滿满寫写燙烫貓猫"
    "園园農农魚鱼豬猪雞鸡樹树剪剪補补習习課课輔辅備备註注冊册鍵键盤盘點点樓楼紙纸"
    "標标準准優优異异歡欢迎迎難难簽签賞赏從从進进過过達达遠远還还邊边連连遲迟適适"
)
_DASHES = dict.fromkeys("‐‑‒–—―−－〜~～", "-")
_QUOTES = dict.fromkeys("'’‘ʼ`´′", "'")
_MARKS = {"，": ",", "：": ":", "；": ";", "！": "!", "？": "?", "（": "(", "）": ")"}


class _Plain(dict[int, str]):
    """For str.translate: each code point to exactly one."""

    def __missing__(self, code: int) -> str:
        plain = _plain(chr(code))
        if code < 0x10000:
            self[code] = plain
        return plain


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    base = unicodedata.normalize("NFKD", character)
    if category != "Lo" and (len(base) == 1 or unicodedata.combining(base[1])):
        lowered = base[0].lower()
        return lowered if len(lowered) == 1 else base[0]
    lowered = character.lower()
    return lowered if len(lowered) == 1 else character


_table = _Plain(
    {
        ord(written): plain
        for written, plain in (
            *zip(_TRADITIONAL[::2], _TRADITIONAL[1::2], strict=True),
            *_DASHES.items(),
            *_QUOTES.items(),
            *_MARKS.items(),
        )
    }
)


def plain(text: str) -> str:
    """`text` in plain characters, as long as it was."""
    return text.translate(_table)


def cuts_a_word(plain: str, start: int, end: int) -> bool:
    """Whether letters go on before or behind [start, end) of plain text."""
    before = plain[start - 1 : start] + plain[start : start + 1]
    after = plain[end - 1 : end] + plain[end : end + 1]
    return any(
        len(pair) == 2 and pair.isascii() and pair.isalpha() for pair in (before, after)
    )
