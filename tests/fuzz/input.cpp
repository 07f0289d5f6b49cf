// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz/input.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

namespace fs = std::filesystem;

namespace fuzz {

std::uint8_t Input::byte() {
  if (left_ == 0) return 0;
  --left_;
  return *at_++;
}

std::uint32_t Input::number() {
  std::uint32_t value = 0;
  for (int shift = 0; shift < 32; shift += 8) value |= static_cast<std::uint32_t>(byte()) << shift;
  return value;
}

std::string Input::text() {
  const void* nul = left_ == 0 ? nullptr : std::memchr(at_, 0, left_);
  if (nul == nullptr) return rest();
  std::string out = bytes(static_cast<std::size_t>(static_cast<const std::uint8_t*>(nul) - at_));
  byte();
  return out;
}

std::string Input::bytes(std::size_t n) {
  n = std::min(n, left_);
  std::string out(reinterpret_cast<const char*>(at_), n);
  at_ += n;
  left_ -= n;
  return out;
}

const fs::path& scratch() {
  static const struct Folder {
    Folder() {
      const fs::path memory = "/dev/shm";
      path = (fs::is_directory(memory) ? memory : fs::temp_directory_path()) /
             ("pantograph-fuzz-" + std::to_string(::getpid()));
      fs::create_directories(path);
    }
    ~Folder() {
      std::error_code ignored;
      fs::remove_all(path, ignored);
    }
    fs::path path;
  } folder;
  return folder.path;
}

void put(const fs::path& file, const std::string& bytes) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) broken_promise("the harness cannot write " + file.string());
}

void broken_promise(const std::string& what) {
  std::fprintf(stderr, "broken promise: %s\n", what.c_str());
  std::abort();
}

}  // namespace fuzz
