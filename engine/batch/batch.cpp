// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/batch.h"

#include <spdlog/spdlog.h>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/machine.h"
#include "base/numbers.h"
#include "base/words.h"
#include "batch/options.h"
#include "batch/printer.h"
#include "batch/signals.h"
#include "cluster/embedder.h"
#include "corpus/document.h"
#include "corpus/plugin.h"
#include "job/engine.h"
#include "overlap/overlap.h"
#include "project/project_file.h"
#include "report/report.h"

namespace pantograph::batch {
namespace {

using nlohmann::json;

int report_error(const Error& error, bool as_json) {
  if (as_json) {
    make_json_printer()->print(job::StepFailed{"", error.kind(), error.text(), error.what()});
  } else {
    std::fprintf(stderr, "pantograph: %s\n", error.what());
  }
  return error.exit_code();
}

std::atomic<int> output_failure = 0;  // errno of the first write to standard output that failed

/// Writes out what is in the buffers; false when standard output does not take it, or has not taken something before.
bool flush_output() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return true;
  int none = 0;
  output_failure.compare_exchange_strong(none, errno != 0 ? errno : EIO);
  return false;
}

/// `code`, or 5 and a message where standard output did not take everything.
int after_output(int code) {
  errno = 0;
  if (flush_output()) return code;
  std::fprintf(stderr, "pantograph: standard output cannot be written: %s. Free space, or read it to its end.\n",
               std::strerror(output_failure));
  return code == 0 || code == exit_code(ErrorKind::interrupted) ? exit_code(ErrorKind::run) : code;
}

int list_plugins(bool as_json) {
  json readers = json::array(), embedders = json::array(), plugins = json::array();
  for (const auto* reader : corpus::ReaderRegistry::instance().all()) {
    readers.push_back(
        {{"id", reader->id}, {"name", reader->name}, {"patterns", reader->patterns}, {"origin", reader->origin}});
  }
  for (const auto* embedder : cluster::EmbedderRegistry::instance().all())
    embedders.push_back({{"id", embedder->id}, {"name", embedder->name}, {"origin", embedder->origin}});
  for (const auto& plugin : corpus::load_plugins(corpus::plugin_folders())) {
    plugins.push_back(
        {{"path", plugin.path.string()}, {"id", plugin.id}, {"version", plugin.version}, {"error", plugin.error}});
  }
  if (as_json) {
    fmt::print("{}\n", json({{"readers", readers}, {"embedders", embedders}, {"plugins", plugins}}).dump());
    return 0;
  }
  fmt::print("Readers\n");
  for (const auto& r : readers) {
    fmt::print("  {:<10} {:<28} {}\n", r["id"].get<std::string>(), r["name"].get<std::string>(),
               r["origin"].get<std::string>());
  }
  fmt::print("Embedders\n");
  for (const auto& e : embedders) {
    fmt::print("  {:<10} {:<28} {}\n", e["id"].get<std::string>(), e["name"].get<std::string>(),
               e["origin"].get<std::string>());
  }
  fmt::print("Plugins\n");
  if (plugins.empty()) fmt::print("  none found\n");
  for (const auto& p : plugins) {
    const auto error = p["error"].get<std::string>();
    fmt::print("  {} {}: {}\n", p["path"].get<std::string>(), p["version"].get<std::string>(),
               error.empty() ? "loaded" : error);
  }
  return 0;
}

int print_plan(const job::Engine& engine, const BatchOptions& options) {
  const bool dry = options.action == BatchOptions::Action::dry_run;
  const job::Plan plan = engine.plan({options.only}, dry);
  double total = 0;
  int pending = 0;
  for (const auto& step : plan.steps) {
    const bool current = step.state == job::StepState::up_to_date;
    if (dry && current) continue;
    if (!current) ++pending;
    total += step.estimated_seconds;
    if (options.json) {
      json line = {
          {"step", step.id}, {"title", step.title}, {"state", job::to_string(step.state)}, {"folder", step.folder}};
      if (dry) line["estimated_seconds"] = step.estimated_seconds;
      if (!step.does_not_fit.empty()) line["does_not_fit"] = step.does_not_fit;
      if (current) line["seconds"] = step.seconds;
      if (!step.note.empty()) line["note"] = step.note;
      fmt::print("{}\n", line.dump(-1, ' ', false, json::error_handler_t::replace));
    } else if (dry) {
      fmt::print("{:<52} about {}\n", step.id, format_duration(step.estimated_seconds));
      if (!step.does_not_fit.empty()) fmt::print("  does not fit: {}\n", step.does_not_fit);
    } else {
      fmt::print("{:<52} {:<10} {}\n", step.id, job::to_string(step.state),
                 current ? format_duration(step.seconds) : "");
    }
    if (!step.note.empty() && !options.json) fmt::print("  {}\n", step.note);
  }
  const job::LaterSteps later = dry ? plan.later : job::LaterSteps{};
  if (options.json) {
    if (later.steps > 0) {
      fmt::print("{}\n", json({{"depends_on", "clusters"},
                               {"steps_at_most", later.steps},
                               {"estimated_seconds_at_most", later.seconds}})
                             .dump());
    }
    return 0;
  }
  if (pending == 0) {
    fmt::print("Everything is up to date.\n");
  } else if (dry) {
    fmt::print("{} steps, about {} in all. Training is estimated from this machine's measured speed.\n", pending,
               format_duration(total));
    if (plan.disk_bytes > 0) fmt::print("They need about {} of disk.\n", format_bytes(plan.disk_bytes));
    if (later.steps > 0) {
      fmt::print(
          "At most {} more steps follow on the clustering, at most about {}: how many depends on the clusters, which "
          "say what experts the domains need.\n",
          later.steps, format_duration(later.seconds));
    }
  } else {
    fmt::print("{} of {} steps to do. --batch does them.\n", pending, plan.steps.size());
  }
  return 0;
}

void print_results(const job::ProjectView& view, const project::Project& project) {
  if (view.results.empty()) return;
  const std::uint64_t budget = measure::budget_of(view.results.front());
  const bool budgets = std::any_of(view.results.begin(), view.results.end(), [&](const measure::ResultRecord& r) {
    return measure::budget_of(r) > 0 && measure::budget_of(r) != budget;
  });
  const bool repeats = project.seeds.size() > 1 || project.specialization.samples > 1;
  const auto column = [](bool shown, const std::string& text) {
    return shown ? fmt::format("{:>9} ", text) : std::string();
  };
  fmt::print("\nTest perplexity\n{:<14} {:<14} {}{}{:>8} {:>12} {:>12}\n", "method", "domain", column(repeats, "seed"),
             column(budgets, "generic"), "tokens", "before", "after");
  for (const auto& r : view.results) {
    fmt::print("{:<14} {:<14} {}{}{:>8} {:>12.2f} {:>12.2f}\n", r.method, r.domain,
               column(repeats, words::seed_and_sample(r.seed, r.sample)),
               column(budgets, format_count(measure::budget_of(r))), format_count(r.specialization_tokens),
               r.perplexity_before, r.perplexity_after);
  }
  if (view.overlap) {
    for (const auto& [domain, leaks] : view.overlap->leaks) {
      for (const std::string& sentence : overlap::leak_sentences(domain, leaks)) fmt::print("{}\n", sentence);
    }
  }
  fmt::print("\n{}\nReport: {}\n", report::verdict(view.results),
             (project.artifacts() / "report" / "report.html").string());
}

/// False when standard output does not take it; what standard error does not take is lost.
bool print_event(Printer& printer, const job::Event& event) {
  errno = 0;
  try {
    printer.print(event);
  } catch (const std::system_error&) {
  }
  return flush_output();
}

int run(const BatchOptions& options, StopSignals& signals) {
  const project::Project project = project::load_project(options.project, options.set);
  const std::unique_ptr<Printer> printer = options.json ? make_json_printer() : make_text_printer(options.quiet);
  std::shared_ptr<const job::ProjectView> view;
  job::RunEnded ended;
  bool has_ended = false;
  std::atomic<job::Engine*> to_stop = nullptr;
  job::Engine engine(project, {options.device, options.threads}, [&](const job::Event& event) {
    if (const auto* changed = std::get_if<job::ViewChanged>(&event)) view = changed->view;
    if (const auto* end = std::get_if<job::RunEnded>(&event)) {
      ended = *end;
      has_ended = true;
    }
    // Nobody would see how a run ends whose output has nowhere to go.
    if (job::Engine* running = print_event(*printer, event) ? nullptr : to_stop.load()) running->stop();
  });
  if (options.action != BatchOptions::Action::run) {
    engine.wait();
    const int code = print_plan(engine, options);
    if (view && view->former.folders > 0 && !options.json) {
      fmt::print("{} artifacts are of a former format ({}) and are not used: pantograph prune removes them.\n",
                 view->former.folders, format_bytes(static_cast<double>(view->former.bytes)));
    }
    return code;
  }
  if (const std::string remedy = blas_remedy(this_machine()); !remedy.empty()) spdlog::warn(remedy);
  engine.start({options.only});
  to_stop = &engine;
  const StopCall on_signal(signals, [&] { engine.stop(); });  // after start(): a stop of nothing would be forgotten
  engine.wait();
  if (has_ended && ended.kind == job::RunEnded::finished && !options.json && !options.quiet && view)
    print_results(*view, project);
  return ended.exit_code;
}

int run_command(int argc, char** argv) {
  const BatchOptions options = parse_options(argc, argv);
  if (options.action == BatchOptions::Action::done) return options.exit_code;
  try {
    StopSignals signals;
    job::initialize_engine();
    if (options.action == BatchOptions::Action::plugins) return list_plugins(options.json);
    if (options.action == BatchOptions::Action::info) return print_info(options);
    if (options.action == BatchOptions::Action::runs) return runs_command(options);
    if (options.action == BatchOptions::Action::prune) return prune_command(options);
    if (options.action == BatchOptions::Action::preview) return preview_command(options);
    if (options.action == BatchOptions::Action::models) return models_command(options);
    if (options.action == BatchOptions::Action::generate) return generate_command(options, signals);
    if (options.action == BatchOptions::Action::score) return score_command(options, signals);
    if (options.action == BatchOptions::Action::export_model) return export_command(options);
    if (options.action == BatchOptions::Action::import_model) return import_command(options, signals);
    if (options.action == BatchOptions::Action::serve) return serve_command(options, signals);
    return run(options, signals);
  } catch (const Error& e) {
    return report_error(e, options.json);
  } catch (const std::exception& e) {
    return report_error(Error(ErrorKind::run, {e.what(), "", "", ""}), options.json);
  }
}

}  // namespace

int run_batch(int argc, char** argv) {
  return after_output(run_command(argc, argv));
}

}  // namespace pantograph::batch
