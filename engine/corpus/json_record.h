// SPDX-License-Identifier: GPL-3.0-or-later
// The text of one JSON object. Private to this room.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "corpus/document.h"
#include "corpus/text_field.h"

namespace pantograph::corpus {

class JsonRecords {
 public:
  explicit JsonRecords(TextField field);
  ~JsonRecords();

  /// The document of an object, or its fault. Of other fields than those asked for, only the brackets and strings have
  /// to be sound: what their numbers are does not matter. `json` may get room behind its end.
  void read(std::string& json, Document& document);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The names of an object's strings that are not yet in `names`, those within others dotted. What cannot be read ends
/// it without a word. `json` may get room behind its end.
void add_json_fields(std::string& json, std::vector<std::string>& names);

}  // namespace pantograph::corpus
