// SPDX-License-Identifier: GPL-3.0-or-later
// The look that all read-only tables share.
#pragma once

class QTableView;

/// Whole rows selectable, no grid, columns as wide as their content with room around it; column `stretched` takes the
/// rest.
void setUpTable(QTableView* table, int stretched);
