// SPDX-License-Identifier: GPL-3.0-or-later
// Counts, costs, times, perplexities and shares as people read them: one home for terminal, report and window (which
// puts the user's decimal point, gui/format.h). Independent of the locale. A dash stands for what is not finite.
#pragma once

#include <cstdint>
#include <string>

namespace pantograph {

/// "100k", "1M", "2.5M", "64M", "1G" or a plain number. Throws Error(usage) otherwise. And back, exactly, in the
/// shortest form.
std::uint64_t parse_count(const std::string& text);
std::string format_count(std::uint64_t count);

/// So many digits with k, M, G, T, P, E or Z: "100k", "2.61M"; larger ones as "3.2e+24".
std::string short_count(double count, int digits = 3);
std::string format_grouped(std::uint64_t count);  ///< "1,234,567"
std::string format_exact(double value);           ///< shortest text that reads back to the same bits; "nan", "inf"
std::string format_scientific(double value);      ///< "1.23×10¹⁵"; below 10,000 plain, four digits

/// Four digits: "26.93", "142.8", "12,345"; a dash when not positive, too.
std::string format_perplexity(double value);
std::string format_flops(double flops);  ///< "1.20 PFLOP"; a dash when not positive, too
std::string format_bytes(double bytes);  ///< "12.3 MiB"
/// "0.4 s", "3 min 20 s", "5 h 02 min", "3 d 4 h"; with 0 decimals "0 s"; a dash when negative, too.
std::string format_duration(double seconds, int decimals = 1);
std::string format_percent(double fraction, int decimals = 1);  ///< "4.3 %"; from 100 % on without decimals
/// Two fractions in per cent, without the sign for it: "[−1.2, 4.9]"; beyond 1,000 % as infinite.
std::string format_percent_interval(double low, double high);
/// From one number to another: "−81.2 %", "+4.3 %"; a dash when one is not positive.
std::string format_change(double before, double after);

}  // namespace pantograph
