// SPDX-License-Identifier: GPL-3.0-or-later
#include "corpus/distinct.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "corpus/document_writer.h"

namespace pantograph::corpus {
namespace {

constexpr std::uint64_t kDocumentsAtOnce = 256;

}  // namespace

ImportSummary copy_without(const std::filesystem::path& from, const std::vector<std::uint64_t>& near_copies,
                           const std::filesystem::path& to, const TaskContext& task) {
  const DocumentStore store(from);
  if (!near_copies.empty() && near_copies.back() >= store.documents(Split::train)) {
    throw Error(ErrorKind::run, {fmt::format("train document {} is to be left out", near_copies.back()),
                                 (from / kDocumentsFile).string(),
                                 fmt::format("one of its {} train documents", store.documents(Split::train)),
                                 fmt::format("Delete the folder {} and run again.", from.string())});
  }
  ImportSummary left;
  double done = 0, total = 0;
  for (int s = 0; s < kSplits; ++s) total += static_cast<double>(store.bytes(static_cast<Split>(s)));
  make_directories(to);
  replace_atomically(to / kDocumentsFile, [&](const std::filesystem::path& part) {
    left = ImportSummary();
    done = 0;
    DocumentWriter writer(part);
    for (int s = 0; s < kSplits; ++s) {
      const auto split = static_cast<Split>(s);
      for (std::uint64_t begin = 0; begin < store.documents(split); begin += kDocumentsAtOnce) {
        task.poll();
        const auto texts = store.texts(split, begin, std::min(store.documents(split), begin + kDocumentsAtOnce));
        for (std::size_t i = 0; i < texts.size(); ++i) {
          done += static_cast<double>(texts[i].size());
          if (split == Split::train && std::binary_search(near_copies.begin(), near_copies.end(), begin + i)) {
            LeftOut& dropped = left.dropped[kNearCopyReason];
            if (++dropped.count <= kShownPlaces)
              dropped.first.push_back(fmt::format("train document {}", begin + i + 1));
            continue;
          }
          writer.add(split, texts[i]);
          ++left.documents[s];
          left.bytes[s] += texts[i].size();
        }
        task.progress(done, total, "bytes");
      }
    }
    writer.close();
  });
  return left;
}

ImportSummary after_leaving_out(ImportSummary imported, const ImportSummary& left) {
  std::copy(std::begin(left.documents), std::end(left.documents), imported.documents);
  std::copy(std::begin(left.bytes), std::end(left.bytes), imported.bytes);
  for (const auto& [reason, dropped] : left.dropped) imported.dropped[reason] = dropped;
  return imported;
}

}  // namespace pantograph::corpus
