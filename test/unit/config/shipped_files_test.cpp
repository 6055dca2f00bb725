#include "app/service.hpp"
#include "config/load.hpp"
#include "config/print.hpp"
#include "unit/config/text_file.hpp"

#include <sundown/stop/budget.hpp>

#include <gmock/gmock.h>

#include <regex>
#include <set>
#include <sstream>

namespace sundown::configuration {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAreArray;

const key_table table(program("sundown", "1.2.3"), common_keys(), app::own_keys().erased());
const std::string service_toml = SUNDOWN_SOURCE_DIR "/config/service.toml";

// config/service.toml is the defaults, but for the demo.
TEST(ShippedFiles, ServiceTomlIsTheDefaults) {
  const auto read = load(table, service_toml, {});
  ASSERT_THAT(read.faults, IsEmpty());
  const auto changed = changed_keys(table, table.defaults(), read.values);
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_EQ(changed[0].name, "demo.enabled");
}

// It has every key and no other; those carved from the total as comments, so that setting only the total always fits.
TEST(ShippedFiles, ServiceTomlHasEveryKey) {
  std::multiset<std::string> set, commented, expected_set, expected_commented;
  std::istringstream lines(test::read_text(service_toml));
  std::string section;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('[')) section = line.substr(1, line.find(']') - 1);
    const bool comment = line.starts_with("# ");
    const auto text = line.substr(comment ? 2 : 0);
    const auto equals = text.find(" = ");
    if (equals == std::string::npos || text.substr(0, equals).find(' ') != std::string::npos) continue;
    (comment ? commented : set).insert(section + '.' + text.substr(0, equals));
  }
  for (const auto& each : table.keys())
    (get(each, table.defaults()) ? expected_set : expected_commented).emplace(each.name);
  EXPECT_THAT(set, UnorderedElementsAreArray(expected_set));
  EXPECT_THAT(commented, UnorderedElementsAreArray(expected_commented));
}

// A pipe in the image's build fails when any of its commands does.
TEST(ShippedFiles, DockerfilePipesFail) {
  std::istringstream lines(test::read_text(SUNDOWN_SOURCE_DIR "/Dockerfile"));
  bool pipefail = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("FROM ")) pipefail = false;
    if (line.starts_with("SHELL ")) pipefail = line.find("pipefail") != std::string::npos;
    const bool pipe = line.find(" | ") != std::string::npos && !line.starts_with("#");
    EXPECT_TRUE(pipefail || !pipe) << line;
  }
}

// What stands there as a comment is what is carved from the total: uncommented, it changes nothing.
TEST(ShippedFiles, CommentedValuesAreTheCarvedOnes) {
  const auto text = std::regex_replace(test::read_text(service_toml), std::regex("\n# ([a-z_]+ = )"), "\n$1");
  const test::text_file uncommented(text);
  const auto read = load(table, uncommented.path(), {});
  ASSERT_THAT(read.faults, IsEmpty());
  ASSERT_TRUE(read.values.common.shutdown.idle_grace && read.values.common.shutdown.closers);
  EXPECT_EQ(stop::make_plan(read.values.common.shutdown), stop::make_plan({}));
}

// The table in docs/configuration.md is the code's.
TEST(ShippedFiles, DocsHaveTheTable) {
  const std::string begin = "<!-- config:begin -->\n", end = "<!-- config:end -->";
  const auto page = test::read_text(SUNDOWN_SOURCE_DIR "/docs/configuration.md");
  const auto from = page.find(begin), to = page.find(end);
  ASSERT_TRUE(from != std::string::npos && to != std::string::npos);
  const auto shipped = page.substr(from + begin.size(), to - from - begin.size());
  EXPECT_TRUE(shipped == markdown_table(table)) << "docs/configuration.md must have this between its config markers:\n"
                                                << markdown_table(table);
}

}  // namespace
}  // namespace sundown::configuration
