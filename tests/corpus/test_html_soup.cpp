// SPDX-License-Identifier: GPL-3.0-or-later
// Pages that nobody wrote: made to be slow, mutated, tags in any order.
#include <QTest>

#include <ctime>
#include <random>

#include "corpus/readers.h"

using namespace pantograph;
using namespace std::string_literals;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr double kSlow = 20;
#else
constexpr double kSlow = 2;  // seconds of computing
#endif

double seconds_of(const auto& call) {
  const std::clock_t start = std::clock();
  call();
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

std::string repeated(std::string_view piece, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += piece;
  return out;
}

}  // namespace

class TestHtmlSoup : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void slow_pages_data() {
    QTest::addColumn<std::string>("page");
    for (const char* piece : {"<div>",
                              "<b>",
                              "<a>",
                              "<p>",
                              "<ul><li>",
                              "<table>",
                              "<table><tr><td>",
                              "<table><td>",
                              "<font a=1>",
                              "<pre>x",
                              "<div><div></div>",
                              "<b><p></b>",
                              "<tr><div></tr>",
                              "<form><div></form>",
                              "<p><div></p>",
                              "<table><div>",
                              "<object><div></object>",
                              "<article><header>",
                              "<svg>",
                              "<svg a=\"",
                              "<svg x",
                              "<svg></svg>",
                              "<template>",
                              "<noscript>",
                              "<xmp>",
                              "<!-->",
                              "<!-- -->",
                              "<?",
                              "</x",
                              "<html>",
                              "<body>",
                              "<td>",
                              "&",
                              "&am",
                              "<",
                              "<h1>",
                              "<option>",
                              "<x-y>",
                              "<math>",
                              "<dl><dd>",
                              "<a class=headerlink></a><div>",
                              "<script></script>"}) {
      QTest::newRow(piece) << repeated(piece, static_cast<int>(500000 / std::strlen(piece)));
    }
    QTest::newRow("100000 div") << repeated("<div>", 100000);
    QTest::newRow("div closed") << repeated("<div>", 100000) + "x" + repeated("</div>", 100000);
    QTest::newRow("div, other ends") << repeated("<div>", 100000) + repeated("</section></p>", 50000);
    std::string fonts, attributes = "<p", bold;
    for (int i = 0; i < 50000; ++i) {
      fonts += "<p><font size=" + std::to_string(i) + ">text";
      attributes += " a" + std::to_string(2 * i) + "=1 b" + std::to_string(i);
      bold += "<b id=" + std::to_string(i) + "><i><u>";
    }
    QTest::newRow("fonts left open") << fonts;
    QTest::newRow("100000 attributes") << attributes + ">";
    QTest::newRow("formatting left open") << bold + repeated("<p>x", 50000);
  }
  void slow_pages() {
    QFETCH(std::string, page);
    std::string text;
    const double seconds = seconds_of([&] { text = corpus::html_to_text(page + "\"'><p>marker"); });
    QVERIFY2(seconds < kSlow, std::to_string(seconds).c_str());
    QVERIFY(text.find("marker") != std::string::npos);
  }

  void nothing_is_lost_by_the_bound() {
    QString page, words;
    for (int i = 0; i < 3000; ++i) {
      page += "<div>w" + QString::number(i);
      words += "w" + QString::number(i) + "\n";
    }
    for (int i = 0; i < 3000; ++i) page += "</div>v" + QString::number(i);
    const QString text = QString::fromStdString(corpus::html_to_text(page.toStdString()));
    QCOMPARE(text.left(text.indexOf("v0")), words);
    for (int i = 0; i < 3000; i += 7) QVERIFY(text.contains("v" + QString::number(i)));
    // The end tags of what was too deep do not end what is not.
    QVERIFY(corpus::html_to_text("<nav>" + repeated("<div>", 1000) + repeated("</div>", 1000) + "gone</nav>kept") ==
            "kept\n");
  }

  /// Whatever happens before it: what ends everything that HTML lets run to the page's end is followed by the marker.
  void mutations() {
    const std::string pages[] = {
        "<!DOCTYPE html><html><head><meta charset=utf-8><title>T</title></head><body><nav><a href=\"/\">Home</a></nav>"
        "<article><header><h1>One &amp; two</h1></header><p class='x'>caf\xC3\xA9 <b>bold <i>both</b> it</i>"
        "<ul><li>a<li>b</ul></article><script>var a = '<p>';</script></body></html>",
        "<meta charset=gb2312><table border=1><caption>c</caption><tr><td>\xD6\xD0\xCE\xC4<td>2<tr><th>x</table><form>"
        "<select><option>a<option>b</select><textarea>t</textarea></form><pre>\n p\n</pre><!-- comment "
        "--><svg><g/></svg>"};
    const std::string pieces[] = {"<div>",
                                  "</div>",
                                  "<p>",
                                  "</p>",
                                  "<table>",
                                  "</table>",
                                  "<tr>",
                                  "<td>",
                                  "</td>",
                                  "<caption>",
                                  "<li>",
                                  "</ul>",
                                  "<b>",
                                  "</b>",
                                  "<a class=headerlink>",
                                  "</a>",
                                  "<nav>",
                                  "<header>",
                                  "<select>",
                                  "<button>",
                                  "<object>",
                                  "<form>",
                                  "<script>",
                                  "</script>",
                                  "<style>",
                                  "<title>",
                                  "<textarea>",
                                  "<noscript>",
                                  "<template>",
                                  "<svg>",
                                  "<math>",
                                  "<iframe>",
                                  "<xmp>",
                                  "<h1>",
                                  "<!--",
                                  "<!-->",
                                  "-->",
                                  "<![if x]>",
                                  "<!DOCTYPE",
                                  "<?xml",
                                  "</",
                                  "<",
                                  "&",
                                  "&#",
                                  "&am",
                                  "\"",
                                  "'",
                                  "\0"s,
                                  "\0\0\0"s,
                                  "\xFF",
                                  "\xE9",
                                  "<span role=search>",
                                  "<hr>",
                                  "<br>",
                                  "<frameset>",
                                  "<html>",
                                  "<body>",
                                  "<head>",
                                  "<input>",
                                  "<![CDATA[",
                                  "<p a=",
                                  "<p a='",
                                  "<option>",
                                  "<dd>"};
    const std::string closer =
        "xx\"'>--></title></textarea></style></script></xmp></noscript></iframe></noframes></noembed></svg></template>"
        "<html><p>marker</p>";
    std::mt19937 random(20240607);
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    for (int round = 0; round < 20000; ++round) {
      std::string page = pages[below(2)];
      for (std::size_t change = 1 + below(6); change > 0; --change) {
        const std::size_t at = below(page.size());
        switch (below(4)) {
          case 0:
            page[at] = static_cast<char>(page[at] ^ (1 << below(8)));
            break;
          case 1:
            page.erase(at, std::min(below(30), page.size() - at - 1));
            break;
          default:
            page.insert(at, pieces[below(std::size(pieces))]);
        }
      }
      page += closer;
      std::string text;
      const double seconds = seconds_of([&] { text = corpus::html_to_text(page); });
      QVERIFY2(seconds < kSlow, page.c_str());
      QVERIFY2(text.ends_with("marker\n"), (std::to_string(round) + ": " + page + "\n=> " + text).c_str());
      QVERIFY(text.find('\0') == std::string::npos);
    }
  }

  /// Tags in any order and number: the time grows with the page's size alone.
  void tag_soup() {
    const std::string names[] = {"div",
                                 "p",
                                 "b",
                                 "a class=headerlink",
                                 "table",
                                 "tr",
                                 "td",
                                 "tbody",
                                 "caption",
                                 "ul",
                                 "li",
                                 "dl",
                                 "dd",
                                 "h1",
                                 "select",
                                 "option",
                                 "form",
                                 "button",
                                 "object",
                                 "nav",
                                 "article",
                                 "header",
                                 "span role=search",
                                 "pre",
                                 "svg",
                                 "template",
                                 "noscript",
                                 "font",
                                 "x",
                                 "a",
                                 "input"};
    std::mt19937 random(5);
    for (int round = 0; round < 30; ++round) {
      // Few names a page, most of them opening: that is how elements pile up.
      std::string chosen[6];
      for (std::string& name : chosen) name = names[random() % std::size(names)];
      std::string page;
      while (page.size() < 200000) {
        const std::string& name = chosen[random() % std::size(chosen)];
        const bool closing = random() % 10 < static_cast<unsigned>(round % 6);
        page += closing ? "</" : "<";
        page += closing ? name.substr(0, name.find(' ')) : name;
        page += '>';
        if (random() % 3 == 0) page += "x";
      }
      std::string text;
      const double seconds =
          seconds_of([&] { text = corpus::html_to_text(page + "</noscript></svg></template><html><p>marker"); });
      QVERIFY2(seconds < kSlow, (chosen[0] + " " + chosen[1] + " " + chosen[2]).c_str());
      QVERIFY(text.ends_with("marker\n"));
    }
  }
};

QTEST_GUILESS_MAIN(TestHtmlSoup)
#include "test_html_soup.moc"
