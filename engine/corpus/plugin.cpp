// SPDX-License-Identifier: GPL-3.0-or-later
#include "corpus/plugin.h"

#include <dlfcn.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

#include "base/error.h"
#include "base/process.h"
#include "base/shared_library.h"

namespace pantograph::corpus {
namespace fs = std::filesystem;
namespace {

constexpr const char* kEntryName = "pantograph_plugin_v1";
constexpr const char* kReaders = "corpus-reader";
constexpr std::size_t kLongestName = 120;
constexpr std::size_t kMostCapabilities = 32;

std::mutex& plugin_mutex() {
  static std::mutex mutex;
  return mutex;
}

/// Beside readers.
std::map<std::string, PluginCapability>& capabilities() {
  static std::map<std::string, PluginCapability> known;
  return known;
}

/// Collects first, so that a plugin which fails half-way leaves nothing behind.
class Collector : public PluginHost {
 public:
  explicit Collector(std::string origin) : origin_(std::move(origin)) {}
  void add_reader(ReaderInfo reader) override {
    reader.origin = origin_;
    const ReaderInfo* known = ReaderRegistry::instance().find(reader.id);
    const bool twice = std::any_of(readers_.begin(), readers_.end(), [&](const auto& r) { return r.id == reader.id; });
    if (known || twice) {
      throw Error(ErrorKind::run,
                  {"the reader id \"" + reader.id + "\" is taken by " + (known ? known->origin : origin_), origin_,
                   "an id of its own", "Remove one of the two."});
    }
    readers_.push_back(std::move(reader));
  }
  std::vector<ReaderInfo> take() { return std::move(readers_); }

 private:
  std::string origin_;
  std::vector<ReaderInfo> readers_;
};

using Commit = std::function<void()>;

Commit collect_readers(void (*register_readers)(PluginHost&), const std::string& origin) {
  Collector collector(origin);
  register_readers(collector);
  return [readers = collector.take()] {
    for (const ReaderInfo& reader : readers) ReaderRegistry::instance().add(reader);
  };
}

/// Words of a plugin go into messages, lists and JSON.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_' || c == '+' || c == '~';
  });
}

std::string load(PluginStatus& status) {
  if (const std::string fault = library_fault(status.path); !fault.empty()) return "cannot be loaded: " + fault;
  void* library = ::dlopen(status.path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char* text = ::dlerror();
    return std::string("cannot be loaded: ") + (text ? text : "unknown error");
  }
  const auto entry = reinterpret_cast<PluginEntry>(::dlsym(library, kEntryName));
  if (!entry) return std::string("is not a Pantograph plugin: it has no function ") + kEntryName;
  const PluginDescription* plugin = entry();
  if (std::string fault = detail::description_fault(plugin, status); !fault.empty()) return fault;
  for (const std::string& name : status.capabilities) {
    if (name != kReaders && !capabilities().contains(name))
      return "needs the capability \"" + name + "\", which this program does not have";
  }
  try {
    std::vector<Commit> commits;
    for (const std::string& name : status.capabilities) {
      const std::string lists = "lists the capability \"" + name + "\" but no function for it";
      if (name == kReaders) {
        if (!plugin->register_readers) return lists;
        commits.push_back(collect_readers(plugin->register_readers, status.path.string()));
      } else {
        const PluginCapability& capability = capabilities().at(name);
        const auto function = reinterpret_cast<PluginFunction>(::dlsym(library, capability.function.c_str()));
        if (!function) return lists + ": " + capability.function;
        commits.push_back(capability.collect(function, status.path.string()));
      }
    }
    for (const Commit& commit : commits) commit();
  } catch (const std::exception& e) {
    return e.what();
  }
  return {};
}

}  // namespace

std::string detail::description_fault(const PluginDescription* plugin, PluginStatus& status) {
  if (!plugin) return "gives no description";
  if (plugin->api != kPluginApi) {
    return "was built for plugin interface " + std::to_string(plugin->api) + ", this program has " +
           std::to_string(kPluginApi) + "; build it again";
  }
  const auto taken = [](const char* text) { return std::string(text, ::strnlen(text, kLongestName + 1)); };
  const std::string rule = ": 1 to " + std::to_string(kLongestName) + " letters, digits and . - _ + ~ were expected";
  if (!plugin->id || !*plugin->id) return "has no id";
  const std::string id = taken(plugin->id);
  if (!is_name(id)) return "has an id that is no name" + rule;
  const std::string version = plugin->version ? taken(plugin->version) : "";
  if (!version.empty() && !is_name(version)) return "has a version that is no name" + rule;
  status.id = id;
  status.version = version;
  for (const char* const* name = plugin->capabilities; name && *name; ++name) {
    std::string capability = taken(*name);
    if (!is_name(capability)) return "lists a capability that is no name" + rule;
    if (status.capabilities.size() == kMostCapabilities)
      return "lists more than " + std::to_string(kMostCapabilities) + " capabilities";
    status.capabilities.push_back(std::move(capability));
  }
  return {};
}

void add_plugin_capability(PluginCapability capability) {
  const std::lock_guard lock(plugin_mutex());
  const std::string name = capability.name;
  if (name == kReaders || !capabilities().emplace(name, std::move(capability)).second)
    throw Error(ErrorKind::run, {"two rooms take plugins' \"" + name + "\"", "", "one", ""});
}

std::vector<PluginStatus> load_plugins(const std::vector<fs::path>& folders) {
  static std::map<fs::path, PluginStatus> loaded;
  static std::map<std::string, fs::path> ids;
  const std::lock_guard lock(plugin_mutex());

  register_built_in_readers();
  std::vector<PluginStatus> out;
  for (const fs::path& folder : folders) {
    std::vector<fs::path> files;
    std::error_code code;
    for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
      if (it->path().extension() == ".so") files.push_back(fs::weakly_canonical(it->path(), code));
    }
    std::sort(files.begin(), files.end());
    for (const fs::path& path : files) {
      const auto known = loaded.find(path);
      if (known != loaded.end()) {
        // The same file in two folders, or a second call: reported once a call.
        if (std::none_of(out.begin(), out.end(), [&](const auto& s) { return s.path == path; }))
          out.push_back(known->second);
        continue;
      }
      PluginStatus status;
      status.path = path;
      status.error = load(status);
      if (!status.error.empty() && ids.contains(status.id)) {
        status.error = "the plugin " + status.id + " is already loaded from " + ids[status.id].string();
      }
      if (status.error.empty()) ids.emplace(status.id, path);
      loaded.emplace(path, status);
      out.push_back(std::move(status));
    }
  }
  return out;
}

std::vector<fs::path> plugin_folders() {
  std::vector<fs::path> out;
  auto add = [&](const fs::path& path) {
    std::error_code code;
    if (!path.empty() && fs::is_directory(path, code) && std::find(out.begin(), out.end(), path) == out.end())
      out.push_back(path);
  };
  if (const char* variable = std::getenv("PANTOGRAPH_PLUGINS")) {
    const std::string list = variable;
    for (std::size_t from = 0; from <= list.size();) {
      const std::size_t colon = std::min(list.find(':', from), list.size());
      add(list.substr(from, colon - from));
      from = colon + 1;
    }
  }
  if (const fs::path program = program_path(); !program.empty()) {
    // The build tree: the program lies in the build folder or in a folder of its own below it.
    add(program.parent_path() / "plugins");
    add(program.parent_path().parent_path() / "plugins");
  }
  add(PANTOGRAPH_PLUGIN_DIR);
  return out;
}

}  // namespace pantograph::corpus
