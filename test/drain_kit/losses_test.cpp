// That the kit can fail: a server that stops carelessly is found out, by every kind of client that loses something.
#include "drain_kit/careless_server.hpp"
#include "drain_kit/run_kit.hpp"
#include "support/testing.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

namespace sundown::test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

/// The kit run against a careless server, with the timeline that it wrote.
class DrainKitLosses : public testing::Test {
 protected:
  kit_result run_with(std::vector<std::string> more) {
    std::vector<std::string> all{"--target", "http://127.0.0.1:" + std::to_string(server_.where().port),
                                 "--pid",    std::to_string(server_.pid()),
                                 "--path",   "/",
                                 "--svg",    path_of("timeline.svg"),
                                 "--json",   path_of("figures.json")};
    all.insert(all.end(), more.begin(), more.end());
    return run_kit(all);
  }
  std::string svg() const { return text_of("timeline.svg"); }
  std::string json() const { return text_of("figures.json"); }

 private:
  std::string path_of(const std::string& name) const { return (directory_ / name).string(); }
  std::string text_of(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(path_of(name)).rdbuf();
    return text.str();
  }

  careless_server server_;
  temp_dir directory_;
};

/// The figures of one kind of client: so many lost.
auto lost(const std::string& kind, int count) {
  return ContainsRegex("\"name\":\"" + kind + "\"[^}]*\"lost\":" + std::to_string(count) + ",");
}

// Busy clients, late requests and requests under way are lost, and said to be: exit code 1, each kind by name.
TEST_F(DrainKitLosses, FindsThem) {
  const auto result = run_with({"--slow-path", "/slow"});
  EXPECT_EQ(result.code, 1) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("FAIL"));
  EXPECT_THAT(result.out, HasSubstr("(busy)"));
  EXPECT_THAT(json(), lost("busy", 16));
  EXPECT_THAT(json(), lost("late-request", 16));
  EXPECT_THAT(json(), lost("in-flight", 16));
  EXPECT_THAT(json(), lost("idle", 0));
  EXPECT_THAT(svg(), HasSubstr("FAIL"));
}

// Idle connections lose nothing when they are closed: with them alone the same server passes.
TEST_F(DrainKitLosses, AccusesNobodyWrongly) {
  const auto result = run_with({"--only", "idle"});
  EXPECT_EQ(result.code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, Not(HasSubstr("FAIL")));
}

}  // namespace
}  // namespace sundown::test
