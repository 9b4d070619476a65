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
# What multiplies the number before it.
MAGNITUDES = MappingProxyType(
    {
        **dict.fromkeys("mươi chục".split(), 10),
        **dict.fromkeys("hundred trăm".split(), 10**2),
        **dict.fromkeys("thousand tys tysiąc tysiąca tysiące tysięcy tysiącom tysiącami tysiącach nghìn ngàn".split(), 10**3),
        **dict.fromkeys("million millions mln milion miliona miliony milionów milionom milionami milionach triệu".split(), 10**6),
        **dict.fromkeys("billion billions bn mld miliard miliarda miliardy miliardów miliardami miliardach tỷ tỉ".split(), 10**9),
        **dict.fromkeys("trillion trillions bln bilion biliony bilionów".split(), 10**12),
    }
)  # fmt: skip
PERCENT = frozenset("percent pct procent procenta procentu procentów procentach proc".split())
PERCENT_PAIRS = frozenset({("per", "cent"), ("phần", "trăm")})
# Between the two ends of a range, and between the numbers of a list.
RANGE = frozenset("- – — − to do đến tới".split())
LIST = frozenset("and or i lub oraz albo a và hoặc , /".split())


# What is written with a capital beside names and is no name itself: offices, kinds of institutions and of places.
# Polish words stand without their endings, Vietnamese ones with their second syllable, which has no capital.
_OFFICES = {
    "en": """
        acting assistant associate board branch center centre central chair chairman chairwoman chairperson chief city
        clinic college commission committee conference congress council country decision decree delegate department
        deputy director directive district division doctor dr faculty federation former general government governor
        head health hospital institute leader madam manager mayor medical meeting member miss minister ministry mr mrs
        ms national no number office officer party people permanent plan politburo portal president prime prof
        professor program programme project province provincial regional region resolution school secretary section
        sector service standing state steering town union university vice village ward
        """,
    "pl": """
        biur burmistrz centr decyzj dekret departament doktor dyrekt dyrektyw główn instytut jednost kanclerz kierowni
        klinik komitet komisj konferencj kongres krajow lekar medyczn miast miejsk minist narod numer oddzia ogóln
        okręg ośrod państw parti pełni planu poradni powiat prezes prezydent premier profesor program projekt prowincj
        przewodnicz publiczn regional region rezolucj rząd sekretarz sektor społeczn starost szkoł szpital uchwał
        uniwersytet urząd urzęd wice województw wydział zarząd zastęp zdrowi związ dr nr pan pani prof
        """,
    "vi": """
        bác_sĩ ban bà bảo_hiểm bệnh_viện bí_thư bộ bộ_trưởng bs chỉ_thị chính_phủ chính_trị chủ_tịch chuyên_khoa
        chương_trình công_đoàn công_nghệ cục cục_trưởng dân_vận dược dự_án đa_khoa đại_học đại_hội đảng đảng_bộ đảng_ủy
        đề_án đoàn đồng_bằng giám_đốc giáo_sư gs hiệp_hội hiệu_trưởng hội hội_đồng huyện hữu_nghị kế_hoạch khoa
        khoa_học khu_vực luật nghị_định nghị_quyết nguyên nhà_nước nhân_dân ông pgs phó phường quận quốc_gia quốc_hội
        quyền quyết_định sở thạc_sĩ thanh_tra thành_phố thầy_thuốc thị_trấn thị_xã thông_tư thủ_tướng thứ_trưởng
        thường_trực thường_vụ ths tiến_sĩ tỉnh tổng_cục tổng_giám tp trạm trung_tâm trung_ương trưởng trưởng_ban
        trưởng_khoa trưởng_phòng ts ubnd ủy_ban uỷ_ban viện viện_trưởng vụ vụ_trưởng xã xã_hội y y_tế
        """,
}
OFFICES = MappingProxyType({language: frozenset(words.split()) for language, words in _OFFICES.items()})
# What may begin a sentence, and so have a capital, right before a name.
_OPENERS = {
    "en": "a an at both but can he in it may men no on one she so than that the then they this those to when",
    "pl": "a co do gdy i ich na nie o od on ona oni po ta tam te ten to tu u w we z za ze",
    "vi": """
        anh bởi các cả chị cho còn có cô cũng do dù đã đang để đến đó em hai hiện khi không là mỗi mọi một nay ngay ngày
        ngoài ngành ngoài người nếu năm như nhưng những nhờ ở qua rằng riêng sau song tại tất theo thì tháng toàn tới
        trên trong trước tuy từ và vào về vì với
        """,
}
OPENERS = MappingProxyType({language: frozenset(words.split()) for language, words in _OPENERS.items()})
