// SPDX-License-Identifier: GPL-3.0-or-later
#include "infer/text_stream.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace pantograph::infer {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::size_t kLongestCharacter = 4;  // bytes, each perhaps a token of its own

/// Bytes of a text's end that may change as tokens are added: up to three replacement characters, which stand for the
/// first bytes of a character.
std::size_t unsure_end(std::string_view text) {
  std::size_t size = 0;
  for (std::size_t i = 1; i < kLongestCharacter && text.ends_with(kReplacement); ++i) {
    size += kReplacement.size();
    text.remove_suffix(kReplacement.size());
  }
  return size;
}

/// Bytes of a text's end with which a stop string may begin.
std::size_t begun(std::string_view text, std::string_view stop) {
  for (std::size_t size = std::min(text.size(), stop.size() - 1); size > 0; --size) {
    if (text.ends_with(stop.substr(0, size))) return size;
  }
  return 0;
}

}  // namespace

TextStream::TextStream(const token::Tokenizer& tokenizer, std::vector<std::int32_t> before,
                       std::vector<std::string> stops)
    : tokenizer_(tokenizer),
      tokens_(std::move(before)),
      stops_([&] {
        std::erase(stops, "");
        return std::move(stops);
      }()),
      decoded_(tokenizer.decode(tokens_.data(), tokens_.size()).size()) {}

std::string TextStream::add(std::int32_t token) {
  if (stopped_) return {};
  tokens_.push_back(token);
  const std::string text = tokenizer_.decode(tokens_.data(), tokens_.size());
  const std::size_t sure = text.size() - unsure_end(text);
  if (sure > decoded_) {
    held_ += text.substr(decoded_, sure - decoded_);
    decoded_ = sure;
  }
  return release(false);
}

std::string TextStream::finish() {
  if (stopped_) return {};
  const std::string text = tokenizer_.decode(tokens_.data(), tokens_.size());
  if (text.size() > decoded_) held_ += text.substr(decoded_);
  decoded_ = text.size();
  return release(true);
}

std::string TextStream::release(bool all) {
  std::size_t first = std::string::npos, kept = 0;
  for (const std::string& stop : stops_) {
    first = std::min(first, held_.find(stop));
    kept = std::max(kept, begun(held_, stop));
  }
  if (first != std::string::npos) {
    stopped_ = true;
    held_.resize(first);
    kept = 0;
  }
  if (all) kept = 0;
  std::string out = held_.substr(0, held_.size() - kept);
  held_.erase(0, out.size());
  return out;
}

std::vector<std::string> token_texts(const token::Tokenizer& tokenizer, const std::vector<std::int32_t>& tokens,
                                     std::size_t before) {
  constexpr std::size_t kStretch = 128, kKept = 16;  // tokens: a stream's work grows with what it goes on from
  const auto at = [&](std::size_t i) { return tokens.begin() + static_cast<std::ptrdiff_t>(i); };
  std::vector<std::string> out;
  std::optional<TextStream> stream;
  stream.emplace(tokenizer, std::vector(tokens.begin(), at(before)), std::vector<std::string>{});
  for (std::size_t i = before, since = 0; i < tokens.size(); ++i) {
    out.push_back(stream->add(tokens[i]));
    // Where a token has completed something, no character is half there.
    if (++since < kStretch || out.back().empty()) continue;
    stream.emplace(tokenizer, std::vector(at(i + 1 - kKept), at(i + 1)), std::vector<std::string>{});
    since = 0;
  }
  if (!out.empty()) out.back() += stream->finish();
  return out;
}

}  // namespace pantograph::infer
