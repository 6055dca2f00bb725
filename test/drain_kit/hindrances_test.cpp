// What could not be played is no verdict about the stop.
#include "drain_kit/run_kit.hpp"

#include <gmock/gmock.h>

#include <sys/resource.h>

#include <filesystem>

namespace sundown::test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

/// A server whose start is numbered: the kit tries it out by the first.
class DrainKitHindrances : public ::testing::Test {
 protected:
  /// `start` does something else when "$n" says so.
  std::vector<std::string> arguments(const std::string& start, const std::string& fault,
                                     std::vector<std::string> more) const {
    const auto count = (folder_ / "count").string();
    more.insert(more.begin(), {"--start",
                               "n=$(cat " + count + " 2>/dev/null || echo 0); n=$((n + 1)); echo $n >" + count + "; " +
                                   start + "; exec " + CARELESS_SERVER + " {port} " + fault,
                               "--profile", CARELESS_PROFILE, "--margin", "1.5", "--json", at("a.json"), "--junit",
                               at("a.xml"), "--html", at("a.html"), "--svg", at("a.svg")});
    return more;
  }
  std::string at(const char* name) const { return (folder_ / name).string(); }
  std::string written(const char* name) const { return text_of(at(name)); }

 private:
  const temp_dir folder_;
};

constexpr auto third_fails = "[ $n = 3 ] && { echo 'database is locked' >&2; exit 7; }";

// A start that fails hinders its scenario: each report says so, the others are played, and the exit code is 2.
TEST_F(DrainKitHindrances, AreNoLosses) {
  const auto kit =
      run_kit(arguments(third_fails, "none", {"--only", "children", "--only", "port-free", "--only", "pool"}));
  EXPECT_EQ(kit.code, 2) << kit.out << kit.err;
  EXPECT_THAT(kit.out, Not(HasSubstr("LOST")));
  EXPECT_THAT(kit.out, ContainsRegex("\n(children|port-free|pool) +could not run\n"));
  EXPECT_THAT(kit.out, ContainsRegex("\ncould not run: [a-z-]+: '.*ended at once, with exit code 7\n    database is"));
  const auto json = written("a.json");
  EXPECT_THAT(json, HasSubstr(R"("passed":false)"));
  EXPECT_THAT(json, ContainsRegex("\"could_not_run\":\\[\\{\"name\":\"[a-z-]+\",\"runs\":1,\"why\":\\[.*locked"));
  EXPECT_THAT(json, Not(HasSubstr("LOST")));
  EXPECT_THAT(written("a.xml"), HasSubstr(R"(tests="3" failures="0" errors="1" skipped="0")"));
  EXPECT_THAT(written("a.xml"), HasSubstr("<error message=\"could not run\">"));
  EXPECT_THAT(written("a.html"), HasSubstr("not all could be played"));
  EXPECT_THAT(written("a.html"), HasSubstr("database is locked"));
}

// What is lost elsewhere counts for more.
TEST_F(DrainKitHindrances, HideNoLosses) {
  const auto kit = run_kit(arguments(third_fails, "drops-uploads", {"--only", "uploads", "--only", "children"}));
  EXPECT_EQ(kit.code, 1) << kit.out << kit.err;
  EXPECT_THAT(kit.out, HasSubstr("LOST: lost 8"));
  EXPECT_THAT(kit.out, HasSubstr("could not run: children: "));
}

// Of several runs the others are played, and counted.
TEST_F(DrainKitHindrances, AreOfTheirRunAlone) {
  const auto kit = run_kit(arguments(third_fails, "drops-uploads", {"--only", "uploads", "--runs", "3"}));
  EXPECT_EQ(kit.code, 1) << kit.out << kit.err;
  EXPECT_THAT(kit.out, HasSubstr("could not run: uploads: 1 of 3 runs: "));
  EXPECT_THAT(written("a.json"), HasSubstr(R"("name":"uploads","verdict":"LOST","runs_with_losses":2)"));
  EXPECT_THAT(written("a.xml"), HasSubstr(R"(tests="1" failures="1" errors="1")"));
}

// Nothing at all is played: there is still a report.
TEST_F(DrainKitHindrances, MayBeAll) {
  const auto kit = run_kit(arguments("[ $n -gt 1 ] && exit 7", "none", {"--only", "children", "--runs", "2"}));
  EXPECT_EQ(kit.code, 2) << kit.out << kit.err;
  EXPECT_THAT(kit.out, HasSubstr("could not run: children: 2 of 2 runs: "));
  EXPECT_THAT(written("a.xml"), HasSubstr(R"(tests="1" failures="0" errors="1")"));
}

// The scenario that looks whether it starts again does find that it doesn't.
TEST_F(DrainKitHindrances, AreNoneWhereAStartIsTheQuestion) {
  const auto kit = run_kit(arguments(third_fails, "none", {"--only", "restart", "--strict"}));
  EXPECT_EQ(kit.code, 1) << kit.out << kit.err;
  EXPECT_THAT(kit.out, HasSubstr("does not start again at once"));
  EXPECT_THAT(kit.out, Not(HasSubstr("could not run")));
}

// The kit's own descriptors: it says how many it needs.
TEST_F(DrainKitHindrances, TellOfTooFewDescriptors) {
  running_kit few(arguments("true", "none", {"--only", "idle-1000", "--only", "pool"}), [] {
    const rlimit both{256, 256};
    return ::setrlimit(RLIMIT_NOFILE, &both) == 0;
  });
  const auto kit = few.wait();
  EXPECT_EQ(kit.code, 2) << kit.out << kit.err;
  EXPECT_THAT(kit.out, ContainsRegex("could not run: idle-1000: needs 10[0-9][0-9] descriptors, and may have 256"));
  EXPECT_THAT(kit.out, Not(HasSubstr("LOST")));
  EXPECT_THAT(kit.out, ContainsRegex("\npool .* ok "));
}

// Only the hard limit binds.
TEST_F(DrainKitHindrances, AreNoneByASoftLimit) {
  running_kit few(arguments("true", "none", {"--only", "idle-1000"}), [] {
    rlimit both{};
    if (::getrlimit(RLIMIT_NOFILE, &both) != 0) return false;
    both.rlim_cur = 256;
    return ::setrlimit(RLIMIT_NOFILE, &both) == 0;
  });
  const auto kit = few.wait();
  EXPECT_EQ(kit.code, 0) << kit.out << kit.err;
}

// A start that takes its time, longer than is given by default.
TEST_F(DrainKitHindrances, AreNoneInASlowStart) {
  const auto slow = "[ $n = 2 ] && sleep " + std::to_string(std::chrono::ceil<std::chrono::seconds>(ample).count() + 1);
  const auto kit = run_kit(arguments(slow, "none", {"--only", "children", "--start-timeout", "60"}));
  EXPECT_EQ(kit.code, 0) << kit.out << kit.err;
}

/// A server that stops in order, and ends as told then.
kit_result end_by(const std::string& end, const std::vector<std::string>& more = {}) {
  std::vector<std::string> all{"--start",
                               "sh -c '" + std::string(CARELESS_SERVER) +
                                   " {port} none & child=$!; trap \"kill \\$child; wait \\$child; " + end +
                                   "\" TERM; wait'",
                               "--profile",
                               CARELESS_PROFILE,
                               "--only",
                               "uploads",
                               "--margin",
                               "1.5"};
  all.insert(all.end(), more.begin(), more.end());
  return run_kit(all);
}

// Who was killed before its grace was over was not killed for that.
TEST(DrainKitKills, AreLateOnlyAfterTheGrace) {
  for (const char* end : {"kill -KILL \\$\\$", "exit 137"}) {
    const auto kit = end_by(end);
    EXPECT_THAT(kit.out, HasSubstr("fault: killed by SIGKILL after ")) << kit.err;
    EXPECT_THAT(kit.out, Not(HasSubstr("LATE")));
    const auto late = end_by(std::string("sleep 1; ") + end, {"--grace", "0.5"});
    EXPECT_EQ(late.code, 1) << late.out << late.err;
    EXPECT_THAT(late.out, HasSubstr("LATE: killed, since it did not end in its grace"));
  }
}

}  // namespace
}  // namespace sundown::test
