// SPDX-License-Identifier: GPL-3.0-or-later
// Which numbers of the records go into which of the paper's figures.
#include "measure/figures.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/words.h"
#include "measure/figure_points.h"

namespace pantograph::measure {

namespace {

const project::MethodKind& kind_of(const RunPoint& p) {
  return project::kind_of_result(p.cost.kind);
}

std::string capitalized(std::string words) {
  if (!words.empty() && words[0] >= 'a' && words[0] <= 'z') words[0] = static_cast<char>(words[0] - 'a' + 'A');
  return words;
}

class Maker {
 public:
  Maker(const std::vector<ResultRecord>& records, CostUnit unit) : study_(records, unit) {}

  FigureSet make() {
    generic_cost();
    distillation();
    total_cost_of_tasks();
    numbers_of_experts();
    for (const project::MethodKind& kind : project::method_kinds()) {
      if (kind.per_domain) numbers_of_clusters(kind);
    }
    domains();
    cost_of_fine_tuning();
    return std::move(set_);
  }

 private:
  std::string of(std::uint64_t size) const { return words::tokens(size) + " tokens of each domain"; }

  /// Of a size, for ids.
  static std::string short_of(std::uint64_t size) { return file_name_of(words::tokens(size)); }

  /// Adds the figure when a series has a point; says what would fill it when none has.
  bool add(Figure figure, const std::string& when_missing = "") {
    std::erase_if(figure.series, [](const FigureSeries& s) { return s.points.empty(); });
    if (figure.series.empty()) {
      if (!when_missing.empty()) set_.missing.push_back(when_missing);
      return false;
    }
    figure.id = study_.unique_id(figure.id);
    figure.y.log = figure.y.log || wide(figure);
    set_.figures.push_back(std::move(figure));
    return true;
  }

  /// Perplexities so far apart would leave nothing to see of the low ones on a linear axis.
  static bool wide(const Figure& figure) {
    double low = std::numeric_limits<double>::infinity(), high = 0;
    for (const FigureSeries& s : figure.series) {
      for (const FigurePoint& p : s.points) {
        if (p.y > 0) low = std::min(low, p.y), high = std::max(high, p.y);
      }
    }
    return high > 4 * low;
  }

  Figure perplexity_figure(const std::string& id, const std::string& group, const std::string& title,
                           const std::string& cost) const {
    Figure out;
    out.id = id + study_.suffix();
    out.group = group;
    out.title = title;
    out.x = {cost + ", " + study_.unit_name(), true};
    out.y = {"test perplexity", false};
    return out;
  }

  void generic_cost() {
    const std::string group = "Perplexity against the cost of the generic phase";
    const auto with_cost = [&](const RunPoint& p) { return study_.generic(p) > 0; };
    const auto x = [&](const RunPoint& p) { return study_.generic(p); };
    Figure generic = perplexity_figure("generic-perplexity", group, "Generic set", "cost of the generic phase");
    generic.y.label = "perplexity on the generic validation set";
    // A student's is that of another method, and a phase for one domain says nothing of the generic set.
    const auto own = [](const project::MethodKind& kind) {
      return kind.generic_phase && !kind.taught && !kind.per_domain;
    };
    generic.series = study_.series(
        study_.once_a_budget(), [&](const RunPoint& p) { return with_cost(p) && own(kind_of(p)); }, x,
        Study::generic_value);
    add(std::move(generic), fmt::format("Generic perplexity against cost: run a method with a generic phase ({}), best "
                                        "at several budgets.",
                                        fmt::join(project::kinds_with(own), ", ")));
    Figure before =
        perplexity_figure("specialized-before", group, "Domains, before fine-tuning", "cost of the generic phase");
    before.series = study_.series(study_.once_a_budget(), with_cost, x, Study::before_value);
    before.note = study_.without_cost(study_.once_a_budget(), Study::before_value);
    add(std::move(before),
        "Specialized perplexity against generic cost: specialize a method with a generic phase on a domain.");
    for (std::uint64_t size : study_.sizes()) {
      Figure after = perplexity_figure("specialized-" + short_of(size), group, "Domains, fine-tuned on " + of(size),
                                       "cost of the generic phase");
      after.series = study_.series(study_.of_size(size), with_cost, x, Study::after_value);
      after.note = study_.without_cost(study_.of_size(size), Study::after_value);
      add(std::move(after));
    }
  }

  void distillation() {
    const std::string group = "Distillation";
    const auto alike = [](const RunPoint& p) { return kind_of(p).one_run() && !kind_of(p).large; };
    if (!study_.has(&project::MethodKind::taught)) {
      set_.missing.push_back("Distillation against student cost and overall cost: run a method of kind " +
                             project::names_of_kinds(&project::MethodKind::taught) + ".");
      return;
    }
    for (std::uint64_t size : study_.sizes()) {
      for (const bool overall : {false, true}) {
        Figure figure = perplexity_figure(
            fmt::format("distillation-{}-{}", overall ? "overall" : "student", short_of(size)), group,
            fmt::format("{}, {}", overall ? "With its teacher's cost" : "Without its teacher's cost", of(size)),
            overall ? "overall cost of one domain" : "student's cost of one domain");
        figure.panel = true;
        figure.series = study_.series(
            study_.of_size(size), alike, [&](const RunPoint& p) { return study_.total(p, 1, overall); },
            Study::after_value);
        add(std::move(figure));
      }
    }
  }

  void total_cost_of_tasks() {
    for (std::uint64_t size : study_.sizes()) {
      for (const int tasks : {1, 7, 50}) {
        Figure figure =
            perplexity_figure(fmt::format("total-cost-{}-{}", tasks, short_of(size)), "Perplexity against total cost",
                              fmt::format("{} task{}, {}", tasks, tasks == 1 ? "" : "s", of(size)), "total cost");
        figure.panel = true;
        // Without any pretraining the perplexity is so high that nothing could be seen of the others.
        const auto trained = [](const RunPoint& p) { return kind_of(p).generic_phase; };
        const std::string untrained = study_.values(
            study_.of_size(size), [&](const RunPoint& p) { return !trained(p); }, Study::after_value);
        if (!untrained.empty()) figure.note = "Without any pretraining: " + untrained + ".";
        if (study_.has(&project::MethodKind::taught)) {
          if (!figure.note.empty()) figure.note += ' ';
          figure.note +=
              "The cost of " + project::names_of_kinds(&project::MethodKind::taught) + " holds its teacher's.";
        }
        figure.series = study_.series(
            study_.of_size(size), trained, [&, tasks](const RunPoint& p) { return study_.total(p, tasks, true); },
            Study::after_value);
        add(std::move(figure));
      }
    }
  }

  void numbers_of_experts() {
    for (const project::MethodKind& kind : project::method_kinds()) {
      if (!kind.experts()) continue;
      const std::string group = "Number of experts of " + kind.several;
      if (study_.cluster_counts(kind).size() < 2) {
        set_.missing.push_back(
            fmt::format("{}: run two methods of kind {} with different numbers of experts.", group, kind.id));
        continue;
      }
      const auto mine = [&](const RunPoint& p) { return p.cost.kind == kind.id && study_.generic(p) > 0; };
      const auto x = [&](const RunPoint& p) { return study_.generic(p); };
      Figure generic =
          perplexity_figure("experts-" + kind.id + "-generic", group, "Generic set", "cost of the generic phase");
      generic.y.label = "perplexity on the generic set";
      generic.panel = true;
      generic.series = study_.series(study_.once_a_budget(), mine, x, Study::generic_value, true);
      add(std::move(generic));
      for (std::uint64_t size : study_.sizes()) {
        Figure figure = perplexity_figure(fmt::format("experts-{}-{}", kind.id, short_of(size)), group,
                                          "Fine-tuned on " + of(size), "cost of the generic phase");
        figure.panel = true;
        figure.series = study_.series(study_.of_size(size), mine, x, Study::after_value, true);
        add(std::move(figure));
      }
    }
  }

  /// At each method's largest budget: the number of clusters is what differs.
  void numbers_of_clusters(const project::MethodKind& kind) {
    const std::string group = capitalized(kind.several);
    const std::string missing = fmt::format(
        "{} with different numbers of clusters: run two methods of kind {} with different numbers of clusters.", group,
        kind.id);
    if (study_.cluster_counts(kind).size() < 2) {
      set_.missing.push_back(missing);
      return;
    }
    Figure figure = perplexity_figure("clusters-of-" + kind.id, group, "Number of clusters", "");
    figure.x = {"clusters that the generic set is resampled by", true};
    for (std::uint64_t size : study_.sizes()) {
      std::map<std::string, const RunPoint*> largest;  // budgets are ascending
      for (const RunPoint* p : study_.of_size(size)) {
        if (p->cost.kind == kind.id) largest[p->cost.method] = p;
      }
      FigureSeries before{"before fine-tuning", "", {}}, after{"fine-tuned on " + words::tokens(size), "", {}};
      for (const auto& [method, p] : largest) {
        const double clusters = p->cost.clusters;
        after.points.push_back({clusters, p->average.after, p->average.after_spread, p->average.seeds});
        before.points.push_back({clusters, p->average.before, p->average.before_spread, p->average.seeds});
      }
      if (size == study_.sizes().front()) figure.series.push_back(Study::sorted(std::move(before)));
      figure.series.push_back(Study::sorted(std::move(after)));
    }
    add(std::move(figure), missing);
  }

  void domains() {
    for (std::uint64_t size : study_.sizes()) {
      for (const std::string& domain : study_.domains()) {
        const Study alone = study_.of_domain(domain);
        Figure figure = perplexity_figure("domain-" + file_name_of(domain) + "-" + short_of(size),
                                          "Each domain, fine-tuned on " + words::tokens(size) + " tokens", domain,
                                          "cost of the generic phase");
        figure.panel = true;
        figure.series = alone.series(
            alone.of_size(size), [&](const RunPoint& p) { return alone.generic(p) > 0; },
            [&](const RunPoint& p) { return alone.generic(p); }, Study::after_value);
        figure.note = alone.without_cost(alone.of_size(size), Study::after_value);
        add(std::move(figure));
      }
    }
  }

  void cost_of_fine_tuning() {
    for (std::uint64_t size : study_.sizes()) {
      Figure figure = perplexity_figure("fine-tuning-cost-" + short_of(size), "Cost of fine-tuning", of(size),
                                        "cost of the generic phase");
      figure.panel = true;
      figure.y = {"cost of one specialization, " + study_.unit_name(), false};
      figure.series = study_.series(
          study_.of_size(size), [&](const RunPoint& p) { return study_.generic(p) > 0; },
          [&](const RunPoint& p) { return study_.generic(p); },
          [&](const RunPoint& p) {
            return Study::Value{study_.specialization(p), 0};
          });
      add(std::move(figure));
    }
  }

  Study study_;
  FigureSet set_;
};

}  // namespace

FigureSet paper_figures(const std::vector<ResultRecord>& records, CostUnit unit) {
  return Maker(records, unit).make();
}

}  // namespace pantograph::measure
