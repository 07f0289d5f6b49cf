// SPDX-License-Identifier: GPL-3.0-or-later
// Plugins: shared libraries found at run time. A plugin exports a function, PANTOGRAPH_PLUGIN_ENTRY, that gives its
// description; its capabilities are checked before they are used. It brings readers through the description, and the
// parts of every other capability through one more function, which the room with the registry declares and takes
// (cluster/embedder_plugin.h). Works without a window.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "corpus/document.h"

namespace pantograph::corpus {

inline constexpr std::uint32_t kPluginApi = 3;  ///< changes when this header or corpus/document.h changes incompatibly

/// What a plugin hands its readers to. Only virtual calls cross the border, so that a plugin needs none of the
/// program's symbols (see plugins/CMakeLists.txt, pantograph_plugin, for what of the engine it may link).
class PluginHost {
 public:
  virtual ~PluginHost() = default;
  virtual void add_reader(ReaderInfo reader) = 0;  ///< Error(run) when the id is taken
};

struct PluginDescription {
  std::uint32_t api;  ///< kPluginApi that the plugin was built with; read first
  const char* id;     ///< "org.pantograph.dictd": letters, digits and . - _ + ~, as are version and capabilities
  const char* version;
  const char* const* capabilities;        ///< null-terminated: "corpus-reader", "embedder"
  void (*register_readers)(PluginHost&);  ///< called only when "corpus-reader" is listed; then it must not be null
};

extern "C" {
using PluginEntry = const PluginDescription* (*)();
}
#define PANTOGRAPH_PLUGIN_ENTRY pantograph_plugin_v1

using PluginFunction = void (*)();

/// A sort of part that plugins bring beside readers. The room that has its registry makes it known.
struct PluginCapability {
  std::string name;      ///< "embedder", as a plugin's description lists it
  std::string function;  ///< that such a plugin exports: "pantograph_embedders_v1". A new number for a new interface
  /// Calls the function and gives what makes the collected parts known; throws when they cannot be taken. The parts of
  /// a plugin are made known when all of its capabilities were collected.
  std::function<std::function<void()>(PluginFunction function, const std::string& origin)> collect;
};

/// Before load_plugins(). Error(run) when the name is taken.
void add_plugin_capability(PluginCapability capability);

struct PluginStatus {
  std::filesystem::path path;
  std::string id, version;
  std::vector<std::string> capabilities;
  std::string error;  ///< empty when loaded
};

namespace detail {
/// What is wrong with a description, as words after the plugin's name; empty: nothing. Fills in `status`, in which only
/// sound words come.
std::string description_fault(const PluginDescription* plugin, PluginStatus& status);
}  // namespace detail

/// Loads every *.so of the folders, in order; a broken one is listed with its error and does not stop the others.
/// Libraries stay loaded. Second call with the same file: no effect.
std::vector<PluginStatus> load_plugins(const std::vector<std::filesystem::path>& folders);

/// $PANTOGRAPH_PLUGINS (colon-separated), the build's plugins folder beside the program, the installed one.
std::vector<std::filesystem::path> plugin_folders();

}  // namespace pantograph::corpus
