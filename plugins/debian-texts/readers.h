// SPDX-License-Identifier: GPL-3.0-or-later
// The plugin's readers and the parts that they are made of.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/document.h"

/// FILE.dict or FILE.dict.dz with FILE.index beside it: one document an entry, in the order of the file.
std::unique_ptr<pantograph::corpus::DocumentReader> open_dictd(const std::filesystem::path& path,
                                                               const pantograph::corpus::ReadOptions& options);
std::vector<std::filesystem::path> dictd_companions(const std::filesystem::path& path);  ///< the index

/// A page in man(7) or mdoc(7) macros, as the program mandoc prints it: one document; none for a page that only
/// includes another (.so).
std::unique_ptr<pantograph::corpus::DocumentReader> open_man(const std::filesystem::path& path,
                                                             const pantograph::corpus::ReadOptions& options);

/// Texts with a line that holds nothing but % between them, as fortune(6) has them; the index files *.dat are no input.
std::unique_ptr<pantograph::corpus::DocumentReader> open_fortune(const std::filesystem::path& path,
                                                                 const pantograph::corpus::ReadOptions& options);
