"""Words with a fixed meaning that facts are read by, in the languages that are answered in (English, Polish,
Vietnamese)."""

from __future__ import annotations

from types import MappingProxyType

# Of Polish adjectives, which ordinal numbers are.
_ENDINGS = "y a e ą ego ej emu ym ych ymi i ia ie ią iego iej iemu im ich imi".split()


def _numbered(text: str, first: int = 0, step: int = 1) -> dict[str, int]:
    """Words of one line mean one number; lines count up from `first`."""
    return {word: first + step * n for n, line in enumerate(text.strip().splitlines()) for word in line.split()}


# Number words that mean nothing else where they stand. "One" is left out: in all three languages it is an article or a
# pronoun as often as a number.
NUMBER_WORDS = MappingProxyType(
    {
        "en": _numbered("two\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\neleven\ntwelve\nthirteen\nfourteen\n"
                        "fifteen\nsixteen\nseventeen\neighteen\nnineteen\ntwenty", 2)
        | _numbered("thirty\nforty\nfifty\nsixty\nseventy\neighty\nninety", 30, 10)
        | _numbered("third\nfourth\nfifth\nsixth\nseventh\neighth\nninth\ntenth\neleventh\ntwelfth", 3),
        "pl": _numbered(
            "dwa dwie dwóch dwu dwóm dwoma dwiema dwaj\ntrzy trzech trzem trzema trzej\n"
            "cztery czterech czterem czterema czterej\npięć pięciu pięcioma\nsześć sześciu sześcioma\n"
            "siedem siedmiu siedmioma\nosiem ośmiu ośmioma\ndziewięć dziewięciu dziewięcioma\n"
            "dziesięć dziesięciu dziesięcioma\njedenaście jedenastu\ndwanaście dwunastu\ntrzynaście trzynastu\n"
            "czternaście czternastu\npiętnaście piętnastu\nszesnaście szesnastu\nsiedemnaście siedemnastu\n"
            "osiemnaście osiemnastu\ndziewiętnaście dziewiętnastu\ndwadzieścia dwudziestu", 2)
        | _numbered(
            "trzydzieści trzydziestu\nczterdzieści czterdziestu\npięćdziesiąt pięćdziesięciu\n"
            "sześćdziesiąt sześćdziesięciu\nsiedemdziesiąt siedemdziesięciu\nosiemdziesiąt osiemdziesięciu\n"
            "dziewięćdziesiąt dziewięćdziesięciu\nsto stu", 30, 10)
        | _numbered("dwieście dwustu\ntrzysta trzystu\nczterysta czterystu\npięćset pięciuset", 200, 100),
        "vi": _numbered("hai\nba\nbốn", 2) | _numbered("sáu\nbảy bẩy\ntám\nchín\nmười", 6),
    }
)  # fmt: skip
# Those that may mean a number: enough for a passage to hold it, not for a sentence to claim it.
MAYBE_NUMBER_WORDS = MappingProxyType(
    {
        "en": _numbered("one once first\nsecond twice both double", 1) | {"dozen": 12, "zero": 0},
        "pl": {
            stem + ending: number
            for number, stem in enumerate(
                "pierwsz drug trzec czwart piąt szóst siódm ósm dziewiąt dziesiąt jedenast dwunast".split(), 1
            )
            for ending in _ENDINGS
        }
        | _numbered("jeden jedna jedno jednego jednej jednym jedną raz\noba obie obu podwójny dwukrotnie", 1)
        | {"zero": 0, "tuzin": 12},
        "vi": {"một": 1, "mốt": 1, "nhất": 1, "nhì": 2, "đôi": 2, "tư": 4, "năm": 5, "lăm": 5},
    }
)  # fmt: skip
# Shares and multiples in one word, as numbers and as percentages.
SHARES = MappingProxyType(
    {
        **dict.fromkeys("half halved halves halving połowa połowy połowę połową połowie nửa".split(), ("0.5", "50")),
        **dict.fromkeys(
            "doubled doubles doubling podwoił podwoiła podwoiło podwoiły podwoi".split(), ("2", "100", "200")
        ),
        **dict.fromkeys(
            "tripled triples tripling potroił potroiła potroiło potroiły potroi".split(), ("3", "200", "300")
        ),
    }
)
# What multiplies the number before it.
_MAGNITUDES = {
    10: "mươi chục",
    10**2: "hundred trăm",
    10**3: "thousand tys tysiąc tysiąca tysiące tysięcy tysiącom tysiącami tysiącach nghìn ngàn",
    10**6: "million millions mln milion miliona miliony milionów milionom milionami milionach triệu",
    10**9: "billion billions bn mld miliard miliarda miliardy miliardów miliardom miliardami miliardach tỷ tỉ",
    10**12: "trillion trillions bln bilion biliona biliony bilionów",
}
MAGNITUDES = MappingProxyType({word: factor for factor, words in _MAGNITUDES.items() for word in words.split()})
PERCENT = frozenset("percent pct procent procenta procentu procentów procentach proc".split())
PERCENT_PAIRS = frozenset({("per", "cent"), ("phần", "trăm")})
# Between the two ends of a range, and between the numbers of a list.
RANGE = frozenset("- – — − to do đến tới".split())
LIST = frozenset("and or i lub oraz albo a và hoặc , /".split())


# What is written with a capital beside names and is no name itself: offices, kinds of institutions and of places.
# Polish words stand without their endings, Vietnamese ones with their second syllable, which has no capital.
_OFFICES = {
    "en": """
        acting assistant associate board branch center centre central chair chairman chairwoman chairperson
        chief city clinic college commission committee conference congress council country decision decree
        delegate department deputy director directive district division doctor dr emperor empress faculty
        federation former general government governor head health hospital institute king leader lord madam
        manager mayor medical meeting member miss minister ministry mr mrs ms national no number office officer
        party people permanent plan politburo portal president prime prince princess prof professor program
        programme project province provincial regional region resolution school secretary section sector service
        standing state steering town union university vice village ward
        """,
    "pl": """
        biur burmistrz centr decyzj dekret departament doktor dyrekt dyrektyw główn instytut jednost kanclerz
        kierowni klinik cesarz król księ książ komitet komisj konferencj kongres krajow lekar medyczn miast
        miejsk minist narod numer oddzia ogóln okręg ośrod państw parti pełni planu poradni powiat prezes
        prezydent premier profesor program projekt prowincj przewodnicz publiczn regional region rezolucj rząd
        sekretarz sektor społeczn starost szkoł szpital uchwał uniwersytet urząd urzęd wice województw wydział
        zarząd zastęp zdrowi związ dr nr pan pani prof
        """,
    "vi": """
        bác_sĩ ban bà bảo_hiểm bệnh_viện bí_thư bộ bộ_trưởng bs chỉ_thị chính_phủ chính_trị chủ_tịch chuyên_khoa
        chương_trình công_đoàn công_nghệ cục cục_trưởng dân_vận dược dự_án đa_khoa đại_học đại_hội đảng đảng_bộ
        đảng_ủy đề_án đoàn đồng_bằng giám_đốc giáo_sư gs hiệp_hội hiệu_trưởng hội hội_đồng huyện hữu_nghị
        kế_hoạch khoa khoa_học khu_vực luật nghị_định nghị_quyết nguyên nhà_nước nhân_dân ông pgs phó phường
        quận quốc_gia quốc_hội quyền quyết_định sở thạc_sĩ thanh_tra thành_phố thầy_thuốc thị_trấn thị_xã
        thông_tư thủ_tướng thứ_trưởng thường_trực thường_vụ ths tiến_sĩ tỉnh tổng_cục tổng_giám tp hoàng_đế
        nữ_hoàng vua trạm trung_tâm trung_ương trưởng trưởng_ban trưởng_khoa trưởng_phòng ts ubnd ủy_ban uỷ_ban
        viện viện_trưởng vụ vụ_trưởng xã xã_hội y y_tế
        """,
}
OFFICES = MappingProxyType({language: frozenset(words.split()) for language, words in _OFFICES.items()})
# What may begin a sentence, and so have a capital, right before a name.
_OPENERS = {
    "en": """
        a after all also an and any are as at because before both but by can each for from he her here his how i
        if in is it its may men no not of on one or our she since so some such than that the their then there
        these they this those to was we what when where which while who why will with you your
        """,
    "pl": "a co do gdy i ich na nie o od on ona oni po ta tam te ten to tu u w we z za ze",
    "vi": """
        anh bởi các cả chị cho còn có cô cũng do dù đã đang để đến đó em hai hiện khi không là mỗi mọi một nay
        ngay ngày ngoài ngành ngoài người nếu năm như nhưng những nhờ ở qua rằng riêng sau song tại tất theo thì
        tháng toàn tới trên trong trước tuy từ và vào về vì với
        """,
}
OPENERS = MappingProxyType({language: frozenset(words.split()) for language, words in _OPENERS.items()})

# What denies a sentence, and what denies only the words beside it.
DENIALS = MappingProxyType(
    {
        "en": frozenset(
            "not no never none nobody nothing neither nor cannot fail fails failed failing refuse refuses refused deny "
            "denies denied unable".split()
        ),
        "pl": frozenset(
            "nie nigdy żaden żadna żadne żadnego żadnej żadnym żadnemu żadną żadnych żadnymi nikt nikogo nic niczego "
            "ani odmówił odmówiła odmówiło odmówiły odmówili".split()
        ),
        "vi": frozenset("không chưa chẳng chả đừng".split()),
    }
)
ABSENCES = MappingProxyType(
    {
        "en": frozenset("without lack lacks lacked lacking avoid avoids avoided avoiding".split()),
        "pl": frozenset("bez brak braku brakuje unika unikać unikaj unikają".split()),
        "vi": frozenset("thiếu tránh".split()),
    }
)
# What looks like a negation and is none.
NO_NEGATIONS = MappingProxyType(
    {
        "en": r"not only|not just|no\. ?\d+|no \d+|no doubt|no confidence|nothing but",
        "pl": r"nie tylko|nie dość",
        "vi": r"không (?:chỉ|những|ngừng|gian|thời gian|khí|quân|phận)|hàng không",
    }
)
# Words in which a part denies the rest.
NEGATIVE_WORDS = MappingProxyType(
    {
        "en": r"(?!regard|never|none)\w{3,}less|\w+-free|free of|non-\w+|against|refus\w*|reject\w*|instead of"
        r"|rather than|un(?:available|aware|changed|clear|known|likely|met|paid|safe|satis\w+|solved|willing)",
        "pl": r"bez(?!piecz|pośred|względ)\w{4,}|nie(?!któr|mal|zwyk|daw|zmier|ustan|wątpl|zależ)\w{4,}"
        r"|woln\w+ od|przeciw\w*|odm[aó]w\w*|zamiast",
        "vi": r"vô (?!cùng|số|địch)\w+|phi (?!công|thuyền)\w+|miễn (?!dịch)\w+|từ chối|thay vì",
    }
)
# Superlatives and universal words: those that claim something, and what may stand for them in a passage.
SWEEPING = MappingProxyType(
    {
        "en": (
            (
                r"(?:high|low|larg|bigg|small|great|b|old|young|new|long|short|fast|strong|weak|rich|poor|busi|earli)est"
                r"|worst|(?<!at )most(?! of)|(?<!at )least",
                r"\w+est|worst|most|least|top|leading",
            ),
            (
                r"all|every|always|whole|entire|entirely|completely|nationwide|worldwide",
                r"all|every\w*|each|any|always|whole|entire\w*|completely|\w+wide|100 ?%",
            ),
        ),
        "pl": (
            (r"naj(?!pierw|bliż|mniej\b)\w+", r"naj\w+|czołow\w+"),
            (
                r"wszyst\w+|każd\w+|zawsze|cał(?:y|a|e|ego|ej|emu|ym|ą|ych)|całkowicie",
                r"wszyst\w+|wszędzie|każd\w+|zawsze|cał\w+|ogół\w*|pełn\w+|100 ?%",
            ),
        ),
        "vi": (
            (
                r"(?<!thống )(?<!thứ )nhất(?! là| định| trí| quán| thời)|đứng đầu|dẫn đầu",
                r"(?<!thống )nhất|đứng đầu|dẫn đầu",
            ),
            (
                r"tất cả|toàn bộ|toàn thể|toàn quốc|mọi|luôn luôn|cả nước",
                r"tất cả|toàn|mọi|mỗi|luôn|cả|các|những|hoàn toàn|100 ?%",
            ),
        ),
    }
)
# Opposites: the words of one side and of the other, in each language. A full stop stands for any ending.
_OPPOSITES = (
    {
        "en": "highest|maximum lowest|minimum",
        "pl": "najwyższ.|maksymaln. najniższ.|minimaln.",
        "vi": "cao_nhất|tối_đa thấp_nhất|tối_thiểu",
    },
    {
        "en": "increas.|rise|rises|rose|rising|grow|grows|grew|growing|growth "
        "decreas.|reduc.|fall|falls|fell|falling|drop|drops|dropped|declin.",
        "pl": "wzrost.|wzros.|wzrasta.|zwiększ.|rośnie|rosną|rósł|rosła "
        "spad.|zmniejsz.|obniż.|redukc.|zredukow.|ogranicz.",
        "vi": "tăng|gia_tăng giảm",
    },
    {"en": "largest|biggest smallest", "pl": "największ. najmniejsz.", "vi": "lớn_nhất|to_nhất nhỏ_nhất"},
    {"en": "best worst", "pl": "najlepsz.|najlepiej najgorsz.|najgorzej", "vi": "tốt_nhất tệ_nhất|kém_nhất|xấu_nhất"},
    {"en": "longest shortest", "pl": "najdłuż. najkrót.", "vi": "dài_nhất|lâu_nhất ngắn_nhất|nhanh_nhất"},
    {
        "en": "allow.|permit. ban|bans|banned|forbid.|forbade|prohibit.",
        "pl": "pozwal.|pozwol.|dopuszcz.|zezwal.|zezwol. zakaz.|zabrania.|zabron.",
        "vi": "cho_phép cấm|nghiêm_cấm",
    },
    {
        "en": "praise.|praising|appreciat.|commend. critici.|condemn.|blame.",
        "pl": "chwal.|pochwal.|docenia.|doceni. krytyk.|skrytyk.|potępi.",
        "vi": "khen|khen_ngợi|đánh_giá_cao|biểu_dương phê_bình|chỉ_trích|lên_án",
    },
)


def _pattern(words: str) -> str:
    return "|".join(word.replace("_", " ").replace(".", r"\w*") for word in words.split("|"))


OPPOSITES = MappingProxyType(
    {lang: tuple(tuple(map(_pattern, sides[lang].split())) for sides in _OPPOSITES) for lang in ("en", "pl", "vi")}
)
# Before a number: it is at least so much, it is at most so much.
AT_LEAST = MappingProxyType(
    {
        "en": r"(?:more|greater|higher|larger) than|over|above|at least|exceed(?:s|ed|ing)?",
        "pl": r"ponad|powyżej|więcej niż|co najmniej|przynajmniej|przekracza\w*|przekroczy\w*|wyższ\w+ niż",
        "vi": r"(?<!ít )(?<!nhỏ )(?<!thấp )(?<!không )hơn|trên|vượt|vượt quá|ít nhất|tối thiểu|không dưới",
    }
)
AT_MOST = MappingProxyType(
    {
        "en": r"(?:less|fewer|lower|smaller|no more) than|under|below|at most|(?:not|n't|never) exceed(?:ed|ing)?",
        "pl": r"poniżej|mniej niż|najwyżej|niespełna|nie więcej niż|nie przekracza\w*|nie przekroczy\w*|niższ\w+ niż",
        "vi": r"dưới|(?:ít|nhỏ|thấp) hơn|không quá|không vượt(?: quá)?|tối đa|chưa (?:đến|tới|đầy)",
    }
)
# Kinds of institutions and places that have a name beside them; the same place in each language is the same kind.
_KINDS = {
    "en": "hospital|hospitals clinic|clinics center|centre|centers|centres department ministry university|college "
    "province district|county city|town",
    "pl": "szpital. klinik.|poradni. centrum|ośrod. departament.|wydział. ministerst. uniwersytet.|uczelni. "
    "prowincj.|województw. powiat.|dystrykt. miast.",
    "vi": "bệnh_viện|bv phòng_khám trung_tâm sở bộ đại_học|trường tỉnh huyện|quận thành_phố|tp",
}
KINDS = MappingProxyType({lang: tuple(map(_pattern, kinds.split())) for lang, kinds in _KINDS.items()})
# Words of sentences that speak of the answer or of the documents and not of what is in them.
_TALK = {
    "en": """
        a about above according all also an and answer answers any are as asked at available based be below
        brief by can cited context data details do document documents does enough following follows for found
        from further given here hope how i in information is it key let list me more my need not of on or other
        overview passage passages please points provided question questions relevant results see short some
        source sources stated summarise summarize summary sure text texts thank thanks that the them these they
        this those to what with you your
    """,
    "pl": """
        a i ale co czy dalsze dla dane do dokument dokumentach dokumentami dokumentem dokumentów dokumenty
        dotyczące fragmentach fragmentów fragmenty informacje informacji inne jak jest krótko ma mam na
        następujące nie niżej o oto oraz pana pani podane podanych podstawie podsumowanie poniżej powyżej punkty
        pytanie pytania są się streszczenie tekst tekście tekstu temat te tych tym według w z ze zgodnie
        znalezione źródła źródłach źródło źródeł odpowiedź odpowiedzi najważniejsze
    """,
    "vi": """
        bạn bản cho chi chính có của các câu cung cấp dưới dựa đây để đoạn được đó hỏi hơn không là liên liệu
        lời nêu nguồn ngắn như những này nội dung quan sau tài tắt theo thêm thông tiết tin tìm thấy tóm trên
        trả trích trong tôi từ và văn về với vui xin
    """,
}
TALK = MappingProxyType({language: frozenset(words.split()) for language, words in _TALK.items()})
# The documents do not say something: a sentence about the documents, which none of them can support.
_DOCUMENTS = {
    "en": r"\b(?:documents?|passages?|sources)\b(?! of\b)",
    "pl": r"\b(?:dokument(?:y|ach|ów)?|fragment(?:y|ach|ów)?|źródł(?:a|ach))\b",
    "vi": r"(?:tài liệu|văn bản|đoạn trích|đoạn văn)",
}
SILENCE = MappingProxyType(
    {
        "en": rf"\bI\b.{{0,20}}(?:\bnot|n['’]t|\bno)\b.{{0,20}}\b(?:have|find|found|know|tell|determine)\b"
        rf"|{_DOCUMENTS['en']}.{{0,40}}(?:\bnot|n['’]t|\bno)\b.{{0,20}}"
        r"\b(?:say|state|mention|specif|contain|provide|include|give|describe|cover|indicate|information)"
        rf"|(?:\bnot|n['’]t|\bno)\b.{{0,20}}\b(?:stated|mention\w*|specified|found|information)\b.{{0,40}}{_DOCUMENTS['en']}",
        "pl": rf"\bnie (?:mam|znalazł\w*|znajduję|posiadam|wiem)\b"
        rf"|{_DOCUMENTS['pl']}.{{0,40}}\b(?:nie|brak)\b.{{0,20}}\b(?:podaj|mówi|wspomina|zawiera|określaj|informacj|opisuj)"
        rf"|\b(?:nie|brak)\b.{{0,20}}\b(?:podan|wspomin|informacji|znalez)\w*.{{0,40}}{_DOCUMENTS['pl']}",
        "vi": rf"\btôi (?:không|chưa) (?:có|tìm|biết)\b"
        rf"|{_DOCUMENTS['vi']}.{{0,40}}\b(?:không|chưa)\b.{{0,20}}"
        r"(?:nêu|nói|đề cập|cho biết|cung cấp|chứa|thông tin|ghi)"
        rf"|\b(?:không|chưa)\b.{{0,20}}(?:thông tin|tìm thấy|đề cập|nêu).{{0,40}}{_DOCUMENTS['vi']}",
    }
)
