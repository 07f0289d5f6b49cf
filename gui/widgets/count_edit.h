// SPDX-License-Identifier: GPL-3.0-or-later
// A line for a number of tokens, documents or bytes as people write it: 100k, 2M, 64M.
#pragma once

#include <QLineEdit>
#include <cstdint>

class CountEdit : public QLineEdit {
  Q_OBJECT
 public:
  explicit CountEdit(QWidget* parent = nullptr);
  void setCount(std::uint64_t count);
  std::uint64_t count() const { return count_; }
  void setZeroText(const QString& text);  ///< what 0 is shown as, e.g. "no limit"; empty: 0 is not allowed

 Q_SIGNALS:
  void countEdited(quint64 count);  ///< by the user, and valid

 private:
  void commit();
  std::uint64_t count_ = 0;
  QString zero_;
};
