// SPDX-License-Identifier: GPL-3.0-or-later
#include "corpus/preview.h"

#include <algorithm>

#include "base/find_files.h"
#include "corpus/intake.h"

namespace pantograph::corpus {
namespace {

constexpr std::uint64_t kMostBytes = 64 << 20;

}  // namespace

std::string guess_reader(const std::vector<std::string>& paths, const std::filesystem::path& folder) {
  std::map<std::string, std::uint64_t> fitting;
  for (const std::string& pattern : paths) {
    for (const auto& path : expand_paths(folder, pattern)) {
      for (const ReaderInfo* reader : ReaderRegistry::instance().all()) {
        if (ReaderRegistry::fits(*reader, path)) ++fitting[reader->id];
      }
    }
  }
  const auto most = std::max_element(fitting.begin(), fitting.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == fitting.end() ? "text" : most->first;
}

Preview preview_corpus(project::CorpusSpec corpus, const std::filesystem::path& folder, std::uint64_t documents,
                       const TaskContext& task) {
  Preview preview;
  corpus.max_documents = corpus.max_documents == 0 ? documents : std::min(corpus.max_documents, documents);
  Sources sources = source_files(corpus, folder);
  preview.files = sources.files.size();
  const auto take = [&preview](Split, const Document& document) { preview.first.push_back(document); };
  preview.summary = take_documents(corpus, std::move(sources), 0, take, task, kMostBytes);
  preview.whole = preview.summary.files == preview.files && preview.first.size() < documents;
  return preview;
}

}  // namespace pantograph::corpus
