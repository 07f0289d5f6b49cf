// SPDX-License-Identifier: GPL-3.0-or-later
// Encodings: labels, decoding, finding out; and what the text reader makes of files that are not UTF-8.
#include <QTemporaryDir>
#include <QTest>

#include "corpus_support.h"
#include "webtext/encoding.h"

using namespace pantograph;
using namespace std::string_literals;
namespace fs = std::filesystem;

namespace {

/// UTF-16 or UTF-32, units of `width` bytes.
std::string wide(std::u32string_view text, std::size_t width, bool big) {
  std::string out;
  const auto put_unit = [&](char32_t unit) {
    for (std::size_t i = 0; i < width; ++i) {
      out += static_cast<char>((unit >> (8 * (big ? width - 1 - i : i))) & 0xFF);
    }
  };
  for (const char32_t c : text) {
    if (width == 2 && c > 0xFFFF) {
      put_unit(0xD7C0 + (c >> 10));
      put_unit(0xDC00 + (c & 0x3FF));
    } else {
      put_unit(c);
    }
  }
  return out;
}

const char kSample[] = "Gr\u00FC\u00DFe, \u043F\u0440\u0438\u0432\u0435\u0442 und \U0001F600!\nZweite Zeile.\n";
constexpr std::u32string_view kSample32 =
    U"Gr\u00FC\u00DFe, \u043F\u0440\u0438\u0432\u0435\u0442 und \U0001F600!\nZweite Zeile.\n";

}  // namespace

class TestEncoding : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { corpus::register_built_in_readers(); }

  void labels_data() {
    QTest::addColumn<std::string>("label");
    QTest::addColumn<std::string>("name");
    const auto row = [](const char* label, const char* name) {
      QTest::newRow(label) << std::string(label) << std::string(name);
    };
    row("utf8", "UTF-8");
    row(" UTF-8\t", "UTF-8");
    row("gb2312", "gb18030");
    row("GBK", "gb18030");
    row("sjis", "Shift_JIS");
    row("big5", "Big5");
    row("iso-8859-1", "windows-1252");
    row("Latin1", "windows-1252");
    row("us-ascii", "windows-1252");
    row("euc-kr", "EUC-KR");
    row("ks_c_5601-1987", "EUC-KR");
    row("iso-8859-9", "windows-1254");
    row("tis-620", "windows-874");
    row("utf-16", "UTF-16LE");
    row("unicodefffe", "UTF-16BE");
    row("koi8-r", "KOI8-R");
    row("", "");
    row("utf-8 gbk", "");
    row("klingon", "");
  }
  void labels() {
    QFETCH(std::string, label);
    QFETCH(std::string, name);
    QCOMPARE(webtext::encoding_of_label(label), name);
    const auto error = error_of([&] { webtext::known_encoding(label); });
    QCOMPARE(error.has_value(), name.empty());
    if (error) {
      QCOMPARE(error->kind(), ErrorKind::project);
      QVERIFY(error->text().found.find("\"" + label + "\"") != std::string::npos);
    } else {
      webtext::Decoder decoder(name);  // ICU has its table
    }
  }

  void decoding_data() {
    QTest::addColumn<std::string>("encoding");
    QTest::addColumn<std::string>("bytes");
    QTest::addColumn<std::string>("text");
    QTest::addColumn<int>("invalid");
    QTest::addColumn<int>("first");
    const auto row = [](const char* name, const char* encoding, std::string bytes, std::string text, int invalid = 0,
                        int first = 0) {
      QTest::newRow(name) << std::string(encoding) << std::move(bytes) << std::move(text) << invalid << first;
    };
    row("utf-8", "UTF-8",
        "\xEF\xBB\xBF"
        "caf\xC3\xA9 \xF0\x9F\x98\x80",
        "caf\u00E9 \U0001F600");
    row("utf-8 broken", "UTF-8", "caf\xC3\xA9 \xFF na\xC3\xAFve\xE2\x82", "caf\u00E9 \uFFFD na\u00EFve\uFFFD", 2, 6);
    row("utf-8 cut within", "UTF-8", "a\xF0\x9F\x98<b", "a\uFFFD<b", 1, 1);
    row("windows-1252", "windows-1252", "\x80\x93\x94\xE9\x81", "\u20AC\u201C\u201D\u00E9\u0081");
    row("windows-1253", "windows-1253", "\xC1\xD2", "\u0391\uFFFD", 1, 1);
    row("ibm866", "IBM866", "\x8F\x1A\x7F", "\u041F\x1A\x7F");
    row("gb18030", "gb18030",
        "\xD6\xD0\xCE\xC4\xE9"
        "F\x81\x30\x81\x30",
        "\u4E2D\u6587\u9555\u0080");
    row("gb18030 broken", "gb18030", "\xD6<p>\xFF!", "\uFFFD<p>\uFFFD!", 2, 0);
    row("shift_jis", "Shift_JIS", "\x82\xA0\x87\x40\\~\xB1", "\u3042\u2460\\~\uFF71");
    row("big5", "Big5", "\xA4\xA4\xA4\xE5", "\u4E2D\u6587");
    row("euc-jp", "EUC-JP", "\xA4\xA2\x8E\xB1", "\u3042\uFF71");
    row("iso-2022-jp", "ISO-2022-JP", "\x1B$B$\"\x1B(B.", "\u3042.");
    row("euc-kr as uhc", "EUC-KR", "\xB0\xA1\x81\x41", "\uAC00\uAC02");
    row("windows-1251", "windows-1251", "\xCF\xF0\xE8", "\u041F\u0440\u0438");
    row("utf-16le", "UTF-16LE", "\xFF\xFE" + wide(kSample32, 2, false), kSample);
    row("utf-16be", "UTF-16BE", wide(kSample32, 2, true), kSample);
    row("utf-32le", "UTF-32LE", wide(kSample32, 4, false), kSample);
    row("lone surrogate", "UTF-16LE",
        "a\0\x00\xD8"
        "b\0"s,
        "a\uFFFD"
        "b",
        1, 2);
    row("odd", "UTF-16LE", "a\0b"s, "a\uFFFD", 1, 2);
  }
  void decoding() {
    QFETCH(std::string, encoding);
    QFETCH(std::string, bytes);
    QFETCH(std::string, text);
    QFETCH(int, invalid);
    QFETCH(int, first);
    const webtext::Decoded whole = webtext::decode(bytes, encoding);
    QCOMPARE(QString::fromStdString(whole.text), QString::fromStdString(text));
    QCOMPARE(whole.invalid, static_cast<std::uint64_t>(invalid));
    QCOMPARE(whole.first_invalid, static_cast<std::uint64_t>(first));
    webtext::Decoder decoder(encoding);
    std::string pieces;
    for (const char byte : bytes) decoder.decode({&byte, 1}, false, pieces);
    decoder.decode({}, true, pieces);
    QCOMPARE(QString::fromStdString(pieces), QString::fromStdString(text));
    QCOMPARE(decoder.invalid(), static_cast<std::uint64_t>(invalid));
    QVERIFY(decoder.first_invalid() - static_cast<std::uint64_t>(first) <= 3);
  }

  void detection_data() {
    QTest::addColumn<std::string>("bytes");
    QTest::addColumn<std::string>("encoding");
    QTest::addColumn<bool>("binary");
    const auto row = [](const char* name, std::string bytes, const char* encoding, bool binary = false) {
      QTest::newRow(name) << std::move(bytes) << std::string(encoding) << binary;
    };
    row("nothing", "", "UTF-8");
    row("ascii", "plain text\n", "UTF-8");
    row("utf-8", kSample, "UTF-8");
    row("utf-8 marked", "\xEF\xBB\xBFx", "UTF-8");
    row("utf-16le marked", "\xFF\xFE" + wide(kSample32, 2, false), "UTF-16LE");
    row("utf-16be marked", "\xFE\xFF" + wide(kSample32, 2, true), "UTF-16BE");
    row("utf-32le marked", "\xFF\xFE\0\0"s + wide(kSample32, 4, false), "UTF-32LE");
    row("utf-32be marked", "\0\0\xFE\xFF"s + wide(kSample32, 4, true), "UTF-32BE");
    row("R16 utf-16le without a mark", wide(kSample32, 2, false), "UTF-16LE");
    row("R16 utf-16be without a mark", wide(kSample32, 2, true), "UTF-16BE");
    row("R16 Russian",
        wide(
            U"\u041F\u0440\u0438\u0432\u0435\u0442, \u043C\u0438\u0440. \u041A\u0430\u043A \u0434\u0435\u043B\u0430?\n",
            2, false),
        "UTF-16LE");
    row("R16 Chinese",
        wide(U"\u4ECA\u5929\u5929\u6C14\u5F88\u597D\uFF0C\u6211\u4EEC\u53BB\u516C\u56ED\u6563\u6B65\u3002\n", 2, true),
        "UTF-16BE");
    row("latin-1", "caf\xE9 cr\xE8me", "");
    row("ascii with a NUL", std::string(5000, 'x') + "\0"s, "UTF-8");
    row("latin-1 with a NUL", std::string(2500, 'e') + "\xE9\0"s + std::string(2500, ' '), "");
    row("R16 NULs", std::string(4096, '\0'), "", true);
    row("R16 AppleDouble",
        "\0\5\x16\7\0\2\0\0Mac OS X        \0\2\0\0\0\x09\0\0\0\x32\0\0\0\xB0"s + std::string(120, '\0'), "", true);
    std::string numbers;
    for (int i = 0; i < 500; ++i) numbers += {static_cast<char>(i % 29), '\0', '\0', '\0'};
    row("R16 numbers of four bytes", numbers, "", true);
    std::string bytes;
    for (unsigned i = 0, state = 7; i < 5000; ++i) {
      state = state * 1664525u + 1013904223u;
      if ((state >> 24) != 0) bytes += static_cast<char>(state >> 24);
    }
    row("R16 bytes at random", bytes, "", true);
  }
  void detection() {
    QFETCH(std::string, bytes);
    const webtext::Detected detected = webtext::detect_encoding(bytes);
    QTEST(detected.encoding, "encoding");
    QTEST(detected.binary, "binary");
  }

  void a_piece_may_end_within_a_character() {
    for (const char* cut : {"x\xC3", "x\xE2\x82", "x\xF0\x9F\x98"}) {
      QCOMPARE(webtext::detect_encoding(cut, false).encoding, std::string("UTF-8"));
      QCOMPARE(webtext::detect_encoding(cut, true).encoding, std::string());
    }
  }

  void text_files_data() {
    QTest::addColumn<std::string>("content");
    QTest::addColumn<std::string>("option");
    QTest::addColumn<std::string>("text");
    QTest::addColumn<std::string>("encoding");
    QTest::addColumn<std::string>("fault");
    QTest::addColumn<std::string>("detail");
    const auto row = [](const char* name, std::string content, const char* option, std::string text,
                        const char* encoding, const char* fault = "", const char* detail = "") {
      QTest::newRow(name) << std::move(content) << std::string(option) << std::move(text) << std::string(encoding)
                          << std::string(fault) << std::string(detail);
    };
    const std::string le = wide(kSample32, 2, false), be = wide(kSample32, 2, true);
    row("utf-8", kSample, "", kSample, "");
    row("R10 utf-16le", "\xFF\xFE" + le, "", kSample, "UTF-16LE");
    row("R10 utf-16be", "\xFE\xFF" + be, "", kSample, "UTF-16BE");
    row("utf-32", "\xFF\xFE\0\0"s + wide(kSample32, 4, false), "", kSample, "UTF-32LE");
    row("R16 no mark", le, "", kSample, "UTF-16LE");
    row("R16 no mark, big", be, "", kSample, "UTF-16BE");
    row("R16 binary", std::string(4096, '\0'), "", "", "", "binary");
    row("R16 binary whatever is said", std::string(4096, '\0'), "latin1", "", "", "binary");
    std::string large;
    while (large.size() < 170000) large += "A line of text like any other.\n";
    const std::size_t at = 100000;
    large[at] = '\xFF';
    row("R11", large, "", "", "", "not UTF-8", "at byte 100000");
    row("R11 behind a mark", "\xEF\xBB\xBF" + large, "", "", "", "not UTF-8", "at byte 100003");
    large.replace(at, 1, "\u00FF");
    std::string said = large;
    said.replace(at, 2, "\xFF");
    row("R11 encoding said", said, "latin1", large, "windows-1252");
    row("utf-8 said, and broken",
        "a\xFF"
        "b",
        "utf8",
        "a\uFFFD"
        "b",
        "");
    row("a mark counts more", "\xEF\xBB\xBF\u00E9", "latin1", "\u00E9", "");
    row("gbk", "\xD6\xD0\xCE\xC4", "gbk", "\u4E2D\u6587", "gb18030");
  }
  void text_files() {
    QFETCH(std::string, content);
    put(file("a.txt"), content);
    QFETCH(std::string, option);
    corpus::ReadOptions options = read_options();
    options.encoding = option;
    const auto reader = corpus::ReaderRegistry::instance().get("text").open(file("a.txt"), options);
    corpus::Document document;
    QVERIFY(reader->next(document));
    const QString found = QString::fromStdString(document.text);
    QFETCH(std::string, text);
    QCOMPARE(found, QString::fromStdString(text));
    QTEST(document.fault, "fault");
    QTEST(document.detail, "detail");
    QCOMPARE(document.source, file("a.txt").string());
    document = {};
    QVERIFY(!reader->next(document));
    QTEST(reader->encoding(), "encoding");
  }

  void unknown_label() {
    put(file("a.txt"), "text");
    for (const char* reader : {"text", "html"}) {
      corpus::ReadOptions options = read_options();
      options.encoding = "klingon";
      const auto error = error_of([&] { corpus::ReaderRegistry::instance().get(reader).open(file("a.txt"), options); });
      QVERIFY(error && error->kind() == ErrorKind::project);
    }
  }

  void large_files_come_in_parts() {
    std::u32string content;
    std::string expected;
    for (unsigned i = 0; expected.size() < (20u << 20); ++i) {
      const std::string number = std::to_string(i);
      content += U"Gr\u00FC\u00DFe ";
      content.append(number.begin(), number.end());
      content += U"\n";
      expected += "Gr\u00FC\u00DFe " + number + "\n";
    }
    put(file("wide.txt"), wide(content, 2, false));
    std::string all;
    const auto parts = read_documents("text", file("wide.txt"));
    QCOMPARE(parts.size(), std::size_t{2});
    for (const corpus::Document& part : parts) {
      QVERIFY(part.text.size() < (17u << 20));
      all += part.text;
    }
    QVERIFY(all == expected);
    // Only the part with the broken byte is left out.
    const std::size_t at = expected.size() - 10;
    expected[at] = '\xFF';
    put(file("broken.txt"), expected);
    const auto broken = read_documents("text", file("broken.txt"));
    QCOMPARE(broken.size(), std::size_t{2});
    QVERIFY(broken[0].fault.empty() && broken[0].text == expected.substr(0, broken[0].text.size()));
    QCOMPARE(broken[1].fault, std::string("not UTF-8"));
    QCOMPARE(broken[1].detail, "at byte " + std::to_string(at));
    QVERIFY(broken[1].source.ends_with(" (part 2)"));
  }

 private:
  fs::path file(const std::string& name) const { return fs::path(folder_.path().toStdString()) / name; }
  QTemporaryDir folder_;
};

QTEST_GUILESS_MAIN(TestEncoding)
#include "test_encoding.moc"
