// SPDX-License-Identifier: GPL-3.0-or-later
#include "exchange/tokenizer_export.h"

#include <nlohmann/json.hpp>

namespace pantograph::exchange {

using json = nlohmann::ordered_json;

json added_token(std::size_t id, const std::string& text, bool special) {
  return {{"id", id},        {"content", text},     {"single_word", false}, {"lstrip", false},
          {"rstrip", false}, {"normalized", false}, {"special", special}};
}

json tokenizer_around(json added, json normalizer, json pre_tokenizer, json decoder, json model, int begin,
                      const std::string& first) {
  const json mark = {{"SpecialToken", {{"id", first}, {"type_id", 0}}}};
  const auto text = [](const char* id) -> json { return {{"Sequence", {{"id", id}, {"type_id", 0}}}}; };
  return {{"version", "1.0"},
          {"truncation", nullptr},
          {"padding", nullptr},
          {"added_tokens", std::move(added)},
          {"normalizer", std::move(normalizer)},
          {"pre_tokenizer", std::move(pre_tokenizer)},
          {"post_processor",
           {{"type", "TemplateProcessing"},
            {"single", json::array({mark, text("A")})},
            {"pair", json::array({mark, text("A"), text("B")})},
            {"special_tokens", {{first, {{"id", first}, {"ids", {begin}}, {"tokens", {first}}}}}}}},
          {"decoder", std::move(decoder)},
          {"model", std::move(model)}};
}

json tokenizer_config_json(const TokenizerExport& tokenizer, int begin, int end, int context) {
  json out = {{"tokenizer_class", "PreTrainedTokenizerFast"},
              {"bos_token", tokenizer.name_of(begin)},
              {"eos_token", tokenizer.name_of(end)}};
  if (tokenizer.unknown() >= 0) out["unk_token"] = tokenizer.name_of(tokenizer.unknown());
  out["model_max_length"] = context;
  out["clean_up_tokenization_spaces"] = false;
  return out;
}

}  // namespace pantograph::exchange
