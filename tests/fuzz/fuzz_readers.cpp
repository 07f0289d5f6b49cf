// SPDX-License-Identifier: GPL-3.0-or-later
// Files of every kind that the program reads itself: the first byte says which, the second how it is compressed by its
// name. A file ends in an Error or in documents, each whole or with its fault, the same ones when it is read again.
#include <chrono>
#include <string>
#include <vector>

#include "base/text.h"
#include "corpus/byte_stream.h"
#include "corpus/document.h"
#include "corpus/record_fields.h"
#include "fuzz/input.h"

namespace corpus = pantograph::corpus;

namespace {

struct Kind {
  const char *reader, *ending;
};
constexpr Kind kKinds[] = {{"html", ".html"}, {"text", ".txt"}, {"jsonl", ".jsonl"},    {"json", ".json"},
                           {"csv", ".csv"},   {"csv", ".tsv"},  {"parquet", ".parquet"}};
constexpr const char* kCompressed[] = {"", ".gz", ".zst", ".xz", ".bz2"};

/// Documents as lines, with the error that ended them.
std::vector<std::string> read(const Kind& kind, const std::filesystem::path& file) {
  std::vector<std::string> lines;
  fuzz::only_errors([&] {
    const corpus::ReaderInfo& info = corpus::ReaderRegistry::instance().get(kind.reader);
    corpus::ReadOptions options;
    options.open_bytes = corpus::open_bytes;
    try {
      const auto reader = info.open(file, options);
      for (corpus::Document document; reader->next(document); document = {}) {
        if (!document.fault.empty() && !document.text.empty() && document.text.size() > (1U << 20))
          fuzz::broken_promise("a document that is left out keeps its text");
        lines.push_back(document.text + '\0' + document.fault);
      }
    } catch (const pantograph::Error& error) {
      lines.push_back(error.text().found);
      throw;
    }
  });
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool ready = (corpus::register_built_in_readers(), true);
  (void)ready;
  fuzz::Input input(data, size);
  const Kind& kind = kKinds[input.below(std::size(kKinds))];
  const auto file = fuzz::scratch() / (std::string("input") + kind.ending + kCompressed[input.below(5)]);
  fuzz::put(file, input.rest());
  const auto begin = std::chrono::steady_clock::now();
  const auto first = read(kind, file);
  if (read(kind, file) != first) fuzz::broken_promise("the same file twice is not the same");
  fuzz::only_errors([&] {
    for (const std::string& field : corpus::record_fields(kind.reader, file)) {
      if (field.empty() || field.find('{') != field.npos) fuzz::broken_promise("a field that cannot be named");
    }
  });
  if (std::chrono::steady_clock::now() - begin > std::chrono::seconds(4)) fuzz::broken_promise("over two seconds");
  std::filesystem::remove(file);
  return 0;
}
