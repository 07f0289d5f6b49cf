// SPDX-License-Identifier: GPL-3.0-or-later
// Controls of CurvePlot: tool row, list of curves, zoom with mouse and keys, readout under the cursor, menus.
#include <QBoxLayout>
#include <QCheckBox>
#include <QComboBox>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QSignalBlocker>
#include <QSplitter>
#include <QToolButton>
#include <algorithm>
#include <cmath>

#include "plot/curve_plot.h"
#include "plot/curve_plot_private.h"
#include "plot/plot_style.h"
#include "plot/quantities.h"

namespace {

constexpr int kReadoutLines = 14;
constexpr int kManyCurves = 15;  // more are found by name
constexpr double kSmoothing[] = {0, 0.6, 0.9, 0.99};

plot_export::Source exportSource(CurvePlot* plot) {
  return {plot, [plot] { return plot->objectName().isEmpty() ? QStringLiteral("curves") : plot->objectName(); },
          [plot](FigureFormat format, const QString& file) { return plot->exportTo(format, file); },
          [plot] { return plot->table(); }, [plot] { return plot->canvas(); }};
}

}  // namespace

void CurvePlot::makeCanvas() {
  canvas_ = new QCustomPlot(this);
  canvas_->setObjectName(QStringLiteral("canvas"));
  canvas_->setMinimumSize(260, 160);
  canvas_->setFocusPolicy(Qt::StrongFocus);
  canvas_->setContextMenuPolicy(Qt::CustomContextMenu);
  canvas_->setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
  canvas_->setPlottingHint(QCP::phFastPolylines, true);
  canvas_->setNoAntialiasingOnDrag(true);
  canvas_->setAutoAddPlottableToLegend(true);
  canvas_->axisRect()->setMinimumMargins(QMargins(8, 8, 14, 8));
  canvas_->xAxis->setNumberFormat(QStringLiteral("gb"));
  canvas_->legend->setVisible(false);
  canvas_->addLayer(QStringLiteral("behind"), canvas_->layer(QStringLiteral("main")), QCustomPlot::limBelow);
  canvas_->installEventFilter(this);
  readout_ = new QLabel(canvas_);
  readout_->setObjectName(QStringLiteral("readout"));
  readout_->setAttribute(Qt::WA_TransparentForMouseEvents);
  readout_->setAutoFillBackground(true);
  readout_->setFrameShape(QFrame::StyledPanel);
  readout_->setMargin(4);
  readout_->hide();
  cursor_line_ = new QWidget(canvas_);
  cursor_line_->setAttribute(Qt::WA_TransparentForMouseEvents);
  cursor_line_->setAutoFillBackground(true);
  cursor_line_->setBackgroundRole(QPalette::Mid);
  cursor_line_->hide();
  placeholder_ = new QLabel(canvas_);
  placeholder_->setAttribute(Qt::WA_TransparentForMouseEvents);
  placeholder_->setAlignment(Qt::AlignCenter);
  placeholder_->setWordWrap(true);
  placeholder_->hide();
}

void CurvePlot::makeControls() {
  axis_choice_ = new QComboBox(this);
  axis_choice_->setObjectName(QStringLiteral("axisChoice"));
  axis_choice_->addItems({tr("Tokens"), tr("Steps"), tr("Seconds")});
  axis_choice_->setAccessibleName(tr("Horizontal axis"));
  axis_choice_->setToolTip(tr("What the horizontal axis counts"));
  smoothing_choice_ = new QComboBox(this);
  smoothing_choice_->setObjectName(QStringLiteral("smoothing"));
  smoothing_choice_->addItems({tr("Raw"), tr("Smooth 0.6"), tr("Smooth 0.9"), tr("Smooth 0.99")});
  smoothing_choice_->setAccessibleName(tr("Smoothing"));
  smoothing_choice_->setToolTip(tr("Exponential average: the weight of the past"));
  const auto box = [this](const QString& text, const QString& tip, const char* name) {
    auto* check = new QCheckBox(text, this);
    check->setToolTip(tip);
    check->setObjectName(QLatin1String(name));
    return check;
  };
  log_x_ = box(tr("Log x"), tr("Logarithmic horizontal axis"), "logX");
  log_y_ = box(tr("Log y"), tr("Logarithmic vertical axis"), "logY");
  align_ = box(tr("Align starts"), tr("Count from each curve's own start, to compare fine-tunes"), "align");
  follow_ =
      box(tr("Follow"), tr("Keep all visible curves in sight. A zoom ends it; a double click in the plot resumes it."),
          "follow");
  export_button_ = new QToolButton(this);
  export_button_->setObjectName(QStringLiteral("export"));
  export_button_->setText(tr("Export"));
  export_button_->setToolTip(tr("Figure as PNG, PDF or SVG, raw data as CSV"));
  export_button_->setPopupMode(QToolButton::InstantPopup);
  export_button_->setToolButtonStyle(Qt::ToolButtonTextOnly);
  auto* menu = new QMenu(export_button_);
  plot_export::fillMenu(menu, exportSource(this));
  export_button_->setMenu(menu);

  list_ = new QListWidget(this);
  list_->setObjectName(QStringLiteral("curveList"));
  list_->setAccessibleName(tr("Curves"));
  list_->setIconSize(QSize(28, 12));
  list_->setUniformItemSizes(true);
  list_->setMinimumWidth(120);
  list_->setTextElideMode(Qt::ElideMiddle);
  find_ = new QLineEdit(this);
  find_->setObjectName(QStringLiteral("findCurves"));
  find_->setPlaceholderText(tr("Find curves"));
  find_->setAccessibleName(tr("Find curves"));
  find_->setToolTip(tr("Lists the curves whose names have all these words"));
  find_->setClearButtonEnabled(true);
  find_->hide();
  note_ = new QLabel(this);
  note_->setObjectName(QStringLiteral("note"));
  note_->setWordWrap(true);
  note_->hide();

  auto* row = new QHBoxLayout;
  for (QWidget* widget :
       {static_cast<QWidget*>(axis_choice_), static_cast<QWidget*>(log_x_), static_cast<QWidget*>(log_y_),
        static_cast<QWidget*>(align_), static_cast<QWidget*>(smoothing_choice_), static_cast<QWidget*>(follow_)}) {
    row->addWidget(widget);
  }
  row->addStretch();
  row->addWidget(export_button_);
  splitter_ = new QSplitter(this);
  splitter_->addWidget(canvas_);
  auto* side = new QWidget(this);
  auto* column = new QVBoxLayout(side);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(2);
  column->addWidget(find_);
  column->addWidget(list_, 1);
  splitter_->addWidget(side);
  splitter_->setStretchFactor(0, 1);
  splitter_->setSizes({700, 160});
  connect(splitter_, &QSplitter::splitterMoved, this, [this] { list_sized_ = true; });
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(4);
  layout->addLayout(row);
  layout->addWidget(splitter_, 1);
  layout->addWidget(note_);

  const auto apply = [this] {
    CurveView view = view_;
    view.x = static_cast<XAxis>(std::max(0, axis_choice_->currentIndex()));
    view.logX = log_x_->isChecked();
    view.logY = log_y_->isChecked();
    view.aligned = align_->isChecked();
    view.smoothing = kSmoothing[std::max(0, smoothing_choice_->currentIndex())];
    setView(view);
  };
  connect(axis_choice_, &QComboBox::currentIndexChanged, this, apply);
  connect(smoothing_choice_, &QComboBox::currentIndexChanged, this, apply);
  for (QCheckBox* check : {log_x_, log_y_, align_}) connect(check, &QCheckBox::toggled, this, apply);
  connect(follow_, &QCheckBox::toggled, this, &CurvePlot::setFollowing);
  connect(list_, &QListWidget::itemChanged, this, [this](QListWidgetItem* item) {
    setCurveVisible(item->data(Qt::UserRole).toString(), item->checkState() == Qt::Checked);
  });
  connect(find_, &QLineEdit::textChanged, this, &CurvePlot::filterList);
  connect(list_, &QListWidget::itemDoubleClicked, this, [this](QListWidgetItem* item) {
    for (const QString& id : std::as_const(order_)) setCurveVisible(id, id == item->data(Qt::UserRole).toString());
  });
  list_->setContextMenuPolicy(Qt::ActionsContextMenu);
  for (const bool visible : {true, false}) {
    auto* action = new QAction(visible ? tr("Show &all") : tr("&Hide all"), list_);
    connect(action, &QAction::triggered, this, [this, visible] {
      for (const QString& id : std::as_const(order_)) {
        if (!find(id)->item->isHidden()) setCurveVisible(id, visible);
      }
    });
    list_->addAction(action);
  }
}

void CurvePlot::syncControls() {
  const QSignalBlocker b1(axis_choice_), b2(smoothing_choice_), b3(log_x_), b4(log_y_), b5(align_), b6(follow_);
  bool flops = view_.x == XAxis::flops;
  for (const auto& curve : std::as_const(curves_)) flops = flops || curve->style.flopsPerToken > 0;
  if (flops != (axis_choice_->count() == 4)) {
    if (flops)
      axis_choice_->addItem(tr("FLOPs"));
    else
      axis_choice_->removeItem(3);
  }
  axis_choice_->setCurrentIndex(static_cast<int>(view_.x));
  log_x_->setChecked(view_.logX);
  log_y_->setChecked(view_.logY);
  align_->setChecked(view_.aligned);
  for (int i = 0; i < 4; ++i) {
    if (kSmoothing[i] == view_.smoothing) smoothing_choice_->setCurrentIndex(i);
  }
  follow_->setChecked(following_);
  find_->setVisible(order_.size() > kManyCurves || !find_->text().isEmpty());
}

void CurvePlot::filterList() {
  const QStringList words = find_->text().split(QLatin1Char(' '), Qt::SkipEmptyParts);
  for (const auto& curve : std::as_const(curves_)) {
    const bool fits = std::all_of(words.begin(), words.end(), [&](const QString& word) {
      return curve->label.contains(word, Qt::CaseInsensitive);
    });
    curve->item->setHidden(!fits);
  }
}

void CurvePlot::setValueLabel(const QString& label) {
  value_label_ = label;
  updateAxes();
  schedule();
}

void CurvePlot::setName(const QString& name) {
  name_ = name;
  setObjectName(name);
  setAccessibleName(name);
  canvas_->setAccessibleName(name);
  canvas_->setAccessibleDescription(tr("Arrows move, plus and minus zoom, Home shows everything."));
}

void CurvePlot::setPlaceholder(const QString& text) {
  placeholder_->setText(text);
  updateNote();
}

void CurvePlot::updateNote() {
  const QString text = note();
  if (text != note_->text()) note_->setText(text);
  note_->setVisible(!text.isEmpty());
  bool any = false;
  for (const auto& curve : std::as_const(curves_)) any = any || !curve->series.samples().empty();
  if (!list_sized_ && any) {  // until the user moves the handle
    const int wanted = std::clamp(list_->sizeHintForColumn(0) + 12, 130, std::max(130, width() / 3));
    if (std::abs(list_->width() - wanted) > 4) splitter_->setSizes({width() - wanted, wanted});
  }
  const bool empty = !any && !placeholder_->text().isEmpty();
  placeholder_->setGeometry(canvas_->rect().adjusted(60, 20, -20, -40));
  placeholder_->setVisible(empty);
}

void CurvePlot::connectZoom() {
  connect(canvas_, &QCustomPlot::mousePress, this, [this](QMouseEvent* event) {
    const bool on_legend = canvas_->legend->visible() && canvas_->legend->selectTest(event->pos(), false) >= 0;
    const bool inside = canvas_->axisRect()->rect().contains(event->pos());
    const bool zoom =
        event->button() == Qt::LeftButton && inside && !on_legend && !(event->modifiers() & Qt::ShiftModifier);
    canvas_->setSelectionRectMode(zoom ? QCP::srmCustom : QCP::srmNone);
    if (event->button() == Qt::LeftButton && inside && (event->modifiers() & Qt::ShiftModifier)) setFollowing(false);
  });
  connect(canvas_->selectionRect(), &QCPSelectionRect::accepted, this, [this](const QRect& rect) {
    const QRect box = rect.normalized() & canvas_->axisRect()->rect();
    if (box.width() < 6 || box.height() < 6) return;  // a click that slipped
    setFollowing(false);
    const auto x = canvas_->xAxis, y = canvas_->yAxis;
    x->setRange(x->pixelToCoord(box.left()), x->pixelToCoord(box.right()));
    y->setRange(y->pixelToCoord(box.bottom()), y->pixelToCoord(box.top()));
    schedule();
  });
  connect(canvas_, &QCustomPlot::mouseWheel, this, [this] {
    setFollowing(false);
    readout_->hide();
  });
  connect(canvas_, &QCustomPlot::mouseDoubleClick, this, [this] { setFollowing(true); });
  connect(canvas_, &QCustomPlot::mouseMove, this, [this](QMouseEvent* event) { showReadout(event->pos()); });
  connect(canvas_, &QCustomPlot::legendClick, this, [this](QCPLegend*, QCPAbstractLegendItem* item) {
    auto* entry = qobject_cast<QCPPlottableLegendItem*>(item);
    for (const QString& id : QStringList(order_)) {
      if (entry && find(id)->graph == entry->plottable()) setCurveVisible(id, !isCurveVisible(id));
    }
  });
  connect(canvas_, &QCustomPlot::customContextMenuRequested, this, &CurvePlot::contextMenu);
}

void CurvePlot::zoomKeys(int key) {
  const auto move = [](QCPAxis* axis, double share) {
    if (axis->scaleType() == QCPAxis::stLogarithmic) {
      axis->scaleRange(1);
      const double factor = std::pow(axis->range().upper / axis->range().lower, share);
      axis->setRange(axis->range().lower * factor, axis->range().upper * factor);
    } else {
      axis->moveRange(axis->range().size() * share);
    }
  };
  setFollowing(key == Qt::Key_Home);
  switch (key) {
    case Qt::Key_Left:
      move(canvas_->xAxis, -0.1);
      break;
    case Qt::Key_Right:
      move(canvas_->xAxis, 0.1);
      break;
    case Qt::Key_Up:
      move(canvas_->yAxis, 0.1);
      break;
    case Qt::Key_Down:
      move(canvas_->yAxis, -0.1);
      break;
    case Qt::Key_Plus:
    case Qt::Key_Minus: {
      const double factor = key == Qt::Key_Plus ? 0.8 : 1.25;
      canvas_->xAxis->scaleRange(factor);
      canvas_->yAxis->scaleRange(factor);
      break;
    }
    default:
      break;
  }
  schedule();
}

bool CurvePlot::eventFilter(QObject* object, QEvent* event) {
  if (object == canvas_) {
    if (event->type() == QEvent::Leave) readout_->hide(), cursor_line_->hide();
    if (event->type() == QEvent::Resize) schedule();
    if (event->type() == QEvent::KeyPress) {
      const int key = static_cast<QKeyEvent*>(event)->key();
      static const int known[] = {Qt::Key_Left, Qt::Key_Right, Qt::Key_Up,  Qt::Key_Down,
                                  Qt::Key_Plus, Qt::Key_Minus, Qt::Key_Home};
      if (std::find(std::begin(known), std::end(known), key) != std::end(known)) {
        zoomKeys(key);
        return true;
      }
    }
  }
  return QWidget::eventFilter(object, event);
}

QString CurvePlot::readout(const QPoint& position) const {
  if (!canvas_->axisRect()->rect().contains(position)) return {};
  const double key = canvas_->xAxis->pixelToCoord(position.x());
  QStringList rows;
  int more = 0;
  for (const QString& id : order_) {
    const Curve* curve = find(id);
    const auto points = curve->graph->data();
    if (!curve->visible || points->isEmpty()) continue;
    auto nearest = points->findBegin(key, false);
    if (nearest == points->constEnd()) --nearest;
    if (nearest != points->constBegin() && std::abs((nearest - 1)->key - key) < std::abs(nearest->key - key)) --nearest;
    if (rows.size() >= kReadoutLines) {
      ++more;
      continue;
    }
    const QString at =
        view_.x == XAxis::flops ? quantities::scientific(nearest->key) : quantities::shortCount(nearest->key);
    rows << QStringLiteral(
                "<tr><td><font color='%1'>■</font> %2&nbsp;</td><td align='right'>%3&nbsp;</td><td "
                "align='right'><b>%4</b></td></tr>")
                .arg(curve->graph->pen().color().name(), curve->label.toHtmlEscaped(), at,
                     QString::number(nearest->value, 'g', 5));
  }
  if (rows.isEmpty()) return {};
  if (more > 0) rows << QStringLiteral("<tr><td colspan='3'>%1</td></tr>").arg(tr("and %1 more").arg(more));
  return QStringLiteral("<table cellspacing='0'>%1</table>").arg(rows.join(QString()));
}

void CurvePlot::showReadout(const QPoint& position) {
  const QString text = readout(position);
  readout_->setVisible(!text.isEmpty());
  cursor_line_->setVisible(!text.isEmpty());
  if (text.isEmpty()) return;
  readout_->setText(text);
  readout_->adjustSize();
  const QRect inside = canvas_->axisRect()->rect();
  const bool right_half = position.x() > inside.center().x();
  const int x = right_half ? position.x() - 14 - readout_->width() : position.x() + 14;
  readout_->move(std::clamp(x, 2, std::max(2, canvas_->width() - readout_->width() - 2)), inside.top() + 4);
  cursor_line_->setGeometry(position.x(), inside.top(), 1, inside.height());
}

void CurvePlot::contextMenu(const QPoint& position) {
  QMenu menu(this);
  menu.addAction(tr("Show &everything"), this, [this] { setFollowing(true); });
  auto* legend = menu.addAction(tr("&Legend in the plot"), this, [this](bool on) {
    canvas_->legend->setVisible(on);
    schedule();
  });
  legend->setCheckable(true);
  legend->setChecked(canvas_->legend->visible());
  menu.addSeparator();
  plot_export::fillMenu(&menu, exportSource(this));
  menu.exec(canvas_->mapToGlobal(position));
}
