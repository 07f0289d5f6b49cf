// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/clusterings_view.h"

#include <QGroupBox>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QStackedWidget>
#include <QTableWidget>
#include <QVBoxLayout>

#include "format.h"
#include "widgets/tables.h"

using namespace pantograph;

namespace {

QTableWidgetItem* cell(const QString& text, bool number = true) {
  auto* item = new QTableWidgetItem(text);
  item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable);
  item->setTextAlignment((number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
  return item;
}

QTableWidgetItem* number(double value, int decimals) {
  return cell(QLocale().toString(value, 'f', decimals));
}

void setColumns(QTableWidget* table, const QStringList& titles) {
  table->setColumnCount(static_cast<int>(titles.size()));
  for (int column = 0; column < titles.size(); ++column)
    table->setHorizontalHeaderItem(column, cell(titles[column], column > 0));
}

}  // namespace

ClusteringsView::ClusteringsView(QWidget* parent) : QWidget(parent) {
  auto* none = new QLabel(
      tr("There is nothing to compare the clustering with. A method with a number of clusters of its own (on "
         "the networks page) adds another; once it is up to date, both are compared here: how concentrated "
         "each domain is in each of them, and how far they agree."),
      this);
  none->setWordWrap(true);
  none->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  none->setMargin(fontMetrics().averageCharWidth() * 2);
  none->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  shares_ = new QTableWidget(0, 1, this);
  shares_->setAccessibleName(tr("Concentration of each corpus in each clustering"));
  agreement_ = new QTableWidget(0, 1, this);
  agreement_->setAccessibleName(tr("Agreement of the clusterings"));
  const auto boxed = [this](QTableWidget* table, const QString& title, const QString& note) {
    setUpTable(table, 0);
    auto* box = new QGroupBox(title, this);
    auto* text = new QLabel(note, box);
    text->setWordWrap(true);
    auto* layout = new QVBoxLayout(box);
    layout->addWidget(text);
    layout->addWidget(table, 1);
    return box;
  };
  auto* both = new QWidget(this);
  auto* column = new QVBoxLayout(both);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(boxed(shares_, tr("Concentration of the training windows"),
                          tr("Share of the windows that are in the corpus's most frequent cluster, and entropy of its "
                             "histogram in nats: 0 when all is in one cluster, ln k when it is spread evenly.")),
                    3);
  column->addWidget(boxed(agreement_, tr("Agreement on the generic windows"),
                          tr("Adjusted Rand index: 1 for equal clusterings, 0 on average for independent ones. "
                             "Normalised mutual information: from 0 to 1, by the mean of the entropies.")),
                    2);
  stack_ = new QStackedWidget(this);
  stack_->addWidget(none);
  stack_->addWidget(both);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(stack_);
}

bool ClusteringsView::isEmpty() const {
  return stack_->currentIndex() == 0;
}

void ClusteringsView::showClusterings(const report::Clusterings& clusterings, const QStringList& domains) {
  stack_->setCurrentIndex(clusterings.all.size() < 2 ? 0 : 1);
  QStringList titles{tr("Corpus")};
  for (const report::ClusteringEntry& entry : clusterings.all)
    titles << tr("k = %1: in top cluster").arg(entry.clusters) << tr("entropy");
  setColumns(shares_, titles);
  shares_->setRowCount(1 + static_cast<int>(domains.size()));
  const auto row = [&](int at, const QString& name, const auto& find) {
    shares_->setItem(at, 0, cell(name, false));
    int column = 1;
    for (const report::ClusteringEntry& entry : clusterings.all) {
      const cluster::ClusterConcentration* found = find(entry);
      auto* share = cell(found ? formatPercent(found->top_fraction) : QStringLiteral("–"));
      if (found) share->setToolTip(tr("Most frequent: cluster %1").arg(found->most_frequent));
      shares_->setItem(at, column++, share);
      shares_->setItem(at, column++, found ? number(found->entropy, 2) : cell(QStringLiteral("–")));
    }
  };
  row(0, tr("generic set"), [](const report::ClusteringEntry& entry) { return &entry.generic; });
  for (int i = 0; i < domains.size(); ++i) {
    row(i + 1, domains[i], [&](const report::ClusteringEntry& entry) {
      const auto found = entry.domains.find(domains[i].toStdString());
      return found == entry.domains.end() ? nullptr : &found->second;
    });
  }
  setColumns(agreement_, {tr("Clusterings"), tr("Windows"), tr("Adjusted Rand index"),
                          tr("Normalised mutual information"), tr("Mutual information (nats)")});
  agreement_->setRowCount(static_cast<int>(clusterings.pairs.size()));
  int at = 0;
  for (const report::ClusteringPair& pair : clusterings.pairs) {
    agreement_->setItem(at, 0, cell(tr("k = %1 and k = %2").arg(pair.clusters_a).arg(pair.clusters_b), false));
    agreement_->setItem(at, 1, cell(formatInteger(pair.windows)));
    agreement_->setItem(at, 2, number(pair.adjusted_rand, 3));
    agreement_->setItem(at, 3, number(pair.normalised_mutual_information, 3));
    agreement_->setItem(at, 4, number(pair.mutual_information, 3));
    ++at;
  }
}
