// SPDX-License-Identifier: GPL-3.0-or-later
#include "token/tokenizer.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "token/byte_bpe_file.h"
#include "token/tokenizer_kind.h"

namespace pantograph::token {
namespace {

[[noreturn]] void fail_model(const std::string& found, const std::filesystem::path& path, Tokenizer::Origin origin) {
  const bool artifact = origin == Tokenizer::Origin::artifact;
  throw Error(artifact ? ErrorKind::run : ErrorKind::input,
              {artifact ? "the tokenizer is damaged: " + found : found, path.string(),
               "a SentencePiece model (.model), or a byte-level one, with a begin or an end token",
               artifact ? "Delete the folder " + path.parent_path().string() + " and run again."
                        : "Train one with Pantograph or with spm_train."});
}

std::unique_ptr<TokenizerKind> open(std::string_view bytes, const std::filesystem::path& path,
                                    Tokenizer::Origin origin) {
  if (bytes.empty()) fail_model("the file is empty", path, origin);
  std::unique_ptr<TokenizerKind> out;
  if (is_byte_bpe(bytes)) {
    try {
      out = open_byte_bpe(bytes, path.string());
    } catch (const Error& e) {
      if (origin == Tokenizer::Origin::artifact) fail_model(e.text().found, path, origin);
      throw;
    }
  } else {
    out = open_sentencepiece(bytes);
  }
  if (!out) fail_model("no SentencePiece model", path, origin);
  if (out->begin < 0) out->begin = out->end;
  if (out->end < 0) out->end = out->begin;
  if (out->end < 0) fail_model("the model has neither a begin nor an end token", path, origin);
  return out;
}

}  // namespace

Tokenizer::Tokenizer(const std::filesystem::path& model, Origin origin) : Tokenizer(read_file(model), model, origin) {}

Tokenizer Tokenizer::from_bytes(std::string_view bytes, const std::filesystem::path& named, Origin origin) {
  return Tokenizer(bytes, named, origin);
}

Tokenizer::Tokenizer(std::string_view bytes, const std::filesystem::path& model, Origin origin)
    : kind_(open(bytes, model, origin)) {}

Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;

int Tokenizer::vocabulary() const {
  return kind_->vocabulary;
}
int Tokenizer::begin_id() const {
  return kind_->begin;
}
int Tokenizer::end_id() const {
  return kind_->end;
}

std::vector<std::int32_t> Tokenizer::encode(std::string_view text) const {
  std::vector<std::int32_t> out;
  out.reserve(text.size() / 3 + 8);
  kind_->encode(text, nullptr, out);
  return out;
}

Tokenizer::Encoder::Encoder(const Tokenizer& tokenizer) : kind_(*tokenizer.kind_), memory_(kind_.memory()) {}

Tokenizer::Encoder::~Encoder() = default;
Tokenizer::Encoder::Encoder(Encoder&&) noexcept = default;

void Tokenizer::Encoder::encode(std::string_view text, std::vector<std::int32_t>& out) {
  kind_.encode(text, memory_.get(), out);
}

std::string Tokenizer::decode(const std::int32_t* ids, std::size_t count) const {
  for (std::size_t i = 0; i < count; ++i) {
    if (ids[i] < 0 || ids[i] >= kind_->vocabulary) {
      throw Error(ErrorKind::run,
                  {"token " + std::to_string(ids[i]), "tokenizer", fmt::format("0 to {}", kind_->vocabulary - 1),
                   "The text was encoded with another tokenizer: tokenize it again."});
    }
  }
  std::string text;
  kind_->decode(ids, count, text);
  return text;
}

}  // namespace pantograph::token
