// What the kit writes, and what it tells beforehand.
#include "drain_kit/run_kit.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

namespace sundown::test {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// The kit against the careless server with this fault.
kit_result play(const std::string& fault, std::vector<std::string> more) {
  more.insert(more.begin(), {"--start", std::string(CARELESS_SERVER) + " {port} " + fault, "--profile",
                             CARELESS_PROFILE, "--margin", "1.5", "--only", "uploads", "--only", "late-request"});
  return run_kit(more);
}

// The sum over all runs, in how many something was lost, and each form of the report.
TEST(DrainKitReports, SayTheSame) {
  const temp_dir folder;
  const auto at = [&](const char* name) { return (folder / name).string(); };
  const auto kit = play("drops-uploads", {"--runs", "3", "--json", at("a.json"), "--junit", at("a.xml"), "--html",
                                          at("a.html"), "--svg", at("a.svg"), "--logs", at("logs")});
  EXPECT_EQ(kit.code, 1) << kit.err;
  EXPECT_THAT(kit.out, HasSubstr("Sums over 3 runs"));
  EXPECT_THAT(kit.out, HasSubstr("3/3"));
  EXPECT_THAT(text_of(at("a.json")), HasSubstr(R"("name":"uploads","verdict":"LOST","runs_with_losses":3)"));
  EXPECT_THAT(text_of(at("a.json")), HasSubstr(R"("lost":24)"));
  EXPECT_THAT(text_of(at("a.json")), HasSubstr(R"("name":"late-request","verdict":"ok")"));
  EXPECT_THAT(text_of(at("a.xml")), HasSubstr(R"(tests="2" failures="1")"));
  EXPECT_THAT(text_of(at("a.xml")), HasSubstr("<failure message=\"LOST, lost 24\">"));
  EXPECT_THAT(text_of(at("a.html")), HasSubstr("<td>24</td>"));
  EXPECT_THAT(text_of(at("a.html")), Not(HasSubstr("src=")));
  EXPECT_THAT(text_of(at("a.svg")), HasSubstr("LOST"));
  EXPECT_TRUE(std::filesystem::exists(folder / "logs" / "uploads.log"));
}

// What has become worse is told, and is exit code 1; what has become better is none.
TEST(DrainKitReports, Compare) {
  const temp_dir folder;
  const auto good = (folder / "good.json").string(), bad = (folder / "bad.json").string();
  EXPECT_EQ(play("none", {"--json", good}).code, 0);
  EXPECT_EQ(play("drops-uploads", {"--json", bad}).code, 1);
  const auto worse = run_kit({"compare", good, bad}), better = run_kit({"compare", bad, good});
  EXPECT_EQ(worse.code, 1);
  EXPECT_THAT(worse.out, testing::ContainsRegex("uploads .*worse"));
  EXPECT_EQ(better.code, 0);
  EXPECT_THAT(better.out, testing::ContainsRegex("uploads .*better"));
  EXPECT_EQ(run_kit({"compare", good, CARELESS_PROFILE}).code, 2);
}

// A scenario that can't be played is said to be left out, with the reason.
TEST(DrainKitReports, SayWhatIsLeftOut) {
  const auto kit = run_kit({"--start", std::string(CARELESS_SERVER) + " {port} none", "--path", "/hello", "--only",
                            "in-flight", "--only", "shut-window", "--only", "late-request", "--margin", "1.5"});
  EXPECT_EQ(kit.code, 0) << kit.err;
  EXPECT_THAT(kit.out, HasSubstr("left out: in-flight: the profile names no path 'slow'"));
  EXPECT_THAT(kit.out, HasSubstr("left out: shut-window: of HTTP/2 only"));
}

// A server that never gets ready is told of by what was seen of it.
TEST(DrainKitReports, SayWhatAServerAnsweredInstead) {
  const auto seen = [](const std::string& command) {
    const auto kit = run_kit({"--start", command, "--path", "/hello", "--only", "port-free"});
    EXPECT_EQ(kit.code, 2) << kit.out;
    return kit.err;
  };
  EXPECT_THAT(seen("PORT={port} exec sleep 60"), HasSubstr("within 10 s: nobody listens there (connection refused)"));
}

// A command that stops it takes the place of the signal.
TEST(DrainKitReports, StopsByACommand) {
  const auto kit = play("none", {"--exec", "kill -TERM {pid}"});
  EXPECT_EQ(kit.code, 0) << kit.out << kit.err;
}

// Whoever interrupts the kit finds no server of it, and no folder.
TEST(DrainKitReports, LeaveNothingWhenInterrupted) {
  const temp_dir folder;
  const auto trace = folder / "trace";
  command what;
  what.program = DRAIN_KIT;
  what.arguments = {
      "--start",
      "echo {dir} >" + trace.string() + "; exec " + std::string(CARELESS_SERVER) + " {port} ignores-signal",
      "--profile",
      CARELESS_PROFILE,
      "--only",
      "idle-1000"};
  what.environment = {"PATH=/usr/bin:/bin"};
  child_process kit(what);
  ASSERT_TRUE(eventually(ample, [&] { return text_of(trace).ends_with("\n"); }));
  kit.signal(SIGINT);
  const auto end = kit.wait_exit();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code, 130);
  auto made = text_of(trace);
  made.pop_back();
  EXPECT_FALSE(std::filesystem::exists(made)) << made;
}

// Each scenario says whose rule it is and what a client sees.
TEST(DrainKitReports, ExplainThemselves) {
  const auto kit = run_kit({"--explain", "pool", "--explain", "restart"});
  EXPECT_EQ(kit.code, 0);
  EXPECT_THAT(kit.out, HasSubstr("rule: RFC 9112"));
  EXPECT_THAT(kit.out, HasSubstr("curl: (52)"));
  EXPECT_THAT(kit.out, HasSubstr("rule: socket(7): SO_REUSEADDR"));
}

/// A profile with this text is refused, for this reason.
void expect_refused(const std::string& text, const std::string& why) {
  const temp_dir folder;
  const auto path = folder / "profile.toml";
  std::ofstream(path) << text;
  const auto kit = run_kit({"--start", std::string(CARELESS_SERVER) + " {port} none", "--profile", path.string()});
  EXPECT_EQ(kit.code, 2);
  EXPECT_THAT(kit.err, HasSubstr(why));
}

// A profile with a fault is refused: where, and what could stand there.
TEST(DrainKitProfiles, RefuseWhatTheyDontKnow) {
  expect_refused("[paths]\nquik = \"/\"\n", "paths.quik is no key of a profile: there are quick, slow");
  expect_refused("[path]\n", "path is no key of a profile: there are [paths]");
  expect_refused("[paths]\nslow = \"sleep\"\n", "paths.slow takes a path that begins with /");
  expect_refused("[stop]\ncodes = 0\n", "stop.codes takes a list of exit codes");
  expect_refused("[stop]\nsignal = \"KILL\"\n", "not 'KILL'");
  expect_refused("[promise.idle-1000]\nwithin = \"1s\"\n", "promise.idle-1000.within takes a number");
  expect_refused("[paths\n", "line 1");
  expect_refused("[paths]\nquick = \"/nowhere\"\n[promise.nonsense]\nwithin = 1\n", "promise.nonsense");
}

// The page tells of every scenario.
TEST(DrainKitDocs, TellOfEachScenario) {
  const auto page = text_of(DRAIN_KIT_PAGE);
  std::istringstream list(run_kit({"--list"}).out);
  std::size_t count = 0;
  for (std::string line; std::getline(list, line);) {
    if (line.starts_with(' ')) continue;  // a sentence goes on
    ++count;
    EXPECT_THAT(page, HasSubstr("`" + line.substr(0, line.find(' ')) + "`"));
  }
  EXPECT_THAT(page, HasSubstr(std::to_string(count) + " of them"));
}

// The workflow that docs/drain-kit.md shows plays as it stands there.
TEST(DrainKitDocs, ShowAWorkflowThatRuns) {
  const auto page = text_of(DRAIN_KIT_PAGE);
  const auto from = page.find("- run: drain-kit ") + 17;
  ASSERT_GT(from, 17U);
  auto line = page.substr(from, page.find('\n', from) - from);
  const temp_dir folder;
  std::filesystem::create_symlink(DRAIN_KIT, folder / "drain-kit");
  std::filesystem::copy_file(CARELESS_PROFILE, folder / "drain.toml");
  std::ofstream(folder / "server") << "#!/bin/sh\nexec " << CARELESS_SERVER << " \"$2\" none\n";
  std::filesystem::permissions(folder / "server", std::filesystem::perms::owner_all);
  command what;
  what.program = "/bin/sh";
  what.arguments = {"-c", "./drain-kit " + line + " --only uploads --only late-request --margin 1.5"};
  what.directory = folder.path().string();
  child_process shell(what);
  const auto end = shell.wait_exit(slack(100s));
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code, 0) << line << "\n" << shell.out().text() << shell.err().text();
  EXPECT_THAT(text_of(folder / "drain.xml"), HasSubstr("failures=\"0\""));
  EXPECT_TRUE(std::filesystem::exists(folder / "drain.html"));
}

}  // namespace
}  // namespace sundown::test
