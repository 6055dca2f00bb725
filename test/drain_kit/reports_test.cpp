// What the kit writes, and what it tells beforehand.
#include "drain_kit/legible.hpp"
#include "drain_kit/run_kit.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace sundown::test {
namespace {

using testing::HasSubstr;
using testing::Not;

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

// Whatever a server has written before it did not start, each form can be read: UTF-8, without controls.
TEST(DrainKitReports, CanBeReadWhateverTheServerWrites) {
  const temp_dir folder;
  const auto at = [&](const char* name) { return (folder / name).string(); };
  std::ofstream(at("third_fails")) << "echo >> '" << at("starts") << "'\n[ $(wc -l < '" << at("starts")
                                   << "') -lt 3 ] && exec " << CARELESS_SERVER
                                   << " $1 none\nprintf '\\033[31m \\377\\303 <&\"> \\001 \\302\\205'; exit 7\n";
  const auto kit = run_kit({"--start", "exec sh " + at("third_fails") + " {port}", "--profile", CARELESS_PROFILE,
                            "--margin", "1.5", "--only", "uploads", "--only", "late-request", "--json", at("a.json"),
                            "--junit", at("a.xml"), "--html", at("a.html"), "--svg", at("a.svg")});
  EXPECT_NE(kit.code, 0);
  for (const auto* name : {"a.json", "a.xml", "a.html"}) EXPECT_THAT(text_of(at(name)), HasSubstr("ended at once"));
  for (const auto* name : {"a.json", "a.xml", "a.html", "a.svg"}) {
    EXPECT_EQ(sundown::testing::drain_kit::legible(text_of(at(name))), text_of(at(name))) << name;
  }
  EXPECT_EQ(sundown::testing::drain_kit::legible(kit.out + kit.err), kit.out + kit.err);
}

// What can't be written whole is said, and never taken for a result.
TEST(DrainKitReports, AreWrittenWholeOrNot) {
  for (const auto* form : {"--json", "--junit", "--html", "--svg"}) {
    const auto kit = play("none", {form, "/dev/full"});
    EXPECT_EQ(kit.code, 2) << form;
    EXPECT_THAT(kit.err, HasSubstr("can't write '/dev/full': No space left on device"));
    EXPECT_THAT(kit.out, Not(HasSubstr("written")));
  }
  for (const std::string asked : {"--help", "--list", "--explain uploads"}) {
    command what;
    what.program = "/bin/sh";
    what.arguments = {"-c", "exec " DRAIN_KIT " " + asked + " > /dev/full"};
    child_process kit(std::move(what));
    const auto end = kit.wait_exit(ample);
    ASSERT_TRUE(end);
    EXPECT_EQ(end->code, 2) << asked;
  }
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
    const auto kit = run_kit({"--start", command, "--path", "/hello", "--only", "port-free", "--start-timeout", "2"});
    EXPECT_EQ(kit.code, 2) << kit.out;
    return kit.err;
  };
  EXPECT_THAT(seen("PORT={port} exec sleep 60"),
              HasSubstr("within 2 s (--start-timeout): nobody listens there (connection refused)"));
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

// A file that --json hasn't written is told by its name, why and what to do instead, in a line without lines of source.
TEST(DrainKitReports, CompareOnlyWhatTheyWrote) {
  const temp_dir folder;
  const auto path = (folder / "given").string();
  const auto refusal_of = [&](const std::string& text) {
    std::ofstream(path) << text;
    const auto kit = run_kit({"compare", path, path});
    EXPECT_EQ(kit.code, 2);
    EXPECT_EQ(std::count(kit.err.begin(), kit.err.end(), '\n'), 1) << kit.err;
    EXPECT_THAT(kit.err, HasSubstr("'" + path + "' is no file that --json has written"));
    EXPECT_THAT(kit.err, HasSubstr("play once with --json FILE"));
    EXPECT_THAT(kit.err, Not(HasSubstr(".hpp")));
    return kit.err;
  };
  EXPECT_THAT(refusal_of("[paths]\n"), HasSubstr("(syntax error)"));
  EXPECT_THAT(refusal_of(R"({"scenarios":[{"name":"a","verdict":"nonsense"}]})"), HasSubstr("a verdict is none of"));
  for (const char* text :
       {"", "{", "[]", "{}", R"({"scenarios":3})", R"({"scenarios":[3]})", R"({"scenarios":[{}]})",
        R"({"scenarios":[{"name":1,"verdict":"ok"}]})", R"({"scenarios":[{"name":"a","verdict":1}]})",
        R"({"scenarios":[{"name":"a","verdict":"ok","sum":{"lost":"x"},"runs":[]}]})",
        R"({"scenarios":[{"name":"a","verdict":"ok","sum":{"lost":0},"runs":[1]}]})"})
    refusal_of(text);
  const auto missing = run_kit({"compare", path + "2", path});
  EXPECT_EQ(missing.code, 2);
  EXPECT_THAT(missing.err, HasSubstr("can't read '" + path + "2': No such file or directory"));
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
  expect_refused("[promise.idle-1000]\nwithin = \"1s\"\n", "promise.idle-1000.within takes a number of seconds");
  expect_refused("[promise.idle-1000]\nwithin = inf\n", "promise.idle-1000.within takes a number of seconds");
  expect_refused("[paths]\nslow_takes = -1\n", "paths.slow_takes takes a number of seconds, from 0 to 3600");
  expect_refused("[stop]\ncodes = [0.5]\n", "stop.codes takes a whole number from 0 to 255");
  expect_refused("[paths]\nbytes_size = 2.5\n", "paths.bytes_size takes a whole number from 1 to ");
  for (const char* nothing : {"", "\n\n", "# quick = \"/\"\n"})
    expect_refused(nothing, "it is empty, and needs at least [paths] with quick = \"/hello\"");
  expect_refused("[paths\n", "line 1");
  expect_refused("[paths]\nquick = \"/nowhere\"\n[promise.nonsense]\nwithin = 1\n", "promise.nonsense");
}

// A file that can't be read is told apart from one that isn't there.
TEST(DrainKitProfiles, SayWhyTheyCantBeRead) {
  const temp_dir folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  const auto secret = (folder / "secret.toml").string();
  std::ofstream(secret) << "[paths]\nquick = \"/\"\n";
  std::filesystem::permissions(secret, std::filesystem::perms::none);
  const auto refusal_of = [](const std::string& path) {
    const auto kit = running_kit({"--start", "/bin/true {port}", "--profile", path}, drop_root).wait();
    EXPECT_EQ(kit.code, 2) << kit.out;
    EXPECT_EQ(std::count(kit.err.begin(), kit.err.end(), '\n'), 1) << kit.err;
    return kit.err;
  };
  EXPECT_THAT(refusal_of(secret), HasSubstr("can't read '" + secret + "': Permission denied"));
  EXPECT_THAT(refusal_of(folder.path().string()), HasSubstr("': Is a directory"));
  EXPECT_THAT(refusal_of(secret + "/x"), HasSubstr("': Not a directory"));
  EXPECT_THAT(refusal_of((folder / "none.toml").string()), HasSubstr("there is no file '"));
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
