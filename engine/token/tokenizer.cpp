// SPDX-License-Identifier: GPL-3.0-or-later
// A SentencePiece model behind the engine's own interface.
#include "token/tokenizer.h"

#include <array>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "token/sentencepiece/library.h"

namespace pantograph::token {
namespace {

// SentencePiece writes a space as this character, so the character itself would come back as a space.
constexpr std::string_view kSpaceSymbol = "\xE2\x96\x81";

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
  std::array<int, 3> space_symbol{-1, -1,
                                  -1};  ///< byte pieces of kSpaceSymbol, used when lines can be encoded one by one

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

  void encode_line(std::string_view line, std::vector<std::int32_t>& out) const {
    if (space_symbol[0] >= 0) {
      for (std::size_t symbol; (symbol = line.find(kSpaceSymbol)) != std::string_view::npos;) {
        encode_plain(line.substr(0, symbol), out);
        out.insert(out.end(), space_symbol.begin(), space_symbol.end());
        line.remove_prefix(symbol + kSpaceSymbol.size());
      }
    }
    encode_plain(line, out);
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

Tokenizer::Tokenizer(const std::filesystem::path& model, Origin origin) : impl_(std::make_unique<Impl>()) {
  const std::string bytes = read_file(model);
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
  impl_->find_newline();
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

std::vector<std::int32_t> Tokenizer::encode(const std::string& text) const {
  std::vector<std::int32_t> out;
  out.reserve(text.size() / 3 + 8);
  std::string_view rest = text;
  if (impl_->newline < 0) {
    impl_->encode_plain(rest, out);
    return out;
  }
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    impl_->encode_line(rest.substr(0, end), out);
    if (end < rest.size()) out.push_back(impl_->newline);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out;
}

std::string Tokenizer::decode(const std::int32_t* ids, std::size_t count) const {
  std::vector<int> kept;
  kept.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (ids[i] < 0 || ids[i] >= impl_->vocabulary) {
      throw Error(ErrorKind::run,
                  {"token " + std::to_string(ids[i]), "tokenizer", "0 to " + std::to_string(impl_->vocabulary - 1),
                   "The text was encoded with another tokenizer: tokenize it again."});
    }
    if (!impl_->api.is_control(impl_->model, ids[i])) kept.push_back(ids[i]);
  }
  std::string text;
  const auto take = [](void* context, const char* data, std::size_t size) {
    static_cast<std::string*>(context)->assign(data, size);
  };
  if (!impl_->api.decode(impl_->model, kept.data(), kept.size(), &text, take, take)) {
    throw Error(ErrorKind::run, {"tokens cannot be decoded: " + text, "tokenizer", "", ""});
  }
  return text;
}

}  // namespace pantograph::token
