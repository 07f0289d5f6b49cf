// SPDX-License-Identifier: GPL-3.0-or-later
// The safetensors reader: numbers of each type against values written by hand, and the message for each sort of
// broken file.
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <cstring>
#include <fstream>

#include "base/error.h"
#include "store/safetensors.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

std::string length_of(std::uint64_t length) {
  std::string out(8, '\0');
  std::memcpy(out.data(), &length, 8);
  return out;
}

std::string file_of(const std::string& header, const std::string& data) {
  return length_of(header.size()) + header + data;
}

template <typename T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

}  // namespace

class TestSafetensors : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  fs::path path_;

  void put(const std::string& content) const {
    std::ofstream(path_, std::ios::binary).write(content.data(), static_cast<std::streamsize>(content.size()));
  }

 private Q_SLOTS:
  void initTestCase() { path_ = dir_.filePath("model.safetensors").toStdString(); }

  void numbersOfEachType() {
    const std::vector<float> floats = {1.5f, -2.25f, 3e-30f, 0.0f, 7.0f, -1e30f};
    // One, -2, the largest, the smallest normal, the smallest subnormal, -0, infinity.
    const std::vector<std::uint16_t> halves = {0x3C00, 0xC000, 0x7BFF, 0x0400, 0x0001, 0x8000, 0x7C00};
    const std::vector<std::uint16_t> brains = {0x3F80, 0xC049};
    const std::vector<std::int64_t> whole = {3};
    put(file_of(R"({"__metadata__":{"format":"pt"},
      "a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},
      "half":{"dtype":"F16","shape":[7],"data_offsets":[24,38]},
      "brain":{"dtype":"BF16","shape":[2,1],"data_offsets":[38,42]},
      "none":{"dtype":"F32","shape":[4,0],"data_offsets":[42,42]},
      "id":{"dtype":"I64","shape":[],"data_offsets":[42,50]}}   )",
                bytes_of(floats) + bytes_of(halves) + bytes_of(brains) + bytes_of(whole)));
    const store::SafetensorsFile file(path_);
    QCOMPARE(file.entries().size(), std::size_t(5));
    QCOMPARE(file.metadata().at("format"), std::string("pt"));
    QVERIFY(file.read_floats("a", {2, 3}) == floats);
    const std::vector<float> expected = {1.0f, -2.0f, 65504.0f, 0x1p-14f, 0x1p-24f, -0.0f, INFINITY};
    const auto found = file.read_floats("half", {7});
    QVERIFY(found == expected);
    QVERIFY(std::signbit(found[5]));
    QVERIFY(file.read_floats("brain", {2, 1}) == (std::vector<float>{1.0f, -3.140625f}));
    QVERIFY(file.read_floats("none", {4, 0}).empty());
    QCOMPARE(file.entry("id").count(), std::uint64_t(1));
  }

  void brokenFiles_data() {
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* name, const std::string& content, const char* message) {
      QTest::newRow(name) << QByteArray(content.data(), static_cast<qsizetype>(content.size())) << message;
    };
    const auto one = [](const std::string& entry, const std::string& data = std::string(8, 'x')) {
      return file_of("{\"w\":" + entry + "}", data);
    };
    row("empty", "", "0 bytes");
    row("seven bytes", "1234567", "7 bytes");
    row("header longer than the file", length_of(100) + "{}", "a header of 100 bytes; expected at most the 2 bytes");
    row("header of 2^64", length_of(~0ull) + "{}", "a header of 18446744073709551615 bytes");
    row("bad JSON", file_of("{\"w\":", ""), "broken header");
    row("no object", file_of("[1]", ""), "a header that is array");
    row("name twice",
        file_of(
            R"({"w":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"w":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
            "12345678"),
        "\"w\" twice in the header");
    row("no shape", one(R"({"dtype":"F32","data_offsets":[0,8]})"), "tensor w: no \"shape\"");
    row("a number", one("7"), "tensor w: no \"shape\"");
    row("no dtype", one(R"({"shape":[2],"data_offsets":[0,8]})"), "no \"dtype\"");
    row("unknown dtype", one(R"({"dtype":"F3","shape":[2],"data_offsets":[0,8]})"), "dtype \"F3\"");
    row("negative size", one(R"({"dtype":"F32","shape":[-2],"data_offsets":[0,8]})"), "shape = [-2]");
    row("fraction", one(R"({"dtype":"F32","shape":[2.5],"data_offsets":[0,8]})"), "shape = [2.5]");
    row("one offset", one(R"({"dtype":"F32","shape":[2],"data_offsets":[8]})"), "data_offsets [8]");
    row("backwards", one(R"({"dtype":"F32","shape":[2],"data_offsets":[8,0]})"), "data_offsets [8, 0]");
    row("beyond the file", one(R"({"dtype":"F32","shape":[4],"data_offsets":[0,16]})"),
        "data_offsets [0, 16]; expected begin and end within the file's 8 bytes of data");
    row("shape and bytes disagree", one(R"({"dtype":"F32","shape":[3],"data_offsets":[0,8]})"),
        "8 bytes; expected 12 bytes for F32 [3]");
    row("too many numbers", one(R"({"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]})"),
        "a size below 2^64 bytes");
    row("overlap",
        file_of(
            R"({"a":{"dtype":"U8","shape":[6],"data_offsets":[0,6]},"w":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
            "12345678"),
        "tensor w: data from byte 4; expected from byte 6, where tensor a ends (they overlap)");
    row("hole",
        file_of(
            R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"w":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
            "12345678"),
        "(a hole)");
    row("bytes behind", one(R"({"dtype":"U8","shape":[4],"data_offsets":[0,4]})"), "4 bytes behind the last tensor");
    row("metadata", file_of(R"({"__metadata__":{"a":1}})", ""), "__metadata__");
    row("deep", file_of(std::string(100000, '['), ""), "broken header");
  }
  void brokenFiles() {
    QFETCH(QByteArray, content);
    QFETCH(QString, message);
    put(content.toStdString());
    try {
      const store::SafetensorsFile file(path_);
      QFAIL("accepted");
    } catch (const Error& error) {
      QVERIFY(error.kind() == ErrorKind::input);
      QVERIFY2(QString(error.what()).startsWith(QString::fromStdString(path_.string())), error.what());
      QVERIFY2(QString(error.what()).contains(message), error.what());
    }
  }

  /// Cut anywhere, a good file is refused.
  void truncatedAnywhere() {
    const std::string whole =
        file_of(R"({"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}})", std::string(24, 'x'));
    for (std::size_t size = 0; size < whole.size(); ++size) {
      put(whole.substr(0, size));
      QVERIFY_EXCEPTION_THROWN(store::SafetensorsFile{path_}, Error);
    }
    put(whole);
    QCOMPARE(store::SafetensorsFile(path_).entry("a").bytes, std::uint64_t(24));
  }

  void askedForSomethingElse() {
    put(file_of(R"({"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"i":{"dtype":"I32","shape":[1],
      "data_offsets":[24,28]}})",
                std::string(28, '\0')));
    const store::SafetensorsFile file(path_);
    const auto expect = [](const auto& action, const char* message) {
      try {
        action();
        QFAIL("accepted");
      } catch (const Error& error) {
        QVERIFY2(error.kind() == ErrorKind::input && QString(error.what()).contains(message), error.what());
      }
    };
    expect([&] { file.read_floats("b", {2, 3}); }, "no tensor b; expected it among the 2 tensors");
    expect([&] { file.read_floats("a", {3, 2}); }, "tensor a: shape [2, 3]; expected [3, 2]");
    expect([&] { file.read_floats("i", {1}); }, "tensor i: dtype I32; expected F32, F16 or BF16");
    fs::resize_file(path_, 30);
    expect([&] { file.read_floats("a", {2, 3}); }, "can no longer be read");
    fs::remove(path_);
    expect([&] { store::SafetensorsFile{path_}; }, "cannot be opened: No such file");
  }
};

QTEST_GUILESS_MAIN(TestSafetensors)
#include "test_safetensors.moc"
