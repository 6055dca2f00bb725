#pragma once

#include <sundown/testing/temp_dir.hpp>

#include <filesystem>

namespace sundown::testing::drain_kit {

/// Whoever ends the kit by SIGINT, SIGTERM or SIGHUP ends the server that it has started with all that this has
/// started, also in sessions of their own, and removes the folders that it has made. Call it once, before any thread is
/// started.
void clean_up_when_interrupted();

/// A temp_dir that an interruption removes as well.
class kit_folder {
 public:
  explicit kit_folder(const std::filesystem::path& in = std::filesystem::temp_directory_path());
  kit_folder(const kit_folder&) = delete;
  kit_folder& operator=(const kit_folder&) = delete;
  ~kit_folder();

  const std::filesystem::path& path() const noexcept { return folder_.path(); }
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

 private:
  const temp_dir folder_;
};

}  // namespace sundown::testing::drain_kit
