// The flags of the sample, as to where its notes and its cache are.
#include "process/outcome.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

outcome run(std::vector<std::string> arguments, settings environment = {}) {
  return run_to_end(sample(with(std::move(environment))), std::move(arguments));
}

// What the start would refuse of a storage server's URL, --check-config refuses, and neither shows a part of a secret.
TEST(CommandLine, RefusesUrlsThatNoServerHas) {
  const auto mongodb = "SUNDOWN_STORAGE__MONGODB__URI", redis = "SUNDOWN_STORAGE__REDIS__URL";
  for (const auto& [variable, url] : std::vector<std::pair<std::string, std::string>>{
           {mongodb, "mongodb://"},
           {mongodb, "mongodb://h/my.db"},
           {mongodb, "mongodb://h/?w=0"},
           {mongodb, "mongodb://h/?foo=hunter2"},
           {mongodb, "mongodb://h:99999999/"},
           {mongodb, "mongodb+srv://nodots/db"},
           {mongodb, "mongodb://me:hunter2%@h/"},
           {mongodb, "mongodb://me:top@hunter2@127.0.0.1:1/notes"},
           {mongodb, "mongodb://me:hunter2:x@h/"},
           {mongodb, "mongodb://me:x@h/ hunter2"},
           {mongodb, "mongodb://me:x@h/?tlsCertificateKeyFilePassword=x&hunter2=x"},
           {mongodb, "hunter2"},
           {redis, "redis://:top@hunter2@h"},
           {redis, "redis://:hunter2@h:x"},
           {redis, "redis://:hunter2\n@h"}}) {
    for (const auto& arguments : {std::vector<std::string>{"--check-config"}, {"--print-config"}, {}}) {
      const auto done = run(arguments, {{variable, url}});
      EXPECT_EQ(done.code, 2) << url;
      EXPECT_THAT(done.err, HasSubstr(variable == redis ? "storage.redis.url" : "storage.mongodb.uri")) << url;
      EXPECT_THAT(done.out + done.err, Not(HasSubstr("hunter2"))) << url;
    }
  }
}

// A URL from a file ends as the file does: one line end is cut off.
TEST(CommandLine, TakesAUrlWithTheLineEndOfItsFile) {
  for (const auto* end : {"\n", "\r\n", ""}) {
    const auto done =
        run({"--print-config"}, {{"SUNDOWN_STORAGE__MONGODB__URI", std::string("mongodb://host/notes") + end},
                                 {"SUNDOWN_STORAGE__REDIS__URL", std::string("redis://host") + end}});
    EXPECT_EQ(done.code, 0) << done.err;
    EXPECT_THAT(done.out, AllOf(HasSubstr("\"mongodb://host/notes\""), HasSubstr("\"redis://host\"")));
  }
  EXPECT_EQ(run({"--check-config"}, {{"SUNDOWN_STORAGE__REDIS__URL", "redis://host\n\n"}}).code, 2);
}

}  // namespace
}  // namespace sundown::test
