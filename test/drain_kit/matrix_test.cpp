// Faults x scenarios: every scenario finds its faults, and accuses nobody of another.
#include "drain_kit/run_kit.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace sundown::test {

using scenario_names = std::set<std::string>;

/// A fault of the careless server, and who finds it.
struct matrix_row {
  std::string fault;
  scenario_names must;      ///< each of these
  scenario_names may = {};  ///< and these in some runs: whether a client is just then in the way is a race
};

inline void PrintTo(const matrix_row& row, std::ostream* to) { *to << row.fault; }

class DrainKitMatrix : public ::testing::TestWithParam<matrix_row> {};

namespace {

/// What the kit found wrong: scenarios whose verdict is fault, LATE or LOST.
scenario_names found_in(const std::string& json) {
  scenario_names all;
  const std::regex one(R"re("name":"([a-z0-9-]+)","verdict":"(fault|LATE|LOST)","runs_with_losses")re");
  for (std::sregex_iterator each(json.begin(), json.end(), one), end; each != end; ++each) all.insert((*each)[1]);
  return all;
}

/// What a run of the kit against that fault finds; its exit code agrees.
scenario_names played(const std::string& fault, const std::vector<std::string>& more) {
  const temp_dir folder;
  const auto json = (folder / "figures.json").string();
  std::vector<std::string> all{"--start",   std::string(CARELESS_SERVER) + " {port} " + fault,
                               "--profile", CARELESS_PROFILE,
                               "--grace",   "5",
                               "--margin",  "1.5",
                               "--json",    json};
  all.insert(all.end(), more.begin(), more.end());
  const auto kit = run_kit(all);
  std::ostringstream text;
  text << std::ifstream(json).rdbuf();
  const auto found = found_in(text.str());
  EXPECT_EQ(kit.code, found.empty() ? 0 : 1) << kit.out << kit.err;
  return found;
}

const matrix_row rows[] = {
    {"none", {}},
    {"exits-at-once",
     {"in-flight", "busy-keep-alive", "late-request", "first-byte", "pipelined", "slow-handshake", "half-header",
      "half-closed", "uploads", "expect-continue", "slow-reader", "stopped-reader", "events", "websocket",
      "second-signal"},
     {"new-connections", "balancer", "pool"}},
    {"second-signal-kills", {"second-signal"}},
    {"signal-lost-at-start", {"start-up"}},
    {"resets-queue", {"new-connections"}, {"balancer"}},
    {"cuts-in-flight", {"in-flight", "pipelined", "half-header", "half-closed", "stopped-reader", "second-signal"}},
    {"forgets-close", {"in-flight", "busy-keep-alive", "late-request", "pipelined", "uploads", "expect-continue"}},
    {"closes-idle-at-once",
     {"late-request", "first-byte", "slow-handshake"},
     {"busy-keep-alive", "new-connections", "balancer", "pool"}},
    {"keeps-idle", {"idle-1000", "slow-reader", "restart"}},
    {"drops-first-byte", {"first-byte"}, {"busy-keep-alive"}},
    {"drops-pipelined", {"pipelined"}},
    {"closes-untouched", {"slow-handshake"}, {"new-connections", "balancer"}},
    {"waits-for-heads", {"half-header"}},
    {"resets-half-closed", {"half-closed"}},
    {"drops-uploads", {"uploads"}},
    {"drops-continued", {"expect-continue"}},
    {"tears-answer", {"slow-reader"}},
    {"waits-for-readers", {"stopped-reader"}},
    {"tears-events", {"events"}},
    {"drops-websocket", {"websocket"}},
    {"resets-probes", {"balancer"}},
    {"leaves-child", {"children"}},
    {"keeps-port", {"children", "port-free", "restart"}, {"new-connections", "balancer"}},
    {"no-reuse", {"restart"}},
};

std::string name_of(const ::testing::TestParamInfo<matrix_row>& info) {
  return std::regex_replace(info.param.fault, std::regex("-"), "_");
}

}  // namespace

// One fault at a time: who must find it does, and nobody else finds anything.
TEST_P(DrainKitMatrix, FindsTheFaultAndNoOther) {
  const auto& row = GetParam();
  const auto found = played(row.fault, {});
  scenario_names unsure;
  for (const auto& one : row.must)
    if (!found.contains(one)) unsure.insert(one);
  for (const auto& one : found)
    if (!row.must.contains(one) && !row.may.contains(one)) unsure.insert(one);
  // A race that was missed, or a machine that stood still, is played once more, alone: a fault shows again.
  for (const auto& one : unsure)
    EXPECT_EQ(played(row.fault, {"--only", one}).contains(one), row.must.contains(one))
        << one << (row.must.contains(one) ? " does not find it" : " accuses it");
}

INSTANTIATE_TEST_SUITE_P(Faults, DrainKitMatrix, ::testing::ValuesIn(rows), name_of);

// Who doesn't stop at all is late, whatever its clients do.
TEST(DrainKitMatrixOfTime, FindsWhoIgnoresTheSignal) {
  const auto kit = run_kit({"--start", std::string(CARELESS_SERVER) + " {port} ignores-signal", "--profile",
                            CARELESS_PROFILE, "--grace", "0.5", "--only", "idle-1000"});
  EXPECT_EQ(kit.code, 1) << kit.err;
  EXPECT_NE(kit.out.find("LATE: still runs"), std::string::npos) << kit.out;
}

}  // namespace sundown::test
