// SPDX-License-Identifier: GPL-3.0-or-later
// Tables as text: what rows give, why rows are left out, and a comparison with a parser of the simplest sort.
#include <QStringEncoder>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <random>

#include "corpus/csv_rows.h"
#include "corpus_support.h"

using namespace pantograph;
using corpus::CsvRow;
namespace fs = std::filesystem;

namespace {

/// A text in pieces of one to three bytes.
class Pieces : public corpus::ByteSource {
 public:
  Pieces(std::string text, unsigned seed) : text_(std::move(text)), random_(seed) {}
  std::string_view read() override {
    const std::string_view out = std::string_view(text_).substr(at_, 1 + random_() % 3);
    at_ += out.size();
    return out;
  }
  std::uint64_t position() const override { return at_; }

 private:
  std::string text_;
  std::mt19937 random_;
  std::size_t at_ = 0;
};

/// The rules of csv_rows.h on a text that is all there, character by character.
class Naive {
 public:
  Naive(std::string text, char separator) : text_(std::move(text)), separator_(separator) {}

  bool next(CsvRow& row, bool is_header) {
    is_header_ = is_header;
    row = {};
    while (at_ < text_.size()) {
      row.line = line_;
      if (const std::size_t end = row_end()) {
        pass(end);
        continue;
      }
      for (;;) {
        row.cells.push_back(cell(row));
        if (at_ == text_.size() || text_[at_] != separator_) break;
        ++at_;
      }
      row.width = row.cells.size();
      pass(row_end());
      return true;
    }
    return false;
  }

 private:
  std::size_t row_end() const {  // bytes of the line's end that is here
    const std::string_view rest = std::string_view(text_).substr(at_);
    if (rest.starts_with("\r\n")) return 2;
    if (rest.starts_with("\n")) return 1;
    return rest.starts_with("\r") && (returns_ || is_header_ || rest.size() == 1) ? 1 : 0;
  }
  void pass(std::size_t end) {
    if (end == 1 && text_[at_] == '\r' && at_ + 1 < text_.size()) returns_ = true;
    at_ += end;
    if (end > 0) ++line_;
  }
  bool cell_ends() const { return at_ == text_.size() || text_[at_] == separator_ || row_end() > 0; }
  std::string cell(CsvRow& row) {
    std::string out;
    if (at_ < text_.size() && text_[at_] == '"') {
      const std::uint64_t opened = line_;
      for (++at_;;) {
        const std::size_t quote = text_.find('"', at_);
        const std::string inside = text_.substr(at_, quote - at_);
        out += inside;
        line_ += static_cast<std::uint64_t>(std::count(inside.begin(), inside.end(), returns_ ? '\r' : '\n'));
        if (quote == std::string::npos) {
          at_ = text_.size();
          row.fault = CsvRow::Fault::unclosed;
          row.fault_line = opened;
          return out;
        }
        at_ = quote + 1;
        if (at_ == text_.size() || text_[at_] != '"') break;
        out += text_[at_++];
      }
      if (!cell_ends() && row.fault == CsvRow::Fault::none) {
        row.fault = CsvRow::Fault::broken;
        row.fault_line = line_;
      }
    }
    while (!cell_ends()) out += text_[at_++];
    return out;
  }

  std::string text_;
  char separator_;
  std::size_t at_ = 0;
  std::uint64_t line_ = 1;
  bool returns_ = false, is_header_ = false;
};

}  // namespace

class TestCsv : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { corpus::register_built_in_readers(); }

  void is_guessed() {
    const auto& readers = corpus::ReaderRegistry::instance();
    for (const char* name : {"a.csv", "B.TSV", "c.csv.gz", "d.tsv.zst"})
      QCOMPARE(readers.guess(name), std::string("csv"));
  }

  void quotes_and_line_ends() {
    const std::string lines =
        "id,text,more\n1,plain,x\n\n2,\"two\nlines, and \"\"quotes\"\"\",\n3,a \"b\" c,\"\"\n\"4\",last,x";
    for (const std::string end : {"\n", "\r\n", "\r"}) {
      std::string content = "\xEF\xBB\xBF";
      for (const char c : lines) content += c == '\n' ? end : std::string(1, c);
      for (const char* name : {"a.csv", "a.csv.gz", "a.csv.zst"}) {
        write(name, content);
        const auto rows = read_documents("csv", file(name));
        QCOMPARE(rows.size(), std::size_t{4});
        const std::string texts[] = {"plain", "two" + end + "lines, and \"quotes\"", "a \"b\" c", "last"};
        const int starts[] = {2, 4, 6, 7};
        for (std::size_t i = 0; i < 4; ++i) {
          QVERIFY(rows[i].fault.empty());
          QCOMPARE(rows[i].text, texts[i]);
          QCOMPARE(rows[i].source, file(name).string() + ":" + std::to_string(starts[i]));
        }
      }
    }
  }

  void fields_in_any_order() {
    put(file("a.csv"), "text,a,b\n1,2,3\n");
    QCOMPARE(read_documents("csv", file("a.csv"), "{b}-{text}-{b}").at(0).text, std::string("3-1-3"));
    QCOMPARE(read_documents("csv", file("a.csv"), "a").at(0).text, std::string("2"));
    put(file("b.csv"), "text,text\nfirst,second\n");
    QCOMPARE(read_documents("csv", file("b.csv")).at(0).text, std::string("first"));
  }

  void separators_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("content");
    QTest::newRow("comma") << "a.csv"
                           << "id,text\n1,a;b|c\td\n";
    QTest::newRow("semicolon") << "a.csv"
                               << "id;\"x, y, z\";text\n1;2;a;b\n1;2;\"a;b|c\td\"\n";
    QTest::newRow("tab") << "a.csv"
                         << "id\ttext\n1\t\"a;b|c\td\"\n";
    QTest::newRow("bar") << "a.csv"
                         << "id|text\n1|\"a;b|c\td\"\n";
    QTest::newRow("tsv") << "a.tsv"
                         << "id,x\ttext\n1\t\"a;b|c\td\"\n";
    QTest::newRow("one column") << "a.csv"
                                << "text\na;b|c\td\n";
  }
  void separators() {
    QFETCH(QString, name);
    QFETCH(QString, content);
    put(file(name.toStdString()), content.toStdString());
    QCOMPARE(read_documents("csv", file(name.toStdString())).back().text, std::string("a;b|c\td"));
  }

  void faults_data() {
    QTest::addColumn<QString>("row");
    QTest::addColumn<QString>("fault");
    QTest::addColumn<QString>("detail");
    QTest::newRow("fewer") << "1\n"
                           << "broken row"
                           << "(it has 1 cells, the header 2)";
    QTest::newRow("more") << "1,2,3\n"
                          << "broken row"
                          << "(it has 3 cells, the header 2)";
    QTest::newRow("after a quote") << "1,\"a\nb\" c, d\"\n"
                                   << "broken row"
                                   << "(text after a closing quote in line 4)";
  }
  void faults() {
    QFETCH(QString, row);
    QFETCH(QString, fault);
    QFETCH(QString, detail);
    put(file("a.csv"), "id,text\n1,before\n" + row.toStdString() + "2,after\n");
    const auto rows = read_documents("csv", file("a.csv"));
    QCOMPARE(rows.size(), std::size_t{3});
    QCOMPARE(rows[0].text, std::string("before"));
    QCOMPARE(rows[1].fault, fault.toStdString());
    QCOMPARE(rows[1].detail, detail.toStdString());
    QVERIFY(rows[1].text.empty());
    QCOMPARE(rows[1].source, file("a.csv").string() + ":3");
    QCOMPARE(rows[2].text, std::string("after"));
  }

  /// As programs write tables whose last columns are mostly empty.
  void empty_cells_left_out_at_the_end() {
    put(file("a.csv"), "id,text,series,end\n1,a,b,c\n2,d\n3,\"e\nf\",g\n4\n");
    const auto rows = read_documents("csv", file("a.csv"));
    QCOMPARE(rows.size(), std::size_t{4});
    QCOMPARE(rows[0].text, std::string("a"));
    QCOMPARE(rows[1].text, std::string("d"));
    QCOMPARE(rows[2].text, std::string("e\nf"));
    QCOMPARE(rows[3].fault, std::string("broken row"));
    const auto both = read_documents("csv", file("a.csv"), "{text} {series}");
    QCOMPARE(both[0].text, std::string("a b"));
    QCOMPARE(both[1].fault, std::string("broken row"));
    QCOMPARE(both[2].text, std::string("e\nf g"));
  }

  void a_quote_that_never_closes() {
    put(file("a.csv"), "id,text\n1,before\n2,\"open\n3,lost\n4,lost\n");
    const auto rows = read_documents("csv", file("a.csv"));
    QCOMPARE(rows.size(), std::size_t{2});
    QCOMPARE(rows[1].fault, std::string("unclosed quote"));
    QCOMPARE(rows[1].detail,
             std::string("(opened in line 3: the rest of the file cannot be told apart, up to line 6)"));
  }

  void a_missing_field() {
    put(file("a.csv"), "id,body\n1,a\n2,b,c\n");
    const auto rows = read_documents("csv", file("a.csv"));
    QCOMPARE(rows.size(), std::size_t{2});
    QCOMPARE(rows[0].fault, std::string("no field \"text\""));
    QCOMPARE(rows[0].detail, std::string("(there are: id, body)"));
    QCOMPARE(rows[1].fault, std::string("broken row"));
  }

  void a_row_that_is_too_long() {
    const std::string end = "\"\n2,after\n";
    write("a.csv.zst", "id,text\n1,\"" + std::string((64 << 20) + 1, 'x') + end);
    const auto rows = read_documents("csv", file("a.csv.zst"));
    QCOMPARE(rows.size(), std::size_t{2});
    QCOMPARE(rows[0].fault, std::string("row too long"));
    QCOMPARE(rows[0].detail, std::string("(67,108,869 bytes, at most 67,108,864 are read)"));
    QCOMPARE(rows[1].text, std::string("after"));
    write("b.csv.zst", "id,text\n1,\"" + std::string(64 << 20, 'x').substr(4) + end);
    QCOMPARE(read_documents("csv", file("b.csv.zst")).at(0).text.size(), std::size_t{(64 << 20) - 4});
  }

  void files_that_are_no_table() {
    put(file("empty.csv"), "");
    QVERIFY(read_documents("csv", file("empty.csv")).empty());
    put(file("blank.csv"), "\n\r\n\n");
    QVERIFY(read_documents("csv", file("blank.csv")).empty());
    put(file("header.csv"), "id,text\n");
    QVERIFY(read_documents("csv", file("header.csv")).empty());
    const std::pair<std::string, const char*> bad[] = {
        {"\n\"id,text\n1,2\n", "a quote that is never closed"},
        {"\n\"id\"x,text\n1,2\n", "text after a closing quote"},
        {std::string("\n").append(3 << 20, ','), "longer than 1,048,576 bytes"}};
    for (const auto& [content, found] : bad) {
      put(file("bad.csv"), content);
      const auto error = error_of([&] { read_documents("csv", file("bad.csv")); });
      QVERIFY(error && error->kind() == ErrorKind::input);
      QVERIFY2(std::string(error->what()).find(found) != std::string::npos, error->what());
      QVERIFY2(std::string(error->what()).starts_with(file("bad.csv").string() + ":2: "), error->what());
    }
    QStringEncoder wide(QStringConverter::Utf16LE, QStringConverter::Flag::WriteBom);
    const QByteArray sheet = wide.encode(QStringLiteral("id\ttext\n1\t\"caf\u00e9,\nopen\"\n2\tb\n"));
    put(file("utf16.csv"), sheet.toStdString());  // as spreadsheets write "Unicode text"
    const auto rows = read_documents("csv", file("utf16.csv"));
    QCOMPARE(rows.size(), std::size_t{2});
    QCOMPARE(rows[0].text, std::string("caf\xC3\xA9,\nopen"));
    for (const auto& path : {file("not-there.csv"), fs::path(folder_.path().toStdString())}) {
      const auto missing = error_of([&] { read_documents("csv", path); });
      QVERIFY(missing && missing->kind() == ErrorKind::input);
    }
    std::string content = "id,text\n";
    for (unsigned i = 0; i < 300; ++i) content += "1," + noise(1000, i) + "\n";
    write("cut.csv.gz", content);
    cut_file(file("cut.csv.gz"), 0.5);
    const auto cut = error_of([&] { read_documents("csv", file("cut.csv.gz")); });
    QVERIFY(cut && cut->kind() == ErrorKind::input);
  }

  /// Random texts of the characters that matter.
  void as_a_naive_parser_says() {
    std::mt19937 random(11);
    const std::string alphabet = "aab,,,\"\"\"\"\n\n\n\r;";
    std::uint64_t rows = 0, faults = 0;
    for (unsigned trial = 0; trial < 30000; ++trial) {
      std::string text;
      for (std::size_t length = random() % 40; text.size() < length;) text += alphabet[random() % alphabet.size()];
      Pieces pieces(text, trial);
      corpus::CsvRows reader(pieces, ',');
      Naive naive(text, ',');
      CsvRow row, wanted;
      bool more = naive.next(wanted, true);
      QCOMPARE(reader.header(row), more);
      if (more) QVERIFY2(row.cells == wanted.cells && row.fault == wanted.fault, qPrintable(shown(text)));
      const std::vector<std::uint64_t> columns = {0, 2};
      for (; more; ++rows) {
        more = naive.next(wanted, false);
        QVERIFY2(reader.next(row, columns) == more, qPrintable(shown(text)));
        if (!more) break;
        for (std::size_t i = 0; i < columns.size(); ++i) {
          const std::string cell = columns[i] < wanted.cells.size() ? wanted.cells[columns[i]] : "";
          QVERIFY2(row.cells.at(i) == cell, qPrintable(shown(text)));
        }
        QVERIFY2(row.width == wanted.width && row.line == wanted.line && row.fault == wanted.fault &&
                     row.fault_line == wanted.fault_line,
                 qPrintable(shown(text)));
        if (row.fault != CsvRow::Fault::none) ++faults;
      }
    }
    QVERIFY(rows > 30000 && faults > 1000);
  }

  /// A sound table with some bytes changed: rows or an Error.
  void survives_changed_bytes() {
    std::string content = "id,text,more\n";
    for (unsigned i = 0; i < 20; ++i) content += std::to_string(i) + ",\"" + noise(30, i) + "\n\"\"x\"\"\",y\r\n";
    std::mt19937 random(12);
    for (int trial = 0; trial < 2000; ++trial) {
      std::string changed = content;
      for (unsigned k = 1 + random() % 3; k > 0; --k) changed[random() % changed.size()] = static_cast<char>(random());
      put(file("a.csv"), changed);
      std::size_t rows = 0;
      const auto error = error_of([&] { rows = read_documents("csv", file("a.csv")).size(); });
      QVERIFY(error ? error->kind() == ErrorKind::input : rows > 0 && rows <= 60);
    }
  }

 private:
  static QString shown(const std::string& text) {
    return QString::fromStdString(text).replace('\r', "\\r").replace('\n', "\\n");
  }
  fs::path file(const std::string& name) const { return fs::path(folder_.path().toStdString()) / name; }
  void write(const std::string& name, const std::string& content) const {
    if (name.ends_with(".gz")) return put_compressed(file(name), content, ARCHIVE_FILTER_GZIP);
    if (name.ends_with(".zst")) return put_compressed(file(name), content, ARCHIVE_FILTER_ZSTD);
    put(file(name), content);
  }
  QTemporaryDir folder_;
};

QTEST_GUILESS_MAIN(TestCsv)
#include "test_csv.moc"
