// SPDX-License-Identifier: GPL-3.0-or-later
// A SentencePiece model, word by word where that gives the same, else through the library.
#include <algorithm>
#include <array>
#include <optional>

#include "base/error.h"
#include "token/model_file.h"
#include "token/piece_table.h"
#include "token/sentencepiece/library.h"
#include "token/tokenizer_kind.h"
#include "token/word_encoder.h"

namespace pantograph::token {
namespace {

struct Words : EncodingMemory {
  explicit Words(const WordModel& model) : encoder(model, WordEncoder::Memory::words) {}
  WordEncoder encoder;
};

class SentencePiece : public TokenizerKind {
 public:
  SentencePiece() = default;
  ~SentencePiece() override {
    if (model_) api_.close(model_);
  }
  SentencePiece(const SentencePiece&) = delete;
  SentencePiece& operator=(const SentencePiece&) = delete;

  bool open(std::string_view bytes) {
    model_ = api_.open(bytes.data(), bytes.size());
    if (!model_) return false;
    vocabulary = api_.vocabulary(model_);
    begin = api_.begin_id(model_);
    end = api_.end_id(model_);
    find_newline();
    auto file = parse_model(bytes);
    if (!file || file->pieces.size() != static_cast<std::size_t>(vocabulary)) return true;
    table_ = PieceTable::of(*file);
    if (newline_ < 0 || space_symbol_[0] < 0) return true;
    words_ = WordModel::of(std::move(*file),
                           [this](std::string_view text, std::vector<std::int32_t>& out) { encode_plain(text, out); });
    return true;
  }

  std::unique_ptr<EncodingMemory> memory() const override {
    return words_ == nullptr ? nullptr : std::make_unique<Words>(*words_);
  }

  void encode(std::string_view text, EncodingMemory* memory, std::vector<std::int32_t>& out) const override {
    if (memory != nullptr) return encode_lines(text, &static_cast<Words*>(memory)->encoder, out);
    if (words_ == nullptr) return encode_lines(text, nullptr, out);
    WordEncoder encoder(*words_, WordEncoder::Memory::none);
    encode_lines(text, &encoder, out);
  }

  void decode(const std::int32_t* ids, std::size_t count, std::string& out) const override {
    if (table_) return table_->decode(ids, count, out);
    std::vector<int> kept;
    std::copy_if(ids, ids + count, std::back_inserter(kept), [&](int id) { return !api_.is_control(model_, id); });
    const auto take = [](void* context, const char* data, std::size_t size) {
      static_cast<std::string*>(context)->assign(data, size);
    };
    std::string text;
    if (!api_.decode(model_, kept.data(), kept.size(), &text, take, take))
      throw Error(ErrorKind::run, {"tokens cannot be decoded: " + text, "tokenizer", "", ""});
    out += text;
  }

 private:
  void encode_plain(std::string_view text, std::vector<std::int32_t>& out) const {
    if (text.empty()) return;
    struct Result {
      std::vector<std::int32_t>& ids;
      std::string failure;
    } result{out, {}};
    const auto give = [](void* context, const int* ids, std::size_t count) {
      auto& to = static_cast<Result*>(context)->ids;
      to.insert(to.end(), ids, ids + count);
    };
    const auto fail = [](void* context, const char* message, std::size_t size) {
      static_cast<Result*>(context)->failure.assign(message, size);
    };
    if (!api_.encode(model_, text.data(), text.size(), &result, give, fail)) {
      throw Error(ErrorKind::run, {"text cannot be encoded: " + result.failure, "tokenizer", "", ""});
    }
  }

  /// A text without line ends and, where that has byte pieces, without kSpaceSymbol.
  void encode_part(std::string_view text, WordEncoder* encoder, std::vector<std::int32_t>& out) const {
    if (encoder == nullptr || !encoder->encode(text, out)) encode_plain(text, out);
  }

  void encode_line(std::string_view line, WordEncoder* encoder, std::vector<std::int32_t>& out) const {
    if (space_symbol_[0] >= 0) {
      for (std::size_t symbol; (symbol = line.find(kSpaceSymbol)) != std::string_view::npos;) {
        encode_part(line.substr(0, symbol), encoder, out);
        out.insert(out.end(), space_symbol_.begin(), space_symbol_.end());
        line.remove_prefix(symbol + kSpaceSymbol.size());
      }
    }
    encode_part(line, encoder, out);
  }

  /// `encoder`: null where there are no words.
  void encode_lines(std::string_view text, WordEncoder* encoder, std::vector<std::int32_t>& out) const {
    if (newline_ < 0) return encode_plain(text, out);
    while (!text.empty()) {
      const std::size_t stop = std::min(text.find('\n'), text.size());
      encode_line(text.substr(0, stop), encoder, out);
      if (stop < text.size()) out.push_back(newline_);
      text.remove_prefix(std::min(stop + 1, text.size()));
    }
  }

  /// Looks whether "\n" is one piece of its own, as only models have it that keep white space as it is; there no piece
  /// spans two lines.
  void find_newline() {
    std::vector<std::int32_t> ids;
    encode_plain("\n", ids);
    if (ids.size() != 1 || ids[0] != api_.id_of(model_, "\n") || api_.is_unknown(model_, ids[0])) return;
    newline_ = ids[0];
    const char* names[] = {"<0xE2>", "<0x96>", "<0x81>"};
    std::array<int, 3> bytes{};
    for (int i = 0; i < 3; ++i) {
      bytes[i] = api_.id_of(model_, names[i]);
      if (!api_.is_byte(model_, bytes[i])) return;
    }
    space_symbol_ = bytes;
  }

  const SentencePieceApi& api_ = sentencepiece_api();
  SentencePieceModel* model_ = nullptr;
  int newline_ = -1;  ///< id of "\n" when lines can be encoded one by one, else -1
  /// Byte pieces of kSpaceSymbol, used when lines can be encoded one by one: SentencePiece writes a space as this
  /// character, so that the character itself would come back as a space.
  std::array<int, 3> space_symbol_{-1, -1, -1};
  std::unique_ptr<WordModel> words_;  ///< null: lines have to be encoded as a whole
  std::optional<PieceTable> table_;   ///< nothing: only the library can decode
};

}  // namespace

std::unique_ptr<TokenizerKind> open_sentencepiece(std::string_view model) {
  auto out = std::make_unique<SentencePiece>();
  return out->open(model) ? std::move(out) : nullptr;
}

}  // namespace pantograph::token
