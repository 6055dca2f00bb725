// Lines that the descriptor does not take.
#include "log/write_all.hpp"
#include "log/writer.hpp"
#include "support/testing.hpp"
#include "unit/log/pipe.hpp"

#include <gmock/gmock.h>

#include <sys/resource.h>
#include <sys/socket.h>

#include <cstdio>
#include <fstream>
#include <random>
#include <sstream>

namespace sundown::log {
namespace {

namespace testing = ::testing;  // not sundown::testing
using namespace std::chrono_literals;
using test::lines_of;
using test::unique_fd;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using priority = writer::priority;

unique_fd full_disk() { return unique_fd(::open("/dev/full", O_WRONLY | O_CLOEXEC)); }

unique_fd without_reader() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
  ::close(ends[0]);
  return unique_fd(ends[1]);
}

/// What a closed stdout becomes: nothing can be written to it.
unique_fd not_for_writing() { return unique_fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

// Whatever the reason for which a descriptor doesn't take them, each line is counted: all of a block of access lines.
TEST(LogLosses, AreCountedByLines) {
  for (const auto& broken : {full_disk(), without_reader(), not_for_writing()}) {
    writer to(broken.get(), format::text);
    to.put("one\n", 1, priority::event);
    to.put("two\nthree\nfour\n", 3, priority::bulk);
    to.put("five\n", 1, priority::event);
    EXPECT_TRUE(to.drain(10s, 10s));
    EXPECT_EQ(to.dropped(), 5u);
    EXPECT_THAT(to.unsaid(), HasSubstr("log: lines dropped  count=5\n"));
  }
}

// As soon as a line can be written again, one before it says how many are lost.
TEST(LogLosses, AreToldOnceWritingWorksAgain) {
  test::pipe pipe;
  const auto place = full_disk();
  writer to(place.get(), format::text);
  for (int i = 0; i != 7; ++i) to.put("lost\n", 1, priority::event);
  ASSERT_TRUE(to.drain(10s, 10s));
  ASSERT_GE(::dup2(pipe.write_end(), place.get()), 0);
  to.put("next\n", 1, priority::event);
  to.put("last\n", 1, priority::event);
  ASSERT_TRUE(to.drain(10s, 10s));
  ASSERT_GE(::dup2(full_disk().get(), place.get()), 0);
  EXPECT_THAT(lines_of(pipe.rest()), ElementsAre(EndsWith(" warn  log: lines dropped  count=7"), "next", "last"));
  EXPECT_EQ(to.unsaid(), "");
}

// However a descriptor fails and recovers, what is written and what is told as lost is all that was given.
TEST(LogLosses, AddUp) {
  std::mt19937 random(7);
  test::pipe pipe;
  const auto place = full_disk(), broken = full_disk();
  writer to(place.get(), format::text);
  std::uint64_t given = 0;
  for (int round = 0; round != 300; ++round) {
    ASSERT_GE(::dup2(random() % 2 ? pipe.write_end() : broken.get(), place.get()), 0);
    for (auto lines = random() % 4; lines != 0; --lines, ++given) to.put("line\n", 1, priority::event);
    ASSERT_TRUE(to.drain(10s, 10s));
  }
  ASSERT_GE(::dup2(pipe.write_end(), place.get()), 0);
  to.put("line\n", 1, priority::event);
  ++given;
  ASSERT_TRUE(to.drain(10s, 10s));
  ASSERT_GE(::dup2(broken.get(), place.get()), 0);
  std::uint64_t written = 0, told = 0;
  for (const auto& line : lines_of(pipe.rest())) {
    const auto count = line.find("count=");
    if (count == std::string::npos)
      ++written;
    else
      told += std::stoull(line.substr(count + 6));
  }
  EXPECT_EQ(written + told, given);
  EXPECT_EQ(told, to.dropped());
  EXPECT_GT(told, 0u);
}

// A disk that fills up in the middle of a line leaves a part of it: what comes next begins a line of its own.
TEST(LogLosses, NeverMergeLines) {
  char name[] = "/tmp/sundown-losses-XXXXXX";
  const unique_fd file(::mkstemp(name));
  ASSERT_GE(file.get(), 0);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  {
    writer to(file.get(), format::text);
    const auto put = [&to](rlim_t limit, rlim_t most, std::string_view text) {
      const rlimit small{limit, most};
      ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
      to.put(text, static_cast<std::uint32_t>(std::ranges::count(text, '\n')), priority::event);
      ASSERT_TRUE(to.drain(10s, 10s));
    };
    put(12, before.rlim_max, "whole\nwhole\nnot whole\nnor this\n");  // nothing of the third
    put(18, before.rlim_max, "torn line\n");                          // the notice's first bytes
    put(before.rlim_cur, before.rlim_max, "next\n");
    EXPECT_EQ(to.dropped(), 3u);
  }
  std::ostringstream text;
  text << std::ifstream(name).rdbuf();
  std::remove(name);
  const auto lines = lines_of(text.str());
  ASSERT_EQ(lines.size(), 5u) << text.str();
  EXPECT_EQ(lines[1], "whole");
  EXPECT_EQ(lines[2].size(), 6u);
  EXPECT_THAT(lines[3], EndsWith("log: lines dropped  count=3"));
  EXPECT_EQ(lines[4], "next");
}

/// What comes out of stderr when a log on `fd` is stopped after an event, an error and the report.
std::string said_on_stderr(int fd, std::chrono::milliseconds patience) {
  testing::internal::CaptureStderr();
  start_on(fd, {level::info, format::text, true});
  info("event");
  error("fault");
  write_report("{\"message\":\"shutdown report\"}");
  stop(patience, 10s);
  return testing::internal::GetCapturedStderr();
}

// Errors and the shutdown's report go to stderr where stdout doesn't take them, with the count of what is lost; where
// stdout takes them, nothing does.
TEST(LogLosses, SendErrorsAndTheReportToStderr) {
  for (const auto& broken : {full_disk(), without_reader(), not_for_writing()})
    EXPECT_THAT(said_on_stderr(broken.get(), 10s),
                AllOf(HasSubstr("log: lines dropped  count=3\n"), HasSubstr("error fault\n"),
                      EndsWith("{\"message\":\"shutdown report\"}\n"), Not(HasSubstr("event"))));
  static auto& stuck = *new test::pipe;  // its writer is left behind
  stuck.fill();
  EXPECT_THAT(said_on_stderr(stuck.write_end(), 20ms), EndsWith("error fault\n{\"message\":\"shutdown report\"}\n"));
  test::pipe works;
  EXPECT_EQ(said_on_stderr(works.write_end(), 10s), "");
}

// Of errors that nobody could read the latest are kept, within a bound.
TEST(LogLosses, KeepTheLatestErrors) {
  const auto broken = full_disk();
  writer to(broken.get(), format::text);
  const std::string rest = std::string(100, '.') + '\n';
  for (int i = 0; i != 2000; ++i) to.put("error " + std::to_string(i) + rest, 1, priority::vital);
  EXPECT_TRUE(to.drain(10s, 10s));
  EXPECT_THAT(to.unsaid(), AllOf(HasSubstr("\nerror 1999."), Not(HasSubstr("error 1."))));
  EXPECT_LE(to.unsaid().size(), writer::vital_limit + 200);
}

// Writing with a limit keeps it on a pipe, a socket and a terminal that nobody reads, without making the descriptor
// non-blocking for those that share it.
TEST(WriteWithin, KeepsItsLimit) {
  test::pipe pipe;
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  const unique_fd near(pair[0]), far(pair[1]);
  const unique_fd terminal(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_TRUE(terminal.get() >= 0 && ::grantpt(terminal.get()) == 0 && ::unlockpt(terminal.get()) == 0);
  const unique_fd user(::open(::ptsname(terminal.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  const std::string much(8 << 20, 'x');
  for (const int fd : {pipe.write_end(), near.get(), user.get()}) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_FALSE(write_within(fd, much, 20ms)) << fd;
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
    EXPECT_EQ(::fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
  }
}

}  // namespace
}  // namespace sundown::log
