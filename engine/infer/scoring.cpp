// SPDX-License-Identifier: GPL-3.0-or-later
#include "infer/scoring.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <numeric>

#include "base/error.h"
#include "infer/text_stream.h"
#include "token/sampler.h"
#include "train/evaluate.h"

namespace pantograph::infer {
namespace {

using nlohmann::json;

constexpr std::size_t kRowsAtOnce = 1024;

/// Rows that are predicted together, and whom each target counts for.
class Rows {
 public:
  explicit Rows(int context) : length_(static_cast<std::size_t>(context)) {
    set_.name = "texts to score";
    set_.context = context;
  }

  std::size_t length() const { return length_; }
  std::size_t count() const { return set_.count(); }

  /// A row of tokens [from, end), at most length() + 1 of them; those from `first` on count for `owner`, or each for
  /// itself, as `owner` and those after it.
  void add(const std::vector<std::int32_t>& tokens, std::size_t from, std::size_t end, std::size_t first,
           std::uint32_t owner, bool each = false) {
    for (std::size_t i = from; i <= from + length_; ++i) set_.rows.push_back(i < end ? tokens[i] : -1);
    for (std::size_t i = from + 1; i <= from + length_; ++i) {
      set_.documents.push_back(each && i > first ? owner + static_cast<std::uint32_t>(i - first) : owner);
      counts_.push_back(i >= first && i < end);
    }
    set_.cluster.push_back(0);
    set_.targets += end - from - 1;
  }

  /// Adds to each owner what its targets have, nats, and forgets the rows.
  void score(const network::Network& network, const std::string& precision, const TaskContext& task,
             std::vector<double>& nats) {
    if (set_.targets > 0) {
      std::vector<float> each;
      train::evaluate(network, set_, precision, task, each);
      for (std::size_t i = 0; i < each.size(); ++i) {
        if (counts_[i]) nats[set_.documents[i]] += each[i];
      }
    }
    set_.rows.clear(), set_.cluster.clear(), set_.documents.clear(), counts_.clear();
    set_.targets = 0;
  }

 private:
  std::size_t length_;
  token::EvaluationSet set_;
  std::vector<bool> counts_;
};

std::vector<std::int32_t> tokens_of(const token::Tokenizer& tokenizer, const std::string& text) {
  std::vector<std::int32_t> out = {tokenizer.begin_id()};
  const std::vector<std::int32_t> ids = tokenizer.encode(text);
  out.insert(out.end(), ids.begin(), ids.end());
  return out;
}

[[noreturn]] void no_question(const std::string& found, const std::string& where) {
  throw Error(ErrorKind::input, {found, where,
                                 "{\"context\": TEXT, \"choices\": [TEXT, …], \"answer\": NUMBER from 0}, or "
                                 "{\"sentence_good\": TEXT, \"sentence_bad\": TEXT}",
                                 ""});
}

std::string text_of(const json& from, const char* key, const std::string& where) {
  if (!from.contains(key) || !from[key].is_string()) no_question(fmt::format("no text \"{}\"", key), where);
  return from[key];
}

template <typename Value>
int index_of_highest(std::size_t count, const Value& value) {
  int best = 0;
  for (std::size_t i = 1; i < count; ++i) {
    if (value(i) > value(static_cast<std::size_t>(best))) best = static_cast<int>(i);
  }
  return best;
}

}  // namespace

double Score::perplexity() const {
  return std::exp(nats / static_cast<double>(tokens));
}
double Score::bits_per_byte() const {
  return nats / (std::numbers::ln2 * static_cast<double>(bytes));
}
Score& Score::operator+=(const Score& other) {
  documents += other.documents;
  tokens += other.tokens;
  bytes += other.bytes;
  nats += other.nats;
  return *this;
}

std::vector<Score> score_texts(const network::Network& small, const token::Tokenizer& tokenizer,
                               const std::vector<std::string>& texts, const std::string& precision,
                               const TaskContext& task) {
  std::vector<Score> out(texts.size());
  std::vector<double> nats(texts.size(), 0.0);
  Rows rows(small.config().small.context);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::vector<std::int32_t> tokens = tokens_of(tokenizer, texts[i]);
    out[i] = {1, tokens.size() - 1, texts[i].size(), 0};
    for (std::size_t from = 0; from + 1 < tokens.size(); from += rows.length()) {
      rows.add(tokens, from, std::min(tokens.size(), from + rows.length() + 1), from + 1,
               static_cast<std::uint32_t>(i));
      if (rows.count() >= kRowsAtOnce) rows.score(small, precision, task, nats);
    }
  }
  rows.score(small, precision, task, nats);
  for (std::size_t i = 0; i < out.size(); ++i) out[i].nats = nats[i];
  return out;
}

ScoredText score_text(const network::Network& small, const token::Tokenizer& tokenizer, const std::string& text,
                      const std::string& precision, std::size_t most_tokens, const TaskContext& task) {
  std::vector<std::int32_t> tokens = tokens_of(tokenizer, text);
  std::vector<double> nats(tokens.size(), 0.0);  // of each token; the begin token has none
  Rows rows(small.config().small.context);
  for (std::size_t from = 0; from + 1 < tokens.size(); from += rows.length()) {
    rows.add(tokens, from, std::min(tokens.size(), from + rows.length() + 1), from + 1,
             static_cast<std::uint32_t>(from + 1), true);
    if (rows.count() >= kRowsAtOnce) rows.score(small, precision, task, nats);
  }
  rows.score(small, precision, task, nats);
  ScoredText out;
  out.score = {1, tokens.size() - 1, text.size(), std::accumulate(nats.begin(), nats.end(), 0.0)};
  tokens.resize(std::min(tokens.size(), most_tokens + 1));
  const std::vector<std::string> texts = token_texts(tokenizer, tokens, 1);
  for (std::size_t i = 0; i < texts.size(); ++i) out.tokens.push_back({tokens[i + 1], -nats[i + 1], texts[i]});
  return out;
}

Question question_from_json(const std::string& line, const std::string& where) {
  const json from = json::parse(line, nullptr, false);
  if (!from.is_object()) no_question("no JSON object", where);
  Question out;
  if (from.contains("sentence_good")) {
    out.choices = {text_of(from, "sentence_good", where), text_of(from, "sentence_bad", where)};
  } else {
    out.context = text_of(from, "context", where);
    if (!from.contains("choices") || !from["choices"].is_array() || from["choices"].size() < 2)
      no_question("no \"choices\", or fewer than two", where);
    for (const json& choice : from["choices"]) {
      if (!choice.is_string()) no_question("a choice that is no text", where);
      out.choices.push_back(choice);
    }
    const auto right = from.find("answer");
    if (right == from.end() || !right->is_number_integer() || *right < 0 || *right >= out.choices.size())
      no_question("no \"answer\" that numbers a choice", where);
    out.answer = *right;
  }
  for (const std::string& choice : out.choices) {
    if (choice.empty()) no_question("an empty choice", where);
  }
  return out;
}

std::vector<Answered> answer(const network::Network& small, const token::Tokenizer& tokenizer,
                             const std::vector<Question>& questions, const std::string& precision,
                             const TaskContext& task) {
  std::vector<double> nats;
  for (const Question& question : questions) nats.resize(nats.size() + question.choices.size(), 0.0);
  Rows rows(small.config().small.context);
  std::uint32_t owner = 0;
  for (std::size_t q = 0; q < questions.size(); ++q) {
    const std::vector<std::int32_t> context = tokens_of(tokenizer, questions[q].context);
    for (const std::string& choice : questions[q].choices) {
      const std::vector<std::int32_t> all = tokens_of(tokenizer, questions[q].context + choice);
      // A piece may reach from the context into the choice: what differs is the choice's.
      const auto differs = std::mismatch(context.begin(), context.end(), all.begin(), all.end()).second;
      const auto first = static_cast<std::size_t>(differs - all.begin());
      const std::size_t from = all.size() - std::min(all.size(), rows.length() + 1);
      if (first > from) {
        rows.add(all, from, all.size(), first, owner);
      } else {  // longer than the context: as a text of its own
        for (std::size_t at = first - 1; at + 1 < all.size(); at += rows.length())
          rows.add(all, at, std::min(all.size(), at + rows.length() + 1), at + 1, owner);
      }
      ++owner;
      if (rows.count() >= kRowsAtOnce) rows.score(small, precision, task, nats);
    }
  }
  rows.score(small, precision, task, nats);
  std::vector<Answered> out;
  owner = 0;
  for (const Question& question : questions) {
    Answered one;
    for (std::size_t i = 0; i < question.choices.size(); ++i) one.log_likelihoods.push_back(-nats[owner++]);
    const auto& found = one.log_likelihoods;
    one.most_likely = index_of_highest(found.size(), [&](std::size_t i) { return found[i]; });
    one.most_likely_by_bytes = index_of_highest(
        found.size(), [&](std::size_t i) { return found[i] / static_cast<double>(question.choices[i].size()); });
    out.push_back(std::move(one));
  }
  return out;
}

Accuracy accuracy(const std::vector<Question>& questions, const std::vector<Answered>& answers) {
  Accuracy out;
  out.questions = questions.size();
  if (questions.empty()) return out;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    out.accuracy += answers[i].most_likely == questions[i].answer;
    out.accuracy_by_bytes += answers[i].most_likely_by_bytes == questions[i].answer;
    out.chance += 1.0 / static_cast<double>(questions[i].choices.size());
  }
  const auto n = static_cast<double>(questions.size());
  for (double* sum : {&out.accuracy, &out.accuracy_by_bytes, &out.chance}) *sum /= n;
  out.error = std::sqrt(out.accuracy * (1 - out.accuracy) / n);
  return out;
}

}  // namespace pantograph::infer
