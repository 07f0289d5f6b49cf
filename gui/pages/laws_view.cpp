// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/laws_view.h"

#include <QBoxLayout>
#include <QComboBox>
#include <QFormLayout>
#include <QFutureWatcher>
#include <QGroupBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolTip>
#include <QTreeWidget>
#include <QtConcurrent/QtConcurrentRun>

#include "format.h"
#include "pages/law_words.h"
#include "plot/figure_plot.h"
#include "plot/quantities.h"
#include "report/law_figure.h"
#include "widgets/count_edit.h"
#include "widgets/empty_state.h"

using namespace pantograph;

namespace {

constexpr int kMissing = -1;  // data of the row that lists what is not there yet

struct Answer {
  measure::Figure figure;
  QStringList sizes;
  std::optional<plan::SplitPlan> plan;
  QString problem;
};

Answer answer(const report::MethodLaw& law, const std::vector<plan::LawFit>& fits, const plan::SplitRequest& request) {
  Answer out;
  try {
    out.figure = report::law_figure(law);
    for (const measure::FigureSeries& series : out.figure.series) out.sizes << QString::fromStdString(series.method);
    out.sizes.removeDuplicates();
    out.plan = plan::plan_split(fits, request);
  } catch (const Error& e) {
    out.problem = formatError(e.text());
  } catch (const std::exception& e) {
    out.problem = QString::fromLocal8Bit(e.what());
  }
  return out;
}

QLabel* textLabel(QWidget* parent) {
  auto* label = new QLabel(parent);
  label->setWordWrap(true);
  label->setTextFormat(Qt::PlainText);
  label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  label->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  return label;
}

QScrollArea* scrolled(QLabel* label, QWidget* parent) {
  auto* area = new QScrollArea(parent);
  area->setWidget(label);
  area->setWidgetResizable(true);
  area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  area->setFrameShape(QFrame::NoFrame);
  return area;
}

}  // namespace

LawsView::LawsView(QWidget* parent) : QWidget(parent) {
  list_ = new QTreeWidget(this);
  list_->setAccessibleName(tr("Scaling laws"));
  list_->setHeaderLabels({tr("Domain"), tr("Method"), tr("Law"), tr("Error")});
  list_->headerItem()->setToolTip(3, tr("Mean error of the predicted loss on the larger runs, which the law had not "
                                        "been fitted to"));
  list_->setRootIsDecorated(false);
  list_->setUniformRowHeights(true);
  list_->setAlternatingRowColors(true);
  list_->header()->setSectionResizeMode(QHeaderView::ResizeToContents);
  list_->header()->setStretchLastSection(true);
  title_ = new QLabel(this);
  title_->setTextFormat(Qt::PlainText);
  QFont bold = font();
  bold.setBold(true);
  title_->setFont(bold);
  plot_ = new FigurePlot(this);
  note_ = textLabel(this);
  missing_ = textLabel(this);
  missing_->setMargin(fontMetrics().averageCharWidth() * 2);

  auto* left = new QSplitter(Qt::Vertical, this);
  left->addWidget(list_);
  left->addWidget(makeSplit());
  left->setStretchFactor(0, 2);
  left->setStretchFactor(1, 3);
  left->setSizes({fontMetrics().height() * 12, fontMetrics().height() * 24});
  left->setChildrenCollapsible(false);
  auto* picture = new QWidget(this);
  auto* picture_layout = new QVBoxLayout(picture);
  picture_layout->setContentsMargins(0, 0, 0, 0);
  picture_layout->addWidget(title_);
  picture_layout->addWidget(plot_, 1);
  picture_layout->addWidget(note_);
  stack_ = new QStackedWidget(this);
  stack_->addWidget(picture);
  stack_->addWidget(scrolled(missing_, this));
  auto* split = new QSplitter(this);
  split->addWidget(left);
  split->addWidget(stack_);
  split->setStretchFactor(1, 1);
  split->setSizes({fontMetrics().averageCharWidth() * 62, 700});
  split->setChildrenCollapsible(false);
  empty_ = new EmptyState(icons::Icon::results, this);
  empty_->button()->setToolTip(tr("With everything that it needs and that is not up to date"));
  outer_ = new QStackedWidget(this);
  outer_->addWidget(empty_);
  outer_->addWidget(split);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(outer_);

  connect(list_, &QTreeWidget::currentItemChanged, this, &LawsView::showChosen);
  connect(empty_->button(), &QPushButton::clicked, this, &LawsView::reportWanted);
  showView(nullptr);
}

QWidget* LawsView::makeSplit() {
  split_box_ = new QGroupBox(tr("Split of a budget between the two phases"), this);
  budget_ = new QLineEdit(split_box_);
  budget_->setToolTip(
      tr("FLOPs of the generic phase and of all specializations together: 2e15, 2P. Empty: what the "
         "largest run cost."));
  budget_->setAccessibleName(tr("Budget in FLOPs"));
  domains_ = new QSpinBox(split_box_);
  domains_->setRange(0, 100'000);
  domains_->setKeyboardTracking(false);
  domains_->setToolTip(tr("Domains that share the generic phase; each pays its own specialization"));
  domains_->setAccessibleName(tr("Domains that share the generic phase"));
  domain_set_ = new CountEdit(split_box_);
  domain_set_->setZeroText(tr("no limit"));
  domain_set_->setToolTip(tr("Tokens of each domain that there are to specialize on"));
  domain_set_->setAccessibleName(tr("Tokens of each domain"));
  loss_of_ = new QComboBox(split_box_);
  loss_of_->addItems({tr("this domain"), tr("all, mean")});
  loss_of_->setToolTip(
      tr("What the split makes as low as it can: the loss on this domain, or the mean over all domains "
         "that this method has a law for"));
  loss_of_->setAccessibleName(tr("Loss on"));
  split_ = textLabel(split_box_);
  split_->setAccessibleName(tr("Recommended split"));
  auto* form = new QFormLayout;
  form->addRow(tr("Budge&t (FLOPs)"), budget_);
  form->addRow(tr("Split over domai&ns"), domains_);
  form->addRow(tr("Domain set (to&kens)"), domain_set_);
  form->addRow(tr("&Loss on"), loss_of_);
  auto* layout = new QVBoxLayout(split_box_);
  layout->addLayout(form);
  layout->addWidget(scrolled(split_, split_box_), 1);
  connect(budget_, &QLineEdit::editingFinished, this, &LawsView::readBudget);
  connect(loss_of_, &QComboBox::currentIndexChanged, this, &LawsView::ask);
  connect(domains_, &QSpinBox::valueChanged, this, &LawsView::ask);
  connect(domain_set_, &CountEdit::countEdited, this, [this](quint64 count) {
    chosen_set_ = count;
    ask();
  });
  return split_box_;
}

void LawsView::showView(std::shared_ptr<const job::ProjectView> view) {
  view_ = std::move(view);
  drawn_ = nullptr;
  if (!view_) {  // another project: what was asked of the last one's laws is not of this one's
    const QSignalBlocker quiet[] = {QSignalBlocker(domains_), QSignalBlocker(loss_of_)};
    chosen_budget_.reset();
    chosen_set_.reset();
    budget_text_.clear();
    budget_->clear();
    domains_->setValue(0);
    loss_of_->setCurrentIndex(0);
  }
  fill();
}

void LawsView::setFilter(const QString& method, const QString& domain) {
  if (method == method_ && domain == domain_) return;
  method_ = method;
  domain_ = domain;
  fill();
}

void LawsView::fill() {
  const report::Laws* laws = view_ && view_->laws ? &*view_->laws : nullptr;
  const bool any = laws && (!laws->fitted.empty() || !laws->missing.empty());
  outer_->setCurrentIndex(any ? 1 : 0);
  if (!laws) {
    empty_->set(
        tr("No scaling laws yet"),
        tr("They are fitted when the report is written, which is missing or out of date. A method needs runs at "
           "several generic budgets and sizes of the specialization set."),
        tr("&Write the report"));
  } else if (!any) {
    empty_->set(
        tr("No scaling laws"),
        tr("They relate the loss to the tokens of the generic phase: specialize a method that has one, at several "
           "of its budgets."));
  }
  const auto accepts = [&](const auto& law) {
    return (method_.isEmpty() || method_.toStdString() == law.method) &&
           (domain_.isEmpty() || domain_.toStdString() == law.domain);
  };
  const QTreeWidgetItem* current = list_->currentItem();
  const QString before = current ? current->text(0) + '\n' + current->text(1) : QString();
  {
    const QSignalBlocker quiet(list_);
    list_->clear();
    QTreeWidgetItem* chosen = nullptr;
    int missing = 0;
    if (laws) {
      for (std::size_t i = 0; i < laws->fitted.size(); ++i) {
        const report::MethodLaw& law = laws->fitted[i];
        if (!accepts(law)) continue;
        auto* item = new QTreeWidgetItem(
            list_, {QString::fromStdString(law.domain), QString::fromStdString(law.method),
                    law_words::family(law.choice.fit.family), formatPercent(report::held_out_error(law.choice))});
        item->setData(0, Qt::UserRole, static_cast<int>(i));
        item->setToolTip(2, law_words::formula(law.choice.fit.family));
        if (!chosen || item->text(0) + '\n' + item->text(1) == before) chosen = item;
      }
      for (const report::MissingLaw& law : laws->missing) missing += accepts(law);
    }
    if (missing > 0 || (any && !chosen)) {
      auto* item = new QTreeWidgetItem(list_, {tr("Not yet: %1").arg(missing)});
      item->setData(0, Qt::UserRole, kMissing);
      if (!chosen || item->text(0) + '\n' == before) chosen = item;
    }
    list_->setCurrentItem(chosen);
  }
  showChosen();
}

const report::MethodLaw* LawsView::law() const {
  const QTreeWidgetItem* item = list_->currentItem();
  const int at = item ? item->data(0, Qt::UserRole).toInt() : kMissing;
  return at == kMissing ? nullptr : &view_->laws->fitted[static_cast<std::size_t>(at)];
}

void LawsView::showChosen() {
  const report::MethodLaw* chosen = law();
  split_box_->setEnabled(chosen != nullptr);
  stack_->setCurrentIndex(chosen ? 0 : 1);
  if (!chosen) {
    ++question_;
    busy_ = false;
    plan_.reset();
    split_->setText(tr("For a law that is fitted."));
    missing_->setText(missingText());
    return;
  }
  budget_->setPlaceholderText(formatShort(chosen->split.budget));
  domain_set_->setCount(chosen_set_.value_or(static_cast<std::uint64_t>(chosen->split.domain_set_tokens)));
  domains_->setSpecialValueText(tr("all %1").arg(chosen->split.domains));
  ask();
}

void LawsView::ask() {
  const report::MethodLaw* chosen = law();
  if (!chosen) return;
  plan::SplitRequest request = chosen->split;
  if (chosen_budget_) request.budget = *chosen_budget_;
  if (chosen_set_) request.domain_set_tokens = static_cast<double>(*chosen_set_);
  if (domains_->value() > 0) request.domains = domains_->value();
  const int question = ++question_;
  busy_ = true;
  auto* watcher = new QFutureWatcher<Answer>(this);
  connect(watcher, &QFutureWatcher<Answer>::finished, this, [this, watcher, question, chosen] {
    watcher->deleteLater();
    if (question != question_) return;
    const Answer result = watcher->result();
    if (drawn_ != chosen) {  // else what is looked at stays
      title_->setText(
          tr("%1 on %2").arg(QString::fromStdString(chosen->method), QString::fromStdString(chosen->domain)));
      note_->setText(law_words::found(*chosen));
      plot_->setFigure(result.figure, result.sizes);
    }
    drawn_ = chosen;
    plan_ = result.plan;
    split_->setText(plan_ ? law_words::split(*plan_) : result.problem);
    busy_ = false;
    Q_EMIT ready();
  });
  watcher->setFuture(QtConcurrent::run(
      [view = view_, chosen, fits = fitsFor(*chosen), request] { return answer(*chosen, fits, request); }));
}

std::vector<plan::LawFit> LawsView::fitsFor(const report::MethodLaw& chosen) const {
  if (loss_of_->currentIndex() == 0) return {chosen.choice.fit};
  std::vector<plan::LawFit> fits;
  for (const report::MethodLaw& other : view_->laws->fitted) {
    if (other.method == chosen.method) fits.push_back(other.choice.fit);
  }
  return fits;
}

void LawsView::readBudget() {
  const QString text = budget_->text().trimmed();
  const auto value = quantities::parseAmount(text);
  if (!text.isEmpty() && !value) {
    budget_->setText(budget_text_);  // what stood there before
    QToolTip::showText(budget_->mapToGlobal(QPoint(0, budget_->height())),
                       tr("“%1” is no number of FLOPs above 0. Write 2e15, or 2P.").arg(text), budget_);
    return;
  }
  budget_text_ = text;
  if (value == chosen_budget_) return;
  chosen_budget_ = value;
  ask();
}

void LawsView::select(const QString& method, const QString& domain) {
  for (int i = 0; i < list_->topLevelItemCount(); ++i) {
    QTreeWidgetItem* item = list_->topLevelItem(i);
    if (item->text(0) == domain && item->text(1) == method) list_->setCurrentItem(item);
  }
}

QString LawsView::missingText() const {
  if (!view_ || !view_->laws) return {};
  std::vector<report::MissingLaw> shown;
  for (const report::MissingLaw& law : view_->laws->missing) {
    if ((method_.isEmpty() || method_.toStdString() == law.method) &&
        (domain_.isEmpty() || domain_.toStdString() == law.domain))
      shown.push_back(law);
  }
  return shown.empty() ? tr("No law fits this filter.") : law_words::missing(shown);
}

QString LawsView::splitText() const {
  return split_->text();
}
QString LawsView::noteText() const {
  return note_->text();
}
bool LawsView::isEmpty() const {
  return outer_->currentIndex() == 0;
}
