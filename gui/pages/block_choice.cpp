// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/block_choice.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QSignalBlocker>

using namespace pantograph;

namespace {

enum Role { block_role = Qt::UserRole, activation_role };

}  // namespace

BlockChoice::BlockChoice(QWidget* parent)
    : QWidget(parent), blocks_(new QComboBox(this)), key_heads_(new QComboBox(this)) {
  const auto add = [this](const QString& title, const char* block, const char* activation, const QString& tip) {
    blocks_->addItem(title);
    const int row = blocks_->count() - 1;
    blocks_->setItemData(row, QString::fromLatin1(block), block_role);
    blocks_->setItemData(row, QString::fromLatin1(activation), activation_role);
    blocks_->setItemData(row, tip, Qt::ToolTipRole);
  };
  add(tr("GPT-2"), "gpt2", "", tr("Learned positions, LayerNorm, GELU, biases: the paper's"));
  add(tr("GPT-2, tanh GELU"), "gpt2", "gelu-tanh", tr("The form of GELU that llama.cpp computes"));
  add(tr("Llama"), "llama", "",
      tr("Rotary positions, RMSNorm, SwiGLU, no biases: what other programs run best. Its MLP has three matrices; an "
         "inner width of 8/3 widths has the parameters of GPT-2's 4."));
  blocks_->setAccessibleName(tr("Block"));
  blocks_->setToolTip(tr("What a layer is made of"));
  key_heads_->setAccessibleName(tr("Heads of keys and values"));
  key_heads_->setToolTip(
      tr("Heads of keys and values, shared by the heads of queries: fewer make generation lighter on memory"));
  for (QComboBox* box : {blocks_, key_heads_}) {
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(10);
  }
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(blocks_, 1);
  layout->addWidget(key_heads_, 1);
  setFocusProxy(blocks_);
  connect(blocks_, &QComboBox::activated, this, [this](int row) {
    Q_EMIT blockChosen(blocks_->itemData(row, block_role).toString(),
                       blocks_->itemData(row, activation_role).toString());
  });
  connect(key_heads_, &QComboBox::activated, this,
          [this](int row) { Q_EMIT keyHeadsChosen(key_heads_->itemData(row).toInt()); });
}

void BlockChoice::setSpec(const project::SmallNetworkSpec* spec) {
  setEnabled(spec != nullptr);
  key_heads_->setVisible(spec != nullptr && spec->block == "llama");
  if (spec == nullptr) return;
  const QSignalBlocker quiet_blocks(blocks_), quiet_heads(key_heads_);
  for (int row = 0; row < blocks_->count(); ++row) {
    const bool tanh = blocks_->itemData(row, activation_role).toString() == QLatin1String("gelu-tanh");
    if (blocks_->itemData(row, block_role).toString().toStdString() == spec->block &&
        tanh == (spec->activation == "gelu-tanh"))
      blocks_->setCurrentIndex(row);
  }
  key_heads_->clear();
  key_heads_->addItem(tr("keys: %1 heads").arg(spec->heads), 0);
  for (int heads = spec->heads / 2; heads >= 1; --heads) {
    if (spec->heads % heads == 0) key_heads_->addItem(tr("keys: %n head(s)", nullptr, heads), heads);
  }
  const int wanted = spec->key_value_heads == spec->heads ? 0 : spec->key_value_heads;
  key_heads_->setCurrentIndex(key_heads_->findData(wanted));
}
