// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers, sizes, times and errors as people read them, and paths between Qt and the engine.
#pragma once

#include <QString>
#include <cstdint>
#include <filesystem>

#include "base/error.h"

QString toQString(const std::filesystem::path& path);
std::filesystem::path toPath(const QString& text);

QString formatInteger(std::uint64_t value);  ///< 1,234,567 in the user's locale
QString formatShort(double value);           ///< 950, 12.3k, 4.56M, 1.2G: three digits
QString formatBytes(double bytes);           ///< 12.3 MiB
QString formatDuration(double seconds);      ///< 8 s, 3 min 20 s, 2 h 05 min, 3 d 4 h
QString formatPercent(double fraction, int decimals = 1);

/// found, where, expected and remedy as lines of plain text.
QString formatError(const pantograph::ErrorText& text);
