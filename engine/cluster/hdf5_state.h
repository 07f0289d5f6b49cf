// SPDX-License-Identifier: GPL-3.0-or-later
// An embedder's state as data sets below one group of an HDF5 file.
#pragma once

#include "cluster/embedder.h"

namespace pantograph::cluster {

class Hdf5StateWriter : public StateWriter {
 public:
  Hdf5StateWriter(store::Hdf5File& file, std::string group) : file_(file), group_(std::move(group)) {}
  void write(const std::string& name, const store::DataShape& shape, const void* data) override {
    file_.write(group_ + "/" + name, shape, data);
  }

 private:
  store::Hdf5File& file_;
  std::string group_;
};

class Hdf5StateReader : public StateReader {
 public:
  Hdf5StateReader(const store::Hdf5File& file, std::string group) : file_(file), group_(std::move(group)) {}
  store::DataShape shape(const std::string& name) const override { return file_.shape(group_ + "/" + name); }
  void read(const std::string& name, store::DataType expected, std::uint64_t count, void* out) const override {
    file_.read(group_ + "/" + name, expected, count, out);
  }

 private:
  const store::Hdf5File& file_;
  std::string group_;
};

}  // namespace pantograph::cluster
