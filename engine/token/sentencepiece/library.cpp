// SPDX-License-Identifier: GPL-3.0-or-later
#include "token/sentencepiece/library.h"

#include <dlfcn.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/process.h"
#include "base/shared_library.h"

namespace pantograph::token {
namespace fs = std::filesystem;
namespace {

constexpr const char* kFile = "pantograph-sentencepiece.so";

/// RTLD_DEEPBIND is the point: the module finds SentencePiece's own Protocol Buffers before those of LibTorch.
void* load(const fs::path& path) {
  constexpr int kFlags = RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND;
  // The sanitizers' replacement of dlopen refuses that flag, so ask the C library for its own.
  void* c_library = ::dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
  void* found = c_library ? ::dlsym(c_library, "dlopen") : nullptr;
  const auto real = reinterpret_cast<void* (*)(const char*, int)>(found);
  return real ? real(path.c_str(), kFlags) : ::dlopen(path.c_str(), kFlags);
}

const SentencePieceApi& load_first() {
  std::string tried;
  for (const auto& path : companion_places(kFile)) {
    std::error_code ignored;
    if (!fs::exists(path, ignored)) {
      tried += path.string() + " (missing); ";
      continue;
    }
    if (const std::string fault = library_fault(path); !fault.empty()) {
      tried += path.string() + " (" + fault + "); ";
      continue;
    }
    void* library = load(path);
    if (!library) {
      const char* reason = ::dlerror();
      tried += std::string(reason ? reason : path.string()) + "; ";
      continue;
    }
    const auto entry = reinterpret_cast<SentencePieceEntry>(::dlsym(library, "pantograph_sentencepiece_v1"));
    const SentencePieceApi* api = entry ? entry() : nullptr;
    if (api && api->version == kSentencePieceApi) return *api;
    tried += path.string() + " (of another version); ";
  }
  throw Error(ErrorKind::run, {"SentencePiece cannot be loaded", tried.substr(0, tried.size() - 2), kFile,
                               "Install Pantograph and libsentencepiece0 again."});
}

}  // namespace

std::vector<fs::path> companion_places(const std::string& name) {
  std::vector<fs::path> out;
  const fs::path program = program_path();
  if (!program.empty()) {
    out.push_back(program.parent_path().parent_path() / PANTOGRAPH_LIBRARY_FOLDER / name);
    out.push_back(program.parent_path() / name);
  }
  out.push_back(fs::path(PANTOGRAPH_BUILD_FOLDER) / name);
  return out;
}

const SentencePieceApi& sentencepiece_api() {
  static const SentencePieceApi& api = load_first();
  return api;
}

}  // namespace pantograph::token
