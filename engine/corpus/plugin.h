// SPDX-License-Identifier: GPL-3.0-or-later
// Plugins: shared libraries found at run time. A plugin exports one function, PANTOGRAPH_PLUGIN_ENTRY, that gives its
// description; its capabilities are checked before they are used. Works without a window.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "corpus/document.h"

namespace pantograph {

inline constexpr std::uint32_t kPluginApi = 1;  ///< changes when this header or corpus/document.h changes incompatibly

/// What a plugin hands its parts to. Only virtual calls cross the border, so that a plugin needs none of the program's
/// symbols and links nothing of the engine but base/error.cpp (see plugins/CMakeLists.txt, pantograph_plugin).
class PluginHost {
 public:
  virtual ~PluginHost() = default;
  virtual void add_reader(ReaderInfo reader) = 0;  ///< Error(run) when the id is taken
};

struct PluginDescription {
  std::uint32_t api;  ///< kPluginApi that the plugin was built with; read first
  const char* id;     ///< "org.pantograph.dictd"
  const char* version;
  const char* const* capabilities;        ///< null-terminated: "corpus-reader"
  void (*register_readers)(PluginHost&);  ///< called only when the capability is listed; then it must not be null
};

extern "C" {
using PluginEntry = const PluginDescription* (*)();
}
#define PANTOGRAPH_PLUGIN_ENTRY pantograph_plugin_v1

struct PluginStatus {
  std::filesystem::path path;
  std::string id, version;
  std::vector<std::string> capabilities;
  std::string error;  ///< empty when loaded
};

/// Loads every *.so of the folders, in order; a broken one is listed with its error and does not stop the others.
/// Libraries stay loaded. Second call with the same file: no effect.
std::vector<PluginStatus> load_plugins(const std::vector<std::filesystem::path>& folders);

/// $PANTOGRAPH_PLUGINS (colon-separated), the build's plugins folder beside the program, the installed one.
std::vector<std::filesystem::path> plugin_folders();

}  // namespace pantograph
