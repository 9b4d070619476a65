"""The tokens of formats, of which testkit/growth.py makes inputs; each "{i}" stands for a number that grows."""

TEXT = (
    "a", "A", "ą", "đ", "1", "9", " ", "\n", "\t", ".", ",", ";", ":", "-", "–", "(", ")", "[", "]", '"', "'", "“",
    "«",
    "?", "!", "…", "/", "%", "&", "|", "_", "\u0301", "\u200d", "字", "。", "a ", "A ", "1 ", "1.", "1,", ". ", ", ",
    "\n\n",
    "a\n", "A a\n", "- a\n", "a: ", "ab12 ", "word{i} ", "{i} ", "Name{i} ", "\u00a0", "\r", "👩", "A.",
)  # fmt: skip
LEGACY = (
    "a", "A", "®", "µ", "§", "×", "1", " ", "\n", ".", "?", "'", "`", "~", "^", "(", "+", "-", "\\", "dd", "o+", "a^",
    "a(",
    "a.", "viÖc ", "®Þnh ", "ng\xad\xeai ", "vieäc ", "Vie^.t ", "d-", "@", "://", "đ", "việc ", "–", "\u0301",
)  # fmt: skip
WORDS = (
    "one ", "hundred ", "and ", "million ", "at least ", "1,000", ".000", "1990-", "2020 ", "10/08/", "May ",
    "5 May ",
    "ngày 5 ", "tháng 5 ", "năm ", "hai ", "mươi ", "trăm ", "dwa ", "tysiące ", "nie ", "not ", "without ", "no ",
    "Hanoi ", "Ha Noi", "Nguyễn ", "COVID-19 ", "IX ", "H5N1", "percent ", "70% ", "to ", "from ", "Dr. ", "U.S. ",
    "§ ",
    "the highest ", "Source: ", "http://a.b/", "https://a.example/x ", "www.", "@", "a@b.c ", "photo.jpg\n",
    "site.com - ",
    "ty le ", "benh vien ", "A sentence of the port. ", "Date: ", "Monday ", "10:30 ", "GMT+7 ",
)  # fmt: skip
HTML = (
    "<p>", "</p>", "<div>", "</div>", "<div class='nav'>", "<table>", "<tr>", "<td>", "</td>", "</table>", "<br>",
    "<!--",
    "-->", "<!-- a -->", "<script>", "</script>", "<script type='application/ld+json'>[", "<html>", "</body>",
    "<h1>", "</h1>",
    "<h2>a</h2>", "<li>", "<ul>", "<a href='https://a.example'>", "<b>", "</b>",
    "<meta property='og:title' content='", "'>",
    "<link rel='canonical' href='https://a.example/b/c'>", "<title>", "</title>", "&amp;", "&#58;", "&lt;",
    "&amp;amp;",
    "<!DOCTYPE html>", "<?xml ?>", "<", ">", "<a ", " x{i}=1", " x=1", "<td rowspan=65534 colspan=1000>", "<pre>",
    "<![CDATA[",
    "text ", "A sentence of the port that is long enough. ", "<p>A sentence of the port {i} that is long enough.",
    "\n", "=",
    "<h2>Heading {i}</h2>", "<p>a", "<span>", "<img>", "<details>", "<dl><dt>a<dd>b", "<p style='display",
    "<section>",
)  # fmt: skip
MARKDOWN = (
    "# ", "# a\n", "## a{i}\n\n", "#", "- ", "- a\n", "  - a\n", "1. ", "1. a\n", "> ", ">", "```", "```\n", "~~~",
    "`", "*",
    "**", "_", "~~", "[", "](", ")", "![", "[a](b)", "[^", "[^{i}]: a\n", "[a{i}]: b\n", "|", "|-", "|a",
    "|a|b|\n", "|-|-|\n",
    "---\n", "===\n", "<div>", "</div>", "<!-- ", "-->", "<a ", "\\", "{#", "}", ":::a\n", "!!! note\n",
    '=== "a"\n', ": a\n",
    "a\n", "\n", "    a\n", "\t", "  \n", "&amp;", "a b ", "https://a.b ", "$", "$$", "+", "a\n: b\n\n",
    "import a from 'b'\n",
)  # fmt: skip
MATTER = (
    "a: b\n", "a{i}: b\n", "- ", "- a\n", "[", "]", "{", "}", "&a ", "*a ", "? ", ": ", ":", "|\n", ">\n", "'",
    '"', "#", "!!",
    "!a ", "  ", "\n", "a", "---\n", "...\n", ",", "a: [", "\t", "%", "0", "~", "\\",
)  # fmt: skip
JSON = (
    '{"id": "a{i}", "text": "a"}\n', '{"id": "', '", "text": "', '"}', "\n", "{", "[", "]", "}", '"', ",", ":",
    "\\", "\\u0301",
    "1", "1e9", "null", "a", " ", "\\n", "\\ud800", "\r", "-",
)  # fmt: skip
TOML = (
    '["a{i}"]\n', '["a{i}"]\ntitle = "T"\n', "a.", "a = 1\n", "a{i} = 1\n", "[", "]", "{", "}", "=", '"', "'",
    '"""', "'''", "\n",
    "#", ",", "a = [", "1", "1979-", "\\u0301", " ", "[[a]]\n", "a.b{i}.c = 1\n", "[a.b{i}]\n", "a", "_1", "\\\n",
    "0",
)  # fmt: skip
XML = (
    "<url><loc>https://a.example/{i}</loc></url>", "<url>", "<loc>", "</loc>", "</url>",
    "<item><link>https://a.b/{i}</link></item>",
    "<!--", "-->", "<!-- a -->", "<?a?>", "<a>", "</a>", "<a ", "x{i}='1' ", "&amp;", "<![CDATA[", "]]>", "a",
    "\n", "<!DOCTYPE ",
    "<link href='https://a.b/{i}'/>", "<guid>", "https://a.example/{i}\n", "#", " ",
)  # fmt: skip
ROBOTS = (
    "User-agent: *\n", "User-agent: a{i}\n", "Disallow: /\n", "Disallow: /a{i}\n", "Allow: /*a*b$\n", "*", "$",
    "/", "Crawl-delay: 1\n",
    "Sitemap: https://a.b/{i}\n", "#", "\n", "\r", ":", "%", "%41", "a", "ą", " ", "Request-rate: 1/1\n",
    "Allow: /", "Disallow: ",
)  # fmt: skip
REPLY = (
    "[1]", "[1, 2]", "[", "]", "[1-", "[1,", "【1†", "】", "[^", "[Passage 1]", "[1](https://a.b)", "](", "**", "*",
    "_", "`", "```\n",
    "```", "~~", "# ", "- ", "1. ", "> ", "> > ", "|", "| a | b |\n", "|---|\n", "---\n", "A sentence of it [1]. ",
    "No, ", "a", " ",
    "\n", "\n\n", ".", ":", "(", ")", "1", "\ufdd0", "\u200b", "Here is what the documents say: ",
    "The documents do not say ", '"',
)  # fmt: skip
WORDML = (
    "<w:p><w:r><w:t>a</w:t></w:r></w:p>", "<w:p>", "</w:p>", "<w:r>", "</w:r>", "<w:t>", "</w:t>", "a ", "<w:tbl>",
    "</w:tbl>",
    "<w:tr>", "</w:tr>", "<w:tc>", "</w:tc>", "<w:tc><w:p/></w:tc>",
    "<w:p><w:pPr><w:pStyle w:val='Heading1'/></w:pPr></w:p>",
    "<w:p><w:pPr><w:numPr><w:ilvl w:val='8'/><w:numId w:val='5'/></w:numPr></w:pPr><w:r><w:t>a</w:t></w:r></w:p>",
    "<w:br/>",
    "<w:tab/>", "<w:sdt><w:sdtContent>", "</w:sdtContent></w:sdt>", "<w:ins>", "</w:ins>", "<w:txbxContent>",
    "</w:txbxContent>",
    "<w:pict>", "</w:pict>", "<w:footnoteReference w:id='{i}'/>",
    "<w:tc><w:tcPr><w:gridSpan w:val='99'/></w:tcPr><w:p/></w:tc>",
    "<w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc>", "<w:tr><w:tc><w:p/></w:tc></w:tr>",
    "<w:p><w:r><w:t>A paragraph {i} of the port.</w:t></w:r></w:p>", "<w:trPr><w:gridBefore w:val='99'/></w:trPr>",
)  # fmt: skip
PDF = (
    "(a) Tj ", "(A line of the port) Tj ", "1 0 0 1 60 700 Tm ", "0 -12 Td ", "300 0 Td ", "T* ", "BT /F1 10 Tf ",
    "ET ", "q ", "Q ",
    "1 0 0 1 1 1 cm ", "0 0 m 500 0 l S ", "0 0 m 0 500 l S ", "10 10 50 50 re S ", "0 1 -1 0 0 0 Tm ",
    "(1) Tj 20 0 Td ", "12 TL ",
    "[(a) -900 (b)] TJ ", "3 Tr ", "/F1 30 Tf ", "%{i}\n", "(\\n) Tj ", "0 12 Td ", "-40 0 Td ", "<", "[", "(",
    "/F9 1 Tf ", "BI ",
)  # fmt: skip
PORT = "The port of the town opens at {i} and closes in winter. Ships from Hanoi and Łódź wait outside [1]. "
TABLE = ("a;b\n", "a", ";", ",", "\t", '"', '""', "\n", "\r", "1", "1.5", "a{i};b{i}\n", '"a;b', " ", "|", "á")
RTF = (
    "a", " ", "\\par ", "{", "}", "\\b ", "\\'e1", "\\u225?", "{\\*\\x ", "\\u-3913 ?", "\\cell ", "\\row ", "\\bin1 ",
    "\n",
    "\\uc{i} ", "\\fonttbl", "\\trowd ", "\\f{i}", "\\fcharset238", "{\\fonttbl{\\f0\\fcharset238",
    "\\f0\\fcharset0 a;",
)  # fmt: skip
MAIL_HEAD = "From: a@a.example\nTo: b@b.example\nSubject: A letter\nDate: Mon, 1 Jan 2024 10:00:00 +0000\n\n"
MAIL = (
    "a\n", "> a\n", "-- \n", "\n", "=C3=A1", "=?utf-8?q?a?=", "Subject: a\n", "X-{i}: a\n", " a\n", "--b\n", "--b--\n",
    "a: b; ",
    'Content-Type: multipart/mixed; boundary="b"\n', "Content-Type: text/html\n\n<p>a</p>\n", ";", '"', "<a@a>,", "(",
    "á",
)  # fmt: skip
