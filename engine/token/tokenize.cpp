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

/// Some documents' tokens, as they lie in the file, and where in them each document ends.
struct TokenBlock {
  std::vector<std::uint16_t> narrow;
  std::vector<std::int32_t> wide;
  std::vector<std::uint64_t> ends;
};

/// Encodes on one thread.
class Worker {
 public:
  Worker(const Tokenizer& tokenizer, bool wide) : tokenizer_(tokenizer), encoder_(tokenizer), wide_(wide) {}

  void encode(const std::string* begin, const std::string* end, TokenBlock& out, const TaskContext& task) {
    for (const std::string* text = begin; text != end; ++text) {
      ids_.clear();
      ids_.push_back(tokenizer_.begin_id());
      encode_pieces(*text, task);
      ids_.push_back(tokenizer_.end_id());
      if (wide_) {
        out.wide.insert(out.wide.end(), ids_.begin(), ids_.end());
      } else {
        const std::size_t before = out.narrow.size();
        out.narrow.resize(before + ids_.size());
        for (std::size_t i = 0; i < ids_.size(); ++i) out.narrow[before + i] = static_cast<std::uint16_t>(ids_[i]);
      }
      out.ends.push_back(wide_ ? out.wide.size() : out.narrow.size());
    }
  }

 private:
  /// SentencePiece takes 80 bytes of memory for each byte of a text and cannot be stopped, so a long one is given to it
  /// in pieces that end at white space.
  void encode_pieces(std::string_view text, const TaskContext& task) {
    constexpr std::size_t kPiece = 1 << 20;
    if (text.size() <= kPiece) return encoder_.encode(text, ids_);
    for (std::size_t begin = 0; begin < text.size();) {
      task.poll();
      const std::size_t end = piece_end(text, begin, kPiece);
      encoder_.encode(text.substr(begin, end - begin), ids_);
      begin = end;
    }
  }

  const Tokenizer& tokenizer_;
  Tokenizer::Encoder encoder_;
  std::vector<std::int32_t> ids_;
  bool wide_;
};

/// The batch's documents in blocks, each encoded by one of the workers, in the batch's order.
std::vector<TokenBlock> encode_batch(std::vector<Worker>& workers, const TextBatch& batch, const TaskContext& task) {
  constexpr std::uint64_t kBlock =
      1 << 17;  // bytes of text: enough to be worth handing out, few enough to end together
  std::vector<std::size_t> begins{0};
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < batch.texts.size(); ++i) {
    bytes += batch.texts[i].size() + 64;
    if (bytes < kBlock && i + 1 < batch.texts.size()) continue;
    begins.push_back(i + 1);
    bytes = 0;
  }
  std::vector<TokenBlock> out(begins.size() - 1);
  std::atomic<std::size_t> next = 0;
  const auto work = [&](Worker& worker) {
    const std::string* texts = batch.texts.data();
    for (std::size_t i; (i = next.fetch_add(1)) < out.size();)
      worker.encode(texts + begins[i], texts + begins[i + 1], out[i], task);
  };
  std::vector<std::future<void>> others;
  for (std::size_t t = 1; t < std::min(workers.size(), out.size()); ++t)
    others.push_back(std::async(std::launch::async, work, std::ref(workers[t])));
  work(workers[0]);
  for (auto& other : others) other.get();
  return out;
}

class SplitWriter {
 public:
  SplitWriter(const fs::path& folder, const std::string& name, bool wide)
      : wide_(wide), tokens_(folder / ("tokens." + name + ".part")), ends_(folder / ("ends." + name + ".part")) {}

  void add(TokenBlock& block) {
    for (std::uint64_t& end : block.ends) end += count_;
    tokens_.append(block.wide.data(), 4 * block.wide.size());
    tokens_.append(block.narrow.data(), 2 * block.narrow.size());
    ends_.append(block.ends.data(), sizeof(std::uint64_t) * block.ends.size());
    count_ += block.wide.size() + block.narrow.size();
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
  std::vector<Worker> workers;
  workers.reserve(static_cast<std::size_t>(threads));
  for (int t = 0; t < threads; ++t) workers.emplace_back(tokenizer, wide);
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
    std::future<void> written;  // of the batch before, while the next one is encoded
    while (true) {
      const TextBatch batch = ahead.get();
      if (batch.texts.empty()) break;
      read += batch.texts.size();
      ahead = read_ahead(read);
      task.poll();
      auto blocks = encode_batch(workers, batch, task);
      if (written.valid()) written.get();
      written = std::async(std::launch::async, [&writer, blocks = std::move(blocks)]() mutable {
        for (TokenBlock& block : blocks) writer.add(block);
      });
      done += static_cast<double>(batch.bytes);
      task.progress(done, total, "bytes");
    }
    if (written.valid()) written.get();
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
