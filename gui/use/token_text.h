// SPDX-License-Identifier: GPL-3.0-or-later
// Text that knows its tokens: each says its probability and what else was likely where the mouse rests on it, and may
// be coloured by how much it surprised the model.
#pragma once

#include <QTextEdit>

#include "use/used_model.h"

class TokenText : public QTextEdit {
  Q_OBJECT
 public:
  explicit TokenText(QWidget* parent = nullptr);

  /// Empties it; `before` stands before the tokens, muted.
  void begin(const QString& before = {});
  void add(const QList<ShownToken>& tokens);
  void setColoured(bool coloured);

  QString answer() const;  ///< the tokens' text
  const QList<ShownToken>& tokens() const { return tokens_; }
  QString tip(int position) const;     ///< of the token at a place of the document; empty: there is none
  int tokenAt(int position) const;     ///< −1: none
  QColor background(int token) const;  ///< invalid: not coloured

  /// From nothing to `most` bits and more.
  static constexpr double kMostBits = 12;
  static QString bitsText(double bits);

 protected:
  bool viewportEvent(QEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  QTextCharFormat formatOf(const ShownToken& token) const;
  void recolour();
  QList<ShownToken> tokens_;
  QList<int> ends_;  // of the tokens, in the document
  int start_ = 0;    // where the first begins
  bool coloured_ = true;
};
