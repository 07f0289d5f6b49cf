// SPDX-License-Identifier: GPL-3.0-or-later
// Plugins that must be refused, and one whose reader throws; told apart by what they are compiled with.
#include "base/error.h"
#include "corpus/plugin.h"

namespace {

using namespace pantograph;

class Broken : public corpus::DocumentReader {
 public:
  bool next(corpus::Document&) override {
    throw Error(ErrorKind::input, {"the plugin found a hole", "plugin.txt:3", "no hole", "Fill it."});
  }
};

class Silent : public corpus::DocumentReader {
 public:
  bool next(corpus::Document&) override { return false; }
};

[[maybe_unused]] void register_readers(corpus::PluginHost& host) {
#if defined(TAKEN)
  host.add_reader({"never-seen",
                   "Must not stay behind",
                   {},
                   [](const auto&, const auto&) { return std::make_unique<Silent>(); },
                   ""});
  host.add_reader({"text", "Taken", {}, [](const auto&, const auto&) { return std::make_unique<Silent>(); }, ""});
#else
  host.add_reader({"throwing", "Throws", {}, [](const auto&, const auto&) { return std::make_unique<Broken>(); }, ""});
#endif
}

#if defined(CAPABILITY)
const char* const capabilities[] = {"time-travel", nullptr};
#else
const char* const capabilities[] = {"corpus-reader", nullptr};
#endif

#if defined(API)
const corpus::PluginDescription description = {corpus::kPluginApi + 1, nullptr, nullptr, nullptr, nullptr};
#elif defined(CAPABILITY)
const corpus::PluginDescription description = {corpus::kPluginApi, "test.capability", "1", capabilities, nullptr};
#elif defined(NO_FUNCTION)
const corpus::PluginDescription description = {corpus::kPluginApi, "test.no-function", "1", capabilities, nullptr};
#elif defined(TAKEN)
const corpus::PluginDescription description = {corpus::kPluginApi, "test.taken", "1", capabilities, register_readers};
#else
const corpus::PluginDescription description = {corpus::kPluginApi, "test.throwing", "1", capabilities,
                                               register_readers};
#endif

}  // namespace

extern "C" __attribute__((visibility("default"))) const corpus::PluginDescription* PANTOGRAPH_PLUGIN_ENTRY() {
  return &description;
}
