// SPDX-License-Identifier: GPL-3.0-or-later
#include "corpus/preview.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/find_files.h"
#include "base/numbers.h"
#include "base/text.h"
#include "corpus/decompressor.h"
#include "corpus/intake.h"

namespace pantograph::corpus {
namespace {

constexpr std::uint64_t kMostBytes = 64 << 20;
constexpr std::uint64_t kLargestPage = 16 << 20, kLargestPackedPage = 2 << 20;

/// A page is taken apart as a whole, in thirteen times its size and without an end in between: not for a preview.
void leave_out_large_pages(std::vector<SourceFile>& files, ImportSummary& summary) {
  std::erase_if(files, [&](const SourceFile& file) {
    const bool packed = compression_by_name(file.path.extension().string()) != nullptr;
    std::error_code code;
    const auto size = std::filesystem::file_size(file.path, code);
    if (code || size <= (packed ? kLargestPackedPage : kLargestPage)) return false;
    LeftOut& left_out = summary.dropped["too large for a preview"];
    if (++left_out.count <= kShownPlaces)
      left_out.first.push_back(
          fmt::format("{} ({})", printable(file.path.string()), format_bytes(static_cast<double>(size))));
    return true;
  });
}

}  // namespace

std::string guess_reader(const std::vector<std::string>& paths, const std::filesystem::path& folder,
                         const TaskContext& task) {
  std::map<std::string, std::uint64_t> fitting;
  for (const std::string& pattern : paths) {
    for (const auto& path : expand_paths(folder, pattern, [&task] { task.poll(); })) {
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
  Sources sources = source_files(corpus, folder, task);
  return preview_corpus(std::move(corpus), std::move(sources), documents, task);
}

Preview preview_corpus(project::CorpusSpec corpus, Sources sources, std::uint64_t documents, const TaskContext& task) {
  Preview preview;
  corpus.max_documents = corpus.max_documents == 0 ? documents : std::min(corpus.max_documents, documents);
  preview.files = sources.files.size();
  ImportSummary too_large;
  if (corpus.reader == "html") leave_out_large_pages(sources.files, too_large);
  std::uint64_t bytes = 0;
  for (const SourceFile& file : sources.files) {
    std::error_code code;
    const auto size = std::filesystem::file_size(file.path, code);
    if (!code) bytes += size;
  }
  const auto take = [&preview](Split, const Document& document) { preview.first.push_back(document); };
  preview.summary = take_documents(corpus, std::move(sources), 0, take, task, kMostBytes);
  preview.summary.dropped.merge(too_large.dropped);
  preview.whole = preview.summary.files == preview.files && preview.first.size() < documents && bytes <= kMostBytes;
  return preview;
}

}  // namespace pantograph::corpus
