// SPDX-License-Identifier: GPL-3.0-or-later
// Ticks are round and inside the range; charts keep what they draw inside their frame and say what they thinned.
#include <cmath>
#include <limits>

#include <QRectF>
#include <QXmlStreamReader>
#include <QtTest>

#include "report/svg_axis.h"
#include "report/svg_chart.h"
#include "report/svg_style.h"

using namespace pantograph::report::chart;

namespace {

struct Text {
  QRectF box;
  QString text;
};

/// Boxes of the horizontal texts, from the same estimate of widths that the chart uses, and all points of paths.
struct Picture {
  QList<Text> texts;
  QList<QPointF> points;
  QSizeF size;
  QString error;
};

Picture parse(const std::string& svg) {
  Picture out;
  QXmlStreamReader xml(QByteArray::fromStdString(svg));
  while (!xml.atEnd()) {
    xml.readNext();
    if (!xml.isStartElement()) continue;
    const auto attributes = xml.attributes();
    if (xml.name() == QLatin1String("svg"))
      out.size = {attributes.value("width").toDouble(), attributes.value("height").toDouble()};
    if (xml.name() == QLatin1String("path")) {
      static const QRegularExpression kNumbers("[ML]([0-9.-]+) ([0-9.-]+)");
      auto matches = kNumbers.globalMatch(attributes.value("d").toString());
      while (matches.hasNext()) {
        const auto match = matches.next();
        out.points << QPointF(match.captured(1).toDouble(), match.captured(2).toDouble());
      }
    }
    if (xml.name() == QLatin1String("text") && !attributes.hasAttribute("transform")) {
      const auto anchor = attributes.value("text-anchor").toString();
      const double x = attributes.value("x").toDouble(), y = attributes.value("y").toDouble();
      const QString text = xml.readElementText(QXmlStreamReader::SkipChildElements);
      const double width = text_width(text.toStdString());
      out.texts << Text{{anchor == "end"      ? x - width
                         : anchor == "middle" ? x - width / 2
                                              : x,
                         y - 10, width, 12},
                        text};
    }
  }
  if (xml.hasError()) out.error = xml.errorString();
  return out;
}

LineChart chart_of(std::size_t points, bool log = false) {
  LineChart chart;
  chart.x = {"tokens", log};
  chart.y = {"loss", false};
  for (int s = 0; s < 12; ++s) {
    Series series;
    series.name = "slm-pn with a longish name, seed " + std::to_string(s);
    for (std::size_t i = 0; i < points; ++i)
      series.points.push_back({1e3 * static_cast<double>(i + 1), 4 + 3.0 / static_cast<double>(i + 1) + 0.1 * s});
    chart.series.push_back(series);
  }
  return chart;
}

}  // namespace

class TestSvgChart : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void ticks() {
    const auto same = [](const std::vector<double>& a, const std::vector<double>& b) {
      return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                        [](double x, double y) { return std::abs(x - y) < 1e-9; });
    };
    QVERIFY(same(nice_ticks(0, 10, 5), {0, 2, 4, 6, 8, 10}));
    QVERIFY(same(nice_ticks(4.61, 5.58, 5), {4.8, 5.0, 5.2, 5.4}));
    QVERIFY(same(log_ticks(1, 1000, 4), {1, 10, 100, 1000}));
    QVERIFY(same(log_ticks(10, 400, 5), {10, 20, 50, 100, 200}));
    QVERIFY(nice_ticks(1, 1, 5).empty());
    QVERIFY(nice_ticks(std::nan(""), 1, 5).empty());
    QVERIFY(log_ticks(0, 10, 5).empty());
  }

  void ticks_lie_inside_data() {
    QTest::addColumn<double>("low");
    QTest::addColumn<double>("high");
    for (double low : {-3.7, 0.0, 1e-9, 0.013, 4.6, 1e5}) {
      for (double width : {1e-6, 0.011, 1.0, 977.0, 3e9}) QTest::addRow("%g+%g", low, width) << low << low + width;
    }
  }

  void ticks_lie_inside() {
    QFETCH(double, low);
    QFETCH(double, high);
    const auto ticks = nice_ticks(low, high, 6);
    QVERIFY(ticks.size() >= 2 && ticks.size() <= 14);
    for (double tick : ticks) QVERIFY(tick >= low - 1e-6 * (high - low) && tick <= high + 1e-6 * (high - low));
    if (low > 0) {
      for (double tick : log_ticks(low, high, 6)) QVERIFY(tick >= low * 0.999999 && tick <= high * 1.000001);
    }
  }

  void a_constant_has_a_scale_too() {
    const Scale scale(3, 3, false, 0, 100);
    QVERIFY(std::abs(scale.place(3) - 50) < 1e-9);
    QVERIFY(Scale(3, 3, true, 0, 100).place(3) > 0);
  }

  void lines_stay_inside_and_texts_do_not_touch_data() {
    QTest::addColumn<int>("points");
    QTest::addColumn<bool>("log");
    for (int points : {1, 2, 37, 5000}) {
      QTest::addRow("%d linear", points) << points << false;
      QTest::addRow("%d log", points) << points << true;
    }
  }

  void lines_stay_inside_and_texts_do_not_touch() {
    QFETCH(int, points);
    QFETCH(bool, log);
    const LineChart chart = chart_of(static_cast<std::size_t>(points), log);
    const Picture picture = parse(draw(chart).svg);
    QVERIFY2(picture.error.isEmpty(), qPrintable(picture.error));
    const QRectF frame({0, 0}, picture.size);
    for (const QPointF& p : picture.points) QVERIFY(frame.contains(p));
    for (qsizetype a = 0; a < picture.texts.size(); ++a) {
      QVERIFY2(frame.contains(picture.texts[a].box), qPrintable(picture.texts[a].text));
      for (qsizetype b = 0; b < a; ++b) {
        QVERIFY2(!picture.texts[a].box.intersects(picture.texts[b].box),
                 qPrintable(picture.texts[a].text + " | " + picture.texts[b].text));
      }
    }
  }

  void thinning_is_counted_and_keeps_the_last_point() {
    LineChart chart = chart_of(1400);
    chart.series.resize(1);
    chart.series[0].points.back().y = 9;  // would be lost by drawing every third point alone
    const Drawing drawing = draw(chart);
    QCOMPARE(drawing.stride, std::size_t(3));
    QCOMPARE(drawing.left_out, std::size_t(0));
    const Picture picture = parse(drawing.svg);
    QCOMPARE(picture.points.size(), qsizetype(468));  // 0, 3, … 1398 are 467, and 1399
    double highest = 1e9;
    for (const QPointF& p : picture.points) highest = std::min(highest, p.y());
    QCOMPARE(picture.points.back().y(), highest);
    chart.max_points = 1400;
    QCOMPARE(draw(chart).stride, std::size_t(1));
    QCOMPARE(parse(draw(chart).svg).points.size(), qsizetype(1400));
  }

  void points_off_the_axes_are_counted_and_interrupt_the_line() {
    LineChart chart;
    chart.x.log = true;
    Series series;
    series.points = {{0, 1}, {1, 2}, {10, std::nan("")}, {100, 3}, {1000, 4}};
    chart.series = {series};
    const Drawing drawing = draw(chart);
    QCOMPARE(drawing.left_out, std::size_t(2));
    QCOMPARE(QString::fromStdString(drawing.svg).count("M"), 2);
    QCOMPARE(parse(drawing.svg).points.size(), qsizetype(3));
  }

  void whiskers_reach_over_the_spread_and_stay_inside() {
    for (const bool log : {false, true}) {
      LineChart chart;
      chart.title = "a <title>";
      chart.y.log = log;
      Series series;
      series.markers = true;
      series.points = {{1, 20, 2}, {2, 10, 12}, {3, 15, 0}, {4, 12, std::nan("")}};  // 10 ± 12 reaches below zero
      chart.series = {series};
      const Drawing drawing = draw(chart);
      const QString svg = QString::fromStdString(drawing.svg);
      QCOMPARE(svg.count("class=\"whisker"), 2);
      QVERIFY(svg.contains(">a &lt;title&gt;</text>"));
      const QSizeF size = parse(drawing.svg).size;
      QList<double> tops;
      static const QRegularExpression kWhisker(
          "whisker c0\" d=\"M([0-9.]+) ([0-9.]+)H([0-9.]+)M[0-9.]+ [0-9.]+V([0-9.]+)");
      auto matches = kWhisker.globalMatch(svg);
      while (matches.hasNext()) {
        const auto match = matches.next();
        tops << match.captured(2).toDouble();
        QVERIFY(match.captured(2).toDouble() < match.captured(4).toDouble());
        QVERIFY(match.captured(4).toDouble() <= size.height() && match.captured(3).toDouble() <= size.width());
      }
      QCOMPARE(tops.size(), 2);
      QVERIFY(std::abs(tops[0] - tops[1]) < 0.11);  // 20 + 2 and 10 + 12
    }
  }

  void a_file_of_its_own_needs_no_style_sheet() {
    LineChart chart;
    Series series;
    series.name = " class=\"line c1\" & <b>";
    series.color = 9;  // the ninth of eight: the second
    series.points = {{1, 2, 0.5}, {2, 3, 0.5}};
    series.markers = true;
    series.highlight = 1;
    chart.series = {series};
    BarChart bars;
    bars.groups = {{"law", {{"slm", 40, 20, 2}}}, {"med", {{"slm", 4000, 20, 2}}}, {"x", {{"slm", 40, 20, 2}}}};
    HeatStrip strip;
    strip.rows = {{"law", "note", {0.5, 0.5}}};
    for (const std::string& drawn : {draw(chart).svg, draw(bars), draw(strip)}) {
      const QString svg = QString::fromStdString(standalone(drawn));
      const Picture picture = parse(svg.toStdString());
      QVERIFY2(picture.error.isEmpty(), qPrintable(picture.error));
      QCOMPARE(picture.texts.size(), parse(drawn).texts.size());
      QVERIFY(!svg.contains("class=\"") && !svg.contains("var(") && svg.contains("<rect width=\"100%\""));
    }
    const QString svg = QString::fromStdString(standalone(draw(chart).svg));
    QVERIFY(svg.contains("fill=\"none\" stroke=\"#d55e00\"") && svg.contains("<circle fill=\"#d55e00\""));
    QVERIFY(svg.contains("class=&quot;line c1&quot;"));  // a name stays what it is
    QCOMPARE(standalone(""), std::string("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"));
  }

  void empty_charts() {
    for (const std::string& svg : {draw(LineChart{}).svg, draw(BarChart{}), draw(HeatStrip{})}) {
      const Picture picture = parse(svg);
      QVERIFY2(picture.error.isEmpty(), qPrintable(picture.error));
      QVERIFY(QString::fromStdString(svg).startsWith("<svg"));
    }
  }

  void bars_and_strips_keep_their_texts_apart() {
    BarChart bars;
    bars.unit = "perplexity";
    HeatStrip strip;
    for (int d = 0; d < 9; ++d) {
      BarGroup group{d == 3 ? "a-domain-with-a-name-that-never-ends-and-then-some" : "domain-" + std::to_string(d), {}};
      HeatRow row{group.name, "63.1 %, 1.23", {}};
      for (int m = 0; m < 3; ++m) group.bars.push_back({"method-" + std::to_string(m), 4102.0 / (m + 1), 20.0 + d, m});
      for (int c = 0; c < 64; ++c) row.fractions.push_back(c / 2016.0);
      bars.groups.push_back(group);
      strip.rows.push_back(row);
    }
    for (const std::string& svg : {draw(bars), draw(strip)}) {
      const Picture picture = parse(svg);
      QVERIFY2(picture.error.isEmpty(), qPrintable(picture.error));
      const QRectF frame({0, 0}, picture.size);
      for (qsizetype a = 0; a < picture.texts.size(); ++a) {
        QVERIFY2(frame.contains(picture.texts[a].box), qPrintable(picture.texts[a].text));
        for (qsizetype b = 0; b < a; ++b) {
          QVERIFY2(!picture.texts[a].box.intersects(picture.texts[b].box),
                   qPrintable(picture.texts[a].text + " | " + picture.texts[b].text));
        }
      }
    }
  }
};

QTEST_GUILESS_MAIN(TestSvgChart)
#include "test_svg_chart.moc"
