"""Names that are also everyday words, and what must stand by for them to count."""

from __future__ import annotations

import re

from services.matching.skills.folding import fold


def _words(text: str) -> frozenset[str]:
    return frozenset(map(fold, text.split()))


SHORT = _words(
    """
    c r go js ai ml ui ux qc hr pr it ea np kp pa ta mc dj ca cd id ps ppt sap sas spc
    cad ros elk aed adr ase sre cop csi vet gp dba cms csr cna csp cia aca cap sst mfa
    coo cio cto cmo cfo ceo rn bdr edr tpm ipm rpa svn sox nlp ehs hse osh uat eia hca
    pca pct flt fem fea jcl jmp lpn lvn mlt msw mua pcr phn pls phr rcm scm seo slp sps
    stm swe tcm vfx vpn wps
    """
)
"""Counted when written in capitals, or in a list of other names."""

SINGLE_LETTERS = _words("c r")
"""Counted in a list of other names, or beside a word about programming."""

PRODUCTS = _words(
    """
    react spring rust flask hive unity puppet node express dart swift spark ruby lean
    excel access outlook word go looker relativity keynote scrum solidity primavera
    blender flutter django jenkins docker angular vue scala perl oracle cloud figma
    ansible salesforce kafka redis tableau creo citrix fusion julia next nest bash
    """
)
"""Counted with a capital letter where no sentence begins, in a list, or by a cue."""

EVERYDAY = _words(
    """
    driving security communication research sales strategy collections writing drawing
    reporting nails extra extras model models waiting loading unloading casting logger
    controller ranger companion buyer guard doctor collaboration training coaching
    supervision instruction assembly binding branding advertising administration admin
    analytics appraisal assessment audit billing budgeting bargaining containers
    consolidation corrections costing customs dance dancing driller electronics fading
    filing filming fitter fellowship freight furnace hiring highlights inspections
    interpretation investigation investigations laundry leadership lending listening
    logging maintenance mapping marketing matron mechanic messenger modelling mooring
    mover navigation networking noodles nutrition optics outreach painting patrol
    paving permits photography picking pizza planning planting polling presenting
    printing privacy procurement prospecting punctuality purchasing recruiting
    recruitment recycling reception rehab removals rendering reservations retail
    routing runway scheduling seeding selling singing sourcing staffing stamping
    statistics styling sustainability sweeper swimming teaching threading ticketing
    trading turning typing typist usher valuation vocals wardrobe weaving word wrecking
    yoga cook cooks chef teller tutor intern internship apprenticeship apprentice
    carer teacher nurse trainer planner worker helper staff assistant manager
    consultant coordinator engineer operator producer porter host agent driver
    representative supervisor director officer technician analyst engineering fishing
    cycling boating fencing gardening cleaning cooking housework teamwork
    multitasking health safety music football tennis karate chess travelling
    compliance architecture programming verkauf versand ernte spülen kochen grillen
    servieren helfer aushilfe bedienung monteur ménage vente cuisine peintre ventas
    cobro pintor peón cap
    """
)
"""Names in their own right in a list, at the start of a line or beside a cue; in the
middle of a sentence they are more often just words."""

# beside these an everyday word is meant as work or skill
CUES = re.compile(
    r"\b(?:experience[ds]?|skills?|skilled|knowledge|proficien\w*|expert\w*|famil\w*"
    r"|background|train(?:ed|ing) in|qualified|competen\w*|abilit\w+|able to|know"
    r"|responsib\w+|dut(?:y|ies)|tasks?|includ\w*|involv\w*|help\w*|advanced|basic|good"
    r"|strong|excellent|solid|enjoys?|love|required|essential|desirable|preferred|plus"
    r"|using|certified|years?|yrs?|work(?:ing)? (?:in|with|as)|you (?:will|are)"
    r"|erfahrung\w*|kenntnis\w*|aufgaben?|umgang|sicher\w*|gute|jahre?|als|profil"
    r"|experience|competences?|connaissances?|maitrise|annees|ans|missions?"
    r"|experiencia|conocimientos?|manejo|anos|funciones)\b",
)
PROGRAMMING = re.compile(
    r"\b(?:programm\w*|language|code|coding|develop\w*|software|script\w*|stat\w*"
    r"|sprache|entwickl\w*|python|java|sql|matlab|stata|sas|spss|linux)\b|c\+\+"
    r"|编程|语言|开发"
)

_CHINESE = _words(
    """
    确保安全 保安全 会计算 会计划 社会计 电工资 车间 平台 运营商
    机械化 人事关系 工地点 无人机会 教师节 医生育 普通话费 客服务器 保姆级
    管理会 招聘人数 招聘单位 招聘要求 招聘岗位 招聘信息 招聘职位 招聘对象 应聘
    急招聘 采购车 产品包装 公司行政区 包装修 销售额 销售部 采购部 行政区
    行政班 会议室 测试题 环境保护 翻译费 工作日结束
    """
)
_LATIN = (
    "background noise",
    "access to",
    "go to market",
    "word of mouth",
    "social security",
    "job security",
    "health and safety",
    "cold calling",
    "phone calls",
    "driver seat",
    "extra pay",
    "extra hours",
    "sales target",
    "security deposit",
    "staff discount",
    "gift card",
    "pick up",
    "cloud nine",
    "drug test",
    "dress code",
)
NOT_NAMES = (*_CHINESE, *_LATIN)
"""Longer phrases that only seem to hold a name."""
