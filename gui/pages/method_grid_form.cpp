// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/method_grid_form.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <algorithm>
#include <optional>

#include "format.h"
#include "method_edits.h"
#include "project/method_kind.h"
#include "project/project_grid.h"
#include "project_document.h"
#include "theme.h"

using namespace pantograph;

namespace {

QString listText(const std::vector<int>& values) {
  QStringList words;
  for (const int value : values) words << QString::number(value);
  return words.join(QStringLiteral(", "));
}

/// Nothing, and `why`, where a part is not a whole number. Which numbers may stand there, the rules say.
std::optional<std::vector<int>> parseList(const QString& text, QString* why) {
  std::vector<int> values;
  for (const QString& part : text.split(QLatin1Char(','), Qt::SkipEmptyParts)) {
    const QString word = part.trimmed();
    if (word.isEmpty()) continue;
    bool good = false;
    values.push_back(QLocale::c().toInt(word, &good));
    if (good) continue;
    *why = MethodGridForm::tr("“%1” is not a whole number. Write for instance 8, 16, 32.").arg(word);
    return std::nullopt;
  }
  return values;
}

project::MethodSpec* specOf(project::Project& project, const std::string& name) {
  const auto at = std::find_if(project.methods.begin(), project.methods.end(),
                               [&](const project::MethodSpec& m) { return m.name == name; });
  return at == project.methods.end() ? nullptr : &*at;
}

}  // namespace

MethodGridForm::MethodGridForm(ProjectDocument* document, QWidget* parent) : QWidget(parent), document_(document) {
  auto* row = new QHBoxLayout;
  row->addWidget(new QLabel(tr("Grid"), this));
  const auto add = [&](Field& field, const QString& label, const QString& tip,
                       std::vector<int> project::MethodGrid::*list) {
    field = {new QLabel(label, this), new QLineEdit(this), list};
    field.label->setBuddy(field.edit);
    field.edit->setPlaceholderText(tr("8, 16, 32"));
    field.edit->setToolTip(tip + tr("\nOne method is run for each combination of the grid's values"));
    field.edit->setAccessibleName(tr("Grid of %1").arg(label));
    row->addWidget(field.label);
    row->addWidget(field.edit, 1);
    connect(field.edit, &QLineEdit::editingFinished, this, [this, &field] { commit(field); });
  };
  add(fields_[0], tr("h"), tr("Capacity multipliers of the projected network"), &project::MethodGrid::h);
  add(fields_[1], tr("k"), tr("Numbers of clusters"), &project::MethodGrid::clusters);
  add(fields_[2], tr("m"), tr("Sizes of an expert's vector"), &project::MethodGrid::m);
  meaning_ = new QLabel(this);
  problem_ = new QLabel(this);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(4);
  layout->addLayout(row);
  for (QLabel* label : {meaning_, problem_}) {
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->hide();
    layout->addWidget(label);
  }
  connect(document_, &ProjectDocument::changed, this, &MethodGridForm::refresh);
  refresh();
}

void MethodGridForm::setMethod(const std::string& name) {
  name_ = name;
  refresh();
}

void MethodGridForm::commit(const Field& field) {
  if (!field.edit->isModified()) return;
  field.edit->setModified(false);
  QString why;
  const auto values = parseList(field.edit->text(), &why);
  const auto set = [&](project::Project& project) {
    project::MethodSpec* const method = specOf(project, name_);
    if (method == nullptr) return;
    method->grid.*field.list = *values;
    if (!method->grid.clusters.empty()) method->clusters = 0;
  };
  if (values) {
    project::Project tried = document_->project();
    set(tried);
    const auto found = method_edits::problem(tried);
    if (found && found->where.starts_with("method." + name_ + ".grid")) why = formatError(*found);
  }
  problem_->setVisible(!why.isEmpty());
  if (!why.isEmpty()) {
    QPalette colors = palette();
    colors.setColor(QPalette::WindowText, theme::errorColor(colors));
    problem_->setPalette(colors);
    problem_->setText(why);
    return;
  }
  document_->change(tr("Change the grid of %1").arg(QString::fromStdString(name_)), [&](project::Project& project) {
    set(project);
    method_edits::mend(project);
  });
}

void MethodGridForm::refresh() {
  const project::MethodSpec* const method = document_->project().method(name_);
  const project::MethodKind* const kind = method == nullptr ? nullptr : &project::method_kind(method->kind);
  setVisible(kind != nullptr && kind->own_clusters() && method->pretrained.empty());
  if (method == nullptr) return;
  for (const Field& field : fields_) {
    const bool shown = kind->projected || field.list == &project::MethodGrid::clusters;
    field.label->setVisible(shown);
    field.edit->setVisible(shown);
    field.edit->setText(listText(method->grid.*field.list));
    field.edit->setModified(false);
  }
  problem_->hide();
  const bool good = !method->grid.empty() && project::grid_size(method->grid) <= project::kMostGridPoints;
  meaning_->setVisible(good);
  if (!good) return;
  const std::vector<project::GridPoint> points = project::grid_points(*method);
  meaning_->setText(points.size() == 1 ? tr("One method with these values")
                                       : tr("%1 methods: %2 to %3")
                                             .arg(points.size())
                                             .arg(QString::fromStdString(points.front().name),
                                                  QString::fromStdString(points.back().name)));
}

QString MethodGridForm::meaning() const {
  return meaning_->isHidden() ? QString() : meaning_->text();
}

QString MethodGridForm::problem() const {
  return problem_->isHidden() ? QString() : problem_->text();
}
