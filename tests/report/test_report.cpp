// SPDX-License-Identifier: GPL-3.0-or-later
// The files of the report: well-formed, complete, the same bytes again, and safe with hostile names.
#include <cmath>
#include <filesystem>
#include <limits>

#include <QXmlStreamReader>
#include <QtTest>

#include "base/error.h"
#include "base/files.h"
#include "base/numbers.h"
#include "base/text.h"
#include "measure/comparison.h"
#include "measure/sample_comparison.h"
#include "report/report.h"
#include "report/sample_study.h"

using namespace pantograph;

namespace {

std::filesystem::path path_of(const QTemporaryDir& folder) {
  return folder.path().toStdString();
}

/// Element names of the page, or the parser's error.
struct Page {
  QStringList elements, texts, attributes;
  QString error;
};

Page parse(const std::string& html) {
  Page page;
  QXmlStreamReader xml(QByteArray::fromStdString(html));
  while (!xml.atEnd()) {
    xml.readNext();
    if (xml.isStartElement()) {
      page.elements << xml.name().toString();
      for (const auto& attribute : xml.attributes())
        page.attributes << attribute.name().toString() + "=" + attribute.value().toString();
    }
    if (xml.isCharacters()) page.texts << xml.text().toString();
  }
  if (xml.hasError()) page.error = QString("line %1: %2").arg(xml.lineNumber()).arg(xml.errorString());
  return page;
}

}  // namespace

class TestReport : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_whole_study() {
    sample::Study study;
    sample::fill(study);
    QTemporaryDir folder;
    report::write_report(study.input, path_of(folder));
    const std::string html = read_file(path_of(folder) / "report.html");
    const Page page = parse(html);
    QVERIFY2(page.error.isEmpty(), qPrintable(page.error));
    QVERIFY(!page.elements.contains("script"));
    QVERIFY(!page.elements.contains("link") && !page.elements.contains("img"));  // self-contained
    for (const QString& attribute : page.attributes) QVERIFY2(!attribute.startsWith("on"), qPrintable(attribute));
    // 2 bar charts, 2 × (1 generic + 4 probes + 1 train) curves, 4 fine-tuning panels, 1 heat strip; in time and in
    // FLOPs 1 generic, 1 before and 2 after fine-tuning, 6 of total cost, 8 of domains, 2 of fine-tuning cost.
    QCOMPARE(page.elements.count("svg"), 2 + 12 + 4 + 1 + 2 * (4 + 6 + 8 + 2));
    // 2 of advice, 2 of domains, 2 of clusters, 1 of corpora; perplexities, 2 of total cost,
    // parameters, throughput, limits, selection.
    QCOMPARE(page.elements.count("table"), 2 + 2 + 2 + 1 + 8);
    const QString text = page.texts.join(' ');
    QVERIFY(text.contains("What should I use"));
    QVERIFY(text.contains("run a method of kind slm-d"));
    QVERIFY(text.contains("Perplexities at equal cost: run two methods at several generic budgets"));
    QVERIFY(text.contains("After fine-tuning on 20k tokens, slm-pn has a macro-averaged"));
    QVERIFY(text.contains("every 3rd point drawn; all are in curves.csv"));  // 1,400 points in at most 500
    QVERIFY(text.contains("clusters = 16"));
    QVERIFY(text.contains("120 duplicate; files not read: .csv 12"));
    QVERIFY(html.find("prefers-color-scheme: dark") != std::string::npos);
    // For a look at it: PANTOGRAPH_KEEP_REPORT=FOLDER.
    if (const char* keep = std::getenv("PANTOGRAPH_KEEP_REPORT")) report::write_report(study.input, keep);
  }

  /// Every kind of method, several budgets and seeds: every figure of the paper is on the page and in a file.
  void a_whole_comparison() {
    sample::Study study;
    sample::fill(study);
    study.input.records = sample::comparison_records();
    QTemporaryDir folder;
    const auto figures = path_of(folder) / "figures";
    std::filesystem::create_directories(figures);
    write_atomically(figures / "of-an-earlier-report.svg", "<svg/>");
    write_atomically(figures / "my-notes.txt", "mine");
    report::write_report(study.input, path_of(folder));
    const Page page = parse(read_file(path_of(folder) / "report.html"));
    QVERIFY2(page.error.isEmpty(), qPrintable(page.error));
    QVERIFY(!std::filesystem::exists(figures / "of-an-earlier-report.svg"));
    QVERIFY(std::filesystem::exists(figures / "my-notes.txt"));

    const QStringList rows = QString::fromStdString(read_file(path_of(folder) / "figures.csv")).split('\n');
    QSet<QString> ids;
    for (const QString& row : rows.mid(1)) {
      if (!row.isEmpty()) ids << row.section(',', 0, 0);
    }
    QVERIFY(ids.contains("specialized-100k-time") && ids.contains("total-cost-50-20k-flops"));
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(figures)) {
      if (entry.path().extension() != ".svg") continue;
      ++files;
      QVERIFY(ids.contains(QString::fromStdString(entry.path().stem().string())));
      const std::string svg = read_file(entry.path());
      const Page drawn = parse(svg);
      QVERIFY2(drawn.error.isEmpty(), qPrintable(drawn.error));
      QVERIFY(svg.find("class=") == std::string::npos && svg.find("var(") == std::string::npos);
      QVERIFY(svg.find("stroke=\"#0072b2\"") != std::string::npos || svg.find("stroke=\"#") != std::string::npos);
    }
    QCOMPARE(files, int(ids.size()));
    if (const char* keep = std::getenv("PANTOGRAPH_KEEP_REPORT"))
      report::write_report(study.input, std::filesystem::path(keep) / "comparison");
  }

  void the_same_bytes_whatever_the_order() {
    sample::Study study;
    sample::fill(study);
    QTemporaryDir one, two;
    report::write_report(study.input, path_of(one));
    std::reverse(study.input.records.begin(), study.input.records.end());
    report::write_report(study.input, path_of(two));
    for (const char* name : {"results.json", "results.csv", "curves.csv", "figures.csv", "report.html",
                             "figures/specialized-100k-flops.svg"}) {
      QVERIFY2(read_file(path_of(one) / name) == read_file(path_of(two) / name), name);
      QVERIFY(!std::filesystem::exists(path_of(one) / (std::string(name) + ".part")));
    }
  }

  void results_json_reads_back() {
    sample::Study study;
    sample::fill(study);
    study.input.records[3].perplexity_after = 0.1 + 0.2;
    QTemporaryDir folder;
    report::write_report(study.input, path_of(folder));
    const auto back = measure::read_results(path_of(folder) / "results.json");
    auto expected = study.input.records;
    measure::sort_results(expected);
    QCOMPARE(back.size(), expected.size());
    for (std::size_t i = 0; i < back.size(); ++i)
      QCOMPARE(measure::to_json(back[i]).dump(), measure::to_json(expected[i]).dump());
    const auto whole = nlohmann::json::parse(read_file(path_of(folder) / "results.json"));
    QCOMPARE(whole["schema"].get<int>(), 1);
    QCOMPARE(whole["project"].get<std::string>(), std::string("quickstart"));
    QCOMPARE(whole["version"].get<std::string>(), std::string("0.1.0"));
    const auto comparisons = measure::compare(expected);
    QCOMPARE(whole["comparisons"].size(), comparisons.size());
    const auto& written = whole["comparisons"][0];
    QCOMPARE(written["chosen"].get<std::string>(), comparisons[0].level[0].method);
    QCOMPARE(written["differences"].size(), comparisons[0].differences.size());
    QCOMPARE(written["differences"][0]["loss"].get<double>(), comparisons[0].differences[0].loss);
    QVERIFY(written["differences"][0]["low"].is_null());  // one seed
    QCOMPARE(written["differences"][0]["decision"].get<std::string>(),
             std::string(to_string(comparisons[0].differences[0].decision)));
  }

  void csv_has_every_record_and_every_point() {
    sample::Study study;
    sample::fill(study);
    study.input.records[0].domain = "a,\"b\"";
    QTemporaryDir folder;
    report::write_report(study.input, path_of(folder));
    const QString results = QString::fromStdString(read_file(path_of(folder) / "results.csv"));
    QCOMPARE(results.count('\n'), qsizetype(1 + study.input.records.size()));
    QVERIFY(results.startsWith(
        "method,kind,domain,specialization_tokens,seed,expert,selection,perplexity_before,perplexity_after,"));
    QVERIFY(results.contains("\"a,\"\"b\"\"\""));
    QVERIFY(results.contains("slm-pn,slm-pn,law,20000,7,3,frequent,150.4,"));
    std::size_t points = 0;
    for (const auto& curve : study.input.curves) points += curve.points.size();
    QCOMPARE(QString::fromStdString(read_file(path_of(folder) / "curves.csv")).count('\n'), qsizetype(1 + points));
  }

  void hostile_names_stay_text() {
    const std::string evil = "</title><script>alert('1')</script> & \"quoted\" \x01\xff\xc0\xaf";
    sample::Study study;
    sample::fill(study);
    study.input.project_name = study.input.settings_toml = study.input.program_version = evil;
    study.input.records[0].domain = study.input.records[1].method = evil;
    study.input.curves[0].run = evil + " › " + evil;
    study.input.curves[0].method = evil;
    study.input.curves.back().run = evil;
    study.input.curves.back().points[0].series = "probe/" + evil;
    study.corpora["\"><b>"] = {{"role", "<i>"}, {"documents", "many"}, {"dropped", {{"<u>", 3u}}}};
    study.clustering["top_terms"][0][0] = "<em>";
    study.clustering["domains"]["<s>"] = {{"windows", {1, "two", -3}}};
    QTemporaryDir folder;
    report::write_report(study.input, path_of(folder));
    const Page page = parse(read_file(path_of(folder) / "report.html"));
    QVERIFY2(page.error.isEmpty(), qPrintable(page.error));
    for (const auto& entry : std::filesystem::directory_iterator(path_of(folder) / "figures")) {
      const Page drawn = parse(read_file(entry.path()));
      QVERIFY2(drawn.error.isEmpty() && !drawn.elements.contains("script"), qPrintable(drawn.error));
    }
    for (const char* name : {"script", "b", "i", "u", "em", "s"}) QVERIFY2(!page.elements.contains(name), name);
    QVERIFY(page.texts.join(' ').contains("alert('1')"));
    QCOMPARE(measure::read_results(path_of(folder) / "results.json").size(), study.input.records.size());
  }

  void nothing_at_all() {
    QTemporaryDir folder;
    report::ReportInput input;
    input.project_name = "empty";
    report::write_report(input, path_of(folder) / "new" / "report");
    const Page page = parse(read_file(path_of(folder) / "new" / "report" / "report.html"));
    QVERIFY2(page.error.isEmpty(), qPrintable(page.error));
    QVERIFY(page.texts.join(' ').contains("There are no results yet"));
    QVERIFY(!page.elements.contains("table") && !page.elements.contains("svg"));
    QVERIFY(measure::read_results(path_of(folder) / "new" / "report" / "results.json").empty());
    QCOMPARE(QString::fromStdString(read_file(path_of(folder) / "new" / "report" / "results.csv")).count('\n'),
             qsizetype(1));
  }

  void values_that_are_not_finite_do_not_break_the_page() {
    const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
    report::ReportInput input;
    input.project_name = "diverged";
    input.records = {sample::record("slm", "law", inf, nan), sample::record("slm-pn", "law", 0, -1)};
    report::RunCurve curve{"slm seed 7", "slm", {}};
    for (double value : {4.0, nan, 3.0, inf})
      curve.points.push_back({"generic", 1, curve.points.size() * 1000, 0, value, -1});
    input.curves = {curve};
    QTemporaryDir folder;
    report::write_report(input, path_of(folder));
    const std::string html = read_file(path_of(folder) / "report.html");
    const Page page = parse(html);
    QVERIFY2(page.error.isEmpty(), qPrintable(page.error));
    QVERIFY(page.texts.join(' ').contains("2 points cannot be drawn on these axes"));
    for (const QString& attribute : page.attributes) {
      if (!attribute.startsWith("title="))
        QVERIFY2(!attribute.contains("nan") && !attribute.contains("inf"), qPrintable(attribute));
    }
    QVERIFY(read_file(path_of(folder) / "curves.csv").find(",nan,-1") != std::string::npos);
  }

  void a_folder_that_cannot_be_written_is_an_error_and_keeps_the_old_report() {
    QTemporaryDir folder;
    report::ReportInput input;
    input.project_name = "first";
    report::write_report(input, path_of(folder));
    const std::string before = read_file(path_of(folder) / "report.html");
    const auto file = path_of(folder) / "not-a-folder";
    write_atomically(file, "x");
    try {
      report::write_report(input, file);
      QFAIL("wrote into a file");
    } catch (const Error& error) {
      QCOMPARE(int(error.kind()), int(ErrorKind::run));
    }
    QCOMPARE(read_file(file), std::string("x"));
    QCOMPARE(read_file(path_of(folder) / "report.html"), before);
  }

  void formats_data() {
    QTest::addColumn<QString>("got");
    QTest::addColumn<QString>("expected");
    const auto row = [](const std::string& got, const char* expected) {
      QTest::newRow(expected) << QString::fromStdString(got) << QString::fromUtf8(expected);
    };
    row(csv_field("a\"b"), "\"a\"\"b\"");
  }

  void formats() {
    QFETCH(QString, got);
    QFETCH(QString, expected);
    QCOMPARE(got, expected.trimmed());
  }
};

QTEST_GUILESS_MAIN(TestReport)
#include "test_report.moc"
