// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/prune.h"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include "base/error.h"
#include "job/graph.h"
#include "store/artifact.h"
#include "store/checkpoint.h"

namespace pantograph::job {
namespace fs = std::filesystem;
namespace {

std::uint64_t size_below(const fs::path& path) {
  std::error_code code;
  if (fs::is_regular_file(path, code)) return fs::file_size(path, code);
  std::uint64_t bytes = 0;
  for (fs::recursive_directory_iterator it(path, code), end; !code && it != end; it.increment(code)) {
    std::error_code ignored;
    if (it->is_regular_file(ignored) && !it->is_symlink(ignored)) bytes += it->file_size(ignored);
  }
  return bytes;
}

bool looks_like_a_key(const std::string& name) {
  return name.size() == 16 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::vector<fs::directory_entry> entries_of(const fs::path& folder) {
  std::vector<fs::directory_entry> entries;
  std::error_code code;
  for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) entries.push_back(*it);
  return entries;
}

class Search {
 public:
  Search(const StepGraph& graph, const RunList& runs) {
    for (const Step& step : graph.steps()) present_.insert(step.folder().string());
    for (const auto& run : runs) runs_.emplace(run->folder.string(), run);
  }

  void look(const fs::path& folder, bool of_training) {
    std::error_code code;
    const bool artifact = fs::exists(folder / store::kManifestFile, code) || runs_.contains(folder.string()) ||
                          looks_like_a_key(folder.filename().string());
    if (artifact) return judge(folder, of_training);
    for (const auto& entry : entries_of(folder)) {
      if (entry.is_directory() && !entry.is_symlink()) look(entry.path(), of_training);
    }
  }

  /// `but`: a folder that goes as a whole.
  void look_for_leftovers(const fs::path& folder, const std::string& but = "") {
    for (const auto& entry : entries_of(folder)) {
      const std::string name = entry.path().filename().string();
      if (entry.is_symlink()) continue;
      if (entry.is_directory()) {
        if (name != but) look_for_leftovers(entry.path());
      } else if (name.ends_with(".part") || name.ends_with(".damaged")) {
        add(PruneItem::leftover, entry.path());
      }
    }
  }

  void add(PruneItem::Kind kind, const fs::path& path) { plan_.items.push_back({kind, path, size_below(path)}); }

  PrunePlan take() {
    std::sort(plan_.items.begin(), plan_.items.end(), [](const PruneItem& a, const PruneItem& b) {
      return std::tie(a.kind, a.path) < std::tie(b.kind, b.path);
    });
    return std::move(plan_);
  }

 private:
  void judge(const fs::path& folder, bool of_training) {
    const auto format = store::manifest_format(folder);
    if (format && *format != store::kManifestFormat) return add(PruneItem::former, folder);
    const auto run = runs_.find(folder.string());
    if (run != runs_.end()) {
      const RunInfo& info = *run->second;
      if (info.record.state == RunState::running) return;
      const bool spent = info.record.state == RunState::finished && !info.notes.keep;
      std::error_code code;
      if (spent && fs::exists(folder / store::kCheckpointsFolder, code))
        add(PruneItem::checkpoints, folder / store::kCheckpointsFolder);
      return look_for_leftovers(folder, spent ? store::kCheckpointsFolder : "");
    }
    if (present_.contains(folder.string())) return look_for_leftovers(folder);
    add(format && !of_training ? PruneItem::unused : PruneItem::leftover, folder);
  }

  std::set<std::string> present_;
  std::map<std::string, std::shared_ptr<const RunInfo>> runs_;
  PrunePlan plan_;
};

}  // namespace

const char* to_string(PruneItem::Kind kind) {
  switch (kind) {
    case PruneItem::former:
      return "former format";
    case PruneItem::unused:
      return "unused data";
    case PruneItem::checkpoints:
      return "checkpoints of finished runs";
    case PruneItem::leftover:
      return "leftovers of crashes";
    case PruneItem::declaration:
      return "unused settings";
  }
  return "";
}

std::uint64_t PrunePlan::bytes() const {
  std::uint64_t sum = 0;
  for (const PruneItem& item : items) sum += item.bytes;
  return sum;
}

PrunePlan plan_prune(const fs::path& artifacts, const StepGraph& graph, const RunList& runs) {
  Search search(graph, runs);
  constexpr std::array kinds = {StepKind::import,   StepKind::overlap, StepKind::distinct, StepKind::tokenizer,
                                StepKind::tokenize, StepKind::cluster, StepKind::pretrain, StepKind::specialize};
  for (const StepKind kind : kinds)
    search.look(artifacts / to_string(kind), kind == StepKind::pretrain || kind == StepKind::specialize);
  search.look_for_leftovers(artifacts / to_string(StepKind::report));
  std::set<std::string> declared;
  for (const auto& run : runs) declared.insert(run->record.declaration);
  for (const auto& entry : entries_of(artifacts / kDeclarationsFolder)) {
    if (!declared.contains(entry.path().stem().string())) search.add(PruneItem::declaration, entry.path());
  }
  return search.take();
}

std::uint64_t prune(const fs::path& artifacts, const PrunePlan& plan) {
  std::uint64_t freed = 0;
  std::string first_path, first_reason;
  const fs::path root = artifacts.lexically_normal();
  for (const PruneItem& item : plan.items) {
    const fs::path inside = item.path.lexically_normal().lexically_relative(root);
    std::error_code code;
    if (inside.empty() || inside == "." || *inside.begin() == "..") {
      code = std::make_error_code(std::errc::operation_not_permitted);
    } else {
      fs::remove(item.path / store::kManifestFile, code);  // first: what is half removed is not complete
      code.clear();
      fs::remove_all(item.path, code);
    }
    if (!code) {
      freed += item.bytes;
    } else if (first_path.empty()) {
      first_path = item.path.string();
      first_reason = code.message();
    }
  }
  if (!first_path.empty())
    throw Error(ErrorKind::run, {"cannot be removed: " + first_reason, first_path, "", "Check its permissions."});
  return freed;
}

}  // namespace pantograph::job
