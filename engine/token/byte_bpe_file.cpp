// SPDX-License-Identifier: GPL-3.0-or-later
#include "token/byte_bpe_file.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "base/error.h"
#include "base/text.h"
#include "token/unicode_class.h"

namespace pantograph::token {
namespace {

using nlohmann::json;

constexpr std::string_view kBeginning = "{\"byte_bpe\":";
constexpr int kVersion = 1;
constexpr std::size_t kLongestPiece = 4096;  // bytes
constexpr std::size_t kMostPieces = std::size_t{1} << 24;
constexpr int kBytes = 256;

[[noreturn]] void refuse(const std::string& where, const std::string& found, const std::string& expected) {
  throw Error(ErrorKind::input, {found, where, expected, "Import the model again, or take another tokenizer."});
}

/// Code points of the bytes: those that can be seen stand for themselves, the others follow one another from 256 on.
const std::array<std::uint32_t, kBytes>& alphabet() {
  static const std::array<std::uint32_t, kBytes> codes = [] {
    std::array<std::uint32_t, kBytes> out{};
    std::uint32_t next = kBytes;
    for (std::uint32_t b = 0; b < kBytes; ++b) {
      const bool seen = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
      out[b] = seen ? b : next++;
    }
    return out;
  }();
  return codes;
}

/// A list of whole numbers from `least` to below `limit`.
std::vector<int> ids_of(const json& list, const std::string& where, std::size_t limit, int least = 0) {
  std::vector<int> out;
  if (!list.is_array()) refuse(where, "no list of ids", "one");
  for (const json& id : list) {
    if (!id.is_number_integer() || id.get<std::int64_t>() < least ||
        id.get<std::int64_t>() >= static_cast<std::int64_t>(limit))
      refuse(where, "an id that is no piece's", fmt::format("{} to {}", least, static_cast<std::int64_t>(limit) - 1));
    out.push_back(id.get<int>());
  }
  return out;
}

}  // namespace

std::string to_byte_alphabet(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) {
    const std::uint32_t code = alphabet()[static_cast<unsigned char>(byte)];
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else {
      out += static_cast<char>(0xC0 | code >> 6);
      out += static_cast<char>(0x80 | (code & 0x3F));
    }
  }
  return out;
}

bool from_byte_alphabet(std::string_view text, std::string& bytes) {
  static const std::array<int, 2 * kBytes> byte_of = [] {
    std::array<int, 2 * kBytes> out{};
    out.fill(-1);
    for (int b = 0; b < kBytes; ++b) out[alphabet()[static_cast<std::size_t>(b)]] = b;
    return out;
  }();
  bytes.clear();
  while (!text.empty()) {
    const Character c = character_at(text);
    if (c.code >= byte_of.size() || byte_of[c.code] < 0) return false;
    bytes += static_cast<char>(byte_of[c.code]);
    text.remove_prefix(c.size);
  }
  return true;
}

bool is_byte_bpe(std::string_view model) {
  return model.starts_with(kBeginning);
}

std::string serialize_byte_bpe(const ByteBpeFile& file) {
  json pieces = json::array(), merges = json::array(), controls = json::array(), whole = json::array();
  for (std::size_t id = 0; id < file.pieces.size(); ++id) {
    const BytePiece& piece = file.pieces[id];
    pieces.push_back(to_byte_alphabet(piece.bytes));
    if (piece.type == BytePiece::control) controls.push_back(id);
    if (piece.type == BytePiece::whole) whole.push_back(id);
  }
  for (const auto& [left, right] : file.merges) merges.push_back({left, right});
  const nlohmann::ordered_json out = {{"byte_bpe", kVersion},
                                      {"split", name_of(file.split)},
                                      {"space_first", file.space_first},
                                      {"whole_words", file.whole_words},
                                      {"marks", {file.begin, file.end}},
                                      {"controls", controls},
                                      {"whole", whole},
                                      {"pieces", pieces},
                                      {"merges", merges}};
  return out.dump();
}

ByteBpeFile parse_byte_bpe(std::string_view model, const std::string& where) {
  const json all = json::parse(model, nullptr, false);
  if (!all.is_object()) refuse(where, "no JSON object", "the model of a byte-level tokenizer");
  const auto member = [&](const char* key) -> const json& {
    if (!all.contains(key)) refuse(where, fmt::format("no \"{}\"", key), "the model of a byte-level tokenizer");
    return all.at(key);
  };
  if (member("byte_bpe") != kVersion) refuse(where, "a byte-level tokenizer of another format", "format 1");
  ByteBpeFile file;
  const json &split = member("split"), &pieces = member("pieces"), &merges = member("merges");
  const auto known = split.is_string() ? word_split(split.get<std::string>()) : std::nullopt;
  if (!known) refuse(where, "an unknown pattern that cuts text into words", "gpt2, llama3, qwen2 or smollm");
  file.split = *known;
  for (const auto& [key, to] : {std::pair("space_first", &file.space_first), {"whole_words", &file.whole_words}}) {
    if (!member(key).is_boolean()) refuse(where, fmt::format("\"{}\" is no truth value", key), "true or false");
    *to = member(key).get<bool>();
  }
  if (!pieces.is_array() || pieces.size() > kMostPieces) refuse(where, "no list of pieces", "one");
  for (const json& piece : pieces) {
    BytePiece& to = file.pieces.emplace_back();
    if (!piece.is_string() || !from_byte_alphabet(piece.get<std::string>(), to.bytes))
      refuse(where, fmt::format("piece {}", file.pieces.size() - 1), "bytes, each as a character");
  }
  for (const auto& [key, type] : {std::pair("controls", BytePiece::control), {"whole", BytePiece::whole}}) {
    for (const int id : ids_of(member(key), where, pieces.size()))
      file.pieces[static_cast<std::size_t>(id)].type = type;
  }
  const std::vector<int> marks = ids_of(member("marks"), where, pieces.size(), -1);
  if (marks.size() != 2 || !merges.is_array()) refuse(where, "no marks, or no merges", "both");
  file.begin = marks[0], file.end = marks[1];
  for (const json& merge : merges) {
    const std::vector<int> pair = ids_of(merge, where, pieces.size());
    if (pair.size() != 2) refuse(where, "a merge that is no pair", "two pieces each");
    file.merges.emplace_back(pair[0], pair[1]);
  }
  check_byte_bpe(file, where);
  return file;
}

void check_byte_bpe(const ByteBpeFile& file, const std::string& where) {
  std::unordered_set<std::string_view> normal;
  const int count = static_cast<int>(file.pieces.size());
  int bytes = 0;
  for (int id = 0; id < count; ++id) {
    const BytePiece& piece = file.pieces[static_cast<std::size_t>(id)];
    const std::string name = fmt::format("piece {}, \"{}\"", id, printable(piece.bytes.substr(0, 60)));
    if (piece.bytes.empty() || piece.bytes.size() > kLongestPiece)
      refuse(where, fmt::format("{} of {} bytes", name, piece.bytes.size()), fmt::format("1 to {}", kLongestPiece));
    if (piece.type != BytePiece::normal) continue;
    if (!normal.insert(piece.bytes).second) refuse(where, name + " a second time", "pieces that differ");
    bytes += piece.bytes.size() == 1;
  }
  if (bytes != kBytes) refuse(where, fmt::format("pieces for {} of the bytes", bytes), "one for each of the 256");
  for (const int mark : {file.begin, file.end}) {
    if (mark >= count) refuse(where, fmt::format("token {} around documents", mark), fmt::format("one of {}", count));
    if (mark >= 0 && file.pieces[static_cast<std::size_t>(mark)].type != BytePiece::control)
      refuse(where, fmt::format("token {} around documents, which text may have", mark), "a control token");
  }
  for (const auto& [left, right] : file.merges) {
    const auto part = [&](int id) -> const BytePiece* {
      if (id < 0 || id >= count || file.pieces[static_cast<std::size_t>(id)].type != BytePiece::normal) return nullptr;
      return &file.pieces[static_cast<std::size_t>(id)];
    };
    const BytePiece *first = part(left), *second = part(right);
    if (first == nullptr || second == nullptr || !normal.contains(first->bytes + second->bytes))
      refuse(where, fmt::format("a merge of {} and {}", left, right), "two pieces that make a third");
  }
}

}  // namespace pantograph::token
