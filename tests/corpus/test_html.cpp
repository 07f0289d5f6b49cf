// SPDX-License-Identifier: GPL-3.0-or-later
// Pages as browsers read them: charsets, broken and old markup.
#include <QTemporaryDir>
#include <QTest>

#include "corpus/readers.h"
#include "corpus_support.h"
#include "webtext/html_charset.h"

using namespace pantograph;
using namespace std::string_literals;
namespace fs = std::filesystem;

class TestHtml : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { corpus::register_built_in_readers(); }

  void page_data() {
    QTest::addColumn<std::string>("page");
    QTest::addColumn<std::string>("text");
    const auto row = [](const char* name, std::string page, std::string text) {
      QTest::newRow(name) << std::move(page) << std::move(text);
    };
    row("R1 gb2312 as gb18030",
        "<meta charset=\"gb2312\"><p>\xD6\xD0\xCE\xC4</p><p>\xE9"
        "F</p><p>After.</p>",
        "\u4E2D\u6587\n\n\u9555\n\nAfter.\n");
    row("R1 gb2312, a broken pair", "<meta charset=\"gb2312\"><p>\xD6</p><p>After.</p>", "\uFFFD\n\nAfter.\n");
    row("R1 shift_jis as cp932", "<meta charset=shift_jis><p>\x87\x40</p><p>After.</p>", "\u2460\n\nAfter.\n");
    row("R1 big5 as big5-hkscs", "<meta charset=big5><p>\x87\x40</p><p>After.</p>", "\u43F0\n\nAfter.\n");
    row("R1 euc-kr as uhc", "<meta charset=euc-kr><p>\x81\x41</p><p>After.</p>", "\uAC02\n\nAfter.\n");
    row("R1 iso-8859-1 as windows-1252", "<meta charset=iso-8859-1><p>\x80\xE9</p>", "\u20AC\u00E9\n");
    row("R2 utf-8 with a broken byte",
        "<meta charset=utf-8><p>caf\xC3\xA9</p><p>a\xFF"
        "b</p><p>na\xC3\xAFve</p>",
        "caf\u00E9\n\na\uFFFD"
        "b\n\nna\u00EFve\n");
    row("R3 empty comment", "<p>Before.</p><!--><p>After.</p>", "Before.\n\nAfter.\n");
    row("R3 empty comment of three", "<p>Before.</p><!---><p>After.</p>", "Before.\n\nAfter.\n");
    row("R3 other ends", "<p>a<!-- x --!>b<!----><!-- -- > - -> --->c", "abc\n");
    row("R4 NUL in text", "<p>a\0b</p><p>After.</p>"s, "ab\n\nAfter.\n");
    row("R4 NUL in a comment", "<p>x<!-- a\0b --></p><p>After.</p>"s, "x\n\nAfter.\n");
    row("R4 NUL in a script", "<p>x</p><script>a\0b</script><p>After.</p>"s, "x\n\nAfter.\n");
    row("R4 NUL in the head", "<head><title>a\0b</title><meta name=\"\0\"></head><p>After.</p>"s, "After.\n");
    row("R4 NUL in a tag", "<p a\0=1>x</p><p>After.</p>"s, "x\n\nAfter.\n");
    row("R5 80 to 9f declared", "<meta charset=iso-8859-1><p>\x93q\x94 \x96 \x80", "\u201Cq\u201D \u2013 \u20AC\n");
    row("R5 80 to 9f undeclared", "<p>\x93q\x94 \x85", "\u201Cq\u201D \u2026\n");
    row("R5 numbers of windows-1252", "<p>&#147;q&#148; &#x80; &#0;", "\u201Cq\u201D \u20AC \uFFFD\n");
    row("R5 entities of HTML 5", "<p>&check; &nbsp&mdash; &copy2 &notit; &bogus; AT&T &fjlig;",
        "\u2713 \u00A0\u2014 \u00A92 \u00ACit; &bogus; AT&T fj\n");
    row("R5 tags do not join entities", "<p>&am<b>p;</b> &am<!-- -->p; &l<a>t;", "&amp; &amp; &lt;\n");
    row("R6 word processor",
        "<p><![if !supportLists]>1.<![endif]><!--[if gte mso 9]><xml>gone</xml><![endif]-->one<o:p></o:p></p><p>two",
        "1.one\n\ntwo\n");
    row("R6 a second html", "<html><body><p>one</p><html lang=en><p>two</p></body></html><p>three",
        "one\n\ntwo\n\nthree\n");
    row("R6 a second page",
        "<html><head><title>T</title></head><body><nav><p>gone</body></html>\n<!DOCTYPE "
        "html><html><head><title>U</title>"
        "</head><body><p>two</p></body></html>",
        "two\n");
    row("R6 header in an article",
        "<header><h1>Site</h1></header><article><header><h1>Title</h1><p>By "
        "me</header><p>Text.</p><footer>Note</footer>"
        "</article><footer>Imprint</footer>",
        "Title\n\nBy me\n\nText.\n\nNote\n");
    row("R6 header in a quotation", "<blockquote><header>who</header>what</blockquote>", "who\nwhat\n");
    row("furniture by role",
        "<div role=Banner>gone</div><span role='search'>gone<span>gone</span>gone</span>kept<a role=button>x",
        "keptx\n");
    row("permalink signs", "<h2>Title<a class=\"headerlink\" href=#>\u00B6</a></h2><p>a<a class=headerlink>#<a>b</a>c",
        "Title\n\nabc\n");
    row("scripts", "a<script>if (a<b) '<p>'</script>b<script><!-- <script>x</script> --></script>c<style>p</style>d",
        "abcd\n");
    row("other raw text",
        "a<textarea><p>x</textarea>b<iframe>x</iframe>c<noscript><p>x</noscript>d<xmp><b>&amp;</xmp>e",
        "abcd\n\n<b>&amp;\n\ne\n");
    row("drawings", "<p>a<svg><title>x</title><text>x</text></svg>b<svg/>c<svg>d<p>e", "abcd\n\ne\n");
    row("lists of choices", "a<select><option>x<p>x<option>x</select>b<select>x<input>c", "abc\n");
    row("frames", "<frameset><frame src=a></frameset><p>After.", "After.\n");
    row("formulas", "<math><mi>x</mi><mo>+</mo><mn>1</mn></math>", "x+1\n");
    row("less-than signs", "1 < 2 <3 </ x>&lt;p> <", "1 < 2 <3 <p> <\n");
    row("a tag that is cut off", "<p>a</p><p title=\"x", "a\n");
    row("cells", "<table><caption>c<tr><th>a<th>b<tr><td>1<p>2<td>3</table>d", "c\na b\n1\n\n2\n\n3\n\nd\n");
    row("cells without a table", "<td>a<td>b", "a b\n");
    row("nested lists", "<ul><li>a<ul><li>b</ul><li>c</ul><dl><dt>t<dd>d</dl>", "a\n\nb\n\nc\n\nt\nd\n");
    row("preformatted", "<pre>\n a\r\n  b</pre>x", " a\n  b\n\nx\n");
    row("utf-16 with a mark", "\xFE\xFF\0<\0p\0>\0x\4\x1F"s, "x\u041F\n");
    row("utf-16 without a mark", "<\0p\0>\0x\0y\0"s, "xy\n");
    row("utf-8 with a mark", "\xEF\xBB\xBF<meta charset=latin1><p>caf\xC3\xA9", "caf\u00E9\n");
    row("iso-2022-jp", "<meta charset=iso-2022-jp><p>\x1B$B$\"\x1B(B.", "\u3042.\n");
  }
  void page() {
    QFETCH(std::string, page);
    QFETCH(std::string, text);
    QCOMPARE(QString::fromStdString(corpus::html_to_text(page)), QString::fromStdString(text));
  }

  void declared_data() {
    QTest::addColumn<std::string>("page");
    QTest::addColumn<std::string>("encoding");
    const auto row = [](const char* name, std::string page, const char* encoding) {
      QTest::newRow(name) << std::move(page) << std::string(encoding);
    };
    row("nothing", "<html><head><title>x</title>", "");
    row("charset", "<!DOCTYPE html><META a=b CharSet = 'KOI8-R' />", "KOI8-R");
    row("http-equiv", "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=windows-1251\">", "windows-1251");
    row("http-equiv, quoted", "<meta content='x charset x charset = \"sjis\"' http-equiv=content-type>", "Shift_JIS");
    row("content alone", "<meta content=\"text/html; charset=windows-1251\">", "");
    row("unknown, then known", "<meta charset=klingon><meta charset=gbk>", "gb18030");
    row("in a comment", "<!-- <meta charset=gbk> -->", "");
    row("in an attribute", "<p title='<meta charset=gbk>'>", "");
    row("in a bogus comment", "<? <meta charset=gbk><!x <meta charset=gbk>", "");
    row("xml declaration", "<?xml version='1.0' encoding='ISO-8859-2'?><html>", "ISO-8859-2");
    row("utf-16 is not true", "<meta charset=utf-16>", "UTF-8");
    row("within 1024 bytes", std::string(1000, ' ') + "<meta charset=gbk>", "gb18030");
    row("behind 1024 bytes", std::string(1024, ' ') + "<meta charset=gbk>", "");
  }
  void declared() {
    QFETCH(std::string, page);
    QTEST(webtext::declared_html_encoding(page), "encoding");
  }

  void files_data() {
    QTest::addColumn<std::string>("content");
    QTest::addColumn<std::string>("option");
    QTest::addColumn<std::string>("text");
    QTest::addColumn<std::string>("encoding");
    QTest::addColumn<std::string>("fault");
    const auto row = [](const char* name, std::string content, const char* option, const char* text,
                        const char* encoding, const char* fault = "") {
      QTest::newRow(name) << std::move(content) << std::string(option) << std::string(text) << std::string(encoding)
                          << std::string(fault);
    };
    row("utf-8", "<meta charset=latin1><p>\u00E9", "", "\u00E9\n", "");
    row("windows-1252", "<p>\xE9", "", "\u00E9\n", "windows-1252");
    row("declared", "<meta charset=gb2312><p>\xD6\xD0", "", "\u4E2D\n", "gb18030");
    row("the corpus says it", "<meta charset=latin1><p>\xD6\xD0", "gbk", "\u4E2D\n", "gb18030");
    row("R16 binary", std::string(2000, '\0'), "", "", "", "binary");
    row("R4 NULs do not make it binary", "<p>" + std::string(2000, '\0') + "x", "", "x\n", "");
  }
  void files() {
    QFETCH(std::string, content);
    QFETCH(std::string, option);
    QTemporaryDir folder;
    const fs::path path = fs::path(folder.path().toStdString()) / "a.html";
    put(path, content);
    corpus::ReadOptions options = read_options();
    options.encoding = option;
    const auto reader = corpus::ReaderRegistry::instance().get("html").open(path, options);
    corpus::Document document;
    QVERIFY(reader->next(document));
    QTEST(document.text, "text");
    QTEST(document.fault, "fault");
    QTEST(reader->encoding(), "encoding");
    QVERIFY(!reader->next(document));
  }
};

QTEST_GUILESS_MAIN(TestHtml)
#include "test_html.moc"
