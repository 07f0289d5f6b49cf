// SPDX-License-Identifier: GPL-3.0-or-later
// What is drawn can be seen, light and dark.
#include <QCheckBox>
#include <QListWidget>
#include <QStyleOption>
#include <QtTest>
#include <cmath>

#include "theme.h"

namespace {

double luminance(const QColor& color) {  // WCAG 2
  const auto linear = [](double c) { return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
  return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
}

/// The most that a pixel of the edges of `box` stands out from what surrounds the box.
double contrast(const QImage& image, const QRect& box) {
  const double around = luminance(image.pixelColor(box.left() - 2, box.center().y()));
  double most = 1;
  for (int x = box.left(); x <= box.left() + 2; ++x) {
    const double edge = luminance(image.pixelColor(x, box.center().y()));
    most = std::max(most, (std::max(edge, around) + 0.05) / (std::min(edge, around) + 0.05));
  }
  return most;
}

}  // namespace

class TestTheme : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void boxesAreSeen_data() {
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
  }
  void boxesAreSeen() {
    QFETCH(bool, dark);
    theme::apply(dark ? theme::Choice::dark : theme::Choice::light);
    const double wanted = dark ? 3 : 1.5;  // WCAG's 3; Fusion's own in light are fainter
    QListWidget list;
    auto* item = new QListWidgetItem(QStringLiteral("a model"), &list);
    item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsUserCheckable);
    item->setCheckState(Qt::Unchecked);
    list.resize(200, 80);
    QStyleOptionViewItem option;
    option.initFrom(&list);
    option.features = QStyleOptionViewItem::HasCheckIndicator | QStyleOptionViewItem::HasDisplay;
    option.rect = list.visualItemRect(item).translated(list.viewport()->pos());
    const QRect in_list = list.style()->subElementRect(QStyle::SE_ItemViewItemCheckIndicator, &option, &list);
    QVERIFY2(contrast(list.grab().toImage(), in_list) >= wanted,
             qPrintable(QString::number(contrast(list.grab().toImage(), in_list))));
    QWidget window;
    QCheckBox box(QStringLiteral("a setting"), &window);
    box.move(20, 20);
    QStyleOptionButton button;
    button.initFrom(&box);
    const QRect alone = box.style()->subElementRect(QStyle::SE_CheckBoxIndicator, &button, &box).translated(box.pos());
    const QImage image = window.grab().toImage();
    QVERIFY2(contrast(image, alone) >= wanted, qPrintable(QString::number(contrast(image, alone))));
  }
};

QTEST_MAIN(TestTheme)
#include "test_theme.moc"
