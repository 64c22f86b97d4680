"""What merely looks like a name is never taken for it."""

from __future__ import annotations

import pytest

from services.matching.skills.normalise import normalise
from services.matching.skills.taxonomy import load_taxonomy
from services.matching.skills.titles import resolve_title

# what somebody typed | the skill it looks like and is not
SKILLS = """
cook | react
C | c-plus-plus
C | c-sharp
C++ | c-language
C ++ | c-language
C + + | c-language
C# | c-language
C # | c-language
C# | c-plus-plus
F# | c-sharp
F | f-sharp
C+ | c-plus-plus
C-- | c-plus-plus
D | c-language
Java | javascript
JavaScript | java
Script | javascript
Javanese | java
TypeScript | javascript
type | typescript
nursery | nursing-care
nurture | nursing-care
nursing | early-years-teaching
weldor | welding
wedding | welding
wedding planning | welding
melding | welding
net | dotnet
networking event | computer-networking
nodes | node-js
sewage | sewing
parcel painting | packing
view | vue
angle | angular
angular contact bearings | angular
reaction | react
reactor | react
React Native | react
react | react-native
Swiftness | swift-language
SWIFT payments | swift-language
rusty | rust
rust removal | rust
going | go-language
goat | go-language
Pearl | perl
kotlin island | kotlin
scalable | scala
scale | scala
ruby jewellery | ruby
Python handling | python
python keeping | python
R and D | r-language
R & B | r-language
excellent | spreadsheets
outlooks | office-software
MySQL | sql-server
SQL | mysql
SQL Server | mysql
NoSQL | sql
Postgres | mysql
Oracle | sql-server
Spark plug | spark
sparkling wine | spark
docking | docker
dock | docker
gitter | git
grit | git
radish | redis
linen | linux
Azure blue | azure
awe | aws
Tableaux | tableau
table | tableau
tabling | tableau
timing | tiling
filing | tiling
tilting | tiling
baking soda | bread-baking
banking | bread-baking
piling | filing
filing | piling
sowing | sewing
sewing | planting-sowing
mining | milling
milling | mining-work
moulding | modelling
modelling | injection-moulding
data modelling | modelling
fashion modelling | 3d-modelling
painting | printing-press-operation
house painting | vehicle-painting
pointing | house-painting
diving | car-driving
drilling | grilling
grilling | drilling-blasting
proofing | roofing
plastering | plastic-extrusion
plastic | plastering
massages | message-queues
message | massage
tying | typing
writing | waiting-tables
waving | weaving-knitting
wearing | weaving-knitting
counting | accounting
account | accounting
signing | singing
sign language | singing
dancing | data-entry
singeing | singing
bar | barbering
barber | bar-tending
bartering | bar-tending
curing | nursing-care
caring for plants | elderly-care
cashmere | cash-handling
foil grading papers | crop-grading
plumping | plumbing
plumb | plumbing
lumbering | plumbing
carpeting | carpentry
carpet | carpentry
carpentry | carpet-cleaning
gliding | glazing
grazing | glazing
glassing | glazing
laundering money | laundry-handling
money laundering | anti-money-laundering
surgery reception | surgery
meditation | mediation
mediation | medication-administration
medication | mediation
triangle | triage
tillage | till-operation
midwife crisis | midwifery
podiatry | paediatric-nursing
psychology | psychotherapy
physics | physiotherapy
phlebotomist chair | phlebotomy
ecology | geology
geology | ecology
theology | geology
metrology | meteorology
会议 | accounting
会计 | minute-taking
驾照 | car-driving
烹调师证 | cooking
焊 | welding
不会焊接 | welding
电 | electrical-installation
电影 | electrical-installation
电话 | electrical-installation
叉子 | forklift-driving
开锁机 | locksmithing
收银行 | till-operation
银行 | till-operation
保险 | security-guarding
保管 | security-guarding
安保险 | security-guarding
砌砖茶 | bricklaying
理发票 | haircutting
发票 | haircutting
快递 | cooking
教练车 | sports-coaching
木工厂 | carpentry
水电站 | plumbing
""".strip()

TITLES = """
Train driver | forklift-driver
Driver | tractor-driver
Bank manager | restaurant-manager
Bar manager | bartender
Barber | bartender
Barista trainer | barista
Chief | chef
Chef de partie assistant to the chief | concierge
Sailing | fisher
Pointer | painter
Printer | painter
Welder's mate | welder
Cleaner production engineer | cleaner
Cook Islands representative | line-cook
Director, Electricians | electrician
Supervisor of Plumbers | plumber
Assistant to the Carpenter | carpenter
Plumbers merchant | plumber
Carpet fitter | carpenter
Roof inspector | roofer
Baker Street manager | baker
Butcher paper supplier | butcher
Courier service manager | courier
Waiter training lead | waiter
Gardener or plumber | plumber
Electrician / Plumber | plumber
Electrician / Plumber | electrician
Teacher of welders | welder
Sales | sales-manager
Fisher Scientific account lead | fisher
焊工老师 | welder
厨师帽生产 | chef
电工电子 | electrician
司机助手 | forklift-driver
会计 | cashier
""".strip()


def pairs(text: str) -> list[tuple[str, str]]:
    return [(line.split(" | ")[0], line.split(" | ")[1]) for line in text.splitlines()]


def test_the_concepts_that_could_be_mistaken_exist() -> None:
    taxonomy = load_taxonomy()
    assert {wrong for _, wrong in pairs(SKILLS)} <= taxonomy.skills.keys()
    assert {wrong for _, wrong in pairs(TITLES)} <= taxonomy.occupations.keys()
    assert len(pairs(SKILLS)) + len(pairs(TITLES)) >= 100


@pytest.mark.parametrize(("phrase", "wrong"), pairs(SKILLS))
def test_a_look_alike_of_a_skill_is_not_that_skill(phrase: str, wrong: str) -> None:
    found = normalise(phrase, "skill")
    assert found.concept is None or found.concept.id != wrong


@pytest.mark.parametrize(("title", "wrong"), pairs(TITLES))
def test_a_look_alike_of_a_title_is_not_that_occupation(title: str, wrong: str) -> None:
    found = resolve_title(title)
    assert found.concept is None or found.concept.id != wrong
