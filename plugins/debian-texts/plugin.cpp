// SPDX-License-Identifier: GPL-3.0-or-later
// Texts as Debian packages bring them: dictd dictionaries, manual pages, collections of fortune cookies. Also the
// example of a plugin.
#include "corpus/plugin.h"
#include "readers.h"

namespace {

void register_readers(pantograph::corpus::PluginHost& host) {
  std::vector<std::string> pages;
  for (const char section : std::string("123456789")) {
    for (const char* suffix : {"", ".gz"}) {
      pages.push_back(std::string("*.") + section + suffix);
      // Sections such as 3pm or 3perl; a digit follows in versions (libfoo.so.1.2), which are no pages.
      pages.push_back(std::string("*.") + section + "[a-z]*" + suffix);
    }
  }
  host.add_reader({"dictd", "dictd dictionary", {"*.dict.dz", "*.dict"}, open_dictd, "", dictd_companions});
  host.add_reader({"fortune", "Fortune cookies", {}, open_fortune, ""});
  host.add_reader({"man", "Manual pages", pages, open_man, ""});
}

const char* const capabilities[] = {"corpus-reader", nullptr};
const pantograph::corpus::PluginDescription description = {
    pantograph::corpus::kPluginApi, "org.pantograph.debian-texts", "1.0", capabilities, register_readers};

}  // namespace

extern "C" __attribute__((visibility("default"))) const pantograph::corpus::PluginDescription*
PANTOGRAPH_PLUGIN_ENTRY() {
  return &description;
}
