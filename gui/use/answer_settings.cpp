// SPDX-License-Identifier: GPL-3.0-or-later
#include "use/answer_settings.h"

#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLocale>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRandomGenerator>
#include <QSignalBlocker>
#include <QSpinBox>
#include <limits>

using pantograph::infer::GenerateSettings;

namespace {

constexpr int kMostTokens = 1'000'000;  // an answer ends with the context, whatever is said here

/// Stop strings, one a line; a line break in one is \n.
QString lineOf(const std::string& stop) {
  QString out = QString::fromStdString(stop);
  return out.replace('\\', QStringLiteral("\\\\")).replace('\n', QStringLiteral("\\n"));
}
std::string stopOf(const QString& line) {
  QString out;
  for (int i = 0; i < line.size(); ++i) {
    const bool escaped = line[i] == '\\' && i + 1 < line.size();
    if (escaped) ++i;
    out += escaped && line[i] == 'n' ? QChar('\n') : line[i];
  }
  return out.toStdString();
}

}  // namespace

AnswerSettings::AnswerSettings(QWidget* parent) : QWidget(parent) {
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  QFormLayout* form = nullptr;
  const auto column = [&] {
    form = new QFormLayout;
    form->setVerticalSpacing(3);
    row->addLayout(form);
    row->setAlignment(form, Qt::AlignTop);
  };
  const auto real = [&](const QString& name, const QString& tip, double least, double most, double step) {
    auto* box = new QDoubleSpinBox(this);
    box->setRange(least, most);
    box->setDecimals(2);
    box->setSingleStep(step);
    box->setToolTip(tip);
    form->addRow(name, box);
    connect(box, &QDoubleSpinBox::valueChanged, this, &AnswerSettings::changed);
    return box;
  };
  const auto whole = [&](const QString& name, const QString& tip, int least, int most) {
    auto* box = new QSpinBox(this);
    box->setRange(least, most);
    box->setToolTip(tip);
    form->addRow(name, box);
    connect(box, &QSpinBox::valueChanged, this, &AnswerSettings::changed);
    return box;
  };
  column();
  temperature_ = real(tr("&Temperature"), tr("0: the most likely token, always; above 1: more daring"), 0, 100, 0.1);
  top_k_ = whole(tr("Top-&k"), tr("Draw among so many of the most likely tokens"), 0, 1'000'000);
  top_k_->setSpecialValueText(tr("all"));
  top_p_ =
      real(tr("Top-&p"), tr("Draw among the most likely tokens that have this probability together"), 0.01, 1, 0.05);
  column();
  min_p_ =
      real(tr("&Min-p"), tr("Draw among the tokens with this share of the most likely one's probability"), 0, 1, 0.05);
  penalty_ = real(tr("&Repetition penalty"), tr("Above 1: less likely what stands there already"), 0.01, 100, 0.1);
  tokens_ = whole(tr("Tokens at most"), tr("An answer also ends where the model's context does"), 1, kMostTokens);
  column();
  seed_ = whole(tr("Se&ed"), tr("The same seed, the same answer; all models have the same"), 0,
                std::numeric_limits<int>::max());
  auto* another = new QPushButton(tr("Another see&d"), this);
  connect(another, &QPushButton::clicked, this,
          [this] { seed_->setValue(static_cast<int>(QRandomGenerator::global()->bounded(1'000'000))); });
  form->addRow(QString(), another);
  stop_ = new QPlainTextEdit(this);
  stop_->setToolTip(tr("The answer ends before such a text; one a line, \\n is a line break"));
  stop_->setTabChangesFocus(true);
  stop_->setFixedHeight(fontMetrics().height() * 3);
  column();
  form->addRow(tr("Stop strin&gs"), stop_);
  row->addStretch();
  connect(stop_, &QPlainTextEdit::textChanged, this, &AnswerSettings::changed);
  setSettings({});
}

GenerateSettings AnswerSettings::settings() const {
  GenerateSettings out;
  out.sampling.temperature = temperature_->value();
  out.sampling.top_k = top_k_->value();
  out.sampling.top_p = top_p_->value();
  out.sampling.min_p = min_p_->value();
  out.sampling.repetition_penalty = penalty_->value();
  out.sampling.seed = static_cast<std::uint64_t>(seed_->value());
  out.max_tokens = tokens_->value();
  for (const QString& line : stop_->toPlainText().split('\n', Qt::SkipEmptyParts)) out.stop.push_back(stopOf(line));
  return out;
}

void AnswerSettings::setSettings(const GenerateSettings& settings) {
  const bool blocked = blockSignals(true);
  temperature_->setValue(settings.sampling.temperature);
  top_k_->setValue(settings.sampling.top_k);
  top_p_->setValue(settings.sampling.top_p);
  min_p_->setValue(settings.sampling.min_p);
  penalty_->setValue(settings.sampling.repetition_penalty);
  seed_->setValue(static_cast<int>(std::min<std::uint64_t>(settings.sampling.seed, std::numeric_limits<int>::max())));
  tokens_->setValue(settings.max_tokens);
  QStringList lines;
  for (const std::string& stop : settings.stop) lines << lineOf(stop);
  stop_->setPlainText(lines.join('\n'));
  blockSignals(blocked);
  Q_EMIT changed();
}

QVariantMap AnswerSettings::saved() const {
  return {{"temperature", temperature_->value()},
          {"top_k", top_k_->value()},
          {"top_p", top_p_->value()},
          {"min_p", min_p_->value()},
          {"repetition_penalty", penalty_->value()},
          {"seed", seed_->value()},
          {"tokens", tokens_->value()},
          {"stop", stop_->toPlainText()}};
}

void AnswerSettings::restore(const QVariantMap& saved) {
  for (const auto& [key, box] : {std::pair("temperature", temperature_), std::pair("top_p", top_p_),
                                 std::pair("min_p", min_p_), std::pair("repetition_penalty", penalty_)}) {
    if (saved.contains(key)) box->setValue(saved.value(key).toDouble());
  }
  for (const auto& [key, box] : {std::pair("top_k", top_k_), std::pair("seed", seed_), std::pair("tokens", tokens_)}) {
    if (saved.contains(key)) box->setValue(saved.value(key).toInt());
  }
  if (saved.contains("stop")) stop_->setPlainText(saved.value("stop").toString());
}

QString AnswerSettings::summary() const {
  return tr("Temperature %1, seed %2, at most %3 tokens")
      .arg(QLocale().toString(temperature_->value()), QLocale().toString(seed_->value()),
           QLocale().toString(tokens_->value()));
}
