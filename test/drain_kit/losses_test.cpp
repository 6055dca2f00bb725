// That the kit can fail: a server that stops carelessly is found out, by every kind of client that loses something.
#include "drain_kit/careless_http2_server.hpp"
#include "drain_kit/careless_server.hpp"
#include "drain_kit/listening_process.hpp"
#include "drain_kit/run_kit.hpp"
#include "support/testing.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace sundown::test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

/// The kit run against a server, with what it wrote.
class kit_run {
 public:
  kit_run(const listening_process& server, const std::vector<std::string>& more) {
    std::vector<std::string> all{"--target", "http://127.0.0.1:" + std::to_string(server.where().port),
                                 "--pid",    std::to_string(server.pid()),
                                 "--path",   "/",
                                 "--svg",    path_of("timeline.svg"),
                                 "--json",   path_of("figures.json")};
    all.insert(all.end(), more.begin(), more.end());
    result_ = run_kit(all);
  }
  int code() const { return result_.code; }
  std::string out() const { return result_.out + result_.err; }
  std::string svg() const { return text_of("timeline.svg"); }
  std::string json() const { return text_of("figures.json"); }

 private:
  std::string path_of(const std::string& name) const { return (directory_ / name).string(); }
  std::string text_of(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(path_of(name)).rdbuf();
    return text.str();
  }

  temp_dir directory_;
  kit_result result_;
};

/// The figures of one kind of client: so many lost.
auto lost(const std::string& kind, int count) {
  return ContainsRegex("\"name\":\"" + kind + "\"[^}]*\"lost\":" + std::to_string(count) + ",");
}

/// Some lost: how many depends on what was under way.
auto some_lost(const std::string& kind) { return ContainsRegex("\"name\":\"" + kind + "\"[^}]*\"lost\":[1-9]"); }

/// So many of its streams refused.
auto refused(const std::string& kind, int count) {
  return ContainsRegex("\"name\":\"" + kind + "\"[^}]*\"refused_streams\":" + std::to_string(count) + ",");
}

// Busy clients, late requests and requests under way are lost, and said to be: exit code 1, each kind by name.
TEST(DrainKitLosses, FindsThem) {
  const listening_process server(serve_carelessly);
  const kit_run kit(server, {"--slow-path", "/slow"});
  EXPECT_EQ(kit.code(), 1) << kit.out();
  EXPECT_THAT(kit.out(), HasSubstr("LOST"));
  EXPECT_THAT(kit.out(), HasSubstr("(busy)"));
  EXPECT_THAT(kit.json(), lost("busy", 16));
  EXPECT_THAT(kit.json(), lost("late-request", 20));
  EXPECT_THAT(kit.json(), lost("in-flight", 16));
  EXPECT_THAT(kit.json(), lost("idle", 0));
  EXPECT_THAT(kit.svg(), HasSubstr("LOST"));
}

// Idle connections lose nothing when they are closed: with them alone the same server passes.
TEST(DrainKitLosses, AccusesNobodyWrongly) {
  const listening_process server(serve_carelessly);
  const kit_run kit(server, {"--only", "idle"});
  EXPECT_EQ(kit.code(), 0) << kit.out();
  EXPECT_THAT(kit.out(), Not(HasSubstr("LOST")));
}

// Who ends each connection with its answer has none that is used again: no client writes on them.
TEST(DrainKitLosses, LeavesOutWhoNeedsAKeptConnection) {
  const listening_process server(serve_once_carelessly);
  const kit_run kit(server, {"--only", "idle", "--only", "busy", "--only", "late-request"});
  EXPECT_EQ(kit.code(), 0) << kit.out();
  EXPECT_THAT(
      kit.out(),
      HasSubstr("left out: busy, late-request: it ends a connection with the answer to GET /, stop or no stop"));
  EXPECT_THAT(kit.json(), lost("idle", 0));
}

// With nobody left to play the one stop that there is is not spent.
TEST(DrainKitLosses, StopsNobodyForNothing) {
  const listening_process server(serve_once_carelessly);
  EXPECT_EQ(kit_run(server, {"--only", "busy"}).code(), 0);
  const kit_run again(server, {"--only", "idle"});
  EXPECT_EQ(again.code(), 0) << again.out();
  EXPECT_THAT(again.json(), lost("idle", 0));
}

#ifdef DRAIN_KIT_HTTP2
// So it is with the streams of HTTP/2, each of them.
TEST(DrainKitLosses, FindsStreams) {
  const listening_process server([](int listener) { serve_http2_carelessly(listener, careless_stop::at_once); });
  const kit_run kit(server, {"--h2", "--slow-path", "/slow"});
  EXPECT_EQ(kit.code(), 1) << kit.out();
  EXPECT_THAT(kit.json(), some_lost("busy"));
  EXPECT_THAT(kit.json(), lost("late-request", 20));
  EXPECT_THAT(kit.json(), lost("in-flight", 200));
  EXPECT_THAT(kit.json(), lost("idle", 0));
}

// A stream above the last one of GOAWAY was refused, and can be repeated; one below it that has no answer is lost.
TEST(DrainKitLosses, TellsRefusedFromLost) {
  const listening_process server([](int listener) { serve_http2_carelessly(listener, careless_stop::refusing); });
  const kit_run kit(server, {"--h2", "--slow-path", "/slow", "--only", "late-request", "--only", "in-flight"});
  EXPECT_EQ(kit.code(), 1) << kit.out();
  EXPECT_THAT(kit.json(), refused("late-request", 20));
  EXPECT_THAT(kit.json(), lost("late-request", 0));
  EXPECT_THAT(kit.json(), refused("in-flight", 0));
  EXPECT_THAT(kit.json(), lost("in-flight", 200));
  EXPECT_THAT(kit.out(), HasSubstr("refused 20 (late-request), safe to repeat: above the last stream of GOAWAY"));
}

// What is refused is no loss.
TEST(DrainKitLosses, LetsRefusalsPass) {
  const listening_process server([](int listener) { serve_http2_carelessly(listener, careless_stop::refusing); });
  const kit_run kit(server, {"--h2", "--only", "late-request", "--only", "busy"});
  EXPECT_EQ(kit.code(), 0) << kit.out();
  EXPECT_THAT(kit.json(), refused("late-request", 20));
  EXPECT_THAT(kit.json(), lost("busy", 0));
}
#endif

}  // namespace
}  // namespace sundown::test
