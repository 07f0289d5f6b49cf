// SPDX-License-Identifier: GPL-3.0-or-later
// Parquet files: those that other programs wrote (tests/fixtures/corpus/parquet/README), some written here byte by byte
// for what those programs cannot write, and every sort of damage.
#include <QTemporaryDir>
#include <QTest>
#include <ctime>
#include <nlohmann/json.hpp>
#include <random>

#include "corpus_support.h"
#include "parquet_support.h"

using namespace pantograph;
using namespace parquet_support;
namespace fs = std::filesystem;

namespace {

const fs::path kFixtures = fs::path(PANTOGRAPH_SOURCE_DIR) / "tests/fixtures/corpus/parquet";

std::vector<fs::path> fixtures() {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(kFixtures)) {
    if (entry.path().extension() == ".parquet") out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string content_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// What all fixtures hold; nothing for null.
struct Row {
  std::optional<std::string> title, body;
};

std::vector<Row> rows() {
  std::vector<Row> out;
  std::ifstream in(kFixtures / "rows.jsonl");
  for (std::string line; std::getline(in, line);) {
    const auto json = nlohmann::json::parse(line);
    Row row;
    if (json["title"].is_string()) row.title = json["title"].get<std::string>();
    if (json["body"].is_string()) row.body = json["body"].get<std::string>();
    out.push_back(row);
  }
  return out;
}

}  // namespace

void* operator new(std::size_t bytes) {
  largest_request = std::max(largest_request, bytes);
  if (void* memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

class TestParquet : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { corpus::register_built_in_readers(); }

  void fixtures_give_their_rows_data() {
    QTest::addColumn<QString>("path");
    QVERIFY(fixtures().size() >= 13);
    for (const auto& path : fixtures()) QTest::newRow(path.filename().c_str()) << QString::fromStdString(path.string());
  }
  void fixtures_give_their_rows() {
    QFETCH(QString, path);
    const fs::path at = path.toStdString();
    const bool required = at.filename().string().find("required") != std::string::npos;  // empty instead of null
    const auto wanted = rows();
    for (const std::string field : {"title", "body", "{body}|{title}"}) {
      const auto documents = read_documents("parquet", at, field);
      QCOMPARE(documents.size(), wanted.size());
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        const auto& [title, body] = wanted[i];
        const bool both = field.front() == '{';
        const bool no_title = !title && (both || field == "title"), no_body = !body && (both || field == "body");
        QCOMPARE(documents[i].source, at.string() + ": row " + std::to_string(i + 1));
        if (!required && (no_title || no_body)) {
          QCOMPARE(documents[i].fault, std::string("null"));
          QCOMPARE(documents[i].detail, std::string("in the column \"") + (no_body ? "body" : "title") + "\"");
          continue;
        }
        QVERIFY(documents[i].fault.empty());
        const std::string t = title.value_or(""), b = body.value_or("");
        QCOMPARE(documents[i].text, both ? b + "|" + t : field == "title" ? t : b);
      }
    }
  }

  void columns_that_cannot_be_read() {
    const fs::path nested = kFixtures / "nested-zstd-v1.parquet";
    const std::pair<const char*, const char*> bad[] = {
        {"id", "the column \"id\" is INT32"},
        {"tags", "the column \"tags\" is a group, with \"tags.list"},
        {"meta", "the column \"meta\" is a group, with \"meta.place\" in it"},
        {"meta.year", "the column \"meta.year\" is INT32"},
        {"tags.list.element", "the column \"tags.list.element\" is repeated BYTE_ARRAY"},
        {"text",
         "no column \"text\"; expected one of: id (INT32), title, body, meta.place, meta.year (INT32), "
         "tags.list.element (repeated BYTE_ARRAY)."}};
    for (const auto& [field, message] : bad) {
      const auto error = error_of([&] { read_documents("parquet", nested, field); });
      QVERIFY(error && error->kind() == ErrorKind::input);
      QVERIFY2(std::string(error->what()).find(message) != std::string::npos, error->what());
      QVERIFY2(std::string(error->what()).starts_with(nested.string()), error->what());
    }
  }

  void a_field_inside_of_a_group() {
    const auto documents = read_documents("parquet", kFixtures / "nested-zstd-v1.parquet", "meta.place");
    QCOMPARE(documents.size(), std::size_t{24});
    for (std::size_t i = 0; i < 24; ++i) {
      const bool null = i % 5 == 3 || i % 4 == 0;
      QCOMPARE(documents[i].fault, std::string(null ? "null" : ""));
      if (!null) QCOMPARE(documents[i].text, "valley " + std::to_string(i));
    }
  }

  void checksums() {
    PageSpec page{.body = plain({"first", "second"}), .values = 2, .crc = true};
    put(file("crc.parquet"), parquet_file(0, {{page}}));
    QCOMPARE(texts("crc.parquet"), QStringList({"first", "second"}));
    std::string damaged = parquet_file(0, {{page}, {page, page}});
    damaged[damaged.rfind("second")] = 'S';  // the last page of the last row group
    put(file("crc.parquet"), damaged);
    refused("crc.parquet", ": row group 2, column \"text\", page 2: wrong checksum");
  }

  void dictionary_of_the_old_sort() {
    const PageSpec dictionary{.type = 2, .encoding = 2, .body = plain({"a", "bc", "d"}), .values = 3, .crc = true};
    // Width 2: a run of two ones, then one packed group of eight, of which three numbers are needed.
    const PageSpec page{.encoding = 2, .body = bytes({2, 4, 1, 3, 0b00100100, 0}), .values = 5};
    put(file("d.parquet"), parquet_file(0, {{dictionary, page}}));
    QCOMPARE(texts("d.parquet"), QStringList({"bc", "bc", "a", "bc", "d"}));
    const PageSpec out{.encoding = 8, .body = bytes({2, 4, 3}), .values = 2};
    put(file("d.parquet"), parquet_file(0, {{dictionary, out}}));
    refused("d.parquet", "page 2: entry 3 of a dictionary of 3");
    put(file("d.parquet"), parquet_file(0, {{page}}));
    refused("d.parquet", "page 1: a page that needs a dictionary, and none before it");
    put(file("d.parquet"), parquet_file(0, {{dictionary, dictionary, page}}));
    refused("d.parquet", "page 2: a second dictionary");
    const PageSpec one{.type = 2, .encoding = 0, .body = plain({"same"}), .values = 1};
    put(file("d.parquet"), parquet_file(0, {{one, {.encoding = 8, .body = bytes({0, 6}), .values = 3}}}));
    QCOMPARE(texts("d.parquet"), QStringList({"same", "same", "same"}));
  }

  /// The codec that was called LZ4 first: Hadoop's blocks, and what other programs wrote under its name.
  void old_lz4() {
    const std::string body = plain({std::string(500, 'x'), "end"});
    const std::string half = body.substr(0, 200), rest = body.substr(200);
    const auto framed = [](const std::string& text) { return big32(lz4_block(text).size()) + lz4_block(text); };
    const std::string ways[] = {big32(body.size()) + framed(body), big32(body.size()) + framed(half) + framed(rest),
                                big32(half.size()) + framed(half) + big32(rest.size()) + framed(rest), lz4_frame(body),
                                lz4_block(body)};
    for (const std::string& packed : ways) {
      put(file("l.parquet"), parquet_file(5, {{{.body = packed, .unpacked = body.size(), .values = 2}}}));
      QCOMPARE(texts("l.parquet"), QStringList({QString(500, 'x'), "end"}));
      put(file("l.parquet"), parquet_file(5, {{{.body = packed, .unpacked = body.size() + 1, .values = 2}}}));
      refused("l.parquet", "page 1: broken LZ4 data");
    }
  }

  void a_page_of_v2_that_is_not_compressed() {
    const PageSpec page{.type = 3, .body = plain({"as it is"}), .values = 1, .is_packed = false};
    put(file("v.parquet"), parquet_file(6, {{page}}));
    QCOMPARE(texts("v.parquet"), QStringList({"as it is"}));
  }

  void what_is_not_read() {
    const std::string body = plain({"a"});
    const std::pair<std::string, const char*> bad[] = {
        {parquet_file(3, {{{.body = body, .unpacked = 5, .values = 1}}}), "compressed with LZO"},
        {parquet_file(42, {{{.body = body, .unpacked = 5, .values = 1}}}), "an unknown codec (42)"},
        {parquet_file(0, {{{.encoding = 9, .body = body, .values = 1}}}), "strings in the encoding 9"},
        {parquet_file(0, {{{.body = body, .values = 2}}}), "page 1: the data ends too soon"},
        {parquet_file(0, {{{.body = body, .values = 1}}}, 2), "has 1 values for 2 rows"},
        {parquet_file(6, {{{.body = body, .unpacked = 1u << 31, .values = 1}}}), "a page of 2147483648 bytes"},
        {parquet_file(6, {{{.body = body, .unpacked = 1u << 29, .values = 1}}}), "broken Zstandard data"},
        {parquet_file(1, {{{.body = body, .unpacked = 1u << 29, .values = 1}}}), "broken Snappy data"},
        {parquet_file(2, {{{.body = body, .unpacked = 1u << 29, .values = 1}}}), "broken gzip data"},
        {parquet_file(4, {{{.body = body, .unpacked = 1u << 29, .values = 1}}}), "broken Brotli data"},
        {parquet_file(7, {{{.body = body, .unpacked = 1u << 29, .values = 1}}}), "broken LZ4 data"},
        {std::string("PAR1").append(body) + bytes({0xff, 0xff, 0, 0}) + "PAR1",
         "a footer that is longer than the file"},
        {std::string("PAR1").append(body) + bytes({5, 0, 0, 0}) + "PARE", "is encrypted"},
        {std::string("PAR1").append(body) + bytes({5, 0, 0, 0}) + "PAR1", "footer: "},
        {std::string("PK\3\4") + std::string(100, 'x') + "PAR1", "is not a Parquet file"},
        {"", "is too short"}};
    for (const auto& [content, message] : bad) {
      put(file("bad.parquet"), content);
      largest_request = 0;
      refused("bad.parquet", message);
      QVERIFY(largest_request < (1 << 20));
    }
    for (const auto& path : {file("not-there.parquet"), fs::path(folder_.path().toStdString())}) {
      const auto missing = error_of([&] { read_documents("parquet", path); });
      QVERIFY(missing && missing->kind() == ErrorKind::input);
    }
  }

  void no_rows() {
    put(file("none.parquet"), parquet_file(0, {}));
    QVERIFY(read_documents("parquet", file("none.parquet")).empty());
  }

  void every_cut_is_found() {
    for (const auto& path : fixtures()) {
      const fs::path cut = file("cut.parquet");
      put(cut, content_of(path));
      for (std::uint64_t bytes = fs::file_size(path); bytes-- > 0;) {
        fs::resize_file(cut, bytes);
        const auto error = error_of([&] { read_documents("parquet", cut, "body"); });
        QVERIFY2(error && error->kind() == ErrorKind::input, path.c_str());
        QVERIFY2(std::string(error->what()).starts_with(cut.string()), error->what());
      }
    }
  }

  /// Some changed bytes: an Error that names the file, or documents; soon, and without much memory.
  void survives_changed_bytes() {
    std::mt19937 random(13);
    std::vector<std::string> contents;
    for (const auto& path : fixtures()) contents.push_back(content_of(path));
    int errors = 0;
    const fs::path at = file("changed.parquet");
    for (int trial = 0; trial < 20000; ++trial) {
      std::string changed = contents[random() % contents.size()];
      for (unsigned k = 1 + random() % 3; k > 0; --k) {
        // Half of them in the last part, where the footer is.
        const std::size_t from = random() % 2 == 0 ? changed.size() * 2 / 3 : 0;
        changed[from + random() % (changed.size() - from)] ^= static_cast<char>(1u << random() % 8);
      }
      put(at, changed);
      largest_request = 0;
      const std::clock_t begin = std::clock();
      std::size_t documents = 0;
      const auto error = error_of([&] { documents = read_documents("parquet", at, "{title} {body}").size(); });
      QVERIFY2(std::clock() - begin < 2 * CLOCKS_PER_SEC, qPrintable(QString::number(trial)));
      QVERIFY2(largest_request < (64 << 20), qPrintable(QString::number(trial)));
      if (error) {
        ++errors;
        QCOMPARE(error->kind(), ErrorKind::input);
        QVERIFY2(std::string(error->what()).starts_with(at.string()), error->what());
      } else {
        QVERIFY(documents <= 30);
      }
    }
    QVERIFY(errors > 2000 && errors < 20000);
  }

 private:
  fs::path file(const std::string& name) const { return fs::path(folder_.path().toStdString()) / name; }
  QStringList texts(const std::string& name) const {
    QStringList out;
    for (const auto& document : read_documents("parquet", file(name))) out << QString::fromStdString(document.text);
    return out;
  }
  void refused(const std::string& name, const std::string& message) const {
    const auto error = error_of([&] { read_documents("parquet", file(name)); });
    QVERIFY2(error, message.c_str());
    QCOMPARE(error->kind(), ErrorKind::input);
    QVERIFY2(std::string(error->what()).find(message) != std::string::npos, error->what());
    QVERIFY2(std::string(error->what()).starts_with(file(name).string()), error->what());
  }
  QTemporaryDir folder_;
};

QTEST_GUILESS_MAIN(TestParquet)
#include "test_parquet.moc"
