// SPDX-License-Identifier: GPL-3.0-or-later
// Labels of the WHATWG Encoding Standard, and ICU's converter for each encoding.
#include "webtext/encoding_labels.h"

#include "base/error.h"
#include "webtext/encoding.h"

namespace pantograph::webtext {
namespace {

// ISO-8859-16 is missing: ICU has no table. HZ and ISO-2022-KR, which browsers refuse for their scripts' sake, are
// read.
constexpr EncodingEntry kEncodings[] = {
    {"UTF-8", "UTF-8", " unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8 "},
    {"IBM866", "ibm866", " 866 cp866 csibm866 ibm866 "},
    {"ISO-8859-2", "iso-8859-2",
     " csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2 "},
    {"ISO-8859-3", "iso-8859-3",
     " csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3 "},
    {"ISO-8859-4", "iso-8859-4",
     " csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4 "},
    {"ISO-8859-5", "iso-8859-5",
     " csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988 "},
    {"ISO-8859-6", "iso-8859-6",
     " arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e iso-8859-6-i "
     "iso-ir-127 "
     "iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987 "},
    {"ISO-8859-7", "iso-8859-7",
     " csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 iso_8859-7 "
     "iso_8859-7:1987 sun_eu_greek "},
    {"ISO-8859-8", "iso-8859-8",
     " csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 iso_8859-8 "
     "iso_8859-8:1988 visual csiso88598i iso-8859-8-i logical "},
    {"ISO-8859-10", "iso-8859-10", " csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6 "},
    {"ISO-8859-13", "iso-8859-13", " iso-8859-13 iso8859-13 iso885913 "},
    {"ISO-8859-14", "iso-8859-14", " iso-8859-14 iso8859-14 iso885914 "},
    {"ISO-8859-15", "iso-8859-15", " csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9 "},
    {"KOI8-R", "koi8-r", " cskoi8r koi koi8 koi8-r koi8_r "},
    {"KOI8-U", "koi8-u", " koi8-ru koi8-u "},
    {"macintosh", "macintosh", " csmacintosh mac macintosh x-mac-roman "},
    {"windows-874", "windows-874", " dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874 "},
    {"windows-1250", "windows-1250", " cp1250 windows-1250 x-cp1250 "},
    {"windows-1251", "windows-1251", " cp1251 windows-1251 x-cp1251 "},
    {"windows-1252", "windows-1252",
     " ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 "
     "iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252 "},
    {"windows-1253", "windows-1253", " cp1253 windows-1253 x-cp1253 "},
    {"windows-1254", "windows-1254",
     " cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 windows-1254 "
     "x-cp1254 "},
    {"windows-1255", "windows-1255", " cp1255 windows-1255 x-cp1255 "},
    {"windows-1256", "windows-1256", " cp1256 windows-1256 x-cp1256 "},
    {"windows-1257", "windows-1257", " cp1257 windows-1257 x-cp1257 "},
    {"windows-1258", "windows-1258", " cp1258 windows-1258 x-cp1258 "},
    {"x-mac-cyrillic", "x-mac-cyrillic", " x-mac-cyrillic x-mac-ukrainian "},
    {"gb18030", "gb18030",
     " chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030 cp936 "},
    {"Big5", "Big5-HKSCS", " big5 big5-hkscs cn-big5 csbig5 x-x-big5 cp950 "},
    {"EUC-JP", "euc-jp", " cseucpkdfmtjapanese euc-jp x-euc-jp "},
    {"ISO-2022-JP", "iso-2022-jp", " csiso2022jp iso-2022-jp ", true},
    {"Shift_JIS", "windows-31j",
     " csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis cp932 windows-932 "},
    {"EUC-KR", "windows-949",
     " cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ks_c_5601 ksc5601 ksc_5601 "
     "windows-949 cp949 uhc "},
    {"UTF-16BE", "UTF-16BE", " unicodefffe utf-16be utf16be "},
    {"UTF-16LE", "UTF-16LE", " csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le utf16 utf16le "},
    {"UTF-32BE", "UTF-32BE", " utf-32be utf32be "},
    {"UTF-32LE", "UTF-32LE", " utf-32 utf-32le utf32 utf32le "},
    {"HZ-GB-2312", "HZ", " hz-gb-2312 ", true},
    {"ISO-2022-KR", "iso-2022-kr", " csiso2022kr iso-2022-kr ", true},
    {"ISO-2022-CN", "iso-2022-cn", " iso-2022-cn iso-2022-cn-ext ", true},
};

}  // namespace

const EncodingEntry* find_encoding(std::string_view name) {
  for (const EncodingEntry& entry : kEncodings) {
    if (name == entry.name) return &entry;
  }
  return nullptr;
}

std::string encoding_of_label(std::string_view label) {
  constexpr std::string_view kWhite = " \t\n\r\f";
  const std::size_t begin = label.find_first_not_of(kWhite);
  if (begin == std::string_view::npos) return {};
  label = label.substr(begin, label.find_last_not_of(kWhite) - begin + 1);
  if (label.find_first_of(kWhite) != std::string_view::npos) return {};
  std::string word = " ";
  for (const char c : label) word += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  word += ' ';
  for (const EncodingEntry& entry : kEncodings) {
    if (std::string_view(entry.labels).find(word) != std::string_view::npos) return entry.name;
  }
  return {};
}

std::string known_encoding(const std::string& label) {
  std::string name = encoding_of_label(label);
  if (name.empty()) {
    throw Error(ErrorKind::project, {"unknown encoding \"" + label + "\"", "encoding",
                                     "a name that browsers know, such as windows-1252, gb18030, Shift_JIS or UTF-16LE",
                                     "Leave \"encoding\" away to have it found out."});
  }
  return name;
}

bool is_stateful(const std::string& encoding) {
  const EncodingEntry* entry = find_encoding(encoding);
  return entry && entry->stateful;
}

}  // namespace pantograph::webtext
