// SPDX-License-Identifier: GPL-3.0-or-later
// Documents to tokens on all cores. Batches of documents are read ahead, encoded side by side and written in order, so
// neither text nor tokens of a corpus have to fit into memory, and the result does not depend on the number of threads.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <future>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "store/hdf5.h"
#include "token/pieces.h"
#include "token/token_store.h"

namespace pantograph::token {
namespace fs = std::filesystem;
namespace {

/// A temporary file of raw values, gone when the object is: its name is removed as soon as it is open.
class RawFile {
 public:
  explicit RawFile(fs::path path) : path_(std::move(path)) {
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor_ < 0) fail("cannot create");
    ::unlink(path_.c_str());
  }
  ~RawFile() {
    if (map_ != MAP_FAILED) ::munmap(map_, size_);
    ::close(descriptor_);
  }
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;

  void append(const void* data, std::size_t size) {
    const char* bytes = static_cast<const char*>(data);
    while (size > 0) {
      const ssize_t n = ::write(descriptor_, bytes, size);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail("cannot write");
      bytes += n;
      size -= static_cast<std::size_t>(n);
      size_ += static_cast<std::size_t>(n);
    }
  }
  std::size_t size() const { return size_; }
  const void* map() {
    if (size_ == 0) return nullptr;
    map_ = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, descriptor_, 0);
    if (map_ == MAP_FAILED) fail("cannot map");
    ::madvise(map_, size_, MADV_SEQUENTIAL);
    return map_;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    const int code = errno;
    throw Error(ErrorKind::run,
                {what + ": " + std::strerror(code), path_.string(), "room for the tokens, and permission to write",
                 code == ENOSPC ? "Free space on that disk and run again." : "Check the folder."});
  }

  fs::path path_;
  int descriptor_ = -1;
  std::size_t size_ = 0;
  void* map_ = MAP_FAILED;
};

struct TextBatch {
  std::vector<std::string> texts;
  std::uint64_t bytes = 0;
};

/// Documents from `begin` on, about `target` bytes of them. Reads by guess of the mean size, so the memory stays near
/// the target.
TextBatch read_batch(const corpus::DocumentStore& store, corpus::Split split, std::uint64_t begin,
                     std::uint64_t target) {
  TextBatch batch;
  const std::uint64_t count = store.documents(split);
  const std::uint64_t mean = std::max<std::uint64_t>(1, store.bytes(split) / std::max<std::uint64_t>(1, count));
  const std::uint64_t step = std::clamp<std::uint64_t>(target / mean / 4, 1, 4096);
  while (begin < count && batch.bytes < target) {
    const std::uint64_t end = std::min(count, begin + step);
    for (auto& text : store.texts(split, begin, end)) {
      batch.bytes += text.size();
      batch.texts.push_back(std::move(text));
    }
    begin = end;
  }
  return batch;
}

/// SentencePiece takes 80 bytes of memory for each byte of a text and cannot be stopped, so a long one is given to it
/// in pieces that end at white space.
std::vector<std::int32_t> encode_pieces(const Tokenizer& tokenizer, const std::string& text, const TaskContext& task) {
  constexpr std::size_t kPiece = 1 << 20;
  if (text.size() <= kPiece) return tokenizer.encode(text);
  std::vector<std::int32_t> out;
  for (std::size_t begin = 0; begin < text.size();) {
    task.poll();
    const std::size_t end = piece_end(text, begin, kPiece);
    const auto ids = tokenizer.encode(text.substr(begin, end - begin));
    out.insert(out.end(), ids.begin(), ids.end());
    begin = end;
  }
  return out;
}

std::vector<std::vector<std::int32_t>> encode_batch(const Tokenizer& tokenizer, const std::vector<std::string>& texts,
                                                    int threads, const TaskContext& task) {
  std::vector<std::vector<std::int32_t>> out(texts.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i; (i = next.fetch_add(1)) < texts.size();) out[i] = encode_pieces(tokenizer, texts[i], task);
  };
  std::vector<std::future<void>> others;
  for (int t = 1; t < threads; ++t) others.push_back(std::async(std::launch::async, work));
  work();
  for (auto& other : others) other.get();
  return out;
}

class SplitWriter {
 public:
  SplitWriter(const fs::path& folder, const std::string& name, bool wide)
      : wide_(wide), tokens_(folder / ("tokens." + name + ".part")), ends_(folder / ("ends." + name + ".part")) {}

  void add(const std::vector<std::int32_t>& ids, int begin_id, int end_id) {
    count_ += ids.size() + 2;
    narrow_.clear();
    if (wide_) {
      const std::int32_t first = begin_id, last = end_id;
      tokens_.append(&first, 4);
      tokens_.append(ids.data(), 4 * ids.size());
      tokens_.append(&last, 4);
    } else {
      narrow_.reserve(ids.size() + 2);
      narrow_.push_back(static_cast<std::uint16_t>(begin_id));
      for (const std::int32_t id : ids) narrow_.push_back(static_cast<std::uint16_t>(id));
      narrow_.push_back(static_cast<std::uint16_t>(end_id));
      tokens_.append(narrow_.data(), 2 * narrow_.size());
    }
    ends_.append(&count_, sizeof count_);
  }
  std::uint64_t count() const { return count_; }
  void store(store::Hdf5File& file, const std::string& name) {
    file.write("tokens/" + name, {wide_ ? store::DataType::u32 : store::DataType::u16, {count_}}, tokens_.map());
    file.write("ends/" + name, {store::DataType::u64, {ends_.size() / sizeof(std::uint64_t)}}, ends_.map());
  }

 private:
  bool wide_;
  std::uint64_t count_ = 0;
  RawFile tokens_, ends_;
  std::vector<std::uint16_t> narrow_;
};

}  // namespace

TokenSummary tokenize_corpus(const Tokenizer& tokenizer, const fs::path& documents_folder, const fs::path& folder,
                             int threads, const TaskContext& task) {
  const corpus::DocumentStore store(documents_folder);
  threads = threads > 0 ? threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  make_directories(folder);
  constexpr std::uint64_t kBytesPerThread = 2'000'000;
  const std::uint64_t target = kBytesPerThread * static_cast<std::uint64_t>(threads);
  const bool wide = tokenizer.vocabulary() > 65536;

  TokenSummary summary;
  double total = 0, done = 0;
  for (int s = 0; s < corpus::kSplits; ++s) total += static_cast<double>(store.bytes(static_cast<corpus::Split>(s)));
  std::vector<std::unique_ptr<SplitWriter>> writers;
  for (int s = 0; s < corpus::kSplits; ++s) {
    const corpus::Split split = static_cast<corpus::Split>(s);
    auto& writer = *writers.emplace_back(std::make_unique<SplitWriter>(folder, corpus::to_string(split), wide));
    summary.documents[s] = store.documents(split);
    std::uint64_t read = 0;
    const auto read_ahead = [&store, split, target](std::uint64_t begin) {
      return std::async(std::launch::async, read_batch, std::cref(store), split, begin, target);
    };
    auto ahead = read_ahead(0);
    while (true) {
      const TextBatch batch = ahead.get();
      if (batch.texts.empty()) break;
      read += batch.texts.size();
      ahead = read_ahead(read);
      task.poll();
      for (const auto& ids : encode_batch(tokenizer, batch.texts, threads, task)) {
        writer.add(ids, tokenizer.begin_id(), tokenizer.end_id());
      }
      done += static_cast<double>(batch.bytes);
      task.progress(done, total, "bytes");
    }
    summary.tokens[s] = writer.count();
  }
  replace_atomically(folder / kTokensFile, [&](const fs::path& part) {
    auto file = store::Hdf5File::create(part);
    for (int s = 0; s < corpus::kSplits; ++s) writers[s]->store(file, corpus::to_string(static_cast<corpus::Split>(s)));
    file.write_attribute("/", "vocabulary", std::to_string(tokenizer.vocabulary()));
    file.write_attribute("/", "begin", std::to_string(tokenizer.begin_id()));
    file.write_attribute("/", "end", std::to_string(tokenizer.end_id()));
    file.close();
  });
  return summary;
}

}  // namespace pantograph::token
