// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/law_words.h"

#include <QCoreApplication>
#include <QStringList>
#include <algorithm>
#include <cmath>

#include "base/numbers.h"
#include "format.h"
#include "plot/quantities.h"

using namespace pantograph;

namespace law_words {
namespace {

QString tr(const char* text, int n = -1) {
  return QCoreApplication::translate("laws", text, nullptr, n);
}

QString counted(int count, const char* one, const char* many) {
  return (count == 1 ? tr(one) : tr(many)).arg(count);
}

QString tokens(const std::vector<double>& counts) {
  QStringList texts;
  for (const double count : counts)
    texts << QString::fromStdString(format_count(static_cast<std::uint64_t>(std::llround(count))));
  return texts.join(QStringLiteral(", "));
}

QString needs(const report::MissingLaw& law) {
  QStringList parts;
  const auto add = [&](const std::vector<double>& counts, const char* one, const char* many) {
    if (!counts.empty()) {
      parts << tr("%1, for example %2").arg(counted(static_cast<int>(counts.size()), one, many), tokens(counts));
    }
  };
  add(law.needs.generic_tokens, "%1 more generic budget", "%1 more generic budgets");
  add(law.needs.domain_tokens, "%1 more size of the specialization set", "%1 more sizes of the specialization set");
  if (parts.isEmpty()) return QString::fromStdString(law.reason);
  return tr("Missing: %1.").arg(parts.join(tr("; ")));
}

/// "12.3M (10.1M to 15M)", "12.3M (at least 10.1M)"
QString shown(double value, const plan::Interval& range, bool interval, QString (*format)(double)) {
  const QString low = format(range.low), high = format(range.high);
  if (!interval || (low == high && range.bounds == plan::Bounds{})) return format(value);
  return QStringLiteral("%1 (%2)").arg(
      format(value), QString::fromStdString(plan::in_words(range, low.toStdString(), high.toStdString())));
}

QString percent(double share) {
  return formatPercent(share);
}

QString loss(double value) {
  return std::isfinite(value) ? QString::number(value, 'f', 3) : QStringLiteral("–");
}

QString perplexityOf(double value) {
  return std::isfinite(value) ? quantities::perplexity(std::exp(value)) : QStringLiteral("–");
}

}  // namespace

QString family(plan::LawFamily family) {
  return tr(plan::in_words(family));
}

QString formula(plan::LawFamily family) {
  switch (family) {
    case plan::LawFamily::additive:
      return QStringLiteral("L = E + A/N^α + B/D^β + C/D′^γ");
    case plan::LawFamily::effective_data:
      return QStringLiteral("L = E + A/N^α + B/(D′ + κ·D^δ)^β");
    case plan::LawFamily::two_stage:
      return QStringLiteral("L = E + A·D^(−α)·D′^(−β + γ·ln D)");
  }
  return {};
}

QString found(const report::MethodLaw& law) {
  const plan::LawChoice& choice = law.choice;
  QStringList others;
  for (const plan::FamilyScore& score : choice.scores) {
    if (score.family == choice.fit.family) continue;
    others << (score.excluded.empty() ? tr("%1 %2").arg(family(score.family), formatPercent(score.mean_error))
                                      : tr("%1: not compared").arg(family(score.family)));
  }
  QString text =
      tr("%1, %2. Fitted to the %3 smaller runs, its mean error on the %4 larger ones is %5 (%6). Then fitted "
         "to all %7; beyond %8 generic tokens the curves are extrapolated.")
          .arg(family(choice.fit.family), formula(choice.fit.family))
          .arg(choice.fitted_runs)
          .arg(choice.held_out_runs)
          .arg(formatPercent(report::held_out_error(choice)), others.join(QStringLiteral(", ")))
          .arg(law.points.size())
          .arg(formatShort(choice.fit.generic_tokens.high));
  if (choice.fit.level > 0) {
    text += tr(" Bands: %1 of the fits to %2 resampled networks (budget and seed).")
                .arg(formatPercent(choice.fit.level, 0))
                .arg(choice.fit.networks);
  }
  if (const std::string note = plan::interval_note(choice.fit); !note.empty())
    text += tr(" Note: %1.").arg(QString::fromStdString(note));
  if (law.split.passes != 1)
    text +=
        tr(" The runs read a specialization set %1 times; the split pays for that.").arg(formatShort(law.split.passes));
  if (!choice.fit.converged) text += tr(" The fit did not converge.");
  return text;
}

QString missing(const std::vector<report::MissingLaw>& missing) {
  struct Line {
    QString method, lacks;
    int runs, budgets, sizes;
    QStringList domains;
  };
  std::vector<Line> lines;
  for (const report::MissingLaw& law : missing) {
    const QString method = QString::fromStdString(law.method), lacks = needs(law);
    auto same = std::find_if(lines.begin(), lines.end(), [&](const Line& line) {
      return line.method == method && line.lacks == lacks && line.runs == law.runs && line.budgets == law.budgets &&
             line.sizes == law.sizes;
    });
    if (same == lines.end()) same = lines.insert(same, {method, lacks, law.runs, law.budgets, law.sizes, {}});
    same->domains << QString::fromStdString(law.domain);
  }
  if (lines.empty()) return {};
  QStringList texts{
      tr("A law needs runs at several generic budgets and sizes of the specialization set: smaller ones that it is "
         "fitted to, and larger ones, with at least twice their tokens, that it is tested on.")};
  for (const Line& line : lines) {
    texts << tr("•  %1 on %2: %3 at %4 and %5. %6")
                 .arg(line.method, line.domains.join(QStringLiteral(", ")), counted(line.runs, "%1 run", "%1 runs"),
                      counted(line.budgets, "%1 budget", "%1 budgets"), counted(line.sizes, "%1 size", "%1 sizes"),
                      line.lacks);
  }
  return texts.join(QStringLiteral("\n\n"));
}

QString split(const plan::SplitPlan& plan) {
  const plan::SplitForSize& size = plan.best();
  const bool interval = plan.level > 0;
  QStringList lines{tr("Generic phase: %1 tokens, %2 of the budget")
                        .arg(shown(size.best.generic_tokens, plan.generic_tokens, interval, formatShort),
                             shown(size.best.generic_share, plan.generic_share, interval, percent)),
                    tr("Specialization: %1 tokens for each domain")
                        .arg(shown(size.best.domain_tokens, plan.domain_tokens, interval, formatShort)),
                    tr("Predicted loss %1, perplexity %2")
                        .arg(shown(size.best.loss, plan.loss, interval, loss),
                             shown(size.best.loss, plan.loss, interval, perplexityOf))};
  const auto compare = [&](double other, const char* text) {
    if (std::isfinite(other)) lines << tr(text).arg(perplexityOf(other));
  };
  compare(size.even.loss, "Half of the budget for each phase: perplexity %1");
  compare(size.all_generic.loss, "All of it for the generic phase: perplexity %1");
  compare(size.all_specialization.loss, "All of it for specialization: perplexity %1");
  if (interval) lines << tr("In brackets: %1 of the resamples").arg(formatPercent(plan.level, 0));
  for (const std::string& warning : plan.warnings) lines << tr("Note: %1").arg(QString::fromStdString(warning));
  return lines.join('\n');
}

}  // namespace law_words
