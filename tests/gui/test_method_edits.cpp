// SPDX-License-Identifier: GPL-3.0-or-later
// Edits of methods that keep the project valid.
#include <QTest>
#include <cmath>

#include "method_edits.h"
#include "pages/cost_estimate.h"
#include "project/project_file.h"
#include "project_template.h"

using namespace pantograph;

namespace {

std::vector<std::string> names(const project::Project& project) {
  return method_edits::namesOf(project);
}

}  // namespace

class TestMethodEdits : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void every_kind_can_be_added_data() {
    QTest::addColumn<QString>("kind");
    for (const project::MethodKind& kind : project::method_kinds())
      QTest::newRow(kind.id.c_str()) << QString::fromStdString(kind.id);
  }
  void every_kind_can_be_added() {
    QFETCH(QString, kind);
    for (const bool bare : {false, true}) {
      project::Project project = bare ? project::Project{} : newProject();
      const std::string name = method_edits::add(project, kind.toStdString());
      QVERIFY(project.method(name) != nullptr);
      QCOMPARE(project.method(name)->kind, kind.toStdString());
      project::validate_project(project);
      const std::string second = method_edits::add(project, kind.toStdString());
      QVERIFY(second != name);
      project::validate_project(project);
    }
  }

  void a_large_model_gets_a_larger_network() {
    project::Project project = newProject();
    project.small.front().inner = 100;
    project.small.front().block = "llama";
    project.small.front().key_value_heads = 2;
    method_edits::add(project, "llm");
    QCOMPARE(project.small.size(), std::size_t(2));
    const project::SmallNetworkSpec &small = project.small[0], &large = project.small[1];
    QCOMPARE(project.method("llm")->network, large.name);
    QCOMPARE(large.width, 2 * small.width);
    QCOMPARE(large.heads, 2 * small.heads);
    QCOMPARE(large.key_value_heads, 4);
    QVERIFY(large.same_block(small));
    QCOMPARE(large.inner, 200);
    QCOMPARE(large.layers, small.layers);
    QCOMPARE(large.context, small.context);
    // The next one shares its pretraining, and its own part is LoRA.
    const std::string lora = method_edits::add(project, "llm");
    QCOMPARE(project.small.size(), std::size_t(2));
    QCOMPARE(project.method(lora)->pretrained, std::string("llm"));
    QCOMPARE(project.method(lora)->adaptation, std::string("lora"));
    QVERIFY(project.method(lora)->generic == project::GenericSpec{});
  }

  void a_student_gets_teacher_and_pretraining() {
    project::Project project = newProject();
    const std::string name = method_edits::add(project, "slm-d");
    QCOMPARE(names(project), (std::vector<std::string>{"slm", "slm-pn", "llm", "slm-d"}));
    QCOMPARE(project.method(name)->teacher, std::string("llm"));
    QCOMPARE(project.method(name)->pretrained, std::string("slm"));
    QCOMPARE(project.method(name)->network, std::string("small"));
  }

  void removing_mends_those_that_name_it() {
    project::Project project = newProject();
    project.methods.front().generic.tokens = 3'000'000;
    method_edits::add(project, "slm-d");
    method_edits::add(project, "llm");
    QVERIFY(method_edits::removedWith(project, "llm").empty());  // llm-2 can teach
    method_edits::remove(project, "llm");
    project::validate_project(project);
    QCOMPARE(project.method("slm-d")->teacher, std::string("llm-2"));
    QVERIFY(project.method("llm-2")->pretrained.empty());
    QVERIFY(project.method("llm-2")->generic.tokens > 0);
    method_edits::remove(project, "slm");
    project::validate_project(project);
    QVERIFY(project.method("slm-d")->pretrained.empty());
    QCOMPARE(project.method("slm-d")->generic.tokens, 3'000'000U);  // the settings of the slm, now its own
    QCOMPARE(method_edits::removedWith(project, "llm-2"), std::vector<std::string>{"slm-d"});
    method_edits::remove(project, "llm-2");
    QCOMPARE(names(project), std::vector<std::string>{"slm-pn"});
    project::validate_project(project);
  }

  void renaming_keeps_references() {
    project::Project project = newProject();
    method_edits::add(project, "slm-d");
    QCOMPARE(method_edits::rename(project, "llm", "teacher"), std::string());
    QCOMPARE(project.method("slm-d")->teacher, std::string("teacher"));
    QCOMPARE(method_edits::rename(project, "slm", "base"), std::string());
    QCOMPARE(project.method("slm-d")->pretrained, std::string("base"));
    project::validate_project(project);
    const project::Project before = project;
    QVERIFY(!method_edits::rename(project, "base", "slm-pn").empty());
    QVERIFY(!method_edits::rename(project, "base", "two words").empty());
    QVERIFY(!method_edits::rename(project, "base", "").empty());
    QVERIFY(project == before);
  }

  void mending_sets_back_only_what_is_wrong() {
    project::Project project = newProject();
    method_edits::add(project, "slm-mix");
    project::MethodSpec& mix = project.methods.back();
    mix.selection = "40";  // of 8 experts
    mix.experts = "needed";
    mix.generic.tokens = 1000;
    mix.generic.budgets = {500, 2000};
    mix.generic.rate = 0.5;
    method_edits::mend(project);
    project::validate_project(project);
    QCOMPARE(project.methods.back().selection, std::string());
    QCOMPARE(project.methods.back().experts, std::string("needed"));
    QCOMPARE(project.methods.back().generic.budgets, std::vector<std::uint64_t>{500});
    QCOMPARE(project.methods.back().generic.schedule, std::string("constant"));
    QCOMPARE(project.methods.back().generic.rate, 0.5);
    // Trouble that is no method's is left to the page that can solve it.
    project.small.front().heads = 3;
    const project::Project before = project;
    method_edits::mend(project);
    QVERIFY(project == before);
    QVERIFY(method_edits::problem(project).has_value());
  }

  void the_time_of_all_methods_counts_what_is_run() {
    project::Project project = newProject();
    project.methods.resize(1);
    const FlopRates rates = {{{64, "fp32"}, 1e9}};
    const double one = genericSeconds(project, 1000, rates);
    method_edits::add(project, "slm-d");
    method_edits::remove(project, "slm-d");
    method_edits::remove(project, "llm");
    QCOMPARE(genericSeconds(project, 1000, rates), one);
    project::MethodSpec shared = project.methods.front();
    shared.name = "shared";
    project.methods.push_back(shared);
    method_edits::setPretrained(project, "shared", "slm");
    QCOMPARE(genericSeconds(project, 1000, rates), one);
    project.specialization.domains = {"a", "b", "c"};
    method_edits::add(project, "slm-is");
    QVERIFY(std::abs(genericSeconds(project, 1000, rates) / one - 4) < 1e-9);
  }
};

QTEST_GUILESS_MAIN(TestMethodEdits)
#include "test_method_edits.moc"
