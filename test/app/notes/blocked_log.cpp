// A log that has nowhere to go does the database no harm.
#include "process/many_requests.hpp"

#include <fstream>

namespace sundown::test {
namespace {

// Started without a stdout at all, the log must not end up in whatever file gets descriptor 1, such as the database.
TEST(BlockedLog, WithoutStdoutTheDatabaseStaysWhole) {
  auto options = sample();
  options.without_stdout = true;
  service app(options);
  const auto first = find_http(app);
  const auto created = ask(first, post("/v1/notes", R"({"title":"kept","body":"whole"})"));
  ASSERT_EQ(created.status, 201) << created.describe();
  serve_many(first);
  app.signal(SIGTERM);
  expect_exit(app, 0, promptly);
  std::string magic(15, '\0');
  std::ifstream(app.directory() / "notes.db").read(magic.data(), 15);
  EXPECT_EQ(magic, "SQLite format 3");
  app.restart();
  const auto found = ask(find_http(app), get(*created.field("location")));
  EXPECT_EQ(found.status, 200);
  EXPECT_NE(found.body.find("whole"), std::string::npos) << found.body;
}

}  // namespace
}  // namespace sundown::test
