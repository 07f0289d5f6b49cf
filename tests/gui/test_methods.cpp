// SPDX-License-Identifier: GPL-3.0-or-later
// The methods' editor and its form in the window.
#include <QAction>
#include <QComboBox>
#include <QDir>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QSpinBox>
#include <QTest>
#include <QToolButton>
#include <QTreeWidget>
#include <QUndoStack>
#include <algorithm>

#include "editor_sample.h"
#include "engine_bridge.h"
#include "method_edits.h"
#include "pages/block_choice.h"
#include "pages/generic_form.h"
#include "pages/method_form.h"
#include "pages/networks_page.h"
#include "project/project_file.h"
#include "theme.h"
#include "typing.h"
#include "widgets/count_edit.h"
#include "widgets/slider_spin.h"

using namespace pantograph;

namespace {

std::vector<std::string> names(const project::Project& project) {
  return method_edits::namesOf(project);
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

}  // namespace

class TestMethods : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }

  void the_editor_adds_and_undoes_in_one_step() {
    Editor e;
    const project::Project before = e.document.project();
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
    enter(e.editor.tokensEdit(), "2M");
    enter(e.editor.generic()->budgetsEdit(), "500k, 1M");
    e.valid();
    for (const char* name : {"slm", "slm-pn", "llm"}) {
      QCOMPARE(e.method(name).generic.tokens, 2'000'000U);
      QCOMPARE(e.method(name).generic.budgets, (std::vector<std::uint64_t>{500'000, 1'000'000}));
      QCOMPARE(e.method(name).generic.schedule, std::string("constant"));
    }
    QVERIFY(e.method("slm-d").generic == project::GenericSpec{});  // it takes the slm's
    QCOMPARE(e.method("slm-nopt").generic.tokens, 0U);
    QCOMPARE(e.editor.generic()->schedule()->findText("cosine"), -1);  // fits one length only
    enter(e.editor.generic()->budgetsEdit(), "5M");
    QVERIFY2(e.editor.generic()->problem().contains("2M"), qPrintable(e.editor.generic()->problem()));
    QCOMPARE(e.method("slm").generic.budgets.size(), std::size_t(2));
    e.editor.select("slm-pn");
    enter(e.editor.tokensEdit(), "800k");  // below one of the budgets, which goes
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
    e.document.change("budgets", [](project::Project& p) {
      project::GenericSpec& generic =
          std::find_if(p.methods.begin(), p.methods.end(), [](const project::MethodSpec& m) {
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
    e.document.change("width", [](project::Project& p) { p.small.front().width = 40; });
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
    enter(form->nameEdit(), "student");
    QCOMPARE(e.editor.selected(), std::string("student"));
    QVERIFY(e.document.project().method("student") != nullptr);
    enter(form->nameEdit(), "slm");
    QVERIFY(e.document.project().method("student") != nullptr);
    e.valid();
  }

  void tokens_before_growing_count() {
    Editor e;
    const auto warns = [&] {
      const auto labels = e.editor.findChildren<QLabel*>();
      return std::any_of(labels.begin(), labels.end(), [](const QLabel* label) {
        return label->isVisible() && label->text().contains("not at equal cost");
      });
    };
    QVERIFY(!warns());
    const auto half = [&](std::uint64_t start) {
      e.document.change("half", [start](project::Project& p) {
        p.methods[0].generic.schedule = "constant";
        p.methods[0].generic.budgets = {p.methods[0].generic.tokens / 4, p.methods[0].generic.tokens / 2};
        p.methods[1].start = "slm";
        p.methods[1].start_budget = p.methods[0].generic.tokens / start;
        p.methods[1].generic.tokens = p.methods[0].generic.tokens / 2;
      });
      e.valid();
    };
    half(2);
    QVERIFY(!warns());
    half(4);
    QVERIFY(warns());
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

  /// A block is chosen and taken back whole; heads of keys follow the heads, and go with the block.
  void a_block_is_chosen() {
    ProjectDocument document;
    EngineBridge bridge;
    document.reset(newProject());
    NetworksPage page(&document, &bridge);
    const auto spec = [&]() -> const project::SmallNetworkSpec& { return document.project().small.front(); };
    document.change("eight heads", [](project::Project& project) {
      project.small.front().width = 64;
      project.small.front().heads = 8;
    });
    QComboBox *const blocks = page.blockChoice()->blocks(), *const keys = page.blockChoice()->keyHeads();
    const auto choose = [](QComboBox* box, int row) {
      box->setCurrentIndex(row);
      Q_EMIT box->activated(row);
    };
    QCOMPARE(blocks->currentIndex(), 0);
    QVERIFY(keys->isHidden());
    choose(blocks, 1);
    QCOMPARE(spec().activation, std::string("gelu-tanh"));
    choose(blocks, 2);
    QCOMPARE(spec().block, std::string("llama"));
    QCOMPARE(spec().activation, std::string());
    QVERIFY(!keys->isHidden());
    QCOMPARE(keys->count(), 4);  // 8, 4, 2, 1
    choose(keys, 2);
    QCOMPARE(spec().key_value_heads, 2);
    QCOMPARE(keys->currentIndex(), 2);
    project::validate_project(document.project());
    document.change("three heads", [](project::Project& project) { project.small.front().width = 66; });
    page.widthControl()->spinBox()->setValue(72);  // heads of 9: odd
    QVERIFY(page.problem().contains(QStringLiteral("even size")));
    page.widthControl()->spinBox()->setValue(64);
    QVERIFY(page.problem().isEmpty());
    choose(blocks, 0);
    QCOMPARE(spec().key_value_heads, 0);
    QVERIFY(keys->isHidden());
    document.undoStack()->undo();
    QCOMPARE(spec().block, std::string("llama"));
    QCOMPARE(blocks->currentIndex(), 2);
    project::validate_project(document.project());
  }

  /// An inner width that is no multiple of the width is kept, and shown; a factor follows the width.
  void an_odd_inner_width_is_kept() {
    ProjectDocument document;
    EngineBridge bridge;
    document.reset(newProject());
    NetworksPage page(&document, &bridge);
    document.change("odd inner width", [](project::Project& project) {
      project.small.front().width = 16;
      project.small.front().heads = 4;
      project.small.front().inner = 24;
    });
    const auto inner = [&] { return document.project().small.front().inner; };
    QSpinBox* const factor = page.innerControl()->spinBox();
    QCOMPARE(factor->suffix(), QStringLiteral(" (24 wide)"));
    for (const int width : {24, 32, 40}) {
      page.widthControl()->spinBox()->setValue(width);
      QCOMPARE(inner(), 24);
    }
    factor->setValue(3);
    QCOMPARE(inner(), 120);
    page.widthControl()->spinBox()->setValue(16);
    QCOMPARE(inner(), 48);
    QCOMPARE(factor->suffix(), QString());
    factor->setValue(4);
    QCOMPARE(inner(), 0);
    page.widthControl()->spinBox()->setValue(24);
    QCOMPARE(inner(), 0);
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
    project::validate_project(document.project());
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
    project::Project project = newProject();
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
};

QTEST_MAIN(TestMethods)
#include "test_methods.moc"
