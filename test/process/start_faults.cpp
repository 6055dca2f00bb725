// Faults at the start that the user can mend: exit 1 and a text that says what is wrong, and of what.
#include "process/scenario.hpp"

#include <gmock/gmock.h>

#include <fstream>

namespace sundown::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// Starts with these settings, which must fail with 1, and returns all that it wrote.
std::string failed_start(settings environment) {
  service app(with(std::move(environment)));
  const auto end = app.wait_exit();
  if (!end) throw std::runtime_error("it started\n" + app.log());
  EXPECT_EQ(end->code, 1) << end->describe();
  app.process().out().wait_end();
  app.process().err().wait_end();
  return app.process().out().text() + app.process().err().text();
}

// A port that another instance has is taken, although both would be allowed to share it (SO_REUSEPORT).
TEST(StartFaults, PortOfAnotherInstance) {
  running first;
  const auto http = std::to_string(first.http().port), admin = std::to_string(first.admin().port);
  EXPECT_THAT(failed_start({{"SUNDOWN_HTTP__PORT", http}}),
              AllOf(HasSubstr("127.0.0.1:" + http), HasSubstr("http.port")));
  EXPECT_THAT(failed_start({{"SUNDOWN_ADMIN__PORT", admin}}),
              AllOf(HasSubstr("127.0.0.1:" + admin), HasSubstr("admin.port")));
  EXPECT_EQ(ask(first.http(), get("/hello")).status, 200);
}

// An address that this machine doesn't have can't be listened on.
TEST(StartFaults, AddressOfAnotherMachine) {
  EXPECT_THAT(failed_start({{"SUNDOWN_HTTP__ADDRESS", "198.51.100.1"}}),
              AllOf(HasSubstr("198.51.100.1"), HasSubstr("http.address")));
  EXPECT_THAT(failed_start({{"SUNDOWN_ADMIN__ADDRESS", "2001:db8::1"}}), HasSubstr("admin.address"));
}

// The database's directory is never made up: a typing error would start with an empty store.
TEST(StartFaults, MissingDirectory) {
  EXPECT_THAT(failed_start({{"SUNDOWN_STORAGE__SQLITE__PATH", "/nowhere/at/all/notes.db"}}),
              HasSubstr("/nowhere/at/all"));
}

// A place where nobody may write, root included.
TEST(StartFaults, UnwritableDirectory) {
  EXPECT_THAT(failed_start({{"SUNDOWN_STORAGE__SQLITE__PATH", "/proc/notes.db"}}), HasSubstr("/proc/notes.db"));
}

// A file that is something else is not overwritten.
TEST(StartFaults, FileThatIsNoDatabase) {
  const temp_dir directory;
  const auto path = (directory.path() / "notes.db").string();
  std::ofstream(path) << std::string(8192, 'x');
  EXPECT_THAT(failed_start({{"SUNDOWN_STORAGE__SQLITE__PATH", path}}), HasSubstr(path));
  EXPECT_EQ(std::filesystem::file_size(path), 8192U);
}

}  // namespace
}  // namespace sundown::test
