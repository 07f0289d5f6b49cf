// SPDX-License-Identifier: GPL-3.0-or-later
// Byte-level tokenizers of tokenizer.json and of GGUF files.
#include <fmt/format.h>

#include <unordered_map>

#include "base/error.h"
#include "base/text.h"
#include "exchange/byte_bpe_names.h"
#include "exchange/tokenizer_import.h"
#include "exchange/tokenizer_json_reader.h"
#include "token/byte_bpe_file.h"

namespace pantograph::exchange {
namespace {

using token::ByteBpeFile;
using token::BytePiece;
using token::WordSplit;
using Merges = std::vector<std::pair<std::string, std::string>>;

constexpr const char* kExpected = "a tokenizer that cuts text as GPT-2, Llama 3, Qwen 2 or SmolLM do";

[[noreturn]] void refuse(const std::string& where, const std::string& found, const std::string& expected) {
  throw Error(ErrorKind::input, {found, where, expected, ""});
}

BytePiece piece_of(const std::string& text, int type, const std::string& where) {
  BytePiece out{text, type};
  if (type == BytePiece::normal && !token::from_byte_alphabet(text, out.bytes))
    refuse(where, fmt::format("token \"{}\", in which a character stands for no byte", printable(text)),
           "the byte alphabet of GPT-2");
  return out;
}

/// Ids of the pieces that the merges name; then the whole is checked.
std::string with_merges(ByteBpeFile file, const std::vector<std::string>& texts, const Merges& merges, int begin,
                        int end, const std::string& where) {
  std::unordered_map<std::string_view, int> ids;
  for (std::size_t id = 0; id < texts.size(); ++id) {
    if (file.pieces[id].type == BytePiece::normal) ids.emplace(texts[id], static_cast<int>(id));
  }
  for (const auto& [left, right] : merges) {
    const auto first = ids.find(left), second = ids.find(right);
    if (first == ids.end() || second == ids.end())
      refuse(where, fmt::format("a merge of \"{}\" and \"{}\"", printable(left), printable(right)),
             "tokens of the vocabulary");
    file.merges.emplace_back(first->second, second->second);
  }
  for (const int mark : {begin, end}) {
    if (mark >= 0 && mark < static_cast<int>(file.pieces.size()))
      file.pieces[static_cast<std::size_t>(mark)] = {texts[static_cast<std::size_t>(mark)], BytePiece::control};
  }
  file.begin = begin, file.end = end;
  token::check_byte_bpe(file, where);
  return token::serialize_byte_bpe(file);
}

/// The pattern that cuts text into words, and whether a space is put before a text.
void read_steps(const JsonSettings& tokenizer, ByteBpeFile& file) {
  for (const JsonSettings& step : listed_steps(tokenizer, "normalizer", "normalizers"))
    step.refuse(fmt::format("a step {}, which changes text", printable(step.text("type"))), kExpected);
  const auto steps = listed_steps(tokenizer, "pre_tokenizer", "pretokenizers");
  const JsonSettings& bytes = steps.back();  // there is one: is_byte_level()
  file.space_first = bytes.flag("add_prefix_space", true);
  if (steps.size() == 1 && bytes.flag("use_regex", true)) return;
  const std::string first = steps[0].text("type");
  if (steps.size() == 2 && first == "Digits" && steps[0].flag("individual_digits", false) &&
      bytes.flag("use_regex", true)) {
    file.split = WordSplit::smollm;
    return;
  }
  if (steps.size() == 2 && first == "Split" && !bytes.flag("use_regex", true)) {
    const std::string pattern = steps[0].object("pattern").text("Regex", "");
    const auto known = split_of_pattern(pattern);
    if (known && steps[0].text("behavior") == "Isolated" && !steps[0].flag("invert", false)) {
      file.split = *known;
      return;
    }
    steps[0].refuse(fmt::format("the pattern {}", printable(pattern)), kExpected);
  }
  tokenizer.refuse(fmt::format("{} steps that cut text into words", steps.size()), kExpected);
}

}  // namespace

bool is_byte_level(const JsonSettings& tokenizer) {
  const auto steps = listed_steps(tokenizer, "pre_tokenizer", "pretokenizers");
  return !steps.empty() && steps.back().text("type") == "ByteLevel";
}

std::string byte_bpe_of(const JsonSettings& tokenizer, const Marks& marks) {
  const JsonSettings settings = tokenizer.object("model");
  settings.only("continuing_subword_prefix", "", "bytes have none");
  settings.only("end_of_word_suffix", "", "bytes have none");
  ByteBpeFile file;
  read_steps(tokenizer, file);
  file.whole_words = settings.flag("ignore_merges", false);
  const std::vector<ListedPiece> listed = listed_pieces(tokenizer);
  std::vector<std::string> texts;
  for (const ListedPiece& one : listed) {
    const int type = one.kind == ListedPiece::mark    ? BytePiece::control
                     : one.kind == ListedPiece::added ? BytePiece::whole
                                                      : BytePiece::normal;
    file.pieces.push_back(piece_of(one.text, type, settings.where()));
    texts.push_back(one.text);
  }
  return with_merges(std::move(file), texts, listed_merges(settings), id_of(marks.begin, listed, tokenizer),
                     id_of(marks.end, listed, tokenizer), tokenizer.where());
}

std::string byte_bpe_of(const GgufFile& file, int begin, int end) {
  const std::string where = file.path().string() + ": tokenizer.ggml";
  const std::string pre = file.text("tokenizer.ggml.pre", "default");
  ByteBpeFile out;
  const auto split = split_of_gguf(pre);
  if (!split) refuse(where, fmt::format("pre-tokenizer \"{}\"", printable(pre)), kExpected);
  out.split = *split;
  out.space_first = file.flag("tokenizer.ggml.add_space_prefix", false);
  out.whole_words = out.split == WordSplit::llama3;  // as llama.cpp has it for that
  const std::vector<std::string> texts = file.texts("tokenizer.ggml.tokens");
  const std::vector<std::int32_t> types = file.integers("tokenizer.ggml.token_type");
  if (types.size() != texts.size())
    refuse(where, fmt::format("{} tokens and {} types", texts.size(), types.size()), "one for every token");
  for (std::size_t id = 0; id < texts.size(); ++id) {
    const int type = types[id] == token::ModelPiece::normal         ? BytePiece::normal
                     : types[id] == token::ModelPiece::user_defined ? BytePiece::whole
                                                                    : BytePiece::control;
    out.pieces.push_back(piece_of(texts[id], type, where));
  }
  Merges merges;
  for (const std::string& merge : file.texts("tokenizer.ggml.merges")) {
    const std::size_t space = merge.find(' ');
    if (space == std::string::npos)
      refuse(where, fmt::format("merge {}, which is no pair", merges.size()), "two tokens each");
    merges.emplace_back(merge.substr(0, space), merge.substr(space + 1));
  }
  return with_merges(std::move(out), texts, merges, begin, end, where);
}

}  // namespace pantograph::exchange
