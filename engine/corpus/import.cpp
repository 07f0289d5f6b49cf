// SPDX-License-Identifier: GPL-3.0-or-later
#include "corpus/import.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "corpus/document_writer.h"
#include "corpus/intake.h"
#include "store/hdf5.h"

namespace pantograph::corpus {
namespace fs = std::filesystem;
namespace {

void require_documents(const project::CorpusSpec& corpus, const ImportSummary& summary) {
  if (summary.documents[0] + summary.documents[1] + summary.documents[2] > 0) return;
  std::string why, first;
  for (const auto& [reason, left_out] : summary.dropped) {
    why += fmt::format("{}{} {}", why.empty() ? "" : ", ", left_out.count, reason);
    if (first.empty()) first = fmt::format("{}: {}", left_out.first.front(), reason);
  }
  std::string found = "no document is left of " + std::to_string(summary.files) + " files";
  if (!why.empty()) found += " (" + why + ")";
  std::string remedy = "Look at the files and at the choice of reader (now \"" + corpus.reader + "\").";
  if (!first.empty()) remedy += " First: " + first + ".";
  throw Error(ErrorKind::input, {found, "corpus \"" + corpus.name + "\"", "at least one document of text", remedy});
}

}  // namespace

ImportSummary import_corpus(const project::CorpusSpec& corpus, const fs::path& project_folder, std::uint64_t seed,
                            const fs::path& folder, const TaskContext& task) {
  Sources sources = source_files(corpus, project_folder, task);
  make_directories(folder);
  ImportSummary summary;
  replace_atomically(folder / kDocumentsFile, [&](const fs::path& part) {
    DocumentWriter writer(part);
    const auto take = [&writer](Split split, const Document& document) { writer.add(split, document.text); };
    summary = take_documents(corpus, std::move(sources), seed, take, task);
    writer.close();
    require_documents(corpus, summary);
  });
  for (const Split split : {Split::validation, Split::test}) {
    if (summary.documents[static_cast<int>(split)] == 0) {
      task.warn("Corpus \"" + corpus.name + "\" has no " + to_string(split) + " document.");
    }
  }
  return summary;
}

struct DocumentStore::Impl {
  store::Hdf5File file;
  std::vector<std::uint64_t> ends[kSplits];
};

DocumentStore::DocumentStore(const fs::path& folder)
    : impl_(new Impl{store::Hdf5File::open(folder / kDocumentsFile), {}}) {
  for (int split = 0; split < kSplits; ++split) {
    auto& ends = impl_->ends[split];
    ends = impl_->file.read_all<std::uint64_t>(DocumentWriter::name("ends", split), store::DataType::u64);
    const std::uint64_t bytes = impl_->file.shape(DocumentWriter::name("text", split)).count();
    if (std::is_sorted(ends.begin(), ends.end()) && (ends.empty() ? 0 : ends.back()) == bytes) continue;
    throw Error(ErrorKind::run, {"the ends of documents do not fit the text",
                                 (folder / "documents.h5").string() + ": " + DocumentWriter::name("ends", split),
                                 "rising ends up to " + std::to_string(bytes),
                                 "Delete the folder " + folder.string() + " and run again: it will be imported anew."});
  }
}

DocumentStore::~DocumentStore() = default;
DocumentStore::DocumentStore(DocumentStore&&) noexcept = default;

std::uint64_t DocumentStore::documents(Split split) const {
  return impl_->ends[static_cast<int>(split)].size();
}

std::uint64_t DocumentStore::bytes(Split split) const {
  const auto& ends = impl_->ends[static_cast<int>(split)];
  return ends.empty() ? 0 : ends.back();
}

std::string DocumentStore::text(Split split, std::uint64_t index) const {
  return std::move(texts(split, index, index + 1).at(0));
}

std::vector<std::string> DocumentStore::texts(Split split, std::uint64_t begin, std::uint64_t end) const {
  const auto& ends = impl_->ends[static_cast<int>(split)];
  if (begin > end || end > ends.size()) {
    throw Error(ErrorKind::run, {"documents " + std::to_string(begin) + " to " + std::to_string(end) + " do not exist",
                                 "documents.h5", "at most " + std::to_string(ends.size()), ""});
  }
  std::vector<std::string> out;
  if (begin == end) return out;
  const std::uint64_t first = begin > 0 ? ends[begin - 1] : 0;
  const std::uint64_t last = ends[end - 1];
  std::string all(last - first, '\0');
  impl_->file.read_slice(DocumentWriter::name("text", static_cast<int>(split)), store::DataType::u8, first, all.size(),
                         all.data());
  out.reserve(end - begin);
  for (std::uint64_t i = begin, from = first; i < end; from = ends[i++]) {
    out.push_back(all.substr(from - first, ends[i] - from));
  }
  return out;
}

}  // namespace pantograph::corpus
