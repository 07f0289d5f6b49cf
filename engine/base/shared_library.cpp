// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/shared_library.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <vector>

namespace pantograph {
namespace {

using Header = ElfW(Ehdr);
using Segment = ElfW(Phdr);
using Section = ElfW(Shdr);

#if defined(__x86_64__)
constexpr auto kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr auto kMachine = EM_AARCH64;
#elif defined(__riscv)
constexpr auto kMachine = EM_RISCV;
#else
constexpr auto kMachine = EM_NONE;  // not looked at
#endif

class Library {
 public:
  /// Not waiting: opening a FIFO for reading would, until somebody writes.
  explicit Library(const std::filesystem::path& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    code_ = descriptor_ < 0 ? errno : 0;
  }
  ~Library() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  std::string fault() {
    struct stat info {};
    if (descriptor_ < 0 || ::fstat(descriptor_, &info) != 0) return std::strerror(descriptor_ < 0 ? code_ : errno);
    if (!S_ISREG(info.st_mode)) return "not a regular file";
    size_ = static_cast<std::uint64_t>(info.st_size);
    Header header{};
    if (!read(&header, sizeof header, 0)) return "not a shared library: only " + std::to_string(size_) + " bytes";
    if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return "not a shared library: it has no ELF header";
    constexpr int kClass = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
    const bool other = kMachine != EM_NONE && header.e_machine != kMachine;
    if (header.e_ident[EI_CLASS] != kClass || other) return "a library for another sort of processor";
    if (header.e_type != ET_DYN) return "an ELF file, but not a shared library";
    if (header.e_phentsize != sizeof(Segment) || (header.e_shnum > 0 && header.e_shentsize != sizeof(Section)))
      return "its ELF header is damaged";
    std::vector<Segment> segments(header.e_phnum);
    if (!inside(header.e_phoff, segments.size() * sizeof(Segment)) ||
        !read(segments.data(), segments.size() * sizeof(Segment), header.e_phoff)) {
      return cut();
    }
    for (const Segment& segment : segments) {
      if (segment.p_type != PT_NULL && !inside(segment.p_offset, segment.p_filesz)) return cut();
    }
    // Written last by linkers: a file that was cut off nearly always lacks these.
    if (!inside(header.e_shoff, std::uint64_t{header.e_shnum} * sizeof(Section))) return cut();
    return {};
  }

 private:
  bool inside(std::uint64_t offset, std::uint64_t bytes) const { return offset <= size_ && bytes <= size_ - offset; }
  std::string cut() const { return "the file is cut off or damaged: " + std::to_string(size_) + " bytes"; }
  bool read(void* out, std::size_t bytes, std::uint64_t offset) const {
    return ::pread(descriptor_, out, bytes, static_cast<off_t>(offset)) == static_cast<ssize_t>(bytes);
  }

  int descriptor_, code_ = 0;
  std::uint64_t size_ = 0;
};

}  // namespace

std::string library_fault(const std::filesystem::path& path) {
  return Library(path).fault();
}

}  // namespace pantograph
