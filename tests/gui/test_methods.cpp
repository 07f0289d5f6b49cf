// SPDX-License-Identifier: GPL-3.0-or-later
// Methods in the window: edits that keep the project valid, and the editor that makes them.
#include <QAction>
#include <QComboBox>
#include <QDir>
#include <QDoubleSpinBox>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QSpinBox>
#include <QTest>
#include <QToolButton>
#include <QTreeWidget>
#include <QUndoStack>

#include "engine_bridge.h"
#include "method/method.h"
#include "method_edits.h"
#include "pages/cost_estimate.h"
#include "pages/generic_form.h"
#include "pages/method_form.h"
#include "pages/methods_editor.h"
#include "pages/networks_page.h"
#include "project_document.h"
#include "project_template.h"
#include "store/project_file.h"
#include "theme.h"
#include "widgets/count_edit.h"

using namespace pantograph;

namespace {

std::vector<std::string> names(const Project& project) {
  return method_edits::namesOf(project, "");
}

void type(QLineEdit* edit, const QString& text) {
  edit->selectAll();
  QTest::keyClicks(edit, text);
  QTest::keyClick(edit, Qt::Key_Return);
}

/// As a user picks it: the row whose data is `word`.
bool pick(QComboBox* box, const char* word) {
  const int row = box->findData(QString::fromLatin1(word));
  if (row < 0) return false;
  box->setCurrentIndex(row);
  Q_EMIT box->activated(row);
  Q_EMIT box->textActivated(box->currentText());
  return true;
}

struct Editor {
  ProjectDocument document;
  MethodsEditor editor{&document};
  Editor() {
    document.reset(newProject());
    editor.resize(540, 700);
    editor.show();
    editor.activateWindow();
  }
  const MethodSpec& method(const char* name) const { return *document.project().method(name); }
  void valid() const { validate_project(document.project()); }
};

}  // namespace

class TestMethods : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }

  void every_kind_can_be_added_data() {
    QTest::addColumn<QString>("kind");
    for (const MethodKind& kind : method_kinds()) QTest::newRow(kind.id.c_str()) << QString::fromStdString(kind.id);
  }
  void every_kind_can_be_added() {
    QFETCH(QString, kind);
    for (const bool bare : {false, true}) {
      Project project = bare ? Project{} : newProject();
      const std::string name = method_edits::add(project, kind.toStdString());
      QVERIFY(project.method(name) != nullptr);
      QCOMPARE(project.method(name)->kind, kind.toStdString());
      validate_project(project);
      const std::string second = method_edits::add(project, kind.toStdString());
      QVERIFY(second != name);
      validate_project(project);
    }
  }

  void a_large_model_gets_a_larger_network() {
    Project project = newProject();
    project.small.front().inner = 100;
    method_edits::add(project, "llm");
    QCOMPARE(project.small.size(), std::size_t(2));
    const SmallNetworkSpec &small = project.small[0], &large = project.small[1];
    QCOMPARE(project.method("llm")->network, large.name);
    QCOMPARE(large.width, 2 * small.width);
    QCOMPARE(large.heads, 2 * small.heads);
    QCOMPARE(large.inner, 200);
    QCOMPARE(large.layers, small.layers);
    QCOMPARE(large.context, small.context);
    // The next one shares its pretraining, and its own part is LoRA.
    const std::string lora = method_edits::add(project, "llm");
    QCOMPARE(project.small.size(), std::size_t(2));
    QCOMPARE(project.method(lora)->pretrained, std::string("llm"));
    QCOMPARE(project.method(lora)->adaptation, std::string("lora"));
    QVERIFY(project.method(lora)->generic == GenericSpec{});
  }

  void a_student_gets_teacher_and_pretraining() {
    Project project = newProject();
    const std::string name = method_edits::add(project, "slm-d");
    QCOMPARE(names(project), (std::vector<std::string>{"slm", "slm-pn", "llm", "slm-d"}));
    QCOMPARE(project.method(name)->teacher, std::string("llm"));
    QCOMPARE(project.method(name)->pretrained, std::string("slm"));
    QCOMPARE(project.method(name)->network, std::string("small"));
  }

  void removing_mends_those_that_name_it() {
    Project project = newProject();
    project.methods.front().generic.tokens = 3'000'000;
    method_edits::add(project, "slm-d");
    method_edits::add(project, "llm");
    QVERIFY(method_edits::removedWith(project, "llm").empty());  // llm-2 can teach
    method_edits::remove(project, "llm");
    validate_project(project);
    QCOMPARE(project.method("slm-d")->teacher, std::string("llm-2"));
    QVERIFY(project.method("llm-2")->pretrained.empty());
    QVERIFY(project.method("llm-2")->generic.tokens > 0);
    method_edits::remove(project, "slm");
    validate_project(project);
    QVERIFY(project.method("slm-d")->pretrained.empty());
    QCOMPARE(project.method("slm-d")->generic.tokens, 3'000'000U);  // the settings of the slm, now its own
    QCOMPARE(method_edits::removedWith(project, "llm-2"), std::vector<std::string>{"slm-d"});
    method_edits::remove(project, "llm-2");
    QCOMPARE(names(project), std::vector<std::string>{"slm-pn"});
    validate_project(project);
  }

  void renaming_keeps_references() {
    Project project = newProject();
    method_edits::add(project, "slm-d");
    QCOMPARE(method_edits::rename(project, "llm", "teacher"), std::string());
    QCOMPARE(project.method("slm-d")->teacher, std::string("teacher"));
    QCOMPARE(method_edits::rename(project, "slm", "base"), std::string());
    QCOMPARE(project.method("slm-d")->pretrained, std::string("base"));
    validate_project(project);
    const Project before = project;
    QVERIFY(!method_edits::rename(project, "base", "slm-pn").empty());
    QVERIFY(!method_edits::rename(project, "base", "two words").empty());
    QVERIFY(!method_edits::rename(project, "base", "").empty());
    QVERIFY(project == before);
  }

  void mending_sets_back_only_what_is_wrong() {
    Project project = newProject();
    method_edits::add(project, "slm-mix");
    MethodSpec& mix = project.methods.back();
    mix.selection = "40";  // of 8 experts
    mix.experts = "needed";
    mix.generic.tokens = 1000;
    mix.generic.budgets = {500, 2000};
    mix.generic.rate = 0.5;
    method_edits::mend(project);
    validate_project(project);
    QCOMPARE(project.methods.back().selection, std::string());
    QCOMPARE(project.methods.back().experts, std::string("needed"));
    QCOMPARE(project.methods.back().generic.budgets, std::vector<std::uint64_t>{500});
    QCOMPARE(project.methods.back().generic.schedule, std::string("constant"));
    QCOMPARE(project.methods.back().generic.rate, 0.5);
    // Trouble that is no method's is left to the page that can solve it.
    project.small.front().heads = 3;
    const Project before = project;
    method_edits::mend(project);
    QVERIFY(project == before);
    QVERIFY(method_edits::problem(project).has_value());
  }

  void the_editor_adds_and_undoes_in_one_step() {
    Editor e;
    const Project before = e.document.project();
    e.editor.addMenu()->findChild<QAction*>("slm-d")->trigger();
    QCOMPARE(e.editor.list()->topLevelItemCount(), 5);  // and the row of all
    QCOMPARE(e.editor.selected(), std::string("slm-d"));
    QCOMPARE(e.document.undoStack()->count(), 1);
    e.valid();
    e.editor.select("llm");
    QVERIFY(e.editor.removeButton()->toolTip().contains("slm-d"));
    QVERIFY(QTest::qWaitForWindowActive(&e.editor));
    e.editor.list()->setFocus();
    QTest::keyClick(e.editor.list(), Qt::Key_Delete);
    QCOMPARE(names(e.document.project()), (std::vector<std::string>{"slm", "slm-pn"}));
    QCOMPARE(e.document.undoStack()->count(), 2);
    e.document.undoStack()->undo();
    QCOMPARE(names(e.document.project()), (std::vector<std::string>{"slm", "slm-pn", "llm", "slm-d"}));
    e.document.undoStack()->undo();
    QVERIFY(e.document.project() == before);
  }

  void one_budget_for_all_methods() {
    Editor e;
    e.editor.add("slm-nopt");
    e.editor.add("slm-d");
    e.editor.select("");
    type(e.editor.tokensEdit(), "2M");
    type(e.editor.generic()->budgetsEdit(), "500k, 1M");
    e.valid();
    for (const char* name : {"slm", "slm-pn", "llm"}) {
      QCOMPARE(e.method(name).generic.tokens, 2'000'000U);
      QCOMPARE(e.method(name).generic.budgets, (std::vector<std::uint64_t>{500'000, 1'000'000}));
      QCOMPARE(e.method(name).generic.schedule, std::string("constant"));
    }
    QVERIFY(e.method("slm-d").generic == GenericSpec{});  // it takes the slm's
    QCOMPARE(e.method("slm-nopt").generic.tokens, 0U);
    QVERIFY(!e.editor.generic()->schedule()->isEnabled());
    type(e.editor.generic()->budgetsEdit(), "5M");
    QVERIFY2(e.editor.generic()->problem().contains("2M"), qPrintable(e.editor.generic()->problem()));
    QCOMPARE(e.method("slm").generic.budgets.size(), std::size_t(2));
    e.editor.select("slm-pn");
    type(e.editor.tokensEdit(), "800k");  // below one of the budgets, which goes
    QCOMPARE(e.method("slm-pn").generic.budgets, std::vector<std::uint64_t>{500'000});
    QCOMPARE(e.method("slm").generic.tokens, 2'000'000U);
    e.valid();
  }

  void only_choices_that_fit_are_offered() {
    Editor e;
    e.editor.add("llm");
    e.editor.add("slm-mix");
    MethodForm* form = e.editor.form();
    e.editor.select("llm");
    QVERIFY(pick(form->start(), "slm"));
    QCOMPARE(e.method("llm").start, std::string("slm"));
    QVERIFY(form->start()->findData("slm-pn") < 0);
    QVERIFY(form->startBudget()->isHidden());  // there is but one network to grow from
    e.document.change("budgets", [](Project& p) {
      GenericSpec& generic = std::find_if(p.methods.begin(), p.methods.end(), [](const MethodSpec& m) {
                               return m.name == "slm";
                             })->generic;
      generic.schedule = "constant";
      generic.budgets = {100'000, 200'000};
    });
    QVERIFY(!form->startBudget()->isHidden());
    QVERIFY(pick(form->startBudget(), "200000"));
    QCOMPARE(e.method("llm").start_budget, 200'000U);
    QVERIFY(pick(form->start(), ""));
    QCOMPARE(e.method("llm").start_budget, 0U);
    QVERIFY(pick(form->start(), "slm"));
    QVERIFY(form->pretrained()->findData("slm") < 0);  // another network
    e.valid();
    // Another width of the small network: the large one cannot grow from it any more, and the message says so.
    e.document.change("width", [](Project& p) { p.small.front().width = 40; });
    QVERIFY2(e.editor.problem().contains("method.llm.start"), qPrintable(e.editor.problem()));
    QVERIFY(pick(form->start(), ""));
    QCOMPARE(e.editor.problem(), QString());
    QVERIFY(form->start()->findData("slm") < 0);

    e.editor.select("slm-mix");
    QVERIFY(pick(form->experts(), "needed"));
    QVERIFY(form->selection()->findData("best-after") < 0);
    QVERIFY(pick(form->experts(), "all"));
    QVERIFY(pick(form->selection(), "best-after"));
    QVERIFY(form->experts()->findData("needed") < 0);
    form->clusters()->setValue(4);
    QCOMPARE(e.method("slm-mix").clusters, 4);
    e.valid();
  }

  void details_belong_to_the_kind() {
    Editor e;
    for (const char* kind : {"slm-nopt", "slm-mix", "slm-is", "slm-d", "llm"}) e.editor.add(kind);
    MethodForm* form = e.editor.form();
    const auto shown = [&](const char* name) {
      e.editor.select(name);
      QStringList out;
      const std::pair<const char*, QWidget*> fields[] = {
          {"pretrained", form->pretrained()}, {"selection", form->selection()},   {"experts", form->experts()},
          {"clusters", form->clusters()},     {"adaptation", form->adaptation()}, {"rank", form->loraRank()},
          {"teacher", form->teacher()},       {"rate", form->rateFactor()}};
      for (const auto& [word, field] : fields) {
        if (field->isVisible()) out << QLatin1String(word);
      }
      return out.join(' ');
    };
    QCOMPARE(shown("slm"), QStringLiteral("rate"));
    QCOMPARE(shown("slm-nopt"), QString());
    QCOMPARE(shown("slm-pn"), QStringLiteral("selection clusters rate"));
    QCOMPARE(shown("slm-mix"), QStringLiteral("selection experts clusters rate"));
    QCOMPARE(shown("slm-is"), QStringLiteral("clusters rate"));
    QCOMPARE(shown("slm-d"), QStringLiteral("pretrained teacher rate"));
    QCOMPARE(shown("llm-2"), QStringLiteral("pretrained adaptation rank rate"));
    QVERIFY(!form->network()->isEnabled());  // that of the llm
    form->loraRank()->setValue(4);
    form->loraRank()->setValue(2);
    QCOMPARE(e.method("llm-2").lora_rank, 2);
    e.document.undoStack()->undo();  // both steps of the spin box
    QCOMPARE(e.method("llm-2").lora_rank, 8);
    e.editor.select("slm-d");
    form->teacherWeight()->setValue(0.75);
    QCOMPARE(e.method("slm-d").teacher_weight, 0.75);
    type(form->nameEdit(), "student");
    QCOMPARE(e.editor.selected(), std::string("student"));
    QVERIFY(e.document.project().method("student") != nullptr);
    type(form->nameEdit(), "slm");
    QVERIFY(e.document.project().method("student") != nullptr);
    e.valid();
  }

  void a_copy_has_its_own_name() {
    Editor e;
    e.editor.select("slm-pn");
    e.editor.duplicateButton()->click();
    QCOMPARE(e.editor.selected(), std::string("slm-pn-2"));
    QCOMPARE(names(e.document.project()), (std::vector<std::string>{"slm", "slm-pn", "slm-pn-2"}));
    e.editor.form()->clusters()->setValue(16);
    QCOMPARE(e.method("slm-pn-2").clusters, 16);
    QCOMPARE(e.method("slm-pn").clusters, 0);
    e.valid();
  }

  void networks_are_copied_and_removed() {
    ProjectDocument document;
    EngineBridge bridge;
    document.reset(newProject());
    NetworksPage page(&document, &bridge);
    QVERIFY(!page.removeButton(false)->isEnabled());
    QVERIFY(page.removeButton(false)->toolTip().contains("slm"));
    page.copyButton(false)->click();
    QCOMPARE(document.project().small.size(), std::size_t(2));
    QCOMPARE(page.smallChoice()->currentText(), QStringLiteral("small-2"));
    QVERIFY(page.removeButton(false)->isEnabled());
    page.removeButton(false)->click();
    QCOMPARE(document.project().small.size(), std::size_t(1));
    page.copyButton(true)->click();
    QCOMPARE(document.project().projected.size(), std::size_t(2));
    validate_project(document.project());
  }

  void pictures_data() {
    QTest::addColumn<QSize>("size");
    QTest::addColumn<bool>("dark");
    for (const QSize& size : {QSize(1280, 800), QSize(1920, 1080)}) {
      for (const bool dark : {false, true})
        QTest::addRow("%dx%d-%s", size.width(), size.height(), dark ? "dark" : "light") << size << dark;
    }
  }
  void pictures() {
    QFETCH(QSize, size);
    QFETCH(bool, dark);
    theme::apply(dark ? theme::Choice::dark : theme::Choice::light);
    ProjectDocument document;
    EngineBridge bridge;
    Project project = newProject();
    for (const char* kind : {"slm-nopt", "slm-mix", "slm-is", "slm-d", "llm"}) method_edits::add(project, kind);
    document.reset(project);
    NetworksPage page(&document, &bridge);
    page.resize(size - QSize(180, 90));  // beside navigation, tool bar and status bar
    page.show();
    QVERIFY(QTest::qWaitForWindowExposed(&page));
    for (const char* method : {"", "slm-mix", "slm-d", "llm-2"}) {
      page.methods()->select(method);
      QTest::qWait(50);
      QCOMPARE(page.size(), size - QSize(180, 90));
      QVERIFY2(page.minimumSizeHint().width() <= 1280 - 180,
               qPrintable(QString::number(page.minimumSizeHint().width())));
      // Nothing is cut off at the side: the methods' scroll area has no horizontal bar.
      QWidget* viewport = page.methods()->parentWidget()->parentWidget()->parentWidget();
      QVERIFY2(page.methods()->parentWidget()->minimumSizeHint().width() <= viewport->width(), method);
      if (const QString folder = qEnvironmentVariable("PANTOGRAPH_SCREENSHOTS"); !folder.isEmpty()) {
        QVERIFY(QDir().mkpath(folder));
        QVERIFY(page.grab().save(QStringLiteral("%1/methods-%2-%3.png")
                                     .arg(folder, *method ? method : "all", QLatin1String(QTest::currentDataTag()))));
      }
    }
    theme::apply(theme::Choice::light);
  }

  void the_time_of_all_methods_counts_what_is_run() {
    Project project = newProject();
    project.methods.resize(1);
    const FlopRates rates = {{{64, "fp32"}, 1e9}};
    const double one = genericSeconds(project, 1000, rates);
    method_edits::add(project, "slm-d");
    method_edits::remove(project, "slm-d");
    method_edits::remove(project, "llm");
    QCOMPARE(genericSeconds(project, 1000, rates), one);
    MethodSpec shared = project.methods.front();
    shared.name = "shared";
    project.methods.push_back(shared);
    method_edits::setPretrained(project, "shared", "slm");
    QCOMPARE(genericSeconds(project, 1000, rates), one);
    project.specialization.domains = {"a", "b", "c"};
    method_edits::add(project, "slm-is");
    QVERIFY(std::abs(genericSeconds(project, 1000, rates) / one - 4) < 1e-9);
  }
};

QTEST_MAIN(TestMethods)
#include "test_methods.moc"
