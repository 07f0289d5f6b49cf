// SPDX-License-Identifier: GPL-3.0-or-later
// Use: the project's models, and what they answer, how well they predict a text, and where else they can go.
#pragma once

#include <QVariantMap>
#include <QWidget>
#include <memory>

#include "job/runs.h"
#include "use/used_model.h"

class AnswerView;
class EmptyState;
class EngineBridge;
class ExportDialog;
class ModelPicker;
class ProjectDocument;
class QLabel;
class QShortcut;
class QStackedWidget;
class QTabWidget;
class ScoreView;

class UsePage : public QWidget {
  Q_OBJECT
 public:
  UsePage(ProjectDocument* document, EngineBridge* bridge, QWidget* parent = nullptr);

  ModelPicker* picker() const { return picker_; }
  AnswerView* answers() const { return answers_; }
  ScoreView* scores() const { return scores_; }
  QTabWidget* tabs() const { return tabs_; }
  EmptyState* emptyState() const { return empty_; }
  bool isEmpty() const;
  UsedModel* model(const QString& source) const;  ///< null: not chosen
  QList<UsedModel*> models() const;               ///< chosen, in the order of choice

  /// Chooses a model besides, by its file or its run's folder.
  void use(const QString& source);
  /// `artifacts`: also what runs there that have begun since; empty: only these.
  void showRuns(const pantograph::job::RunList& runs, const std::filesystem::path& artifacts = {});

  QVariantMap saved() const;  ///< the user's preferences
  void restore(const QVariantMap& saved);

 Q_SIGNALS:
  void pageWanted(int page);  ///< 3 training

 private:
  void setChosen(const QStringList& sources);
  void refresh();
  void openExport(UsedModel* model);
  ProjectDocument* document_;
  EngineBridge* bridge_;
  QStackedWidget *stack_, *right_;
  EmptyState* empty_;
  ModelPicker* picker_;
  QTabWidget* tabs_;
  AnswerView* answers_;
  ScoreView* scores_;
  QShortcut* stop_;
  QHash<QString, UsedModel*> used_;
  int listed_ = 0;  // number of the newest look; older ones are dropped
  QString project_;
};
