// SPDX-License-Identifier: GPL-3.0-or-later
#include "use/used_model.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QElapsedTimer>
#include <QFutureWatcher>
#include <QThreadPool>
#include <QtConcurrent/QtConcurrentRun>
#include <cmath>
#include <mutex>
#include <numbers>
#include <type_traits>
#include <utility>

#include "base/file_stamp.h"
#include "catalog/models.h"
#include "exchange/exporter.h"
#include "format.h"
#include "model/small_model.h"

using namespace pantograph;

namespace {

constexpr int kDeliveryMilliseconds = 50;
constexpr int kCandidates = 8;
constexpr int kThreads = 16;  // more than models: a task that was told to end may take a moment

QThreadPool* threads() {
  static QThreadPool* const pool = [] {
    auto* made = new QThreadPool(qApp);
    made->setMaxThreadCount(kThreads);
    // A thread ends with its task: a new one computes with the engine's number of threads, and OpenMP's helpers of one
    // that waits would stay.
    made->setExpiryTimeout(0);
    return made;
  }();
  return pool;
}

double bitsOf(double log_probability) {
  return -log_probability / std::numbers::ln2;
}

ShownToken shown(const token::Tokenizer& tokenizer, const infer::AnswerToken& token) {
  ShownToken out{QString::fromStdString(token.text), token.id < 0 ? -1 : bitsOf(token.log_probability), {}};
  for (const infer::Candidate& c : token.candidates) {
    out.candidates.push_back({QString::fromStdString(tokenizer.decode(&c.id, 1)), std::exp(c.log_probability)});
  }
  return out;
}

int expertsOf(const model::ModelBundle& bundle) {
  return bundle.network.config().projected ? bundle.network.config().k : 0;
}

QString factsOf(const model::ModelBundle& bundle) {
  const network::NetworkConfig& config = bundle.network.config();
  QStringList parts{UsedModel::tr("%1 parameters").arg(formatShort(static_cast<double>(bundle.network.parameters())))};
  if (config.projected) parts << UsedModel::tr("projected, %1 experts").arg(config.k);
  parts << UsedModel::tr("context %1").arg(formatInteger(static_cast<quint64>(config.small.context)));
  if (!bundle.facts.provenance.method.empty()) parts << QString::fromStdString(bundle.facts.provenance.method);
  if (!bundle.facts.provenance.domain.empty())
    parts << UsedModel::tr("for %1").arg(QString::fromStdString(bundle.facts.provenance.domain));
  return parts.join(QStringLiteral(" · "));
}

}  // namespace

/// What was read, and what answers. Used by one task at a time.
struct UsedModel::Kept {
  std::mutex computing;
  std::filesystem::path source, file;
  std::optional<FileStamp> stamp;
  std::shared_ptr<const model::ModelBundle> whole, small;
  std::string experts;  // that `small` is of
  std::unique_ptr<infer::Session> session;
  std::shared_ptr<const ModelAbout> about;

  /// Reads what is not read yet or has changed since.
  void bring(const std::string& asked) {
    for (;;) {
      const std::filesystem::path now = catalog::model_file(source);
      const std::optional<FileStamp> stamp_now = file_stamp(now);
      if (whole && now == file && stamp_now == stamp) break;
      try {
        whole = std::make_shared<const model::ModelBundle>(model::read_model(now));
      } catch (const Error&) {
        if (catalog::model_file(source) != now) continue;  // a run has replaced its checkpoint since
        throw;
      }
      file = now, stamp = stamp_now;
      small.reset();
    }
    const int k = expertsOf(*whole);
    const std::string wanted = k == 0 ? std::string() : asked.empty() ? std::to_string(0) : asked;
    if (small && wanted == experts) return;
    small = model::is_small(*whole) ? whole
                                    : std::make_shared<const model::ModelBundle>(
                                          model::small_model(*whole, wanted, tr("Expert").toStdString()));
    experts = wanted;
    session = std::make_unique<infer::Session>(std::shared_ptr<const network::Network>(small, &small->network),
                                               small->tokenizer, "fp32");
    auto found = std::make_shared<ModelAbout>();
    found->name = QString::fromStdString(small->facts.name);
    found->facts = factsOf(*whole);
    found->tokenizer =
        QCryptographicHash::hash(QByteArray::fromStdString(whole->tokenizer_model), QCryptographicHash::Sha256);
    found->experts = k;
    about = std::move(found);
  }
};

/// Where a task leaves an answer's tokens.
struct UsedModel::Inbox {
  std::mutex mutex;
  QList<ShownToken> tokens;
};

UsedModel::UsedModel(const QString& source, QObject* parent)
    : QObject(parent), source_(source), kept_(std::make_shared<Kept>()) {
  kept_->source = toPath(source);
  timer_.setInterval(kDeliveryMilliseconds);
  connect(&timer_, &QTimer::timeout, this, &UsedModel::deliver);
}

UsedModel::~UsedModel() {
  if (control_) control_->stop();
}

void UsedModel::setExperts(const QString& experts) {
  if (experts == experts_) return;
  experts_ = experts;
  Q_EMIT expertsChanged();
}

void UsedModel::stop() {
  if (control_) control_->stop();
}

void UsedModel::deliver() {
  if (!inbox_) return;
  QList<ShownToken> tokens;
  {
    const std::lock_guard lock(inbox_->mutex);
    tokens.swap(inbox_->tokens);
  }
  if (!tokens.isEmpty()) Q_EMIT tokensAdded(tokens);
}

/// work(Kept&, const TaskContext&, End&) on another thread, then tell(End) on this one.
template <typename End, typename Work, typename Tell>
void UsedModel::start(const Work& work, const Tell& tell) {
  struct Done {
    std::shared_ptr<const ModelAbout> about;
    End end;
  };
  stop();
  timer_.stop();
  inbox_.reset();
  if (const auto give_up = std::exchange(give_up_, nullptr)) give_up();
  constexpr bool ends = !std::is_same_v<End, ExportEnd>;  // an export is not left half done
  if constexpr (ends) {
    give_up_ = [tell] {
      End stopped;
      stopped.stopped = true;
      tell(stopped);
    };
  }
  const bool was_busy = isBusy();
  control_ = std::make_shared<Control>();
  auto* watcher = new QFutureWatcher<Done>(this);
  connect(watcher, &QFutureWatcherBase::finished, this, [this, watcher, tell, control = control_] {
    watcher->deleteLater();
    const Done done = watcher->result();
    const bool newest = control == control_;
    if (newest) {
      deliver();
      timer_.stop();
      inbox_.reset();
      control_.reset();
      give_up_ = nullptr;
    }
    if (done.about && done.about != about_) {
      about_ = done.about;
      Q_EMIT aboutChanged();
    }
    if (newest || !ends) tell(done.end);
    if (newest) Q_EMIT busyChanged(false);
  });
  watcher->setFuture(QtConcurrent::run(
      threads(), [kept = kept_, work, control = control_, experts = experts_.trimmed().toStdString()]() -> Done {
        const std::lock_guard one_at_a_time(kept->computing);
        Done done;
        const auto failed = [&](const QString& error) {
          done.end.error = error;
          if (done.about) return;  // it was read
          auto about = std::make_shared<ModelAbout>();
          about->error = error;
          if (kept->whole) {
            about->name = QString::fromStdString(kept->whole->facts.name);
            about->experts = expertsOf(*kept->whole);
          }
          done.about = about;
        };
        try {
          const TaskContext task{control.get(), {}, {}};
          task.poll();
          kept->bring(experts);
          done.about = kept->about;
          QElapsedTimer clock;
          clock.start();
          work(*kept, task, done.end);
          done.end.seconds = static_cast<double>(clock.nsecsElapsed()) / 1e9;
        } catch (const Interrupted&) {
          done.end.stopped = true;
        } catch (const Error& error) {
          failed(formatError(error.text()));
        } catch (const std::exception& error) {
          failed(QString::fromUtf8(error.what()));
        }
        return done;
      }));
  if (!was_busy) Q_EMIT busyChanged(true);
}

void UsedModel::read() {
  start<TaskEnd>([](Kept&, const TaskContext&, TaskEnd&) {}, [](const TaskEnd&) {});
}

void UsedModel::answer(const QString& prompt, const infer::GenerateSettings& settings) {
  auto inbox = std::make_shared<Inbox>();
  infer::GenerateSettings asked = settings;
  asked.candidates = kCandidates;
  start<AnswerEnd>(
      [inbox, asked, text = prompt.toStdString()](Kept& kept, const TaskContext& task, AnswerEnd& end) {
        const auto answers = kept.session->generate(
            {text}, asked,
            [&](std::size_t, const infer::AnswerToken& token) {
              ShownToken one = shown(*kept.small->tokenizer, token);
              if (token.id < 0 && one.text.isEmpty()) return;
              const std::lock_guard lock(inbox->mutex);
              inbox->tokens.push_back(std::move(one));
            },
            task);
        end.finish = answers.at(0).finish;
        end.tokens = static_cast<int>(answers.at(0).tokens.size());
        end.stopped = end.finish == infer::Finish::interrupted;
      },
      [this](const AnswerEnd& end) { Q_EMIT answered(end); });
  inbox_ = inbox;
  timer_.start();
}

void UsedModel::score(const QString& text) {
  start<ScoreEnd>(
      [text = text.toStdString()](Kept& kept, const TaskContext& task, ScoreEnd& end) {
        const infer::ScoredText found =
            infer::score_text(kept.small->network, *kept.small->tokenizer, text, "fp32", kMostScoredTokens, task);
        end.score = found.score;
        for (const infer::ScoredToken& token : found.tokens)
          end.tokens.push_back({QString::fromStdString(token.text), bitsOf(token.log_probability), {}});
      },
      [this](const ScoreEnd& end) { Q_EMIT scored(end); });
}

void UsedModel::exportTo(const QString& format, const QString& number, bool as_it_is, const QString& out) {
  start<ExportEnd>(
      [format = format.toStdString(), number = number.toStdString(), as_it_is, path = toPath(out)](
          Kept& kept, const TaskContext&, ExportEnd& end) {
        const exchange::ExportReport report =
            exchange::export_model(exchange::exporter(format), as_it_is ? *kept.whole : *kept.small, path, {number});
        for (const auto& file : report.files) end.files << toQString(file);
        for (const std::string& sentence : report.exact) end.exact << QString::fromStdString(sentence);
        for (const std::string& sentence : report.near) end.near << QString::fromStdString(sentence);
      },
      [this](const ExportEnd& end) { Q_EMIT exported(end); });
}
