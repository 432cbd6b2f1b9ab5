"""Words that the planting rules swap: read from the corpus by hand, kept apart from any list of the product."""

from __future__ import annotations

DRUG_CLASSES: tuple[tuple[str, ...], ...] = (
    ("apixaban", "rivaroxaban", "edoxaban", "dabigatran", "warfarin"),
    ("dapagliflozin", "empagliflozin", "canagliflozin"),
    ("alendronate", "risedronate", "zoledronic acid", "denosumab", "romosozumab", "teriparatide", "raloxifene"),
    ("rosuvastatin", "pravastatin", "pitavastatin"),
    ("allopurinol", "febuxostat", "colchicine"),
    ("erenumab", "fremanezumab", "galcanezumab", "eptinezumab"),
    ("topiramate", "valproate", "venlafaxine", "amitriptyline", "propranolol"),
    ("hydroxychloroquine", "ivermectin", "remdesivir", "anakinra"),
    ("clarithromycin", "levofloxacin", "metronidazole", "amoxicillin", "rifabutin"),
    ("vonoprazan", "lansoprazole"),
    ("methotrexate", "azathioprine", "tocilizumab"),
    ("secukinumab", "tofacitinib"),
    ("spironolactone", "eplerenone", "finerenone"),
    ("semaglutide", "metformin"),
    ("pregabalin", "duloxetine", "tramadol"),
    ("enalapril", "bisoprolol", "vericiguat"),
    ("hydrocortisone", "prednisolone"),
    ("terbutaline", "albuterol"),
)
"""Drugs of the corpus, of one class or for one illness, of which one may stand in a claim about another."""

CONDITION_GROUPS: tuple[tuple[str, ...], ...] = (
    ("lumbar stenosis", "piriformis syndrome", "sacroiliac joint pain", "ankylosing spondylitis"),
    ("cauda equina syndrome", "spinal infection"),
    ("Takayasu arteritis", "giant cell arteritis"),
    ("hip osteoarthritis", "knee osteoarthritis", "hand osteoarthritis"),
    ("stroke", "myocardial infarction", "major bleeding", "intracranial haemorrhage"),
    ("cardiovascular death", "death from any cause"),
    ("hip fracture", "vertebral fracture", "nonvertebral fracture"),
    ("HFrEF", "HFpEF"),
    ("in AF", "in heart failure"),
    ("with AF", "with heart failure"),
    ("of AF", "of heart failure"),
    ("hospitalisation for heart failure", "hospitalisation for stroke"),
    ("in CKD", "in heart failure"),
    ("with CKD", "with heart failure"),
    ("hyperkalaemia", "hypotension", "syncope", "acute kidney injury"),
    ("sciatica", "hip pain"),
    ("low back pain", "shoulder pain"),
    ("gout", "pseudogout"),
    ("in CAP", "in hospital-acquired pneumonia"),
    ("episodic migraine", "chronic migraine"),
    ("autism", "epilepsy"),
    ("asthma", "COPD"),
)
"""Conditions and outcomes that are taken for each other."""

POPULATIONS: tuple[tuple[str, str], ...] = (
    (r"^(?!.*\b(?:years|aged|\d\d-\d\d|\d\d to|of \d\d|infants|adolescents)\b)(.*?)\b([Aa])dults\b", r"\1children"),
    (r"\badult inpatients\b", "adult outpatients"),
    (r"\boutpatients\b", "inpatients"),
    (r"\binpatients\b", "outpatients"),
    (r"^(?!.*\b(?:[Mm]en\b|males\b|.*menopaus))(.*?)\bwomen\b", r"\1men"),
    (r"^(?!.*\b(?:women\b|females\b))(.*?)\bmen\b", r"\1women"),
    (r"^(?!.*\b(?:males\b|.*menopaus))(.*?)\bfemales\b", r"\1males"),
    (r"\bpostmenopausal\b", "premenopausal"),
    (r"\btype 2 diabetes\b", "type 1 diabetes"),
    (r"\bwithout diabetes\b", "with diabetes"),
    (r"\bfrail\b", "fit"),
    (r"^(?!.*\b(?:years|\d to \d))(.*?)\bchildren\b", r"\1adults"),
    (r"\bintensive care patients\b", "patients on general wards"),
    (r"\bpeople with HIV\b", "people with hepatitis B"),
    (r"\btreatment-naive\b", "previously treated"),
    (r"\bChinese\b", "European"),
    (r"\bsurgical candidates\b", "people unfit for surgery"),
    (r"\bin hospital\b", "at home"),
    (r"\b[Oo]lder people\b", "young people"),
    (r"\bfrom age (\d\d)\b", r"up to age \1"),
    (r"\bfrom (\d\d) years of age\b", r"up to \1 years of age"),
    (r"\baged (\d\d) to (\d\d)\b", r"younger than \1"),
    (r"\bof at least (\d\d) years\b", r"of less than \1 years"),
    (r"\bat least (\d\d) years old\b", r"less than \1 years old"),
    (r"\b(\d\d) years or older\b", r"\1 years or younger"),
)
"""A pattern and what takes its place: who is treated becomes somebody else."""

COMPARATORS: tuple[tuple[str, str], ...] = (
    (r"\bat least\b", "at most"),
    (r"\bat most\b", "at least"),
    (r"\bno (?:more|higher|later) than\b", "no less than"),
    (r"\bno (?:fewer|less|lower|sooner|earlier) than\b", "no more than"),
    (r"(?<=\bone )or more\b|(?<=\btwo )or more\b|(?<=\bfour )or more\b", "or fewer"),
    (r"(?<!\bone )(?<!\btwo )(?<!\bfour )(?<!50% )\bor more\b(?! often)", "or less"),
    (r"\bor (?:older|over)\b", "or younger"),
    (r"\bor higher\b", "or lower"),
    (r"(?<!no )\b(?:more|longer) than (?=a |one |two |\d)", "less than "),
    (r"(?<!no )\bshorter than (?=\w)", "longer than "),
    (r"(?<!no )\b(?:less|fewer) than (?=a |one |five |\d)", "more than "),
    (r"(?<!\bto )(?<!\bin )(?<!\bdrops )(?<!\bgoes )\b(?:under|below) (?=\d)", "above "),
    (r"\b(?:over|above) (?=\d)(?!\d+ (?:days|weeks|months|years))", "under "),
    (r"\bexceeds (?=\d)", "is below "),
    (r"\bsensitivity\b(?!.*specific)", "specificity"),
    (r"\bspecificity\b(?!.*sensitiv)", "sensitivity"),
    (r"\bMost (?=[a-z])", "Hardly any "),
    (r"\bonly after\b", "even before"),
)
"""A pattern and what takes its place: a bound turns round, or one measure of a test is named for the other."""

DIRECTIONS: tuple[tuple[str, str], ...] = (
    (r"\bmore often\b", "less often"),
    (r"\bless often\b", "more often"),
    (r"\bmore frequent\b", "less frequent"),
    (r"\bless frequent\b", "more frequent"),
    (r"\bmore common\b", "less common"),
    (r"\bless common\b", "more common"),
    (r"\brarer\b", "more frequent"),
    (r"\bcommoner\b", "less frequent"),
    (r"(?<!not )(?<!significantly )(?<!be )\blowered\b", "pushed up"),
    (r"\braised\b(?= the (?:risk|level))", "brought down"),
    (r"\breduced\b(?= (?:the|deaths|mortality))", "increased"),
    (r"\bslowly\b", "quickly"),
    (r"(?<!failed )\bto lower\b", "to increase"),
    (r"\bto reduce\b", "to increase"),
    (r"(?<!not )(?<!non)(?<!non-)\bsuperior to\b", "worse than"),
    (r"\bnoninferior to\b", "worse than"),
    (r"\bbetter\b", "worse"),
    (r"\bworse\b", "better"),
    (r"\bFewer\b", "A larger number of"),
    (r"\bMore\b(?! than)", "A smaller number of"),
    (r"\bimproves\b", "impairs"),
    (r"\bpreferred to\b", "ranked behind"),
    (r"\bprefers\b(?= (?:for|one|as-needed)\b)", "discourages"),
    (r"\bfavours\b", "speaks against"),
    (r"\bdiscouraged by\b", "encouraged by"),
    (r"\badvised against\b", "advised"),
    (r"\badvises against\b", "advises"),
    (r"\blikelier\b", "less likely"),
    (r"\bunlikely\b", "likely"),
    (r"\bunderdiagnosed\b", "overdiagnosed"),
    (r"\brelieves\b", "provokes"),
    (r"\beases\b(?! with)", "aggravates"),
)
"""A pattern and what takes its place: an effect, a preference or an advice points the other way."""

NEGATIONS: tuple[tuple[str, str], ...] = (
    (
        r"(?<!NSAID )\bis (?=(?:strongly |conditionally )?(?:recommended|suggested|preferred|advised)\b(?! against))",
        "is no longer ",
    ),
    (
        r"\bare (?=(?:strongly |conditionally )?(?:recommended|suggested|preferred|advised)\b(?! against))",
        "are no longer ",
    ),
    (r"\bwas (?=(?:recommended|suggested|retracted|noninferior|superior)\b)", "was never "),
    (r"\bshould not\b", "should"),
    (r"^(?!No|Every|All)(.*?)\bshould(?= (?:be|get|have|receive|reach|aim)\b(?! started no))", r"\1should never"),
    (r"\bdid not (significantly )?(differ|change)\b", r"did \1\2"),
    (
        r"(?<!conditionally )\b(recommends|suggests|advises|prefers)(?! against\b)(?! the (?:ESC|ATS|20))(?= [a-z])",
        r"nowhere \1",
    ),
    (r"(?<!not )(?<!significantly )(?<!be )\blowered\b", "failed to lower"),
    (r"\breduced (?=the |deaths|mortality)", "failed to reduce "),
    (r"(?<!to )\bcut(?= (?:the|stroke|nonvertebral|hs))", "failed to cut"),
    (r"\b[Nn]either\b(.*?)\bnor\b", r"both\1and"),
    (r"\bcannot\b", "can"),
    (r"\bno significant\b", "a significant"),
    (r"\bnot significantly\b", "significantly"),
    (r"\bwithout (?=a significant)", "with "),
)
"""A pattern and what takes its place: a denial comes or goes."""

UNITS: tuple[tuple[str, str], ...] = (
    (r"(?<=\d )mg(?=[ ,.;)]| daily| a day)(?!/)", "µg"),
    (r"(?<=\d )µg\b", "mg"),
    (r"(?<=\d )mg/dL", "mmol/L"),
    (r"(?<=\d )mmol/L", "mg/dL"),
    (r"(?<=\d )mEq/L", "mEq/dL"),
    (r"(?<=\d )mg/g", "g/g"),
    (r"(?<=\d )g(?= with| t\.i\.d)", "µg"),
    (r"(?<=\d )cm\b", "mm"),
    (r"(?<=\d )kg\b", "g"),
    (r"(?<=\d )mL/min\b", "mL/h"),
    (r"(?<=\d )µmol/L", "nmol/L"),
    (
        r"(?:(?<=\bthree )|(?<=\bfive )|(?<=\beight )|(?<=\bten )|(?<=\btwo )|(?<=\bfourteen )|(?<=\b14 )|(?<=\b90 ))"
        r"days\b(?! of headache)",
        "months",
    ),
    (r"(?<=\d )weeks\b", "hours"),
    (r"(?<=\d )months\b", "days"),
    (r"(?<=\d )years\b(?! of age| old| or older| and over)", "weeks"),
    (r"(?<=\d )hours\b", "weeks"),
    (r"\bminutes\b", "days"),
    (r"\bper 1000\b", "per 10,000"),
    (r"\bper 100 (?=p)", "per 10,000 "),
    (r"\bpercentage points\b", "per mille"),
    (r"(?<=[%\d]) (?:a|per) year\b", " per hour"),
    (r"\beach year\b", "each week"),
    (r"(?<=mg|µg) (?:a|per) day\b", " a month"),
    (r"(?<=mg|µg) daily\b", " monthly"),
    (r"(?<=\d) mmHg\b", " kPa"),
    (r"(?<=\d)%(?= (?:lower|less|higher))", " percentage points"),
)
"""A pattern and what takes its place: the figure stays, its unit does not."""

GROWN_UP = r"\b(?:adults?|wom[ae]n|m[ae]n|postmenopausal|aged \d\d (?:years )?or older|(?:[5-9]\d) years or older)\b"
"""Words that say that nobody but grown-up people were meant."""

BEYOND = r"outside its reach|cannot (?:show|speak|vouch|be told)|says nothing of"
"""Words of a claim about what a study does not tell: with another drug or illness in it, it may still be true."""

JOINED = r"(?:[Ii]schaemic|[Hh]aemorrhagic|uncertain|orthostatic) "
"""Words before a condition that hold it in place: what takes its place would make no sense after them."""
