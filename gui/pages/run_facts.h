// SPDX-License-Identifier: GPL-3.0-or-later
// What a run was made from and what came out: state, times, machine, frozen settings, inputs.
#pragma once

#include <QTreeWidget>
#include <memory>

#include "job/runs.h"

class RunFacts : public QTreeWidget {
  Q_OBJECT
 public:
  explicit RunFacts(QWidget* parent = nullptr);
  void setRun(const std::shared_ptr<const pantograph::job::RunInfo>& run);  ///< null: empty
  QString value(const QString& name) const;                                 ///< of a line; empty when there is none

 protected:
  void keyPressEvent(QKeyEvent* event) override;  ///< copies the line

 private:
  void line(QTreeWidgetItem* group, const QString& name, const QString& value, const QString& tip = {});
  std::filesystem::path folder_;  // of the run shown
  QTreeWidgetItem *outcome_, *settings_, *inputs_;
};

namespace run_settings {

/// A setting's JSON text as people read it: without quotes around a word, a hash cut to its first digits.
QString shown(const std::string& json);
/// "generic.tokens": the dotted path of each leaf of the frozen settings; a list is a leaf.
std::vector<std::pair<QString, QString>> leaves(const nlohmann::json& settings);

}  // namespace run_settings
