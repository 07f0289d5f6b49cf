// SPDX-License-Identifier: GPL-3.0-or-later
#include "serve/completions.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "kernel/cached_decoder.h"

namespace pantograph::serve {
namespace {

using nlohmann::json;

constexpr int kMostCandidates = 20, kMostStops = 16;

[[noreturn]] void refuse(const std::string& key, const json& found, const std::string& expected) {
  std::string text = found.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > 60) text = text.substr(0, 60) + "…";
  throw Error(ErrorKind::usage, {text, key, expected, ""});
}

/// A number of a request between two bounds; as it is where the key is missing or null.
template <typename T>
void read_number(const json& from, const char* key, T& value, double least, double most) {
  const auto found = from.find(key);
  if (found == from.end() || found->is_null()) return;
  const bool right = std::is_integral_v<T> ? found->is_number_integer() : found->is_number();
  if (!right || found->get<double>() < least || found->get<double>() > most) {
    refuse(key, *found,
           fmt::format("{}number from {:g} to {:g}", std::is_integral_v<T> ? "a whole " : "a ", least, most));
  }
  found->get_to(value);
}

void read_flag(const json& from, const char* key, bool& value) {
  const auto found = from.find(key);
  if (found == from.end() || found->is_null()) return;
  if (!found->is_boolean()) refuse(key, *found, "true or false");
  found->get_to(value);
}

/// A text or a list of texts.
std::vector<std::string> read_texts(const json& from, const char* key, std::size_t most) {
  const auto found = from.find(key);
  if (found == from.end() || found->is_null()) return {};
  if (found->is_string()) return {found->get<std::string>()};
  const auto text = [](const json& one) { return one.is_string(); };
  if (!found->is_array() || found->size() > most || !std::all_of(found->begin(), found->end(), text))
    refuse(key, *found, fmt::format("a text, or a list of at most {} texts", most));
  return found->get<std::vector<std::string>>();
}

const char* finish_reason(infer::Finish finish) {
  return finish == infer::Finish::length || finish == infer::Finish::interrupted ? "length" : "stop";
}

json head_of(const CompletionHead& head) {
  return {{"id", head.id}, {"object", "text_completion"}, {"created", head.created}, {"model", head.model}};
}

json log_probabilities(const CompletionRequest& request, const infer::Answer& answer,
                       const token::Tokenizer& tokenizer) {
  json out = {{"tokens", json::array()},
              {"token_logprobs", json::array()},
              {"top_logprobs", json::array()},
              {"text_offset", json::array()}};
  std::size_t offset = 0;
  const auto add = [&](const infer::AnswerToken& token) {
    out["tokens"].push_back(tokenizer.decode(&token.id, 1));
    out["token_logprobs"].push_back(token.log_probability);
    json top = json::object();
    for (const infer::Candidate& c : token.candidates) top[tokenizer.decode(&c.id, 1)] = c.log_probability;
    out["top_logprobs"].push_back(top);
    out["text_offset"].push_back(offset);
    offset += token.text.size();
  };
  if (request.echo) std::for_each(answer.prompt.begin(), answer.prompt.end(), add);
  std::for_each(answer.tokens.begin(), answer.tokens.end(), add);
  return out;
}

}  // namespace

CompletionRequest completion_request(const std::string& body, std::uint64_t seed) {
  const json from = json::parse(body, nullptr, false);
  if (!from.is_object()) throw Error(ErrorKind::usage, {"no JSON object", "the request's body", "a JSON object", ""});
  CompletionRequest out;
  out.prompts = read_texts(from, "prompt", kernel::CachedDecoder::kMostSequences);
  if (out.prompts.empty()) {
    if (from.contains("prompt") && from["prompt"].is_array()) refuse("prompt", from["prompt"], "at least one text");
    out.prompts = {""};
  }
  infer::GenerateSettings& g = out.settings;
  g.max_tokens = 16;
  g.sampling.seed = seed;
  read_number(from, "max_tokens", g.max_tokens, 0, 1e6);
  read_number(from, "temperature", g.sampling.temperature, 0, 100);
  read_number(from, "top_p", g.sampling.top_p, 1e-9, 1);
  read_number(from, "top_k", g.sampling.top_k, 0, 1e9);
  read_number(from, "min_p", g.sampling.min_p, 0, 1);
  read_number(from, "repetition_penalty", g.sampling.repetition_penalty, 1e-3, 100);
  read_number(from, "seed", g.sampling.seed, 0, 9e18);
  read_number(from, "logprobs", out.logprobs, 0, kMostCandidates);
  read_flag(from, "echo", out.echo);
  read_flag(from, "stream", out.stream);
  if (out.stream && out.logprobs >= 0) refuse("logprobs", from["logprobs"], "nothing, where the answer is streamed");
  g.stop = read_texts(from, "stop", kMostStops);
  g.candidates = std::max(out.logprobs, 0);
  g.prompts = out.echo && out.logprobs >= 0;
  int one = 1;
  for (const char* key : {"n", "best_of"}) read_number(from, key, one, 1, 1);
  double nothing = 0;
  for (const char* key : {"presence_penalty", "frequency_penalty"}) read_number(from, key, nothing, 0, 0);
  if (from.contains("suffix") && !from["suffix"].is_null())
    refuse("suffix", from["suffix"], "nothing: it is not supported");
  return out;
}

json completion(const CompletionHead& head, const CompletionRequest& request, const std::vector<infer::Answer>& answers,
                const token::Tokenizer& tokenizer) {
  json out = head_of(head);
  int prompt_tokens = 0;
  std::size_t tokens = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    json choice = {{"index", i},
                   {"text", (request.echo ? request.prompts[i] : "") + answers[i].text},
                   {"finish_reason", finish_reason(answers[i].finish)},
                   {"logprobs", nullptr}};
    if (request.logprobs >= 0) choice["logprobs"] = log_probabilities(request, answers[i], tokenizer);
    out["choices"].push_back(choice);
    prompt_tokens += answers[i].prompt_tokens;
    tokens += answers[i].tokens.size();
  }
  out["usage"] = {{"prompt_tokens", prompt_tokens},
                  {"completion_tokens", tokens},
                  {"total_tokens", static_cast<std::size_t>(prompt_tokens) + tokens}};
  return out;
}

json completion_part(const CompletionHead& head, std::size_t prompt, const std::string& text,
                     const infer::Finish* finish) {
  json out = head_of(head);
  out["choices"] = json::array({{{"index", prompt},
                                 {"text", text},
                                 {"logprobs", nullptr},
                                 {"finish_reason", finish != nullptr ? json(finish_reason(*finish)) : json()}}});
  return out;
}

json error_body(const Error& error) {
  return {{"error",
           {{"message", error.what()},
            {"type", error.kind() == ErrorKind::usage ? "invalid_request_error" : "server_error"},
            {"param", error.text().where.empty() ? json() : json(error.text().where)},
            {"code", nullptr}}}};
}

}  // namespace pantograph::serve
