"""Invented documents of the kinds that users have: each as it is found, its article's sentences, its boilerplate.

Long, because pages with all their menus are.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """A file and what must come of it."""

    name: str
    raw: str
    sentences: tuple[str, ...]
    boilerplate: tuple[str, ...]
    title: str
    language: str
    published: str | None = None
    publisher: str | None = None
    url: str | None = None
    url_kind: str | None = None


VIETNAMESE_COPY = Sample(
    name="viet.txt",
    raw="""Vietnam.vn - Nền tảng quảng bá Việt Nam

Bệnh viện Đa khoa Nghệ An đưa robot phẫu thuật vào hoạt động

Sáng 3/9, Bệnh viện Hữu nghị Đa khoa Nghệ An chính thức đưa hệ thống robot phẫu thuật vào phục vụ người bệnh.

Báo Nghệ AnBáo Nghệ An04/09/2025

robot-phau-thuat-01.webp
Các bác sĩ vận hành hệ thống robot trong ca mổ đầu tiên. Ảnh: Thành Chung

Theo bác sĩ Nguyễn Văn Hương, hệ thống mới giúp giảm đau và rút ngắn thời gian nằm viện của người bệnh sau mổ.

Đào tạo nhân lực

Trong hai năm qua, bệnh viện đã cử 12 kíp phẫu thuật đi đào tạo tại Hà Nội và Thành phố Hồ Chí Minh.

Dự kiến đến cuối năm 2025, bệnh viện sẽ thực hiện khoảng 150 ca phẫu thuật bằng robot.

Thành Chung

Nguồn: https://baonghean.vn/benh-vien-da-khoa-nghe-an-dua-robot-phau-thuat-vao-hoat-dong-10305521.html


Bình luận (0)

Không có dữ liệu
Không có dữ liệu

Cùng chủ đề

Cùng chuyên mục

Ngắm hoàng hôn trên phá Tam Giang mùa nước nổi
Làng nghề nón lá Trường Giang tất bật vào vụ
Đêm hội trăng rằm sớm của trẻ em vùng cao Kỳ Sơn
Cùng tác giả

Di sản

Nhân vật

Doanh nghiệp

Không có video nào

Thời sự

Hệ thống Chính trị

Địa phương

Sản phẩm
""",
    sentences=(
        "chính thức đưa hệ thống robot phẫu thuật vào phục vụ người bệnh.",
        "Theo bác sĩ Nguyễn Văn Hương, hệ thống mới giúp giảm đau",
        "bệnh viện đã cử 12 kíp phẫu thuật đi đào tạo",
        "khoảng 150 ca phẫu thuật bằng robot.",
        "Đào tạo nhân lực",
    ),
    boilerplate=(
        "Nền tảng quảng bá",
        "webp",
        "Bình luận",
        "Không có dữ liệu",
        "Cùng chủ đề",
        "hoàng hôn",
        "Di sản",
        "Doanh nghiệp",
        "Hệ thống Chính trị",
        "Báo Nghệ AnBáo",
        "Nguồn:",
    ),
    title="Bệnh viện Đa khoa Nghệ An đưa robot phẫu thuật vào hoạt động",
    language="vi",
    published="2025-09-04",
    publisher="Báo Nghệ An",
    url="https://baonghean.vn/benh-vien-da-khoa-nghe-an-dua-robot-phau-thuat-vao-hoat-dong-10305521.html",
    url_kind="attributed",
)

ENGLISH_COPY = Sample(
    name="english.txt",
    raw="""Vietnam.vn - Nền tảng quảng bá Việt Nam

Lao Cai brings clean water to highland clinics

Thirty commune health stations in Lao Cai have been connected to clean water since the beginning of the year.

Báo Lào CaiBáo Lào Cai02/12/2024

Lao Cai brings clean water to highland clinics

nuoc sach tram y te (2).JPG
Nurses at the health station of Ta Phin wash their hands at the new tap - Photo: HL

The project was proposed by the provincial health department in 2022 and cost 14 billion dong, of which the \
communes paid one tenth.

Before that, stations in Bat Xat and Si Ma Cai collected rain in barrels. "We boiled every litre twice," said \
nurse Giang Thi May.

What comes next

By 2027 the remaining 41 stations are to follow. Their villages are harder to reach, so pipes will be laid together \
with the new road.

Source: https://baolaocai.vn/dua-nuoc-sach-ve-tram-y-te-vung-cao-post388123.html


Comment (3)

No data
No data

Same tag

Same category

The season of golden terraces in Y Ty
How do the Ha Nhi build houses of earth?
A morning at the horse market of Bac Ha!
Same author

Heritage

Figure

Enterprise

No videos available

News

Political System

Destination

Product
""",
    sentences=(
        "Thirty commune health stations in Lao Cai have been connected to clean water since the beginning of the year.",
        "cost 14 billion dong, of which the communes paid one tenth.",
        "Before that, stations in Bat Xat and Si Ma Cai collected rain in barrels.",
        '"We boiled every litre twice," said nurse Giang Thi May.',
        "By 2027 the remaining 41 stations are to follow.",
        "so pipes will be laid together with the new road.",
        "What comes next",
    ),
    boilerplate=(
        "Vietnam.vn",
        "Lào Cai",
        ".JPG",
        "Comment",
        "No data",
        "Same tag",
        "golden terraces",
        "How do the Ha Nhi",
        "horse market",
        "Heritage",
        "Political System",
        "baolaocai",
    ),
    title="Lao Cai brings clean water to highland clinics",
    language="en",
    published="2024-12-02",
    publisher="Báo Lào Cai",
    url="https://baolaocai.vn/dua-nuoc-sach-ve-tram-y-te-vung-cao-post388123.html",
    url_kind="attributed",
)

NO_HEADLINE = Sample(
    name="quangninh.txt",
    raw="""In the first nine months of 2025, hospitals in Quang Ninh examined more than 1.9 million patients, 7 \
percent more than in the same period of 2024. Most of them came to the district medical centres.
The provincial general hospital performed 212 heart operations, among them the first valve replacement in Ha Long.
The department plans to open two dialysis units on the islands before the end of the year.
Source: https://baoquangninh.vn/cac-benh-vien-kham-cho-hon-1-9-trieu-luot-benh-nhan-3380011.html
Comment (12)
""",
    sentences=(
        "hospitals in Quang Ninh examined more than 1.9 million patients, 7 percent more than",
        "Most of them came to the district medical centres.",
        "among them the first valve replacement in Ha Long.",
        "two dialysis units on the islands before the end of the year.",
    ),
    boilerplate=("Source:", "Comment", "3380011"),
    title="In the first nine months of 2025, hospitals in Quang Ninh examined more than 1.9 million…",
    language="en",
    publisher="baoquangninh.vn",
    url="https://baoquangninh.vn/cac-benh-vien-kham-cho-hon-1-9-trieu-luot-benh-nhan-3380011.html",
    url_kind="attributed",
)

PRINT_PAGE = Sample(
    name="print.txt",
    raw="""<!DOCTYPE html>
<html lang="vi"><head>
<title>Sở Y tế tập huấn phòng chống sốt xuất huyết</title>
<meta name="author" content="Cổng thông tin điện tử tỉnh Bình Phú">
<meta name="copyright" content="Cổng thông tin điện tử tỉnh Bình Phú [webmaster@binhphu.gov.vn]">
<meta property="og:title" content="Sở Y tế tập huấn phòng chống sốt xuất huyết">
<meta property="og:image" content="https://binhphu.gov.vn/uploads/news/2023_11/anh-1.jpg">
<meta property="og:site_name" content="Cổng thông tin điện tử tỉnh B&#x00EC;nh Phú">
<meta property="og:url" content="https://binhphu.gov.vn/vi/news/savefile/Y-te/so-y-te-tap-huan-1201.html">
<link rel="canonical" href="https://binhphu.gov.vn/vi/news/savefile/Y-te/so-y-te-tap-huan-1201.html">
<style>body&#123;background:#fff&#125;</style></head>
<body><div id="print"><div id="hd_print"><h2>Cổng thông tin điện tử tỉnh Bình Phú</h2>
<p class="pull-right"><a href="https://binhphu.gov.vn/">https://binhphu.gov.vn</a></p></div><hr>
<div id="content"><h1>Sở Y tế tập huấn phòng chống sốt xuất huyết</h1>
<ul class="list-inline"><li>Thứ ba - 07/06/2022 14:05</li>
<li class="hidden-print"><em>&nbsp;</em><a href="javascript:;" onclick="window.print()">In ra</a></li>
<li class="hidden-print"><a href="javascript:;" onclick="window.close()">Đóng cửa sổ này</a></li></ul>
<div id="hometext">Ngày 6/6, Sở Y tế mở lớp tập huấn cho cán bộ y tế của 11 huyện về giám sát sốt xuất huyết.</div>
<div id="bodytext"><div style="text-align&#58;justify;">Lớp học kéo dài ba ngày và do các bác sĩ của Viện Pasteur
hướng&nbsp;dẫn.</div><p style="color&#58;blue;"><b>Nội dung chính</b></p>
<p>Học viên được thực hành lấy mẫu, điều tra ổ dịch và phun hóa chất diệt muỗi tại xã Tân Lập.</p>
<p>Từ đầu năm đến nay, toàn tỉnh ghi nhận 1.204 ca mắc, tăng 38% so với cùng kỳ năm trước.</p></div></div>
<div id="footer"><div id="url"><strong>URL của bản tin này: </strong><a href="https://binhphu.gov.vn/vi/news/savefile/\
Y-te/so-y-te-tap-huan-1201.html">https://binhphu.gov.vn/vi/news/savefile/Y-te/so-y-te-tap-huan-1201.html</a></div>
<div class="copyright">&copy; Cổng thông tin điện tử</div><div id="contact">webmaster@binhphu.gov.vn</div></div></div>
<div id="timeoutsess">Bạn đã không sử dụng Site, <a onclick="x();" href="#">Bấm vào đây để duy trì trạng thái đăng
nhập</a>. Thời gian chờ: <span>60</span> giây</div><script>var nv_lang_data="vi";</script></body></html>
""",
    sentences=(
        "Ngày 6/6, Sở Y tế mở lớp tập huấn cho cán bộ y tế của 11 huyện về giám sát sốt xuất huyết.",
        "Lớp học kéo dài ba ngày và do các bác sĩ của Viện Pasteur hướng dẫn.",
        "Nội dung chính",
        "Học viên được thực hành lấy mẫu, điều tra ổ dịch",
        "toàn tỉnh ghi nhận 1.204 ca mắc, tăng 38% so với cùng kỳ năm trước.",
    ),
    boilerplate=(
        "In ra",
        "Đóng cửa sổ",
        "URL của bản tin",
        "Bạn đã không sử dụng",
        "nv_lang",
        "webmaster",
        "©",
        "07/06/2022",
    ),
    title="Sở Y tế tập huấn phòng chống sốt xuất huyết",
    language="vi",
    published="2022-06-07",
    publisher="Cổng thông tin điện tử tỉnh Bình Phú",
    url="https://binhphu.gov.vn/vi/news/savefile/Y-te/so-y-te-tap-huan-1201.html",
    url_kind="page",
)

PLAIN_REPORT = Sample(
    name="report.txt",
    raw="""Maintenance report of the Lipno pumping station

Prepared by: Jana Horak
Meeting of the board: 12 March 2024

The two main pumps were inspected in February. Pump A runs without
fault, while the bearings of pump B have to be replaced before the
summer season starts.

Spare parts on stock:

Bearing SKF 6205
Seal kit 40 mm
Pressure gauge 0-10 bar

Work planned for April

The water level will be lowered for nine days. During this time the
villages of Dolna and Horna are supplied by tank lorries, twice a day.

Costs:
- bearings, 1,200 euro
- crane for two days, 900 euro
- tank lorries, 3,150 euro

Please send questions to the station before the end of the month.
""",
    sentences=(
        "The two main pumps were inspected in February.",
        "the bearings of pump B have to be replaced before the summer season starts.",
        "Bearing SKF 6205",
        "Seal kit 40 mm",
        "Pressure gauge 0-10 bar",
        "Prepared by: Jana Horak",
        "During this time the villages of Dolna and Horna are supplied by tank lorries, twice a day.",
        "- bearings, 1,200 euro\n- crane for two days, 900 euro\n- tank lorries, 3,150 euro",
        "Please send questions to the station before the end of the month.",
        "Work planned for April",
    ),
    boilerplate=(),
    title="Maintenance report of the Lipno pumping station",
    language="en",
)

MARKDOWN = Sample(
    name="guide.txt",
    raw="""# Working with the archive

Welcome to the **archive guide**. It explains how to [order a file](https://example.org/order) and how long it takes.

![The reading room](images/room.jpg)

## Opening hours

| Day | From | To |
|-----|------|----|
| Monday | 9:00 | 15:00 |
| Friday | 8:00 | 12:00 |

## How to order

1. Fill in the form.
2. Hand it in at the desk.
   Bring your passport.

- Files come within *two* days
- Maps come within a week

> Photographs may be taken without flash.

```
order --file 12
```
""",
    sentences=(
        "# Working with the archive",
        "Welcome to the archive guide. It explains how to order a file and how long it takes.",
        "## Opening hours",
        "Day: Monday | From: 9:00 | To: 15:00\nDay: Friday | From: 8:00 | To: 12:00",
        "1. Fill in the form.\n2. Hand it in at the desk. Bring your passport.",
        "- Files come within two days\n- Maps come within a week",
        "Photographs may be taken without flash.",
        "order --file 12",
    ),
    boilerplate=("**", "](", "room.jpg", "|--", "```"),
    title="Working with the archive",
    language="en",
)

NEWS_PAGE = Sample(
    name="news.html",
    raw="""<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>Ferry to Bornholm gets a night sailing | The Coast Courier</title>
<meta property="og:site_name" content="The Coast Courier">
<link rel="canonical" href="https://coastcourier.example/travel/bornholm-night-ferry">
<script type="application/ld+json">{"@context":"https://schema.org","@type":"NewsArticle",
"headline":"Ferry to Bornholm gets a night sailing","datePublished":"2024-05-03T06:00:00+02:00"}</script></head><body>
<header class="site"><a href="/">The Coast Courier</a></header>
<nav><ul><li><a href="/n">News</a></li><li><a href="/t">Travel</a></li><li><a href="/s">Sport</a></li></ul></nav>
<main><article><h1>Ferry to Bornholm gets a night sailing</h1>
<p class="lead">From June on, a second ship will cross the Baltic after midnight, the operator said on Thursday.</p>
<figure><img src="ferry.jpg"><figcaption>The ship in the port of Ystad.</figcaption></figure>
<p>The crossing takes eighty minutes. Tickets for the night sailing cost a third less than those for the day,<br>
and bicycles travel free of charge.</p>
<h2>What residents think</h2>
<p>Hoteliers welcome the plan. The harbour council of R&oslash;nne worries about noise between one and three
o&rsquo;clock.</p>
<table><tr><th>Departure</th><th>Price</th></tr><tr><td>00:30</td><td>19 euro</td></tr><tr><td>08:00</td><td>29
euro</td></tr></table>
<ul><li>Dogs pay five euro.</li><li>Children under six travel free.</li></ul></article></main>
<aside><h3>Most read</h3><ul><li><a href="/1">Storm closes the bridge for a day</a></li>
<li><a href="/2">Herring prices fall again</a></li></ul></aside>
<section class="related"><h3>Related articles</h3><p><a href="/3">Why the old ferry was sold to Greece</a></p></section>
<footer><p>Subscribe to our newsletter and get the best stories of the coast every morning.</p><p>Imprint</p></footer>
</body></html>""",
    sentences=(
        "From June on, a second ship will cross the Baltic after midnight, the operator said on Thursday.",
        "The crossing takes eighty minutes.",
        "cost a third less than those for the day, and bicycles travel free of charge.",
        "## What residents think",
        "Hoteliers welcome the plan.",
        "The harbour council of Rønne worries about noise between one and three o’clock.",
        "Departure: 00:30 | Price: 19 euro\nDeparture: 08:00 | Price: 29 euro",
        "- Dogs pay five euro.\n- Children under six travel free.",
    ),
    boilerplate=("Sport", "Most read", "Storm closes", "Related articles", "old ferry", "newsletter", "Imprint"),
    title="Ferry to Bornholm gets a night sailing",
    language="en",
    published="2024-05-03",
    publisher="The Coast Courier",
    url="https://coastcourier.example/travel/bornholm-night-ferry",
    url_kind="page",
)

POEM = Sample(
    name="poem.txt",
    raw="""The lamp keeper

I light the lamp
when gulls go home
the sea is damp
the rocks are foam

I light the lamp
for ships unknown
""",
    sentences=("I light the lamp\nwhen gulls go home\nthe sea is damp\nthe rocks are foam", "for ships unknown"),
    boilerplate=(),
    title="The lamp keeper",
    language="en",
)

SAMPLES = (
    VIETNAMESE_COPY, ENGLISH_COPY, NO_HEADLINE, PRINT_PAGE, PLAIN_REPORT, MARKDOWN, NEWS_PAGE, POEM,
)  # fmt: skip
