// SPDX-License-Identifier: GPL-3.0-or-later
// A model that was chosen for use: read once and kept. It answers, scores and is exported on threads of its own, one
// task at a time: a new one ends the one before.
#pragma once

#include <QList>
#include <QObject>
#include <QStringList>
#include <QTimer>
#include <functional>
#include <memory>

#include "infer/scoring.h"
#include "infer/session.h"

namespace pantograph {
class Control;
}

/// A token as it is shown.
struct ShownToken {
  QString text;     ///< that it completes; empty: it is part of a character or of what may become a stop string
  double bits = 0;  ///< −log₂ of its probability; below 0: not known
  struct Candidate {
    QString text;
    double probability = 0;
  };
  QList<Candidate> candidates;  ///< the most likely, falling; of answers
};

/// What is known of a model once it was read.
struct ModelAbout {
  QString error;         ///< not empty: why it could not be
  QString name, facts;   ///< facts: a line for people
  QByteArray tokenizer;  ///< a hash: perplexities compare within one tokenizer
  int experts = 0;       ///< of a projected network; 0: a small one
};

/// How a task ended.
struct TaskEnd {
  QString error;         ///< not empty: why it could not be done
  bool stopped = false;  ///< it was told to end
  double seconds = 0;
};
struct AnswerEnd : TaskEnd {
  pantograph::infer::Finish finish = pantograph::infer::Finish::interrupted;
  int tokens = 0;
};
struct ScoreEnd : TaskEnd {
  pantograph::infer::Score score;
  QList<ShownToken> tokens;  ///< the first of them, at most kMostScoredTokens
};
struct ExportEnd : TaskEnd {
  QStringList files, exact, near;
};

inline constexpr std::size_t kMostScoredTokens = 20'000;  ///< shown; a view lays out all of its text at once

class UsedModel : public QObject {
  Q_OBJECT
 public:
  /// `source`: a model's file, or a run's folder, which stands for its newest checkpoint at each task.
  explicit UsedModel(const QString& source, QObject* parent = nullptr);
  ~UsedModel() override;  ///< stops what goes on, waits for nothing

  QString source() const { return source_; }
  std::shared_ptr<const ModelAbout> about() const { return about_; }  ///< null until it was read
  bool isBusy() const { return control_ != nullptr; }
  /// Of a projected network: an expert's number or a mixture, as `pantograph generate --expert` takes it.
  QString experts() const { return experts_; }
  void setExperts(const QString& experts);

  void read();
  void answer(const QString& prompt, const pantograph::infer::GenerateSettings& settings);
  void score(const QString& text);
  /// `as_it_is`: a projected network stays one.
  void exportTo(const QString& format, const QString& number, bool as_it_is, const QString& out);
  void stop();

 Q_SIGNALS:
  void aboutChanged();
  void expertsChanged();
  void busyChanged(bool busy);
  void tokensAdded(const QList<ShownToken>& tokens);  ///< of the answer that goes on, at most 20 times a second
  void answered(const AnswerEnd& end);
  void scored(const ScoreEnd& end);
  void exported(const ExportEnd& end);

 private:
  struct Kept;
  struct Inbox;
  template <typename End, typename Work, typename Tell>
  void start(const Work& work, const Tell& tell);
  void deliver();

  const QString source_;
  QString experts_;
  std::shared_ptr<const ModelAbout> about_;
  std::shared_ptr<Kept> kept_;  // shared with a task that outlives this
  std::shared_ptr<Inbox> inbox_;
  std::shared_ptr<pantograph::Control> control_;  // of the task that goes on
  std::function<void()> give_up_;                 // tells whoever waits for it that the task was ended by a newer one
  QTimer timer_;
};
