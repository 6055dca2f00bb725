// A log that nobody reads holds up neither the service nor its stop.
#include "process/many_requests.hpp"

#include <fcntl.h>

#include <filesystem>
#include <fstream>

namespace sundown::test {
namespace {

// With stdout a full pipe that nobody reads, requests are served as ever and the exit comes in time with code 0.
TEST(BlockedLog, FullPipeHoldsUpNothing) {
  auto options = with(patient());
  options.pipe_size = 4096;
  running app(options);
  app.process().out().pause();
  serve_many(app.http());
  EXPECT_EQ(ask(app.admin(), get("/live")).status, 200);
  held_requests requests(app.http(), 5);
  stop(app, SIGTERM);
  requests.finish();
  expect_exit(app, 0, promptly);
}

// The same where the reader of the log is gone and every write fails with EPIPE.
TEST(BlockedLog, BrokenPipeHoldsUpNothing) {
  running app(with(patient()));
  app.process().out().close();
  serve_many(app.http());
  held_requests requests(app.http(), 5);
  stop(app, SIGTERM);
  requests.finish();
  expect_exit(app, 0, promptly);
}

/// What /metrics says of the log.
double lines_dropped(const endpoint& admin) {
  const auto body = ask(admin, get("/metrics")).body;
  const auto name = body.find("\nsundown_log_lines_dropped_total ");
  if (name == std::string::npos) throw std::runtime_error("no such figure");
  return std::stod(body.substr(body.find(' ', name)));
}

// Lines that nobody can read any more are counted, and the report of the stop goes to stderr.
TEST(BlockedLog, LostLinesAreCounted) {
  running app;
  EXPECT_EQ(lines_dropped(app.admin()), 0);
  app.process().out().close();
  serve_many(app.http());
  EXPECT_TRUE(eventually(ample, [&] { return lines_dropped(app.admin()) >= 3000; })) << lines_dropped(app.admin());
  stop(app, SIGTERM);
  expect_exit(app, 0, promptly);
  app.process().err().wait_end();
  const auto said = app.process().err().text();
  EXPECT_NE(said.find("\"message\":\"shutdown report\""), std::string::npos) << said;
  EXPECT_NE(said.find("lines dropped"), std::string::npos) << said;
}

/// Whether the use that a standard stream of a process has fails, as it does with one that is closed.
bool is_dead(const std::filesystem::path& descriptor) {
  const bool in = descriptor.filename() == "0";
  std::ifstream about(descriptor.parent_path().parent_path() / "fdinfo" / descriptor.filename());
  int mode = O_RDWR;
  for (std::string field; about >> field;)
    if (field == "flags:") about >> std::oct >> mode;
  return (mode & O_ACCMODE) == (in ? O_WRONLY : O_RDONLY);
}

// Whichever of stdin, stdout and stderr are closed at the start, no socket and no file gets their numbers: they are a
// device, and open for the other direction only.
TEST(BlockedLog, ClosedDescriptorsAreNobodysElse) {
  for (const std::string closed : {"0", "1", "2", "01", "12", "012"}) {
    std::string run = "exec \"$0\" \"$@\"";
    for (const char each : closed) run += std::string(" ") + each + ">&-";
    auto options = service_options{};
    options.program = "/bin/sh";
    options.arguments = {"-c", run, binary_path()};
    service app(options);
    EXPECT_EQ(ask(find_http(app), get("/hello")).status, 200);
    const auto descriptors = "/proc/" + std::to_string(app.process().pid()) + "/fd/";
    for (const char each : closed) {
      EXPECT_TRUE(std::filesystem::is_character_file(descriptors + each)) << each;
      EXPECT_TRUE(is_dead(descriptors + each)) << each;
    }
    app.signal(SIGTERM);
    expect_exit(app, 0, promptly);
  }
}

}  // namespace
}  // namespace sundown::test
