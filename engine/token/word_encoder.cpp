// SPDX-License-Identifier: GPL-3.0-or-later
#include "token/word_encoder.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>

#include "token/character.h"

namespace pantograph::token {
namespace {

constexpr int kPlaceBits = 16;  // 4 MB a thread

/// Whether a piece may stand in the middle of a line without reaching from one word into the next.
bool stays_in_word(const std::string& text) {
  if (text.empty() || text.find(' ') != std::string::npos || text.find('\0') != std::string::npos || !is_utf8(text))
    return false;
  std::string_view rest = text;
  while (rest.starts_with(kSpaceSymbol)) rest.remove_prefix(kSpaceSymbol.size());
  return rest.find(kSpaceSymbol) == std::string_view::npos;
}

bool fits_words(const ModelFile& file) {
  if (!file.keeps_text() || !file.byte_fallback) return false;
  if (file.kind != ModelFile::unigram && file.kind != ModelFile::bpe) return false;
  std::size_t bytes = 0, normal = 0;
  for (const ModelPiece& piece : file.pieces) {
    if (!std::isfinite(piece.score)) return false;
    if (piece.type == ModelPiece::byte) {
      // In their order, as every trainer leaves them.
      static constexpr char kDigits[] = "0123456789ABCDEF";
      const char name[] = {'<', '0', 'x', kDigits[bytes / 16 % 16], kDigits[bytes % 16], '>'};
      if (++bytes > 256 || piece.text != std::string_view(name, sizeof name)) return false;
    } else if (piece.type == ModelPiece::normal || piece.type == ModelPiece::user_defined ||
               piece.type == ModelPiece::unused) {
      if (!stays_in_word(piece.text)) return false;
      normal += piece.type == ModelPiece::normal;
    }
  }
  return bytes == 256 && normal > 0;
}

/// Behind the spaces at `begin` and the word that follows them.
std::size_t word_end(std::string_view text, std::size_t begin) {
  std::size_t end = begin;
  while (end < text.size() && text[end] == ' ') ++end;
  while (end < text.size() && text[end] != ' ') ++end;
  return end;
}

}  // namespace

WordModel::WordModel(ModelFile file, Encode library) : file_(std::move(file)), library_(std::move(library)) {
  if (file_.kind == ModelFile::unigram) unigram_.emplace(file_);
}

std::unique_ptr<WordModel> WordModel::of(ModelFile file, Encode library) {
  if (!fits_words(file)) return nullptr;
  return std::unique_ptr<WordModel>(new WordModel(std::move(file), std::move(library)));
}

WordEncoder::WordEncoder(const WordModel& model, Memory memory) : model_(model) {
  if (memory == Memory::words) entries_.resize(std::size_t{1} << kPlaceBits);
}

WordEncoder::Key WordEncoder::key_of(std::string_view word) {
  Key key;
  auto* bytes = reinterpret_cast<char*>(key.parts);
  std::memcpy(bytes, word.data(), word.size());
  bytes[kLongest] = static_cast<char>(word.size());
  return key;
}

std::size_t WordEncoder::place_of(const Key& key) {
  std::uint64_t hash = key.parts[0] * 0x9E3779B97F4A7C15u;
  hash = (hash ^ (hash >> 32) ^ key.parts[1]) * 0xC2B2AE3D27D4EB4Fu;
  hash = (hash ^ (hash >> 29) ^ key.parts[2]) * 0x165667B19E3779F9u;
  return hash >> (64 - kPlaceBits);
}

double WordEncoder::encode_new(std::string_view word, float& sum, std::vector<std::int32_t>& out) {
  const Unigram* unigram = model_.unigram();
  if (unigram == nullptr) {
    model_.library()(word, out);
    return std::numeric_limits<double>::infinity();
  }
  spelled_.clear();
  const std::size_t spaces = std::min(word.find_first_not_of(' '), word.size());
  for (std::size_t i = 0; i < spaces; ++i) spelled_ += kSpaceSymbol;
  spelled_ += word.substr(spaces);
  return unigram->encode(spelled_, sum, out, nodes_);
}

bool WordEncoder::encode(std::string_view text, std::vector<std::int32_t>& out) {
  const Unigram* unigram = model_.unigram();
  const std::size_t before = out.size();
  float sum = 0;
  for (std::size_t begin = 0, end; begin < text.size(); begin = end) {
    end = word_end(text, begin);
    const std::string_view word = text.substr(begin, end - begin);
    Entry* entry = nullptr;
    Key key;
    if (word.size() <= kLongest && !entries_.empty()) {
      key = key_of(word);
      entry = &entries_[place_of(key)];
      if (entry->key == key && std::abs(sum) < entry->bound) {
        out.insert(out.end(), entry->ids, entry->ids + entry->count);
        if (unigram == nullptr) continue;
        for (std::uint32_t i = 0; i < entry->count; ++i) sum = unigram->behind(sum, entry->ids[i]);
        continue;
      }
    }
    if (!is_utf8(word)) {
      out.resize(before);
      return false;
    }
    const std::size_t first = out.size();
    const float sum_before = sum;
    const double bound = encode_new(word, sum, out);
    const std::size_t count = out.size() - first;
    if (entry == nullptr || count > kMostIds || std::abs(sum_before) >= bound) continue;
    entry->key = key;
    entry->bound = static_cast<float>(bound);
    entry->count = static_cast<std::uint32_t>(count);
    std::copy(out.begin() + static_cast<std::ptrdiff_t>(first), out.end(), entry->ids);
  }
  return true;
}

}  // namespace pantograph::token
