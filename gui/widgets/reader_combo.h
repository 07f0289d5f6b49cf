// SPDX-License-Identifier: GPL-3.0-or-later
// The readers of text that there are, to choose one.
#pragma once

#include <QComboBox>
#include <string>

class ReaderCombo : public QComboBox {
  Q_OBJECT
 public:
  explicit ReaderCombo(QWidget* parent = nullptr);
  std::string reader() const;  ///< id; empty: none is chosen
  /// One from a plugin that is not here is kept, and shown as what it is; empty: none.
  void setReader(const std::string& id);
};
