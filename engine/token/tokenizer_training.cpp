// SPDX-License-Identifier: GPL-3.0-or-later
// The text that a tokenizer is trained on: documents drawn evenly over the generic train splits, cut into lines.
#include <algorithm>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "token/tokenizer.h"
#include "token/trainer_process.h"

namespace pantograph::token {
namespace fs = std::filesystem;
namespace {

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// Longest prefix of at most `limit` bytes (but at least one character) that ends with a whole character, after a space
/// where there is one.
std::size_t cut_point(std::string_view line, std::size_t limit) {
  if (line.size() <= limit) return line.size();
  const std::size_t space = line.rfind(' ', limit - 1);
  if (space != std::string_view::npos && space > limit / 2) return space + 1;
  std::size_t at = limit;
  while (at > 0 && continues_character(line[at])) --at;
  if (at > 0) return at;
  for (at = 1; at < line.size() && continues_character(line[at]);) ++at;
  return at;
}

/// The trainer gives meaning to these, and drops whole sentences that hold them: NUL, tab (its boundary mark), U+2581
/// (its space) and U+2585 (its unknown). They are encoded through byte pieces instead.
std::string without_reserved(std::string_view line) {
  std::string out;
  out.reserve(line.size());
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\0' || line[i] == '\t') {
      out += ' ';
    } else if (line.substr(i).starts_with("\xE2\x96\x81") || line.substr(i).starts_with("\xE2\x96\x85")) {
      out += ' ';
      i += 2;
    } else {
      out += line[i];
    }
  }
  return out;
}

void add_lines(std::string_view text, std::vector<std::string>& lines) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    for (std::string_view line = text.substr(0, end); !line.empty();) {
      const std::size_t n = cut_point(line, kLongestTrainingLine);
      lines.push_back(without_reserved(line.substr(0, n)));
      line.remove_prefix(n);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

/// One document from each of equally long runs of documents, in random order, until the budget is reached: even over
/// the set, and the memory needed does not grow with it.
std::vector<std::string> sample_lines(const std::vector<fs::path>& folders, std::uint64_t budget, std::uint64_t seed,
                                      const TaskContext& task) {
  std::vector<corpus::DocumentStore> stores;
  std::vector<std::uint64_t> ends;
  std::uint64_t documents = 0, bytes = 0;
  for (const auto& folder : folders) {
    stores.emplace_back(folder);
    documents += stores.back().documents(corpus::Split::train);
    bytes += stores.back().bytes(corpus::Split::train);
    ends.push_back(documents);
  }
  std::vector<std::string> lines;
  if (documents == 0 || bytes == 0) return lines;
  budget = std::min(std::max<std::uint64_t>(budget, 1), bytes);
  const double mean = static_cast<double>(bytes) / static_cast<double>(documents);
  const auto wanted = static_cast<std::uint64_t>(static_cast<double>(budget) / mean) + 1;
  const std::uint64_t runs = budget == bytes ? documents : std::min(documents, wanted);

  Random random(derive_seed(seed, "tokenizer"));
  std::vector<std::uint64_t> order(runs);
  for (std::uint64_t i = 0; i < runs; ++i) order[i] = i;
  if (budget < bytes) random.shuffle(order);
  std::uint64_t taken = 0;
  for (const std::uint64_t run : order) {
    if (taken >= budget) break;
    task.poll();
    const auto begin = static_cast<std::uint64_t>(static_cast<unsigned __int128>(run) * documents / runs);
    const auto end = static_cast<std::uint64_t>(static_cast<unsigned __int128>(run + 1) * documents / runs);
    const std::uint64_t index = begin + random.below(end - begin);
    const std::size_t store = std::upper_bound(ends.begin(), ends.end(), index) - ends.begin();
    const std::uint64_t local = index - (store == 0 ? 0 : ends[store - 1]);
    const std::string text = stores[store].text(corpus::Split::train, local);
    std::string_view part = text;
    if (part.size() > budget - taken) part = part.substr(0, cut_point(part, budget - taken));
    taken += std::max<std::size_t>(part.size(), 1);
    add_lines(part, lines);
    task.progress(static_cast<double>(taken), static_cast<double>(budget), "bytes");
  }
  return lines;
}

}  // namespace

void train_tokenizer(const project::TokenizerSpec& spec, const fs::path& project_folder,
                     const std::vector<fs::path>& generic, std::uint64_t seed, const fs::path& model,
                     const TaskContext& task, int threads) {
  if (!spec.model.empty()) {
    const fs::path given = project_folder / spec.model;
    Tokenizer check(given, Tokenizer::Origin::given);
    write_atomically(model, read_file(given));
    return;
  }
  if (spec.algorithm != "unigram" && spec.algorithm != "bpe") {
    throw Error(ErrorKind::project,
                {"\"" + spec.algorithm + "\"", "tokenizer.algorithm", "\"unigram\" or \"bpe\"", ""});
  }
  // 256 byte pieces, unknown, begin, end and newline come before the first piece of text.
  constexpr int kSmallest = 261;
  if (spec.vocabulary < kSmallest) {
    throw Error(ErrorKind::input,
                {"a vocabulary of " + std::to_string(spec.vocabulary), "tokenizer.vocabulary",
                 "at least " + std::to_string(kSmallest) + " (256 bytes, 4 marks and the text's characters)", ""});
  }
  const auto lines = sample_lines(generic, spec.sample_bytes, seed, task);
  const bool blank = std::all_of(lines.begin(), lines.end(), [](const std::string& line) {
    return line.find_first_not_of(" \r\v\f") == std::string::npos;
  });
  if (blank) {
    throw Error(ErrorKind::input, {"no text in the generic train split", "tokenizer",
                                   "some text to train the tokenizer on", "Add a generic corpus."});
  }
  replace_atomically(model, [&](const fs::path& part) {
    run_sentencepiece_trainer(spec, lines, part, threads, task);
    Tokenizer check(part);
  });
}

}  // namespace pantograph::token
