// SPDX-License-Identifier: GPL-3.0-or-later
// What SentencePiece itself gives, as the tokenizer took it before it encoded by words and decoded by a table.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "token/sentencepiece/library.h"

namespace pantograph::fixtures {

class ReferenceTokenizer {
 public:
  explicit ReferenceTokenizer(const std::string& model) : model_(api_.open(model.data(), model.size())) {
    if (model_ == nullptr) return;
    std::vector<std::int32_t> ids;
    encode_plain("\n", ids);
    if (ids.size() != 1 || ids[0] != api_.id_of(model_, "\n") || api_.is_unknown(model_, ids[0])) return;
    newline_ = ids[0];
    const std::array<int, 3> bytes = {api_.id_of(model_, "<0xE2>"), api_.id_of(model_, "<0x96>"),
                                      api_.id_of(model_, "<0x81>")};
    for (const int id : bytes) {
      if (!api_.is_byte(model_, id)) return;
    }
    space_ = bytes;
  }
  ~ReferenceTokenizer() {
    if (model_ != nullptr) api_.close(model_);
  }
  ReferenceTokenizer(const ReferenceTokenizer&) = delete;
  ReferenceTokenizer& operator=(const ReferenceTokenizer&) = delete;

  bool opened() const { return model_ != nullptr; }
  bool by_lines() const { return newline_ >= 0 && space_[0] >= 0; }

  std::vector<std::int32_t> encode(std::string_view text) const {
    std::vector<std::int32_t> out;
    if (newline_ < 0) {
      encode_plain(text, out);
      return out;
    }
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      std::string_view line = text.substr(0, end);
      if (space_[0] >= 0) {
        for (std::size_t symbol; (symbol = line.find("\xE2\x96\x81")) != std::string_view::npos;) {
          encode_plain(line.substr(0, symbol), out);
          out.insert(out.end(), space_.begin(), space_.end());
          line.remove_prefix(symbol + 3);
        }
      }
      encode_plain(line, out);
      if (end < text.size()) out.push_back(newline_);
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
  }

  std::string decode(const std::vector<std::int32_t>& ids) const {
    std::vector<int> kept;
    for (const auto id : ids) {
      if (!api_.is_control(model_, id)) kept.push_back(id);
    }
    std::string text;
    const auto take = [](void* context, const char* data, std::size_t size) {
      static_cast<std::string*>(context)->assign(data, size);
    };
    api_.decode(model_, kept.data(), kept.size(), &text, take, take);
    return text;
  }

 private:
  void encode_plain(std::string_view text, std::vector<std::int32_t>& out) const {
    if (text.empty()) return;
    const auto give = [](void* context, const int* ids, std::size_t count) {
      auto& to = *static_cast<std::vector<std::int32_t>*>(context);
      to.insert(to.end(), ids, ids + count);
    };
    api_.encode(model_, text.data(), text.size(), &out, give, [](void*, const char*, std::size_t) {});
  }

  const token::SentencePieceApi& api_ = token::sentencepiece_api();
  token::SentencePieceModel* model_ = nullptr;
  int newline_ = -1;
  std::array<int, 3> space_{-1, -1, -1};
};

}  // namespace pantograph::fixtures
