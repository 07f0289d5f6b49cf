// SPDX-License-Identifier: GPL-3.0-or-later
// The GGUF reader: values and numbers of each type against what was written by hand, and the message for each sort of
// broken file.
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <fstream>

#include "base/error.h"
#include "exchange/gguf_reader.h"
#include "exchange/gguf_writer.h"
#include "gguf_bytes.h"

using namespace pantograph;
using fixtures::counted;
using fixtures::GgufBytes;
using fixtures::little;
namespace fs = std::filesystem;

namespace {

/// A file of two tensors, F32 [2, 3] and F16 [4].
GgufBytes small() {
  GgufBytes file;
  file.pair("general.architecture", 8, counted("gpt2"));
  file.tensor("a", {3, 2}, 0, 0);
  file.tensor("b", {4}, 1, 32);
  file.data.resize(40, '\0');
  return file;
}

}  // namespace

class TestGgufReader : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  fs::path path_;

  void put(const std::string& content) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc)
        .write(content.data(), static_cast<std::streamsize>(content.size()));
  }
  void refused(const std::string& content, const char* words) const {
    put(content);
    try {
      const exchange::GgufFile file(path_);
      QFAIL("read");
    } catch (const Error& e) {
      QCOMPARE(e.kind(), ErrorKind::input);
      QVERIFY2(QString(e.what()).contains(words), e.what());
    }
  }

 private Q_SLOTS:
  void initTestCase() { path_ = dir_.filePath("model.gguf").toStdString(); }

  void valuesOfEachType() {
    GgufBytes file;
    file.version = 2;  // of the same layout
    file.pair("text", 8, counted("na\xC3\xAFve"));
    file.pair("u8", 0, little<std::uint8_t>(200));
    file.pair("i8", 1, little<std::int8_t>(100));
    file.pair("u16", 2, little<std::uint16_t>(60000));
    file.pair("i16", 3, little<std::int16_t>(-3));
    file.pair("u32", 4, little<std::uint32_t>(4000000000U));
    file.pair("i32", 5, little<std::int32_t>(7));
    file.pair("f32", 6, little(0.1F));
    file.pair("yes", 7, little<std::uint8_t>(1));
    file.pair("u64", 10, little<std::uint64_t>(1) + std::string());
    file.pair("i64", 11, little<std::int64_t>(1) + std::string());
    file.pair("f64", 12, little(0.1));
    file.pair("texts", 9, little<std::uint32_t>(8) + little<std::uint64_t>(2) + counted("") + counted("b"));
    file.pair("floats", 9, little<std::uint32_t>(6) + little<std::uint64_t>(2) + little(1.5F) + little(-2.0F));
    file.pair("none", 9, little<std::uint32_t>(5) + little<std::uint64_t>(0));
    put(file.bytes());
    const exchange::GgufFile read(path_);
    QCOMPARE(read.text("text"), std::string("na\xC3\xAFve"));
    QCOMPARE(read.count("u8"), std::uint64_t(200));
    QCOMPARE(read.count("i8"), std::uint64_t(100));
    QCOMPARE(read.count("u16"), std::uint64_t(60000));
    QCOMPARE(read.count("u32"), std::uint64_t(4000000000U));
    QCOMPARE(read.count("i32"), std::uint64_t(7));
    QCOMPARE(read.count("u64") + read.count("i64"), std::uint64_t(2));
    QCOMPARE(read.number("f32"), static_cast<double>(0.1F));
    QCOMPARE(read.number("f64"), 0.1);
    QVERIFY(read.flag("yes"));
    QCOMPARE(read.texts("texts"), (std::vector<std::string>{"", "b"}));
    QCOMPARE(read.floats("floats"), (std::vector<float>{1.5F, -2.0F}));
    QVERIFY(read.integers("none").empty());
    QCOMPARE(read.count("absent", 5), std::uint64_t(5));
    QCOMPARE(read.text("absent", "x"), std::string("x"));
    for (const char* key : {"i16", "text", "f32", "texts"}) {
      const std::string name = key;
      QVERIFY_THROWS_EXCEPTION(Error, read.count(name));
    }
    QVERIFY_THROWS_EXCEPTION(Error, read.count("absent"));
    QVERIFY_THROWS_EXCEPTION(Error, read.text("u8"));
    QVERIFY_THROWS_EXCEPTION(Error, read.flag("u8"));
    QVERIFY_THROWS_EXCEPTION(Error, read.number("u8"));
    QVERIFY_THROWS_EXCEPTION(Error, read.texts("floats"));
    QVERIFY_THROWS_EXCEPTION(Error, read.floats("texts"));
    QVERIFY_THROWS_EXCEPTION(Error, read.integers("u8"));
  }

  /// What the writer wrote; of rounded types the numbers that its own rounding gives.
  void numbersOfEachType() {
    std::vector<float> values;
    for (int i = 0; i < 192; ++i) values.push_back(std::sin(static_cast<float>(i)) * static_cast<float>(i % 7));
    for (const auto type : exchange::kNumberTypes) {
      exchange::GgufWriter writer;
      writer.add_tensor("odd", {3}, values.data(), exchange::NumberType::f32);  // leaves a gap
      writer.add_tensor("x", {3, 64}, values.data(), type);
      writer.write(path_);
      const exchange::GgufFile file(path_);
      QCOMPARE(file.tensors().at("x").dims, (std::vector<std::uint64_t>{3, 64}));
      const auto found = file.read_floats("x");
      QCOMPARE(found.size(), values.size());
      for (std::size_t i = 0; i < values.size(); ++i) {
        const double most = type == exchange::NumberType::f32    ? 0
                            : type == exchange::NumberType::f16  ? std::fabs(values[i]) / 2048
                            : type == exchange::NumberType::bf16 ? std::fabs(values[i]) / 256
                                                                 : 6.0 / 127 / 2 * 1.01;
        QVERIFY2(std::fabs(found[i] - values[i]) <= most, exchange::name_of(type));
      }
      // Rounded once they stay as they are.
      writer = {};
      writer.add_tensor("x", {3, 64}, found.data(), type);
      writer.write(path_);
      const auto again = exchange::GgufFile(path_).read_floats("x");
      if (type != exchange::NumberType::q8_0) QCOMPARE(again, found);
    }
  }

  void cutAtEveryByte() {
    GgufBytes file = small();
    file.pair("list", 9, little<std::uint32_t>(8) + little<std::uint64_t>(2) + counted("one") + counted("two"));
    const std::string whole = file.bytes();
    put(whole);
    QCOMPARE(exchange::GgufFile(path_).read_floats("b").size(), std::size_t(4));
    for (std::size_t size = 0; size < whole.size(); ++size) refused(whole.substr(0, size), path_.c_str());
  }

  void brokenHeaders() {
    refused("", "not a GGUF file");
    refused("GGUG" + std::string(20, '\0'), "not a GGUF file");
    GgufBytes file = small();
    file.version = 1;
    refused(file.bytes(), "version 1");
    file.version = 0x03000000;  // big endian
    refused(file.bytes(), "little endian");
    for (const std::uint64_t more : {std::uint64_t{1} << 63, ~std::uint64_t{0} - 2, std::uint64_t{1} << 32}) {
      file = small();
      file.more_tensors = more;
      refused(file.bytes(), "tensors");
      file = small();
      file.more_pairs = more;
      refused(file.bytes(), "keys");
      file = small();
      file.pair("list", 9, little<std::uint32_t>(0) + little(more));
      refused(file.bytes(), "elements");
      file = small();
      file.pair("text", 8, little(more));
      refused(file.bytes(), "bytes from byte");
    }
    for (const std::uint32_t type : {9U, 13U, 0xFFFFFFFFU}) {  // a list of lists, and no types
      file = small();
      file.pair("x", 9, little(type) + little<std::uint64_t>(1) + little<std::uint64_t>(1));
      refused(file.bytes(), "x: a value of type");
      if (type == 9) continue;
      file = small();
      file.pair("x", type, little<std::uint64_t>(1));
      refused(file.bytes(), "x: a value of type");
    }
    file = small();
    file.pair("general.architecture", 8, counted("llama"));
    refused(file.bytes(), "general.architecture twice");
  }

  void brokenTensors() {
    const auto with = [](const std::vector<std::uint64_t>& dims, std::uint32_t type, std::uint64_t offset,
                         const char* name = "c") {
      GgufBytes file = small();
      file.data.resize(128, '\0');
      file.tensor(name, dims, type, offset);
      return file.bytes();
    };
    put(with({4}, 0, 64));
    QCOMPARE(exchange::GgufFile(path_).tensors().size(), std::size_t(3));
    refused(with({4}, 0, 0), "in that of tensor");
    refused(with({4}, 0, 32), "in that of tensor");
    refused(with({4}, 0, 65), "a multiple of 32");
    refused(with({4}, 0, 128), "within the 128 bytes");
    refused(with({4}, 0, ~std::uint64_t{0} - 31), "within the 128 bytes");
    refused(with({17}, 0, 64), "within the 128 bytes");
    refused(with({std::uint64_t{1} << 32, std::uint64_t{1} << 32}, 0, 64), "a dimension of");
    refused(with({std::uint64_t{1} << 63, 2}, 0, 64), "a dimension of");
    refused(with({~std::uint64_t{0}}, 0, 64), "a dimension of");
    refused(with({4, 0}, 0, 64), "a dimension of 0");
    refused(with({}, 0, 64), "0 dimensions");
    refused(with({1, 1, 1, 1, 1}, 0, 64), "5 dimensions");
    refused(with({32}, 12, 64), "type 12");  // Q4_K
    refused(with({33}, 8, 64), "Q8_0 in rows of 33");
    refused(with({4}, 0, 64, "a"), "twice");
    refused(with({4}, 0, 65, "a name\n\xFF"), "\\xFF");
    for (const std::uint32_t alignment : {0U, 3U, 48U, 1U << 31}) {
      GgufBytes file = small();
      file.pair("general.alignment", 4, little(alignment));
      refused(file.bytes(), "general.alignment");
    }
    GgufBytes file = small();  // another alignment than the usual one
    file.pair("general.alignment", 4, little(8U));
    file.alignment = 8;
    file.tensors.clear();
    file.tensor("a", {2}, 0, 0);
    file.tensor("b", {2}, 0, 8);
    file.data = little(1.0F) + little(2.0F) + little(3.0F) + little(4.0F);
    put(file.bytes());
    QCOMPARE(exchange::GgufFile(path_).read_floats("b"), (std::vector<float>{3, 4}));
  }

  void aFileThatShrinks() {
    put(small().bytes());
    const exchange::GgufFile file(path_);
    put(small().bytes().substr(0, 60));
    QVERIFY_THROWS_EXCEPTION(Error, file.read_floats("b"));
    QVERIFY_THROWS_EXCEPTION(Error, file.read_floats("c"));
    fs::remove(path_);
    QVERIFY_THROWS_EXCEPTION(Error, file.read_floats("b"));
    QVERIFY_THROWS_EXCEPTION(Error, exchange::GgufFile{path_});
  }
};

QTEST_GUILESS_MAIN(TestGgufReader)
#include "test_gguf_reader.moc"
