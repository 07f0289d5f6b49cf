// SPDX-License-Identifier: GPL-3.0-or-later
// The paper's figures as data, against plain sums over the records.
#include <algorithm>
#include <cmath>
#include <set>

#include <QtTest>

#include "measure/figures.h"
#include "sample_comparison.h"

using namespace pantograph;

namespace {

bool close(double a, double b) {
  return std::abs(a - b) <= 1e-12 * std::max(std::abs(a), std::abs(b));
}

const measure::Figure* find(const measure::FigureSet& set, const std::string& id) {
  const auto found =
      std::find_if(set.figures.begin(), set.figures.end(), [&](const measure::Figure& f) { return f.id == id; });
  return found == set.figures.end() ? nullptr : &*found;
}

const measure::FigureSeries* find(const measure::Figure& figure, const std::string& name) {
  const auto found =
      std::find_if(figure.series.begin(), figure.series.end(), [&](const auto& s) { return s.name == name; });
  return found == figure.series.end() ? nullptr : &*found;
}

/// Mean over seeds of the exponential of the mean log perplexity over domains, and the standard deviation.
template <class Value>
std::pair<double, double> plain_average(const std::vector<measure::ResultRecord>& records, const std::string& method,
                                        std::uint64_t budget, std::uint64_t size, const Value& value) {
  std::vector<double> seeds;
  for (std::uint64_t seed : {7ull, 8ull}) {
    double sum = 0;
    int count = 0;
    for (const measure::ResultRecord& r : records) {
      if (r.method != method || r.generic_budget != budget || r.specialization_tokens != size || r.seed != seed)
        continue;
      sum += std::log(value(r));
      ++count;
    }
    seeds.push_back(std::exp(sum / count));
  }
  const double mean = (seeds[0] + seeds[1]) / 2;
  return {mean, std::sqrt((seeds[0] - mean) * (seeds[0] - mean) + (seeds[1] - mean) * (seeds[1] - mean))};
}

std::set<std::string> names_of(const measure::Figure& figure) {
  std::set<std::string> out;
  for (const measure::FigureSeries& s : figure.series) out.insert(s.name);
  return out;
}

}  // namespace

class TestFigures : public QObject {
  Q_OBJECT
  const std::vector<measure::ResultRecord> records_ = sample::comparison_records();
  const measure::FigureSet flops_ = measure::paper_figures(records_, measure::CostUnit::flops),
                           time_ = measure::paper_figures(records_, measure::CostUnit::seconds);

 private Q_SLOTS:
  void every_figure_of_the_paper_is_there() {
    QVERIFY2(flops_.missing.empty() || flops_.missing.size() == 1, flops_.missing.front().c_str());
    QVERIFY(flops_.missing[0].find("hard mixtures") != std::string::npos);  // one slm-mix only
    for (const char* id : {"generic-perplexity", "specialized-before", "specialized-20k", "specialized-100k",
                           "distillation-student-20k", "distillation-overall-100k", "total-cost-1-20k",
                           "total-cost-7-20k", "total-cost-50-100k", "experts-slm-pn-generic", "experts-slm-pn-100k",
                           "clusters-of-slm-is", "domain-law-20k", "domain-scripture-100k", "fine-tuning-cost-20k"}) {
      QVERIFY2(find(flops_, std::string(id) + "-flops"), id);
      QVERIFY2(find(time_, std::string(id) + "-time"), id);
    }
    std::set<std::string> ids;
    for (const measure::FigureSet* set : {&flops_, &time_}) {
      for (const measure::Figure& figure : set->figures) {
        QVERIFY2(ids.insert(figure.id).second, figure.id.c_str());
        QVERIFY(!figure.series.empty() && !figure.title.empty() && !figure.x.label.empty());
        for (const measure::FigureSeries& s : figure.series) {
          QVERIFY(!s.points.empty());
          QVERIFY(std::is_sorted(s.points.begin(), s.points.end(), [](auto& a, auto& b) { return a.x < b.x; }));
        }
      }
    }
  }

  void specialized_perplexity_against_generic_cost() {
    const measure::Figure* figure = find(flops_, "specialized-100k-flops");
    QVERIFY(figure && figure->x.log);
    // Methods without a shared generic phase have no place on this axis; the note has them.
    QCOMPARE(names_of(*figure), (std::set<std::string>{"slm", "slm-pn", "slm-pn-32", "slm-mix", "slm-d", "llm"}));
    QVERIFY(figure->note.find("slm-is ") != std::string::npos && figure->note.find("slm-nopt") != std::string::npos);
    const measure::FigureSeries* pn = find(*figure, "slm-pn");
    QCOMPARE(pn->points.size(), std::size_t(3));
    const std::uint64_t budgets[] = {1'000'000, 4'000'000, 16'000'000};
    for (std::size_t i = 0; i < 3; ++i) {
      const auto [mean, spread] =
          plain_average(records_, "slm-pn", budgets[i], 100'000, [](auto& r) { return r.perplexity_after; });
      QVERIFY(close(pn->points[i].x, 1.78e7 * static_cast<double>(budgets[i])));
      QVERIFY(close(pn->points[i].y, mean));
      QVERIFY(std::abs(pn->points[i].spread - spread) < 1e-9 && spread > 0);
      QCOMPARE(pn->points[i].seeds, 2);
    }
    const measure::Figure* before = find(time_, "specialized-before-time");
    const auto mean = plain_average(records_, "llm", 4'000'000, 100'000, [](auto& r) { return r.perplexity_before; });
    QVERIFY(close(find(*before, "llm")->points[1].y, mean.first));
    QVERIFY(close(find(*before, "llm")->points[1].x, 6.1e-5 * 4e6));
    QCOMPARE(before->x.label, std::string("cost of the generic phase, seconds"));
  }

  void total_cost_of_n_tasks() {
    for (const int tasks : {1, 7, 50}) {
      const measure::Figure* figure = find(flops_, "total-cost-" + std::to_string(tasks) + "-20k-flops");
      QVERIFY(figure);
      QCOMPARE(figure->series.size(), sample::comparison_methods().size() - 1);  // slm-nopt stands in the note
      QVERIFY(!find(*figure, "slm-nopt") && figure->note.find("Without any pretraining: slm-nopt 1") == 0);
      const double tuned = 340 * 2048;
      QVERIFY(close(find(*figure, "slm")->points[0].x, 1.56e7 * 1e6 + tasks * 1.56e7 * tuned));
      QVERIFY(close(find(*figure, "slm-is")->points[2].x, tasks * 1.56e7 * (tuned + 16e6)));
      QVERIFY(close(find(*figure, "slm-mix")->points[1].x, 1.56e7 * 4e6 + tasks * 16 * 1.56e7 * tuned));
      QVERIFY(
          close(find(*figure, "slm-d")->points[0].x, 1.56e7 * 1e6 + 9.4e7 * 16e6 + tasks * (1.56e7 + 9.4e7) * tuned));
    }
  }

  void distillation_with_and_without_its_teacher() {
    const double tuned = 340 * 2048;
    const measure::Figure *student = find(flops_, "distillation-student-20k-flops"),
                          *overall = find(flops_, "distillation-overall-20k-flops");
    QVERIFY(close(find(*student, "slm-d")->points[0].x, 1.56e7 * (1e6 + tuned)));
    QVERIFY(close(find(*overall, "slm-d")->points[0].x, 1.56e7 * (1e6 + tuned) + 9.4e7 * (16e6 + tuned)));
    QVERIFY(close(find(*overall, "slm")->points[0].x, find(*student, "slm")->points[0].x));
    QVERIFY(!find(*student, "llm"));
  }

  void experts_clusters_and_fine_tuning() {
    const measure::Figure* experts = find(flops_, "experts-slm-pn-20k-flops");
    QCOMPARE(names_of(*experts), (std::set<std::string>{"slm-pn (16 experts)", "slm-pn-32 (32 experts)"}));
    const measure::Figure* clusters = find(flops_, "clusters-of-slm-is-flops");
    QCOMPARE(clusters->series.size(), std::size_t(3));  // before, two sizes
    const measure::FigureSeries* after = find(*clusters, "fine-tuned on 100k");
    QCOMPARE(after->points.size(), std::size_t(2));
    QVERIFY(after->points[0].x == 16 && after->points[1].x == 64);
    const auto mean =
        plain_average(records_, "slm-is", 16'000'000, 100'000, [](auto& r) { return r.perplexity_after; });
    QVERIFY(close(after->points[1].y, mean.first));
    const measure::Figure* tuning = find(time_, "fine-tuning-cost-20k-time");
    QVERIFY(close(find(*tuning, "llm")->points[0].y, 6 * 1.25e-5 * 340 * 2048));
  }

  void a_panel_holds_one_domain() {
    const measure::Figure* figure = find(flops_, "domain-recipes-100k-flops");
    QVERIFY(figure->panel);
    double sum = 0;
    for (const measure::ResultRecord& r : records_) {
      if (r.method == "slm" && r.domain == "recipes" && r.generic_budget == 4'000'000 &&
          r.specialization_tokens == 100'000)
        sum += r.perplexity_after / 2;
    }
    QVERIFY(close(find(*figure, "slm")->points[1].y, sum));
  }

  void long_runs_are_told_in_hours() {
    auto records = records_;
    for (measure::ResultRecord& r : records) r.generic_seconds *= 3600;
    const measure::FigureSet set = measure::paper_figures(records, measure::CostUnit::seconds);
    const measure::Figure* figure = find(set, "specialized-20k-time");
    QCOMPARE(figure->x.label, std::string("cost of the generic phase, hours"));
    QVERIFY(close(find(*figure, "slm")->points[0].x, 1.25e-5 * 1e6));
    QCOMPARE(find(set, "domain-law-20k-time")->x.label, figure->x.label);
  }

  void old_records_give_what_they_can_and_the_rest_is_said() {
    const measure::FigureSet set =
        measure::paper_figures({sample::record("slm", "law", 40, 20), sample::record("slm-pn", "law", 44, 19),
                                sample::record("slm-nopt", "law", 4000, 120)},
                               measure::CostUnit::flops);
    QVERIFY(find(set, "generic-perplexity-flops") && find(set, "specialized-100k-flops"));
    QVERIFY(!find(set, "total-cost-7-100k-flops")->y.log);
    const measure::FigureSet apart = measure::paper_figures(
        {sample::record("slm", "law", 40, 20), sample::record("slm-pn", "law", 99, 90)}, measure::CostUnit::flops);
    QVERIFY(find(apart, "total-cost-7-100k-flops")->y.log);
    QVERIFY(!find(set, "distillation-student-100k-flops") && !find(set, "clusters-of-slm-is-flops"));
    QString missing;
    for (const std::string& sentence : set.missing) missing += QString::fromStdString(sentence) + "\n";
    for (const char* kind : {"slm-d", "slm-pn", "slm-mix", "slm-is"}) QVERIFY2(missing.contains(kind), kind);
    QCOMPARE(set.missing.size(), std::size_t(4));
    QVERIFY(measure::paper_figures({}, measure::CostUnit::seconds).figures.empty());
  }

  void hostile_names_give_harmless_ids() {
    QCOMPARE(measure::file_name_of("../../etc/passwd"), std::string("etc-passwd"));
    QCOMPARE(measure::file_name_of("\x01é\xff"), std::string("unnamed"));
    QCOMPARE(measure::file_name_of(std::string(500, 'a')).size(), std::size_t(80));
    std::vector<measure::ResultRecord> records;
    for (const char* domain : {"a b", "a/b", "a\tb"}) records.push_back(sample::record("slm", domain, 40, 20));
    const measure::FigureSet set = measure::paper_figures(records, measure::CostUnit::flops);
    QVERIFY(find(set, "domain-a-b-100k-flops") && find(set, "domain-a-b-100k-flops-2") &&
            find(set, "domain-a-b-100k-flops-3"));
  }

  void csv_has_every_point() {
    const QStringList lines = QString::fromStdString(measure::figures_csv(flops_.figures)).split('\n');
    qsizetype points = 0;
    for (const measure::Figure& figure : flops_.figures) {
      for (const measure::FigureSeries& s : figure.series) points += static_cast<qsizetype>(s.points.size());
    }
    QCOMPARE(lines.size(), points + 2);  // header, and the end of the last line
    QCOMPARE(lines[0], QString("figure,title,series,method,x_label,x,y_label,y,spread,seeds"));
    QVERIFY(lines[1].startsWith(
        "generic-perplexity-flops,Generic set,llm,llm,\"cost of the generic phase, FLOP\",9.4e+13,"));
  }

  void csv_has_the_interval_of_a_fitted_curve() {
    measure::Figure figure;
    figure.id = "law";
    figure.x.label = "tokens";
    figure.y.label = "loss";
    figure.series = {{"fitted", "slm", {{1e6, 3, 0, 0}}, measure::FigureMarks::line, {2.5}, {3.25}},
                     {"runs", "slm", {{1e6, 3.125, 0, 1}}, measure::FigureMarks::points}};
    QCOMPARE(measure::figures_csv({figure}),
             std::string("figure,title,series,method,x_label,x,y_label,y,spread,seeds,low,high\n"
                         "law,,fitted,slm,tokens,1e+06,loss,3,0,0,2.5,3.25\n"
                         "law,,runs,slm,tokens,1e+06,loss,3.125,0,1,,\n"));
  }
};

QTEST_GUILESS_MAIN(TestFigures)
#include "test_figures.moc"
