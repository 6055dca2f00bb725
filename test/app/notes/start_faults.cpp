// Faults of the database at the start that the user can mend: exit 1 and a text that says what is wrong, and of what.
#include "process/outcome.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace sundown::test {
namespace {

using testing::HasSubstr;

// The database's directory is never made up: a typing error would start with an empty store.
TEST(StartFaults, MissingDirectory) {
  EXPECT_THAT(failed_start(sample(with({{"SUNDOWN_STORAGE__SQLITE__PATH", "/nowhere/at/all/notes.db"}}))),
              HasSubstr("/nowhere/at/all"));
}

// A place where nobody may write, root included.
TEST(StartFaults, UnwritableDirectory) {
  EXPECT_THAT(failed_start(sample(with({{"SUNDOWN_STORAGE__SQLITE__PATH", "/proc/notes.db"}}))),
              HasSubstr("/proc/notes.db"));
}

// A file that is something else is not overwritten.
TEST(StartFaults, FileThatIsNoDatabase) {
  const temp_dir directory;
  const auto path = (directory.path() / "notes.db").string();
  std::ofstream(path) << std::string(8192, 'x');
  EXPECT_THAT(failed_start(sample(with({{"SUNDOWN_STORAGE__SQLITE__PATH", path}}))), HasSubstr(path));
  EXPECT_EQ(std::filesystem::file_size(path), 8192U);
}

}  // namespace
}  // namespace sundown::test
