// SPDX-License-Identifier: GPL-3.0-or-later
// Memory for large data. A new page costs a trap into the system, and on some virtual machines more than writing it
// does; large pages, and pages asked for all at once, cost fewer.
#pragma once

#include <cstddef>

namespace pantograph {

/// Asks for large pages for memory that was not touched yet. A wish only.
void wish_large_pages(void* begin, std::size_t bytes);

/// Has the system give the pages of memory that is about to be written, all at once. A wish only.
void take_pages(void* begin, std::size_t bytes);

}  // namespace pantograph
