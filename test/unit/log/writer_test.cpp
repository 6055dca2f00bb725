#include "log/writer.hpp"
#include "unit/log/pipe.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <thread>

namespace sundown::log {
namespace {

using namespace std::chrono_literals;
using test::lines_of;
using testing::HasSubstr;
using priority = writer::priority;
using clock = std::chrono::steady_clock;

const options text_options{level::info, format::text, true};

bool ends_with_end(const std::string& all) { return all.ends_with("end\n"); }

// What is below the level isn't written; a new level holds from the next line.
TEST(Log, ObeysItsLevel) {
  test::pipe pipe;
  start_on(pipe.write_end(), text_options);
  debug("not this");
  set_level(level::debug);
  EXPECT_TRUE(enabled(level::debug));
  debug("but this");
  set_level(level::off);
  error("not this either");
  write_report("{\"report\":\n1}");
  EXPECT_TRUE(stop(10s, 10s));
  const auto lines = lines_of(pipe.rest());
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_THAT(lines[0], HasSubstr(" debug but this"));
  EXPECT_EQ(lines[1], "{\"report\": 1}");
}

// Before start and after stop, lines go straight to stderr.
TEST(Log, WritesToStderrWithoutWriter) {
  test::pipe pipe;
  set_level(level::info);
  testing::internal::CaptureStderr();
  start_on(pipe.write_end(), text_options);
  info("queued");
  EXPECT_TRUE(stop(10s, 10s));
  info("late");
  EXPECT_TRUE(stop(0ms, 0ms));
  const auto direct = testing::internal::GetCapturedStderr();
  EXPECT_THAT(direct, HasSubstr("info  late\n"));
  EXPECT_THAT(pipe.rest(), HasSubstr("info  queued\n"));
}

// Nobody reads stdout: writing never blocks, stop() keeps its limit and says that it failed; once somebody reads, the
// lines left behind still come.
TEST(Log, StopIsBoundedWhenStdoutIsStuck) {
  test::pipe pipe;
  pipe.fill();
  start_on(pipe.write_end(), text_options);
  const auto start = clock::now();
  for (int i = 0; i != 100; ++i) info("stuck");
  info("end");
  EXPECT_FALSE(stop(50ms, 10s));
  const auto took = clock::now() - start;
  EXPECT_GE(took, 50ms);
  EXPECT_LT(took, 5s);
  const auto all = pipe.read_until(ends_with_end);
  EXPECT_TRUE(ends_with_end(all));
}

// A reader that is slow but reads is waited for beyond the patience.
TEST(Log, StopWaitsForASlowReader) {
  test::pipe pipe;
  pipe.fill();
  start_on(pipe.write_end(), text_options);
  for (int i = 0; i != 4; ++i) info(std::string(4000, 's'));
  std::thread reader([&] {
    for (int i = 0; i != 5; ++i) {
      std::this_thread::sleep_for(500ms);  // this is what is slow
      pipe.read_some();
    }
  });
  EXPECT_TRUE(stop(2s, 30s));
  reader.join();
}

// The limit holds whatever the patience.
TEST(Log, StopKeepsItsLimit) {
  test::pipe pipe;
  pipe.fill();
  start_on(pipe.write_end(), text_options);
  info("end");
  EXPECT_FALSE(stop(1h, 20ms));
  EXPECT_TRUE(ends_with_end(pipe.read_until(ends_with_end)));
}

// After a stop that was cut the process can still end by itself: nothing that the stuck thread uses is destroyed.
TEST(LogDeathTest, ExitsAfterAStopThatWasCut) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const auto end_stuck = [] {
    auto& pipe = *new test::pipe;
    pipe.fill();
    start_on(pipe.write_end(), text_options);
    info("stuck");
    const bool drained = stop(20ms, 10s);
    std::exit(drained ? 1 : 7);
  };
  EXPECT_EXIT(end_stuck(), testing::ExitedWithCode(7), "");
}

// A full queue drops its oldest lines, a block of access lines counting all of its own; none is lost uncounted, and
// one warning tells the count.
TEST(Writer, CountsWhatItDrops) {
  test::pipe pipe;
  const auto filled = pipe.fill();
  writer to(pipe.write_end(), format::text, 4);
  std::uint64_t given = 0;
  for (int i = 0; i != 20; ++i) {
    to.put("event\n", 1, priority::event);
    to.put("access\naccess\naccess\n", 3, priority::bulk);
    given += 4;
  }
  to.put("end\n", 1, priority::event);
  ++given;
  const auto dropped = to.dropped();
  // Four are in the queue and one is with the stuck thread, or not yet; so at least 35 of 41 messages are gone.
  EXPECT_GE(dropped, given - 4 * 3 - 3);
  const auto all = pipe.read_until([](const std::string& s) {  // the warning comes before or after the end
    return s.find("lines dropped") != std::string::npos && s.find("end\n") != std::string::npos && s.ends_with('\n');
  });
  EXPECT_TRUE(to.drain(10s, 10s));
  const auto lines = lines_of(std::string_view(all).substr(filled));
  const auto warning = " warn  log: lines dropped  count=" + std::to_string(dropped);
  ASSERT_GE(lines.size(), 2u);
  EXPECT_THAT(all, HasSubstr(warning));
  EXPECT_THAT(all, HasSubstr("end\n"));
  EXPECT_EQ(lines.size() - 1 + dropped, given);
}

// Bulk beyond the limit is dropped before any event is, so the report survives a flood of access lines.
TEST(Writer, BulkYieldsToEvents) {
  test::pipe pipe;
  const auto filled = pipe.fill();
  writer to(pipe.write_end(), format::text, 64, 100);
  const std::string block(60, '-');
  to.put(block, 10, priority::bulk);
  to.put(block, 10, priority::bulk);
  to.put("event\n", 1, priority::event);
  to.put(std::string(1000, 'e') + "\nend\n", 2, priority::event);
  EXPECT_EQ(to.dropped(), 10u);
  const auto all = pipe.read_until(ends_with_end).substr(filled);
  EXPECT_TRUE(to.drain(10s, 10s));
  EXPECT_THAT(all, testing::StartsWith(block));
  EXPECT_EQ(all.find(block, 1), std::string::npos);
  EXPECT_THAT(all, HasSubstr("event\neee"));
  EXPECT_THAT(all, HasSubstr("log: lines dropped  count=10\n"));
}

// Lines of many threads come whole, each thread's in order, and none is lost uncounted.
TEST(Log, KeepsConcurrentLinesWhole) {
  constexpr int threads = 4, each = 500;
  test::pipe pipe;
  const auto before = dropped();
  start_on(pipe.write_end(), text_options);
  std::string all;
  std::thread reader([&] { all = pipe.read_until(ends_with_end); });
  std::vector<std::thread> writers;
  for (int t = 0; t != threads; ++t)
    writers.emplace_back([t] {
      access_log access(true);
      for (int i = 0; i != each; ++i) info("line", {{"thread", t}, {"number", i}, {"pad", "xxxxxxxxxxxxxxxx"}});
    });
  for (auto& one : writers) one.join();
  info("end");
  EXPECT_TRUE(stop(10s, 10s));
  reader.join();

  std::vector<int> last(threads, -1);
  std::uint64_t whole = 0;
  for (const auto& line : lines_of(all)) {
    int thread = 0, number = 0, length = 0;
    if (std::sscanf(line.c_str() + 25, "info line thread=%d number=%d pad=xxxxxxxxxxxxxxxx%n", &thread, &number,
                    &length) != 2 ||
        length == 0) {
      EXPECT_TRUE(line.ends_with("end") || line.find("lines dropped") != std::string::npos) << line;
      continue;
    }
    EXPECT_GT(number, last[static_cast<std::size_t>(thread)]);
    last[static_cast<std::size_t>(thread)] = number;
    ++whole;
  }
  EXPECT_EQ(whole + dropped() - before, std::uint64_t{threads} * each);
}

// A reader that goes away takes the lines with it; the process and stop() go on.
TEST(Log, SurvivesABrokenPipe) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  ::close(ends[0]);
  start_on(ends[1], text_options);
  info("nobody hears this");
  EXPECT_TRUE(stop(10s, 10s));
  ::close(ends[1]);
}

}  // namespace
}  // namespace sundown::log
