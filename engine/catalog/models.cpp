// SPDX-License-Identifier: GPL-3.0-or-later
#include "catalog/models.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/numbers.h"
#include "method/method.h"
#include "store/checkpoint.h"

namespace pantograph::catalog {
namespace fs = std::filesystem;
namespace {

/// The number behind the dash of network-750000.h5 and step-000000600.h5; nothing of other names.
std::optional<std::uint64_t> number_of(const fs::path& file) {
  const std::string name = file.filename().string();
  const std::size_t dash = name.find('-');
  std::uint64_t number = 0;
  if (dash == std::string::npos ||
      std::from_chars(name.data() + dash + 1, name.data() + name.size(), number).ec != std::errc())
    return std::nullopt;
  return number;
}

/// Of a run's folder, by their numbers: the newest last.
std::vector<fs::path> checkpoints_of(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folder / store::kCheckpointsFolder, code)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("step-") && name.ends_with(".h5")) out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<fs::path> networks_of(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folder, code)) {
    const std::string name = entry.path().filename().string();
    if (name == method::kSmallNetworkFile || (name.starts_with("network") && name.ends_with(".h5")))
      out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

const char* to_string(ModelKind kind) {
  switch (kind) {
    case ModelKind::specialized:
      return "specialized";
    case ModelKind::generic:
      return "generic";
    case ModelKind::checkpoint:
      return "checkpoint";
  }
  return "";
}

std::vector<ModelInfo> models_of(const job::RunList& runs) {
  std::vector<ModelInfo> out;
  for (const auto& run : runs) {
    const std::string title = run->notes.name.empty() ? run->record.title : run->notes.name;
    const auto add = [&](ModelKind kind, const fs::path& file, const std::string& of_run) {
      std::error_code code;
      const std::uintmax_t bytes = fs::file_size(file, code);
      if (code) return;  // it has gone since
      out.push_back({kind, file, of_run.empty() ? title : fmt::format("{} {}", title, of_run), of_run, bytes, run});
    };
    for (const fs::path& file : networks_of(run->folder)) {
      const auto budget = number_of(file);
      add(run->result ? ModelKind::specialized : ModelKind::generic, file,
          budget ? fmt::format("at {} generic tokens", format_count(*budget)) : "");
    }
    if (const auto checkpoints = checkpoints_of(run->folder); !checkpoints.empty()) {
      add(ModelKind::checkpoint, checkpoints.back(),
          fmt::format("at step {}", format_grouped(number_of(checkpoints.back()).value_or(0))));
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const ModelInfo& a, const ModelInfo& b) {
    return std::pair(a.kind, !a.run->present) < std::pair(b.kind, !b.run->present);
  });
  return out;
}

std::vector<ModelInfo> models_of(const fs::path& artifacts, const job::RunList& known) {
  std::map<fs::path, bool> present;
  for (const auto& run : known) present.emplace(run->folder, run->present);
  job::RunList runs = job::read_runs(artifacts, known);
  for (auto& run : runs) {
    const auto before = present.find(run->folder);
    auto marked = std::make_shared<job::RunInfo>(*run);
    marked->present = before == present.end() || before->second;
    run = std::move(marked);
  }
  return models_of(runs);
}

fs::path to_use(const job::RunInfo& run) {
  if (run.record.state != job::RunState::finished) return run.folder;
  return run.folder / (run.result ? method::kSmallNetworkFile : method::network_file_name(0));
}

fs::path model_file(const fs::path& file_or_run) {
  std::error_code code;
  if (!fs::is_directory(file_or_run, code)) return file_or_run;
  const auto checkpoints = checkpoints_of(file_or_run);
  if (!checkpoints.empty()) return checkpoints.back();
  throw Error(ErrorKind::input, {"a run without a checkpoint", file_or_run.string(),
                                 fmt::format("step-N.h5 in its {}/", store::kCheckpointsFolder),
                                 "Wait until it has written one, or take the network of a finished run."});
}

}  // namespace pantograph::catalog
