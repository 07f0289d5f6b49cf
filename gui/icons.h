// SPDX-License-Identifier: GPL-3.0-or-later
// Line icons drawn in the palette's text colour at any size, so that they fit light, dark and every pixel density.
#pragma once

#include <QIcon>

namespace icons {

enum class Icon {
  data,
  clusters,
  networks,
  training,
  specialization,
  results,
  runs,
  use,
  file_new,
  file_open,
  file_save,
  undo,
  redo,
  run,
  pause,
  resume,
  stop,
  add_file,
  add_folder,
  remove,
  warning,
  error,
  info,
  close,
  quit,
  save_as,
  disk_use,
};

QIcon get(Icon icon);

}  // namespace icons
