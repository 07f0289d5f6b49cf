// SPDX-License-Identifier: GPL-3.0-or-later
// Descriptions of plugins: whatever one says of itself, what is shown of it are sound words.
#include <algorithm>
#include <vector>

#include "corpus/plugin.h"
#include "fuzz/input.h"

namespace corpus = pantograph::corpus;

namespace {

void sound(const std::string& text) {
  if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c > 0x7E; }))
    fuzz::broken_promise("a plugin's word that cannot be shown: " + text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::uint8_t missing = input.byte();
  const std::uint32_t api = missing & 8 ? input.number() : corpus::kPluginApi;
  const std::string id = input.text(), version = input.text();
  std::vector<std::string> names;
  while (!input.empty()) names.push_back(input.text());
  std::vector<const char*> capabilities;
  for (const auto& name : names) capabilities.push_back(name.c_str());
  capabilities.push_back(nullptr);

  const corpus::PluginDescription plugin = {api, missing & 1 ? nullptr : id.c_str(),
                                            missing & 2 ? nullptr : version.c_str(),
                                            missing & 4 ? nullptr : capabilities.data(), nullptr};
  corpus::PluginStatus status;
  const std::string fault = corpus::detail::description_fault(&plugin, status);
  sound(fault);
  sound(status.id);
  sound(status.version);
  for (const auto& name : status.capabilities) sound(name);
  if (fault.empty() && status.id != id) fuzz::broken_promise("a plugin was taken under another name");
  return 0;
}
