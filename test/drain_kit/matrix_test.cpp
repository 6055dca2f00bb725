// Faults x scenarios: every scenario finds its faults, and accuses nobody of another.
#include "drain_kit/run_kit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::test {

using scenario_names = std::set<std::string>;

/// `closing`: HTTP/1.1 with `Connection: close` in every answer. `http1_0`: answers are those of HTTP/1.0.
enum class speech { http1, http2, tls, http2_tls, closing, http1_0 };

/// A fault of the careless server, and who finds it.
struct matrix_row {
  std::string fault;
  speech over;
  scenario_names must;      ///< each of these
  scenario_names may = {};  ///< and these in some runs: whether a client is just then in the way is a race
};

inline bool is_http2(speech over) { return over == speech::http2 || over == speech::http2_tls; }
inline bool is_tls(speech over) { return over == speech::tls || over == speech::http2_tls; }

inline void PrintTo(const matrix_row& row, std::ostream* to) {
  constexpr const char* names[] = {
      "", "over HTTP/2 ", "over TLS ", "over HTTP/2 and TLS ", "closing always ", "over HTTP/1.0 "};
  *to << names[static_cast<int>(row.over)] << row.fault;
}

class DrainKitMatrix : public ::testing::TestWithParam<matrix_row> {};

namespace {

/// Those that take a processor for themselves. Where nothing is expected of them they are played in each fifth row, by
/// its place: over all rows they meet every kind of fault. All rows have them with DRAIN_MATRIX=full.
const scenario_names costly{"busy-keep-alive", "new-connections", "idle-1000"};
constexpr std::size_t sampled = 5;

/// All other scenarios wait for most of their time, and are played beside each other in so many lanes.
constexpr std::size_t quiet_lanes = 12;

const scenario_names& all_names() {
  static const auto all = [] {
    scenario_names names;
    std::istringstream list(run_kit({"--list"}).out);
    for (std::string line; std::getline(list, line);)
      if (!line.starts_with(' ')) names.insert(line.substr(0, line.find(' ')));
    return names;
  }();
  return all;
}

/// The scenarios of a row, as they are played side by side.
std::vector<scenario_names> lanes_of(const matrix_row& row, bool with_costly) {
  std::vector<scenario_names> made(quiet_lanes);
  scenario_names one_by_one;
  std::size_t next = 0;
  for (const auto& name : all_names()) {
    if (!costly.contains(name)) made[next++ % quiet_lanes].insert(name);
    if (costly.contains(name) && (with_costly || row.must.contains(name) || row.may.contains(name)))
      one_by_one.insert(name);
  }
  if (!one_by_one.empty()) made.push_back(one_by_one);
  return made;
}

/// What the kit found wrong: scenarios whose verdict is fault, LATE or LOST.
scenario_names found_in(const std::filesystem::path& json) {
  std::ostringstream text;
  text << std::ifstream(json).rdbuf();
  const auto whole = text.str();
  scenario_names all;
  const std::regex one(R"re("name":"([a-z0-9-]+)","verdict":"(fault|LATE|LOST)","runs_with_losses")re");
  for (std::sregex_iterator each(whole.begin(), whole.end(), one), end; each != end; ++each) all.insert((*each)[1]);
  return all;
}

std::vector<std::string> arguments_of(const matrix_row& row, const scenario_names& only, const std::string& json) {
  std::string server = "exec " + std::string(CARELESS_SERVER) + " {port} " + row.fault;
  // Ignored from the first instruction on (execve(2)): the signal is no race with main().
  if (row.fault == "signal-lost-at-start") server = "trap '' TERM; " + server;
  if (is_http2(row.over)) server += " h2";
  if (row.over == speech::closing) server += " closes";
  if (row.over == speech::http1_0) server += " http1.0";
  if (is_tls(row.over)) server += " {certificate} {key}";
  std::vector<std::string> all{"--start", server,     "--profile", CARELESS_PROFILE, "--grace",
                               "3",       "--margin", "1.5",       "--json",         json};
  if (is_http2(row.over)) all.emplace_back("--h2");
  if (is_tls(row.over)) all.emplace_back("--tls");
  for (const auto& name : only) all.insert(all.end(), {"--only", name});
  return all;
}

/// What runs of the kit found wrong, and what they said.
struct found {
  scenario_names scenarios;
  std::string said;
};

/// Kits against that fault, side by side, each with so many runs of a scenario; their exit codes agree.
found played(const matrix_row& row, const std::vector<scenario_names>& side_by_side, int runs = 1) {
  const temp_dir folder;
  std::vector<std::unique_ptr<running_kit>> kits;
  std::vector<std::vector<std::string>> asked;
  const auto json = [&](std::size_t number) { return folder / ("figures" + std::to_string(number) + ".json"); };
  for (const auto& only : side_by_side) {
    auto arguments = arguments_of(row, only, json(kits.size()).string());
    arguments.insert(arguments.end(), {"--runs", std::to_string(runs)});
    kits.push_back(std::make_unique<running_kit>(arguments));
    asked.push_back(std::move(arguments));
  }
  found all;
  for (std::size_t i = 0; i < kits.size(); ++i) {
    auto kit = kits[i]->wait();
    if (kit.code == 2) kit = run_kit(asked[i]);  // a server that didn't start in time, beside so many
    const auto wrong = found_in(json(i));
    EXPECT_EQ(kit.code, wrong.empty() ? 0 : 1) << kit.out << kit.err;
    all.scenarios.insert(wrong.begin(), wrong.end());
    all.said += kit.out + kit.err;
  }
  return all;
}

const matrix_row rows[] = {
    {"none", speech::http1, {}},
    {"exits-at-once",
     speech::http1,
     {"in-flight", "busy-keep-alive", "late-request", "first-byte", "pipelined", "slow-handshake", "half-header",
      "half-closed", "uploads", "expect-continue", "slow-reader", "stopped-reader", "events", "websocket",
      "second-signal", "pid-1"},
     {"new-connections", "balancer", "pool"}},
    {"second-signal-kills", speech::http1, {"second-signal"}},
    {"signal-lost-at-start", speech::http1, {"start-up"}},
    {"resets-queue", speech::http1, {"new-connections"}, {"balancer"}},
    {"cuts-in-flight",
     speech::http1,
     {"in-flight", "pipelined", "half-header", "half-closed", "stopped-reader", "second-signal"}},
    {"forgets-close",
     speech::http1,
     {"in-flight", "busy-keep-alive", "late-request", "pipelined", "uploads", "expect-continue"}},
    {"closes-idle-at-once",
     speech::http1,
     {"late-request", "slow-handshake", "idle-1000", "restart"},
     {"first-byte", "busy-keep-alive", "new-connections", "balancer", "pool"}},
    {"keeps-idle", speech::http1, {"idle-1000", "slow-reader", "restart", "pid-1"}},
    {"drops-first-byte", speech::http1, {"first-byte"}, {"busy-keep-alive"}},
    {"drops-pipelined", speech::http1, {"pipelined"}},
    {"closes-untouched", speech::http1, {"slow-handshake", "idle-1000", "restart"}, {"new-connections", "balancer"}},
    {"waits-for-heads", speech::http1, {"half-header"}},
    {"resets-half-closed", speech::http1, {"half-closed"}},
    {"drops-uploads", speech::http1, {"uploads"}},
    {"drops-continued", speech::http1, {"expect-continue"}},
    {"tears-answer", speech::http1, {"slow-reader"}, {"pid-1"}},
    {"waits-for-readers", speech::http1, {"stopped-reader"}},
    {"tears-events", speech::http1, {"events"}},
    {"drops-websocket", speech::http1, {"websocket"}},
    {"resets-probes", speech::http1, {"balancer"}},
    {"leaves-child", speech::http1, {"children"}},
    {"keeps-port", speech::http1, {"children", "port-free", "restart"}, {"new-connections", "balancer"}},
    {"no-reuse", speech::http1, {"restart"}},
    {"exits-unacknowledged", speech::http1, {"pid-1"}},

    {"none", speech::http2, {}},
    {"exits-at-once",
     speech::http2,
     {"in-flight", "busy-keep-alive", "late-request", "slow-handshake", "half-header", "uploads", "slow-reader",
      "stopped-reader", "shut-window", "events", "second-signal", "idle-1000", "pid-1"},
     {"new-connections", "balancer", "pool"}},
    {"cuts-in-flight",
     speech::http2,
     {"in-flight", "half-header", "stopped-reader", "shut-window", "second-signal"},
     {"busy-keep-alive", "new-connections", "balancer"}},
    {"closes-idle-at-once",
     speech::http2,
     {"late-request", "idle-1000", "slow-handshake"},
     {"busy-keep-alive", "new-connections", "balancer", "pool"}},
    {"keeps-idle", speech::http2, {"idle-1000", "restart"}},
    {"drops-uploads", speech::http2, {"uploads"}, {"busy-keep-alive", "new-connections", "balancer"}},
    {"tears-answer", speech::http2, {"slow-reader"}},
    {"waits-for-readers", speech::http2, {"stopped-reader", "shut-window"}},
    {"tears-events", speech::http2, {"events"}},
    {"resets-probes", speech::http2, {"balancer"}},
    {"exits-unacknowledged", speech::http2, {"slow-reader", "pid-1"}},
    {"no-goaway", speech::http2, {"in-flight", "busy-keep-alive", "late-request", "idle-1000", "uploads"}},
    {"single-goaway", speech::http2, {"busy-keep-alive", "late-request", "slow-handshake"}, {"pool"}},
    {"goaway-then-resets",
     speech::http2,
     {"in-flight", "half-header", "stopped-reader", "shut-window", "second-signal", "uploads"},
     {"slow-reader", "busy-keep-alive", "new-connections", "balancer"}},
    {"drops-streams",
     speech::http2,
     {"busy-keep-alive", "late-request", "slow-handshake"},
     {"new-connections", "balancer", "pool"}},
    {"refuses-streams",
     speech::http2,
     {"busy-keep-alive", "late-request", "slow-handshake"},
     {"new-connections", "balancer", "pool"}},
    {"refuses-begun-streams",
     speech::http2,
     {"in-flight", "half-header", "stopped-reader", "shut-window", "second-signal"}},
    {"disowns-begun-streams",
     speech::http2,
     {"in-flight", "half-header", "stopped-reader", "shut-window", "second-signal"}},
    {"wrong-length", speech::http2, {"in-flight", "half-header", "stopped-reader", "shut-window", "second-signal"}},
    {"no-end-stream", speech::http2, {"in-flight", "half-header", "stopped-reader", "shut-window", "second-signal"}},
    {"closes-windows", speech::http2, {"uploads"}},
    {"waits-for-windows", speech::http2, {"shut-window"}},

    {"none", speech::tls, {}},
    {"no-close-notify",
     speech::tls,
     {"in-flight", "busy-keep-alive", "late-request", "first-byte", "pipelined", "idle-1000", "slow-handshake",
      "half-header", "half-closed", "uploads", "expect-continue", "slow-reader", "stopped-reader", "events",
      "websocket", "second-signal", "pid-1", "restart"},
     {"pool"}},
    {"drops-handshakes", speech::tls, {"slow-handshake"}, {"new-connections", "balancer"}},
    {"closes-untouched", speech::tls, {"slow-handshake", "idle-1000", "restart"}, {"new-connections", "balancer"}},

    {"none", speech::http2_tls, {}},
    {"no-close-notify",
     speech::http2_tls,
     {"in-flight", "busy-keep-alive", "late-request", "pool", "idle-1000", "slow-handshake", "half-header", "uploads",
      "slow-reader", "stopped-reader", "shut-window", "events", "second-signal", "pid-1", "restart"}},

    // Who keeps no connection for a second request loses none by that, and is found out as others are.
    {"none", speech::closing, {}},
    {"cuts-in-flight", speech::closing, {"in-flight", "half-header", "half-closed", "stopped-reader", "second-signal"}},
    {"closes-untouched", speech::closing, {"slow-handshake", "idle-1000", "restart"}, {"new-connections", "balancer"}},
    {"drops-uploads", speech::closing, {"uploads"}},
    {"none", speech::http1_0, {}},
    {"cuts-in-flight", speech::http1_0, {"in-flight", "half-header", "half-closed", "stopped-reader", "second-signal"}},
    {"drops-uploads", speech::http1_0, {"uploads"}},
};

std::string name_of(const ::testing::TestParamInfo<matrix_row>& info) {
  constexpr const char* names[] = {"", "h2_", "tls_", "h2_tls_", "closing_", "http1_0_"};
  return names[static_cast<int>(info.param.over)] + std::regex_replace(info.param.fault, std::regex("-"), "_");
}

}  // namespace

// One fault at a time: who must find it does, and nobody else finds anything.
TEST_P(DrainKitMatrix, FindsTheFaultAndNoOther) {
  const auto& row = GetParam();
  const auto place = static_cast<std::size_t>(
      std::find_if(std::begin(rows), std::end(rows),
                   [&](const auto& each) { return each.fault == row.fault && each.over == row.over; }) -
      std::begin(rows));
  const char* const asked = std::getenv("DRAIN_MATRIX");
  const bool full = asked != nullptr && std::string_view(asked) == "full";
  const auto first = played(row, lanes_of(row, full || row.fault == "none" || place % sampled == 0)).scenarios;
  scenario_names unsure;
  for (const auto& one : row.must)
    if (!first.contains(one)) unsure.insert(one);
  for (const auto& one : first)
    if (!row.must.contains(one) && !row.may.contains(one)) unsure.insert(one);
  // What stood still beside the others is played once more, alone: a fault shows again. A race that was missed is tried
  // some times.
  for (const auto& one : unsure) {
    const auto again = played(row, {{one}}, row.must.contains(one) ? 5 : 1);
    EXPECT_EQ(again.scenarios.contains(one), row.must.contains(one))
        << one << (row.must.contains(one) ? " does not find it\n" : " accuses it\n") << again.said;
  }
}

INSTANTIATE_TEST_SUITE_P(Faults, DrainKitMatrix, ::testing::ValuesIn(rows), name_of);

// Nobody needs to be root but for the container's network, and is told so.
TEST(DrainKitMatrixOfRights, NeedsNoRoot) {
  const matrix_row careful{"none", speech::http1, {}};
  const temp_dir folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  const auto begun = [&](const scenario_names& only) {
    const auto json = folder / (*only.begin() + ".json");
    return std::make_unique<running_kit>(arguments_of(careful, only, json.string()), drop_root);
  };
  const auto lanes = lanes_of(careful, true);
  std::vector<std::unique_ptr<running_kit>> kits;
  for (const auto& only : lanes) kits.push_back(begun(only));
  std::string out;
  for (std::size_t i = 0; i < kits.size(); ++i) {
    auto kit = kits[i]->wait();
    if (kit.code == 1) kit = begun(lanes[i])->wait();  // a machine that stood still
    EXPECT_EQ(kit.code, 0) << kit.out << kit.err;
    out += kit.out;
  }
  EXPECT_NE(out.find("left out: pid-1: needs root (CAP_SYS_ADMIN)"), std::string::npos) << out;
}

// RFC 8446 §6.1, RFC 9112 §9.8: where the answer's end is that of the connection, a FIN without close_notify may have
// cut it off, and it is lost; with a length it is whole, and a rule is broken.
TEST(DrainKitMatrixOfTls, TellsATruncationFromAnEnd) {
  const temp_dir folder;
  const auto ends = [&](const std::string& fault, const std::string& slow) {
    auto all = arguments_of({fault, speech::tls, {}}, {"in-flight"}, (folder / "figures.json").string());
    all.insert(all.end(), {"--slow-path", slow});
    return run_kit(all).out;
  };
  const std::string lengthless = "/slow?lengthless&ms={ms}", with_length = "/slow?ms={ms}";
  EXPECT_NE(ends("none", lengthless).find("lost 0"), std::string::npos);
  const auto cut_off = ends("no-close-notify", lengthless);
  EXPECT_NE(cut_off.find("LOST: lost 50 (in flight): torn answer"), std::string::npos) << cut_off;
  const auto whole = ends("no-close-notify", with_length);
  EXPECT_EQ(whole.find("LOST"), std::string::npos) << whole;
  EXPECT_NE(whole.find("not closed in order: no close_notify"), std::string::npos) << whole;
}

// RFC 9113 §8.7, §8.1.1: what is refused has no answer that has begun, and what has another length than it says is
// malformed: both are lost, by their reason. How many depends on when a busy machine lets the server hear of the
// signal.
TEST(DrainKitMatrixOfStreams, SaysWhyAnAnswerIsNone) {
  const temp_dir folder;
  const auto expect = [&](const std::string& fault, const std::string& only, std::initializer_list<const char*> all) {
    const auto said = run_kit(arguments_of({fault, speech::http2, {}}, {only}, (folder / "figures.json").string())).out;
    for (const char* each : all) EXPECT_NE(said.find(each), std::string::npos) << each << "\n" << said;
  };
  expect("refuses-begun-streams", "in-flight",
         {"(in flight): torn answer, and then said to be not processed: REFUSED_STREAM"});
  expect("refuses-begun-streams", "shut-window",
         {"(shut window): torn answer, and then said to be not processed: REFUSED_STREAM"});
  expect("disowns-begun-streams", "in-flight",
         {"(in flight): torn answer, and then said to be not processed: above the last stream of GOAWAY"});
  expect("wrong-length", "in-flight",
         {"(in flight): malformed answer: content-length 5, and 4 bytes",
          "(in flight): malformed answer: content-length 3, and 4 bytes"});
}

// Who doesn't stop at all is late, whatever its clients do.
TEST(DrainKitMatrixOfTime, FindsWhoIgnoresTheSignal) {
  const auto kit = run_kit({"--start", std::string(CARELESS_SERVER) + " {port} ignores-signal", "--profile",
                            CARELESS_PROFILE, "--grace", "0.5", "--only", "idle-1000"});
  EXPECT_EQ(kit.code, 1) << kit.err;
  EXPECT_NE(kit.out.find("LATE: still runs"), std::string::npos) << kit.out;
}

}  // namespace sundown::test
