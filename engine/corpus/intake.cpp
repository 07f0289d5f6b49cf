// SPDX-License-Identifier: GPL-3.0-or-later
#include "corpus/intake.h"

#include <fmt/format.h>
#include <simdjson.h>
#include <utf8.h>

#include <unordered_set>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/text.h"
#include "corpus/byte_stream.h"

namespace pantograph::corpus {
namespace fs = std::filesystem;
namespace {

class Intake {
 public:
  Intake(const project::CorpusSpec& corpus, std::uint64_t seed, const TakeDocument& sink, const TaskContext& task,
         std::uint64_t most_bytes)
      : corpus_(corpus),
        sink_(sink),
        task_(task),
        most_bytes_(static_cast<double>(most_bytes)),
        split_seed_(derive_seed(seed, "split/" + corpus.name)) {
    options_.text_field = corpus.text_field;
    options_.encoding = corpus.encoding;
    options_.open_bytes = open_bytes;
  }

  ImportSummary run(Sources sources) {
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
    for (const SourceFile& file : files) {
      task_.poll();
      if (full(file) || (most_bytes_ > 0 && done_bytes_ >= most_bytes_)) continue;
      read(reader, file);
    }
    task_.progress(total_bytes_, total_bytes_, "bytes");
    return std::move(summary_);
  }

 private:
  void read(const ReaderInfo& reader, const SourceFile& file) {
    ++summary_.files;
    const std::unique_ptr<DocumentReader> documents = reader.open(file.path, options_);
    if (!documents)
      throw Error(ErrorKind::run, {"the reader \"" + reader.id + "\" opened nothing", file.path.string(), "", ""});
    std::uint64_t since_progress = 0;
    for (Document document; !full(file) && !read_enough(*documents) && documents->next(document); document = {}) {
      take(document, file);
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

  void take(Document& document, const SourceFile& file) {
    if (!document.fault.empty()) return drop(document.fault, document, document.detail);
    std::string& text = document.text;
    if (!simdjson::validate_utf8(text)) {
      const auto invalid = utf8::find_invalid(text.begin(), text.end());
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
    sink_(split, document);
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

  bool read_enough(const DocumentReader& reader) const {
    return most_bytes_ > 0 && done_bytes_ + static_cast<double>(reader.position()) >= most_bytes_;
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

  const project::CorpusSpec& corpus_;
  const TakeDocument& sink_;
  const TaskContext& task_;
  const double most_bytes_;
  std::uint64_t split_seed_;
  ReadOptions options_;
  double total_bytes_ = 0, done_bytes_ = 0;
  std::unordered_set<Hash128> seen_;
  bool cut_[kSplits] = {};  // a document was cut by max_bytes: nothing follows it
  ImportSummary summary_;
};

}  // namespace

ImportSummary take_documents(const project::CorpusSpec& corpus, Sources sources, std::uint64_t seed,
                             const TakeDocument& take, const TaskContext& task, std::uint64_t most_bytes) {
  return Intake(corpus, seed, take, task, most_bytes).run(std::move(sources));
}

}  // namespace pantograph::corpus
