// SPDX-License-Identifier: GPL-3.0-or-later
#include "corpus/import.h"

#include <fmt/format.h>
#include <utf8.h>

#include <algorithm>
#include <unordered_set>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/text.h"
#include "corpus/byte_stream.h"
#include "corpus/document.h"
#include "store/hdf5.h"

namespace pantograph::corpus {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kFlushBytes = 4 << 20;
constexpr std::size_t kFlushDocuments = 1 << 16;

/// Where the documents of one split pile up until they are worth a write.
struct Pile {
  std::string text;
  std::vector<std::uint64_t> ends;
  std::uint64_t written = 0;
};

class Writer {
 public:
  explicit Writer(const fs::path& path) : file_(store::Hdf5File::create(path)) {
    for (int split = 0; split < kSplits; ++split) {
      file_.create_growing(name("text", split), store::DataType::u8);
      file_.create_growing(name("ends", split), store::DataType::u64);
    }
  }
  void add(Split split, std::string_view text) {
    Pile& pile = piles_[static_cast<int>(split)];
    pile.text.append(text);
    pile.ends.push_back(pile.written + pile.text.size());
    if (pile.text.size() >= kFlushBytes || pile.ends.size() >= kFlushDocuments) flush(static_cast<int>(split));
  }
  void close() {
    for (int split = 0; split < kSplits; ++split) flush(split);
    file_.close();
  }
  static std::string name(const char* set, int split) {
    return std::string(set) + "/" + to_string(static_cast<Split>(split));
  }

 private:
  void flush(int split) {
    Pile& pile = piles_[split];
    if (pile.ends.empty()) return;
    file_.append(name("text", split), store::DataType::u8, pile.text.data(), pile.text.size());
    file_.append(name("ends", split), store::DataType::u64, pile.ends.data(), pile.ends.size());
    pile.written += pile.text.size();
    pile.text.clear();
    pile.ends.clear();
  }
  store::Hdf5File file_;
  Pile piles_[kSplits];
};

class Importer {
 public:
  Importer(const project::CorpusSpec& corpus, std::uint64_t seed, const TaskContext& task)
      : corpus_(corpus), task_(task), split_seed_(derive_seed(seed, "split/" + corpus.name)) {
    options_.text_field = corpus.text_field;
    options_.encoding = corpus.encoding;
    options_.open_bytes = open_bytes;
  }

  ImportSummary run(Sources sources, const fs::path& out) {
    const std::vector<SourceFile>& files = sources.files;
    summary_.sources = std::move(sources.left_out);
    for (const std::string& pattern : sources.unmatched) {
      task_.warn("Corpus \"" + corpus_.name + "\": the pattern \"" + printable(pattern) +
                 "\" of exclude fits no file.");
    }
    const ReaderInfo& reader = ReaderRegistry::instance().get(corpus_.reader);
    std::error_code code;
    for (const SourceFile& file : files) {
      const auto size = fs::file_size(file.path, code);
      if (!code) total_bytes_ += static_cast<double>(size);
    }
    replace_atomically(out, [&](const fs::path& part) {
      Writer writer(part);
      for (const SourceFile& file : files) {
        task_.poll();
        if (full(file)) continue;
        read(reader, file, writer);
      }
      writer.close();
      require_documents();
    });
    task_.progress(total_bytes_, total_bytes_, "bytes");
    return std::move(summary_);
  }

 private:
  void read(const ReaderInfo& reader, const SourceFile& file, Writer& writer) {
    ++summary_.files;
    const std::unique_ptr<DocumentReader> documents = reader.open(file.path, options_);
    if (!documents)
      throw Error(ErrorKind::run, {"the reader \"" + reader.id + "\" opened nothing", file.path.string(), "", ""});
    std::uint64_t since_progress = 0;
    for (Document document; !full(file) && documents->next(document); document = {}) {
      take(document, file, writer);
      since_progress += document.text.size() + 64;
      if (since_progress >= (1 << 18)) {
        since_progress = 0;
        task_.poll();
        task_.progress(done_bytes_ + static_cast<double>(documents->position()), total_bytes_, "bytes");
      }
    }
    if (const std::string encoding = documents->encoding(); !encoding.empty()) ++summary_.encodings[encoding];
    std::error_code code;
    const auto size = fs::file_size(file.path, code);
    if (!code) done_bytes_ += static_cast<double>(size);
    task_.progress(done_bytes_, total_bytes_, "bytes");
  }

  void take(Document& document, const SourceFile& file, Writer& writer) {
    if (!document.fault.empty()) return drop(document.fault, document, document.detail);
    std::string& text = document.text;
    const auto invalid = utf8::find_invalid(text.begin(), text.end());
    if (invalid != text.end()) {
      return drop("not UTF-8", document, fmt::format("at byte {}", invalid - text.begin()));
    }
    if (text.find_first_not_of(" \t\r\n\f\v") == std::string::npos) return drop("empty", document, "");
    if (text.size() / 4 < corpus_.min_characters) {  // else it cannot be too short
      const auto characters = static_cast<std::uint64_t>(utf8::unchecked::distance(text.begin(), text.end()));
      if (characters < corpus_.min_characters) {
        return drop("too short", document, fmt::format("({} characters)", characters));
      }
    }
    if (!seen_.insert(hash128(text)).second) return drop("duplicate", document, "");
    if (!fits_limit(document, file)) return drop("beyond max_bytes", document, "");
    const Split split = file.has_split ? file.split : split_of(text);
    writer.add(split, text);
    ++summary_.documents[static_cast<int>(split)];
    summary_.bytes[static_cast<int>(split)] += text.size();
  }

  /// From text and seed alone, so that neither order nor limits move a document to another split.
  Split split_of(std::string_view text) const {
    const double at = static_cast<double>(hash64(text, split_seed_) >> 11) * 0x1.0p-53;
    if (at < corpus_.test_fraction) return Split::test;
    if (at < corpus_.test_fraction + corpus_.validation_fraction) return Split::validation;
    return Split::train;
  }

  void drop(const std::string& reason, const Document& document, const std::string& detail) {
    LeftOut& left_out = summary_.dropped[printable(reason)];
    if (++left_out.count <= kShownPlaces)
      left_out.first.push_back(printable(fmt::format("{}{}{}", document.source, detail.empty() ? "" : " ", detail)));
  }

  /// Cuts a document that goes beyond max_bytes; false where nothing of it fits.
  bool fits_limit(Document& document, const SourceFile& file) {
    if (corpus_.max_bytes == 0) return true;
    const std::uint64_t room = corpus_.max_bytes - taken(file).second;
    std::string& text = document.text;
    if (text.size() <= room) return true;
    const std::size_t line = text.rfind('\n', room - 1);
    std::size_t end = line == std::string::npos ? room : line + 1;
    while (end > 0 && utf8::internal::is_trail(text[end])) --end;
    cut_[limit_of(file)] = true;
    if (end == 0) return false;
    summary_.cut.push_back(fmt::format("{} at byte {} of {}", printable(document.source), end, text.size()));
    text.resize(end);
    return true;
  }

  /// The limits hold for all splits together when the seed splits, for each split when the user does.
  bool full(const SourceFile& file) const {
    const auto [documents, bytes] = taken(file);
    return (corpus_.max_documents > 0 && documents >= corpus_.max_documents) ||
           (corpus_.max_bytes > 0 && bytes >= corpus_.max_bytes) || cut_[limit_of(file)];
  }

  static std::size_t limit_of(const SourceFile& file) {
    return file.has_split ? static_cast<std::size_t>(file.split) : 0;
  }

  /// Documents and bytes that count for the limits of this file's split.
  std::pair<std::uint64_t, std::uint64_t> taken(const SourceFile& file) const {
    std::uint64_t documents = 0, bytes = 0;
    for (int split = 0; split < kSplits; ++split) {
      if (file.has_split && split != static_cast<int>(file.split)) continue;
      documents += summary_.documents[split];
      bytes += summary_.bytes[split];
    }
    return {documents, bytes};
  }

  void require_documents() const {
    if (summary_.documents[0] + summary_.documents[1] + summary_.documents[2] > 0) return;
    std::string why, first;
    for (const auto& [reason, left_out] : summary_.dropped) {
      why += fmt::format("{}{} {}", why.empty() ? "" : ", ", left_out.count, reason);
      if (first.empty()) first = fmt::format("{}: {}", left_out.first.front(), reason);
    }
    std::string found = "no document is left of " + std::to_string(summary_.files) + " files";
    if (!why.empty()) found += " (" + why + ")";
    std::string remedy = "Look at the files and at the choice of reader (now \"" + corpus_.reader + "\").";
    if (!first.empty()) remedy += " First: " + first + ".";
    throw Error(ErrorKind::input, {found, "corpus \"" + corpus_.name + "\"", "at least one document of text", remedy});
  }

  const project::CorpusSpec& corpus_;
  const TaskContext& task_;
  std::uint64_t split_seed_;
  ReadOptions options_;
  double total_bytes_ = 0, done_bytes_ = 0;
  std::unordered_set<Hash128> seen_;
  bool cut_[kSplits] = {};  // a document was cut by max_bytes: nothing follows it
  ImportSummary summary_;
};

}  // namespace

ImportSummary import_corpus(const project::CorpusSpec& corpus, const fs::path& project_folder, std::uint64_t seed,
                            const fs::path& folder, const TaskContext& task) {
  Sources sources = source_files(corpus, project_folder);
  make_directories(folder);
  Importer importer(corpus, seed, task);
  ImportSummary summary = importer.run(std::move(sources), folder / kDocumentsFile);
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
    ends = impl_->file.read_all<std::uint64_t>(Writer::name("ends", split), store::DataType::u64);
    const std::uint64_t bytes = impl_->file.shape(Writer::name("text", split)).count();
    if (std::is_sorted(ends.begin(), ends.end()) && (ends.empty() ? 0 : ends.back()) == bytes) continue;
    throw Error(ErrorKind::run, {"the ends of documents do not fit the text",
                                 (folder / "documents.h5").string() + ": " + Writer::name("ends", split),
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
  impl_->file.read_slice(Writer::name("text", static_cast<int>(split)), store::DataType::u8, first, all.size(),
                         all.data());
  out.reserve(end - begin);
  for (std::uint64_t i = begin, from = first; i < end; from = ends[i++]) {
    out.push_back(all.substr(from - first, ends[i] - from));
  }
  return out;
}

}  // namespace pantograph::corpus
