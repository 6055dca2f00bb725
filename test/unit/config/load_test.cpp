#include "config/load.hpp"
#include "config/key.hpp"
#include "config/print.hpp"
#include "unit/config/common_table.hpp"
#include "unit/config/text_file.hpp"

#include <gmock/gmock.h>

#include <set>

namespace sundown::configuration {
namespace {

using namespace std::chrono_literals;
using test::text_file;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Without file and environment all is default.
TEST(Load, GivesTheDefaults) {
  const auto read = load(std::nullopt, {});
  EXPECT_THAT(read.faults, IsEmpty());
  EXPECT_THAT(changed_keys(common_table(), defaults(), read.values), IsEmpty());
}

// Each kind of value reaches its member.
TEST(Load, ReadsEveryKind) {
  const text_file file(R"(
[http]
address = "::1"
port = 9000
header_limit = "16KiB"
body_limit = 2048
idle_timeout = "1.5s"
[shutdown]
drain = "3s"
ready_delay.min = "2s"
[log]
level = "debug"
format = "json"
access = false
)");
  const auto read = load(file.path(), {});
  ASSERT_THAT(read.faults, IsEmpty());
  EXPECT_EQ(read.values.common.http.address, "::1");
  EXPECT_EQ(read.values.common.http.port, 9000);
  EXPECT_EQ(read.values.common.http.header_limit, 16384u);
  EXPECT_EQ(read.values.common.http.body_limit, 2048u);
  EXPECT_EQ(read.values.common.http.idle_timeout, 1500ms);
  EXPECT_EQ(read.values.common.shutdown.drain, 3000ms);
  EXPECT_EQ(read.values.common.shutdown.hard_cancel, std::nullopt);
  EXPECT_EQ(read.values.common.shutdown.ready_delay.min, 2000ms);
  EXPECT_EQ(read.values.common.log.level, log::level::debug);
  EXPECT_EQ(read.values.common.log.format, log::format::json);
  EXPECT_FALSE(read.values.common.log.access);
}

// The environment wins over the file, the file over the default.
TEST(Load, PrefersEnvironmentThenFile) {
  const text_file file("http.port = 9000\nhttp.workers = 3\n");
  const auto read = load(file.path(), {{"SUNDOWN_HTTP__PORT", "9001"}});
  ASSERT_THAT(read.faults, IsEmpty());
  EXPECT_EQ(read.values.common.http.port, 9001);
  EXPECT_EQ(read.values.common.http.workers, 3u);
  EXPECT_EQ(read.values.common.http.backlog, 4096);
}

/// A text that the key takes.
std::string sample_text(const key& of) {
  const auto leaf = of.leaf();
  if (leaf == "address") return "10.1.2.3";
  if (leaf == "uri") return "mongodb://other";
  if (leaf == "trusted_proxies") return "10.0.0.0/8";
  if (leaf == "socket_mode") return "0644";
  if (leaf == "url") return of.choices.front() + "://other";
  if (leaf == "secret") return "whsec_" + std::string(32, 'A');
  return "other";
}

// Every key has a variable, deeper levels included, and each sets the one member it names.
TEST(Load, EveryKeyHasItsVariable) {
  for (const auto& each : common_table().keys()) {
    std::string text;
    switch (each.type) {
      case kind::flag:
        text = std::get<bool>(*get(each, defaults())) ? "false" : "true";
        break;
      case kind::number:
      case kind::size:
        text = std::to_string(each.max);
        break;
      case kind::duration:
        text = std::to_string(each.max) + "ms";
        break;
      case kind::choice:
        text = each.choices.back();
        break;
      case kind::text:
      case kind::list:
        text = sample_text(each);
        break;
    }
    const auto read = load(std::nullopt, {{common_table().variable(each), text}});
    EXPECT_THAT(read.faults, IsEmpty()) << each.name;
    const auto changed = changed_keys(common_table(), defaults(), read.values);
    ASSERT_EQ(changed.size(), 1u) << each.name;
    EXPECT_EQ(changed[0].name, each.name);
    if (each.type == kind::number || each.type == kind::size || each.type == kind::duration) {
      EXPECT_EQ(std::get<std::int64_t>(*get(each, read.values)), each.max) << each.name << ": its member is too narrow";
    }
  }
}

// A key's name says its variable; variables that only share the prefix are none of ours.
TEST(Load, LeavesOtherVariablesAlone) {
  EXPECT_EQ(common_table().variable(*common_table().find("shutdown.ready_delay.min")),
            "SUNDOWN_SHUTDOWN__READY_DELAY__MIN");
  const auto read = load(std::nullopt, {{"SUNDOWN_PORT_8080_TCP", "tcp://10.0.0.1:8080"},
                                        {"SUNDOWN_TEST_HTTP__PORT", "x"},
                                        {"PATH", "/bin"},
                                        {"SUNDOWNER__X", "1"}});
  EXPECT_THAT(read.faults, IsEmpty());
}

// The layers above add rules over several keys; their faults come with the others.
TEST(Load, AppliesTheChecksItIsGiven) {
  auto fits = common_keys();
  fits.check("shutdown", [](const config& c) {
    std::vector<std::string> out;
    if (c.shutdown.total < 1s) out.push_back("shutdown.total is too short for the plan");
    return out;
  });
  EXPECT_THAT(load(std::nullopt, {}, fits).faults, IsEmpty());
  const auto both = load(std::nullopt, {{"SUNDOWN_SHUTDOWN__TOTAL", "500ms"}, {"SUNDOWN_HTTP__PORT", "x"}}, fits);
  EXPECT_THAT(both.faults, ElementsAre(HasSubstr("http.port"), HasSubstr("too short for the plan")));
}

// A check is not asked about a section whose own values could not be read: it would judge defaults nobody chose.
TEST(Load, SkipsChecksOfFaultySections) {
  int asked = 0;
  auto counting = common_keys();
  counting.check("shutdown", [&asked](const config&) {
    ++asked;
    return std::vector<std::string>();
  });
  load(std::nullopt, {{"SUNDOWN_SHUTDOWN__TOTAL", "soon"}}, counting);
  EXPECT_EQ(asked, 0);
  load(std::nullopt, {{"SUNDOWN_HTTP__PORT", "x"}}, counting);
  EXPECT_EQ(asked, 1);
}

// A URL may come from a file: one line end behind it is cut off; other white space is a fault, which doesn't show it.
TEST(Load, CutsTheLineEndOffAUrl) {
  const auto read = [](const std::string& url) { return load(std::nullopt, {{"SUNDOWN_STORAGE__REDIS__URL", url}}); };
  for (const std::string end : {"", "\n", "\r\n", "\r"}) {
    EXPECT_THAT(read("redis://host" + end).faults, IsEmpty());
    EXPECT_EQ(own(read("redis://host" + end).values).storage.redis.url, "redis://host");
  }
  for (const std::string url : {"redis://:hunter2@host\n\n", "redis://:hunter2@ host", " redis://:hunter2@host",
                                "redis://:hunter2\t@host", "redis://:hunter2@host \n"}) {
    ASSERT_EQ(read(url).faults.size(), 1U) << url;
    EXPECT_THAT(read(url).faults.front(), AllOf(HasSubstr("white space"), Not(HasSubstr("hunter2"))));
  }
}

// A reload tells which changes take effect and which need a restart.
TEST(Load, TellsReloadableChanges) {
  auto after = defaults();
  after.common.log.level = log::level::debug;
  after.common.http.port = 1;
  after.common.shutdown.drain = 1s;
  std::vector<std::pair<std::string, bool>> got;
  for (const auto& each : changed_keys(common_table(), defaults(), after)) got.emplace_back(each.name, each.reloadable);
  EXPECT_THAT(got, ElementsAre(std::pair("http.port", false), std::pair("shutdown.drain", false),
                               std::pair("log.level", true)));
}

// The table itself: names are unique, sections hang together, everything is described.
TEST(Load, TheTableIsWellFormed) {
  std::set<std::string_view> names, sections;
  std::string_view section;
  for (const auto& each : common_table().keys()) {
    EXPECT_TRUE(names.insert(each.name).second) << each.name;
    EXPECT_FALSE(each.about.empty()) << each.name;
    if (each.section() != section) {
      EXPECT_TRUE(sections.insert(each.section()).second) << each.section() << " is in two places";
    }
    section = each.section();
  }
}

}  // namespace
}  // namespace sundown::configuration
