// SPDX-License-Identifier: GPL-3.0-or-later
// The plugin capability "embedder". A plugin that lists it exports PANTOGRAPH_EMBEDDERS_ENTRY beside its description
// (corpus/plugin.h). As with readers only virtual calls cross the border.
#pragma once

#include "cluster/embedder.h"

namespace pantograph::cluster {

/// What a plugin hands its embedders to. The number in the function's name changes when this class, Embedder,
/// EmbedderInfo, EmbedderOptions, StateWriter, StateReader or TaskContext change incompatibly.
class EmbedderHost {
 public:
  virtual ~EmbedderHost() = default;
  virtual void add_embedder(EmbedderInfo embedder) = 0;  ///< Error(run) when the id is taken
};

extern "C" {
using EmbeddersEntry = void (*)(EmbedderHost&);
}
#define PANTOGRAPH_EMBEDDERS_ENTRY pantograph_embedders_v1

/// Lets load_plugins() take embedders from plugins. Call it before that; idempotent.
void register_embedder_capability();

}  // namespace pantograph::cluster
