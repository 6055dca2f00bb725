#pragma once

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include <string.h>

namespace sundown::testing::drain_kit {

/// Creates the file, with the directories that lead to it, and lets `write` fill it. Throws unless all of it was taken:
/// a disk that is full says so no earlier than at the end.
template <class Write>
void write_file(const std::filesystem::path& path, Write write) {
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
  errno = 0;
  std::ofstream file(path);
  if (file) write(file);
  file.close();
  if (!file) throw std::runtime_error("can't write '" + path.string() + "': " + ::strerror(errno == 0 ? EIO : errno));
}

}  // namespace sundown::testing::drain_kit
