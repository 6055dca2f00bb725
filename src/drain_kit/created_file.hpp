#pragma once

#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace sundown::testing::drain_kit {

/// With the directories that lead to it.
inline std::ofstream created_file(const std::filesystem::path& path) {
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path);
  if (!file) throw std::runtime_error("can't write '" + path.string() + "'");
  return file;
}

}  // namespace sundown::testing::drain_kit
