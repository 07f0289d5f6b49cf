// SPDX-License-Identifier: GPL-3.0-or-later
// The module that links SentencePiece; see api.h. No exception and no object with an owner leaves it.
#include <sentencepiece_processor.h>

#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "token/sentencepiece/api.h"

namespace pantograph::token {

struct SentencePieceModel {
  sentencepiece::SentencePieceProcessor processor;
};

namespace {

using Api = SentencePieceApi;

bool failed(const std::string& message, void* context, Api::Text failure) {
  failure(context, message.data(), message.size());
  return false;
}

SentencePieceModel* open(const char* bytes, std::size_t size) {
  auto model = std::make_unique<SentencePieceModel>();
  try {  // it throws where its tree of pieces cannot be built
    return model->processor.LoadFromSerializedProto({bytes, size}).ok() ? model.release() : nullptr;
  } catch (const std::exception&) {
    return nullptr;
  }
}

bool encode(const SentencePieceModel* model, const char* text, std::size_t size, void* context, Api::Ids give,
            Api::Text failure) {
  std::vector<int> ids;
  try {
    const auto status = model->processor.Encode(std::string_view(text, size), &ids);
    if (!status.ok()) return failed(status.ToString(), context, failure);
  } catch (const std::exception& e) {
    return failed(e.what(), context, failure);
  }
  give(context, ids.data(), ids.size());
  return true;
}

bool decode(const SentencePieceModel* model, const int* ids, std::size_t count, void* context, Api::Text give,
            Api::Text failure) {
  std::string text;
  try {
    const auto status = model->processor.Decode(std::vector<int>(ids, ids + count), &text);
    if (!status.ok()) return failed(status.ToString(), context, failure);
  } catch (const std::exception& e) {
    return failed(e.what(), context, failure);
  }
  give(context, text.data(), text.size());
  return true;
}

constexpr Api kApi = {
    kSentencePieceApi,
    open,
    [](SentencePieceModel* model) { delete model; },
    [](const SentencePieceModel* model) { return model->processor.GetPieceSize(); },
    [](const SentencePieceModel* model) { return model->processor.bos_id(); },
    [](const SentencePieceModel* model) { return model->processor.eos_id(); },
    [](const SentencePieceModel* model, const char* piece) { return model->processor.PieceToId(piece); },
    [](const SentencePieceModel* model, int id) { return model->processor.IsUnknown(id); },
    [](const SentencePieceModel* model, int id) { return model->processor.IsControl(id); },
    [](const SentencePieceModel* model, int id) { return model->processor.IsByte(id); },
    encode,
    decode,
};

}  // namespace
}  // namespace pantograph::token

extern "C" __attribute__((visibility("default"))) const pantograph::token::SentencePieceApi*
PANTOGRAPH_SENTENCEPIECE_ENTRY() {
  return &pantograph::token::kApi;
}
