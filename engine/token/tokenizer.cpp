// SPDX-License-Identifier: GPL-3.0-or-later
// A SentencePiece model behind the engine's own interface.
#include "token/tokenizer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "token/model_file.h"
#include "token/piece_table.h"
#include "token/sentencepiece/library.h"
#include "token/word_encoder.h"

namespace pantograph::token {
namespace {

[[noreturn]] void fail_model(const std::string& found, const std::filesystem::path& path, Tokenizer::Origin origin) {
  const bool artifact = origin == Tokenizer::Origin::artifact;
  throw Error(artifact ? ErrorKind::run : ErrorKind::input,
              {artifact ? "the tokenizer is damaged: " + found : found, path.string(),
               "a SentencePiece model (.model) with a begin or an end token",
               artifact ? "Delete the folder " + path.parent_path().string() + " and run again."
                        : "Train one with Pantograph or with spm_train."});
}

}  // namespace

struct Tokenizer::Impl {
  const SentencePieceApi& api = sentencepiece_api();
  SentencePieceModel* model = nullptr;
  int vocabulary = 0;
  int begin = -1;
  int end = -1;
  int newline = -1;  ///< id of "\n" when lines can be encoded one by one, else -1
  /// Byte pieces of kSpaceSymbol, used when lines can be encoded one by one: SentencePiece writes a space as this
  /// character, so that the character itself would come back as a space.
  std::array<int, 3> space_symbol{-1, -1, -1};
  std::unique_ptr<WordModel> words;  ///< null: lines have to be encoded as a whole
  std::optional<PieceTable> table;   ///< nothing: only the library can decode

  ~Impl() {
    if (model) api.close(model);
  }

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
    if (!api.encode(model, text.data(), text.size(), &result, give, fail)) {
      throw Error(ErrorKind::run, {"text cannot be encoded: " + result.failure, "tokenizer", "", ""});
    }
  }

  /// A text without line ends and, where that has byte pieces, without kSpaceSymbol.
  void encode_part(std::string_view text, WordEncoder* encoder, std::vector<std::int32_t>& out) const {
    if (encoder == nullptr || !encoder->encode(text, out)) encode_plain(text, out);
  }

  void encode_line(std::string_view line, WordEncoder* encoder, std::vector<std::int32_t>& out) const {
    if (space_symbol[0] >= 0) {
      for (std::size_t symbol; (symbol = line.find(kSpaceSymbol)) != std::string_view::npos;) {
        encode_part(line.substr(0, symbol), encoder, out);
        out.insert(out.end(), space_symbol.begin(), space_symbol.end());
        line.remove_prefix(symbol + kSpaceSymbol.size());
      }
    }
    encode_part(line, encoder, out);
  }

  /// `encoder`: null where there are no words.
  void encode(std::string_view text, WordEncoder* encoder, std::vector<std::int32_t>& out) const {
    if (newline < 0) return encode_plain(text, out);
    while (!text.empty()) {
      const std::size_t stop = std::min(text.find('\n'), text.size());
      encode_line(text.substr(0, stop), encoder, out);
      if (stop < text.size()) out.push_back(newline);
      text.remove_prefix(std::min(stop + 1, text.size()));
    }
  }

  void prepare(std::string_view bytes) {
    find_newline();
    auto file = parse_model(bytes);
    if (!file || file->pieces.size() != static_cast<std::size_t>(vocabulary)) return;
    table = PieceTable::of(*file);
    if (newline < 0 || space_symbol[0] < 0) return;
    words = WordModel::of(std::move(*file),
                          [this](std::string_view text, std::vector<std::int32_t>& out) { encode_plain(text, out); });
  }

  /// Looks whether "\n" is one piece of its own, as only models have it that keep white space as it is; there no piece
  /// spans two lines.
  void find_newline() {
    std::vector<std::int32_t> ids;
    encode_plain("\n", ids);
    if (ids.size() != 1 || ids[0] != api.id_of(model, "\n") || api.is_unknown(model, ids[0])) return;
    newline = ids[0];
    const char* names[] = {"<0xE2>", "<0x96>", "<0x81>"};
    std::array<int, 3> bytes{};
    for (int i = 0; i < 3; ++i) {
      bytes[i] = api.id_of(model, names[i]);
      if (!api.is_byte(model, bytes[i])) return;
    }
    space_symbol = bytes;
  }
};

Tokenizer::Tokenizer(const std::filesystem::path& model, Origin origin) : Tokenizer(read_file(model), model, origin) {}

Tokenizer Tokenizer::from_bytes(std::string_view bytes, const std::filesystem::path& named, Origin origin) {
  return Tokenizer(bytes, named, origin);
}

Tokenizer::Tokenizer(std::string_view bytes, const std::filesystem::path& model, Origin origin)
    : impl_(std::make_unique<Impl>()) {
  if (bytes.empty()) fail_model("the file is empty", model, origin);
  const auto& api = impl_->api;
  impl_->model = api.open(bytes.data(), bytes.size());
  if (!impl_->model) fail_model("no SentencePiece model", model, origin);
  impl_->vocabulary = api.vocabulary(impl_->model);
  impl_->begin = api.begin_id(impl_->model);
  impl_->end = api.end_id(impl_->model);
  if (impl_->begin < 0) impl_->begin = impl_->end;
  if (impl_->end < 0) impl_->end = impl_->begin;
  if (impl_->end < 0) fail_model("the model has neither a begin nor an end token", model, origin);
  impl_->prepare(bytes);
}

Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;

int Tokenizer::vocabulary() const {
  return impl_->vocabulary;
}
int Tokenizer::begin_id() const {
  return impl_->begin;
}
int Tokenizer::end_id() const {
  return impl_->end;
}

std::vector<std::int32_t> Tokenizer::encode(std::string_view text) const {
  std::vector<std::int32_t> out;
  out.reserve(text.size() / 3 + 8);
  if (impl_->words == nullptr) {
    impl_->encode(text, nullptr, out);
  } else {
    WordEncoder encoder(*impl_->words, WordEncoder::Memory::none);
    impl_->encode(text, &encoder, out);
  }
  return out;
}

Tokenizer::Encoder::Encoder(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {
  if (tokenizer.impl_->words != nullptr)
    words_ = std::make_unique<WordEncoder>(*tokenizer.impl_->words, WordEncoder::Memory::words);
}

Tokenizer::Encoder::~Encoder() = default;
Tokenizer::Encoder::Encoder(Encoder&&) noexcept = default;

void Tokenizer::Encoder::encode(std::string_view text, std::vector<std::int32_t>& out) {
  tokenizer_.impl_->encode(text, words_.get(), out);
}

std::string Tokenizer::decode(const std::int32_t* ids, std::size_t count) const {
  std::string text;
  std::vector<int> kept;
  for (std::size_t i = 0; i < count; ++i) {
    if (ids[i] < 0 || ids[i] >= impl_->vocabulary) {
      throw Error(ErrorKind::run,
                  {"token " + std::to_string(ids[i]), "tokenizer", "0 to " + std::to_string(impl_->vocabulary - 1),
                   "The text was encoded with another tokenizer: tokenize it again."});
    }
    if (!impl_->table && !impl_->api.is_control(impl_->model, ids[i])) kept.push_back(ids[i]);
  }
  if (impl_->table) {
    text.reserve(4 * count);
    impl_->table->decode(ids, count, text);
    return text;
  }
  const auto take = [](void* context, const char* data, std::size_t size) {
    static_cast<std::string*>(context)->assign(data, size);
  };
  if (!impl_->api.decode(impl_->model, kept.data(), kept.size(), &text, take, take)) {
    throw Error(ErrorKind::run, {"tokens cannot be decoded: " + text, "tokenizer", "", ""});
  }
  return text;
}

}  // namespace pantograph::token
