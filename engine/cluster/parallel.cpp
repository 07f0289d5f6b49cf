// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/parallel.h"

#include <omp.h>

namespace pantograph::cluster {

int cluster_threads() {
  return omp_get_max_threads();
}

}  // namespace pantograph::cluster
