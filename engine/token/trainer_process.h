// SPDX-License-Identifier: GPL-3.0-or-later
// SentencePiece's trainer as a process: it can be stopped and paused at any moment, its log stays off the terminal, and
// where the library would abort the program, the process dies and the caller gets an error.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/control.h"
#include "project/project.h"

namespace pantograph::token {

/// Trains on `lines` (valid UTF-8, no newline, each shorter than kLongestTrainingLine) on `threads` processors (0:
/// all), of whose number the model does not depend, and writes the model to `model`. Error(input) with the largest
/// possible vocabulary when the text is too small for spec.vocabulary, with the smallest possible when its characters
/// alone need more; Error(run) when the trainer is missing, fails or is killed; Interrupted.
void run_sentencepiece_trainer(const project::TokenizerSpec& spec, const std::vector<std::string>& lines,
                               const std::filesystem::path& model, int threads, const TaskContext& task);

inline constexpr std::size_t kLongestTrainingLine = 4096;  ///< bytes

inline constexpr const char* kTrainerProgram = "pantograph-train-tokenizer";
inline constexpr const char* kTrainerProcessors = "processors=";  ///< the argument that says how many; 0: all
inline constexpr const char* kTrainerFailure = "PANTOGRAPH-FAILURE ";

}  // namespace pantograph::token
