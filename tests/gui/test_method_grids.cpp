// SPDX-License-Identifier: GPL-3.0-or-later
// Grids in the window: lists typed into the methods' editor, what refers to their points, and the pages that show them.
#include <QComboBox>
#include <QLineEdit>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeWidget>
#include <QUndoStack>

#include "editor_sample.h"
#include "method_edits.h"
#include "pages/method_form.h"
#include "pages/method_grid_form.h"
#include "pages/specialization_matrix.h"
#include "pages/training_page.h"
#include "pages/training_runs.h"
#include "project/project_file.h"
#include "project/project_grid.h"
#include "sample_views.h"
#include "typing.h"

using namespace pantograph;

class TestMethodGrids : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void lists_are_typed_and_undone() {
    Editor e("slm-pn");
    MethodGridForm* const grid = e.editor.grid();
    QVERIFY(grid->isVisible() && grid->h()->isVisible() && grid->clusters()->isVisible());
    QCOMPARE(grid->meaning(), QString());
    e.document.change("k", [](project::Project& project) { project.methods[1].clusters = 6; });
    enter(grid->h(), QStringLiteral("8, 16"));
    enter(grid->clusters(), QStringLiteral("32,8 , 16"));
    QCOMPARE(e.method("slm-pn").grid, (project::MethodGrid{{8, 16}, {}, {32, 8, 16}}));
    QCOMPARE(e.method("slm-pn").clusters, 0);  // the grid's instead
    QVERIFY(!e.editor.form()->clusters()->isEnabled());
    QCOMPARE(grid->clusters()->text(), QStringLiteral("32, 8, 16"));
    QCOMPARE(grid->meaning(), QStringLiteral("6 methods: slm-pn-h8-k32 to slm-pn-h16-k16"));
    QVERIFY(e.editor.list()->topLevelItem(2)->text(2).contains(QStringLiteral("grid of 6")));
    QCOMPARE(e.document.undoStack()->undoText(), QStringLiteral("Change the grid of slm-pn"));
    project::validate_project(e.document.project());
    e.document.undoStack()->undo();
    QCOMPARE(e.method("slm-pn").clusters, 6);
    QCOMPARE(grid->meaning(), QStringLiteral("2 methods: slm-pn-h8 to slm-pn-h16"));
    QCOMPARE(grid->clusters()->text(), QString());
    enter(grid->h(), QString());
    QVERIFY(e.method("slm-pn").grid.empty());
    QCOMPARE(grid->meaning(), QString());
  }

  void bad_text_changes_nothing_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("problem");
    QTest::newRow("a word") << "8, many"
                            << "“many” is not a whole number. Write for instance 8, 16, 32.";
    QTest::newRow("a fraction") << "1.5"
                                << "“1.5” is not a whole number";
    QTest::newRow("zero") << "0"
                          << "Expected: 1 to 65536";
    QTest::newRow("negative") << "-3"
                              << "Expected: 1 to 65536";
    QTest::newRow("twice") << "8, 8"
                           << "Expected: each value once";
    QStringList many;
    for (int i = 1; i <= 300; ++i) many << QString::number(i);
    QTest::newRow("too many") << many.join(',') << "Expected: at most 256 combinations";
  }
  void bad_text_changes_nothing() {
    QFETCH(QString, text);
    QFETCH(QString, problem);
    Editor e("slm-pn");
    const project::Project before = e.document.project();
    enter(e.editor.grid()->h(), text);
    QVERIFY2(e.editor.grid()->problem().contains(problem), qPrintable(e.editor.grid()->problem()));
    QCOMPARE(e.document.project(), before);
    QCOMPARE(e.document.undoStack()->count(), 0);
    enter(e.editor.grid()->h(), QStringLiteral("4"));
    QCOMPARE(e.editor.grid()->problem(), QString());
    QCOMPARE(e.method("slm-pn").grid.h, std::vector<int>{4});
    QCOMPARE(e.editor.grid()->meaning(), QStringLiteral("One method with these values"));
  }

  void only_kinds_with_clusters_have_grids() {
    Editor e("slm-pn");
    for (const char* kind : {"slm-mix", "slm-is"}) {
      e.editor.add(kind);
      QVERIFY2(e.editor.grid()->isVisible() && e.editor.grid()->clusters()->isVisible(), kind);
      QVERIFY(!e.editor.grid()->h()->isVisible() && !e.editor.grid()->m()->isVisible());
    }
    for (const char* other : {"slm", ""}) {
      e.editor.select(other);
      QVERIFY(!e.editor.grid()->isVisible());
    }
  }

  void others_take_over_a_point() {
    Editor e("slm-pn");
    enter(e.editor.grid()->h(), QStringLiteral("4, 8"));
    enter(e.editor.grid()->clusters(), QStringLiteral("8, 12"));
    e.editor.add("slm-pn");
    const std::string other = e.editor.selected();
    QComboBox* const source = e.editor.form()->pretrained();
    QVERIFY(source->findData("slm-pn") < 0);
    const int row = source->findData("slm-pn-h8-k12");
    QVERIFY(row > 0);
    source->setCurrentIndex(row);
    Q_EMIT source->activated(row);
    QCOMPARE(e.method(other.c_str()).pretrained, std::string("slm-pn-h8-k12"));
    QVERIFY(!e.editor.grid()->isVisible());
    project::validate_project(e.document.project());
    QCOMPARE(e.document.expanded().clusters_of(*e.document.expanded().method(other)), 12);
    // Renamed with the grid, and on its own again when the point is gone.
    project::Project project = e.document.project();
    QCOMPARE(method_edits::rename(project, "slm-pn", "pn"), std::string());
    QCOMPARE(project.method(other)->pretrained, std::string("pn-h8-k12"));
    project::validate_project(project);
    QVERIFY(!method_edits::rename(project, other, "pn-h4-k8").empty());
    method_edits::remove(project, "pn");
    QVERIFY(project.method(other)->pretrained.empty());
    project::validate_project(project);
    e.editor.select("slm-pn");
    enter(e.editor.grid()->h(), QString());
    QVERIFY(e.method(other.c_str()).pretrained.empty());
    project::validate_project(e.document.project());
  }

  void saving_does_not_expand() {
    Editor e("slm-pn");
    enter(e.editor.grid()->m(), QStringLiteral("2, 4"));
    QTemporaryDir dir;
    const QString file = dir.filePath(QStringLiteral("grids.pantograph"));
    e.document.save(file);
    QCOMPARE(project::load_project(file.toStdString()), e.document.project());
    QCOMPARE(e.document.project().methods.size(), 2U);
    QCOMPARE(e.document.expanded().methods.size(), 3U);
    ProjectDocument again;
    again.load(file);
    QCOMPARE(again.expanded(), project::expanded(e.document.project()));
  }

  void a_broken_grid_is_shown_as_declared() {
    ProjectDocument document;
    project::Project project = newProject();
    for (int i = 1; i <= 300; ++i) project.methods[1].grid.h.push_back(i);
    document.reset(project);
    QCOMPARE(document.expanded(), project);
    MethodsEditor editor(&document);
    editor.select("slm-pn");
    QVERIFY2(editor.problem().contains(QStringLiteral("at most 256 combinations")), qPrintable(editor.problem()));
    QCOMPARE(editor.grid()->meaning(), QString());
  }

  void pages_show_the_points() {
    project::Project project = sample::project();
    project.methods[1].grid.clusters = {4, 8};
    sample::Pages pages(project);
    TrainingPage page(&pages.document, &pages.bridge);
    QCOMPARE(page.runs()->topLevelItemCount(), 3);
    QCOMPARE(page.runs()->topLevelItem(2)->text(TrainingRuns::method), QStringLiteral("slm-pn-k8"));
    SpecializationMatrix matrix;
    matrix.set(pages.document.expanded(), nullptr);
    QCOMPARE(matrix.rowCount(), 3);
    QCOMPARE(matrix.headerData(1, Qt::Vertical, Qt::DisplayRole).toString(), QStringLiteral("slm-pn-k4"));
  }
};

QTEST_MAIN(TestMethodGrids)
#include "test_method_grids.moc"
