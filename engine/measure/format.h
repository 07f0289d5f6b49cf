// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers and text as the report shows them. Independent of the locale.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pantograph::figures {

/// For text and attributes of XML. What XML cannot carry (control characters, broken UTF-8) becomes U+FFFD.
std::string escape_xml(std::string_view text);

/// One field of a CSV line (RFC 4180): quoted where it has to be.
std::string csv_field(std::string_view text);

std::string format_exact(double value);  ///< shortest text that reads back to the same bits; "nan", "inf"
std::string format_perplexity(
    double value);  ///< four digits: "26.93", "142.8", "12,345"; "–" when not finite or not positive
std::string format_size(double count);            ///< three digits with k, M, G, T: "100k", "2.61M"
std::string format_flops(double flops);           ///< "1.20 PFLOP"
std::string format_duration(double seconds);      ///< "0.4 s", "3 min 20 s", "5 h 02 min"
std::string format_percent(double fraction);      ///< "4.3 %"
std::string format_grouped(std::uint64_t count);  ///< "1,234,567"

/// Width in columns of a fixed font: wide (East Asian) characters count two.
std::size_t text_columns(std::string_view utf8);

}  // namespace pantograph::figures
