#include "config/print.hpp"
#include "config/key.hpp"
#include "config/load.hpp"
#include "config/mask_url.hpp"
#include "unit/config/common_table.hpp"
#include "unit/config/text_file.hpp"

#include <gmock/gmock.h>

namespace sundown::configuration {
namespace {

using namespace std::chrono_literals;
using test::text_file;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// What is printed reads back to the same configuration: the defaults, and one with every key changed.
TEST(Print, ReadsBack) {
  auto other = defaults();
  for (const auto& each : common_table().keys())
    if (each.type == kind::number || each.type == kind::size || each.type == kind::duration)
      set(each, other, each.max == 65535 ? each.max : each.min + 7);
  own(other).storage.sqlite.path = "a \"b\" \\c\n\x7f\xc3\xa9\xe2\x80\xae\xf3\xa0\x81\x81";
  other.common.http.address = "::";
  other.common.http.port = 1;
  other.common.log = {log::level::off, log::format::json, false};
  for (const auto& written : {defaults(), other}) {
    const text_file file(print(common_table(), written));
    const auto read = load(file.path(), {});
    EXPECT_THAT(read.faults, IsEmpty()) << print(common_table(), written);
    EXPECT_THAT(changed_keys(common_table(), written, read.values), IsEmpty()) << print(common_table(), written);
  }
}

// A secret is masked, an unset one shows that it is unset.
TEST(Print, MasksSecrets) {
  auto with = defaults();
  with.common.admin.token = "hunter2";
  EXPECT_THAT(print(common_table(), with), HasSubstr("token = \"***\"\n"));
  EXPECT_THAT(print(common_table(), with), Not(HasSubstr("hunter2")));
  EXPECT_THAT(print(common_table(), defaults()), HasSubstr("token = \"\"\n"));
}

// Of a URL only the secrets are masked: what it leads to is what one wants to see.
TEST(Print, MasksTheSecretsInUrls) {
  auto with = defaults();
  own(with).storage.mongodb.uri = "mongodb://me:hunter2@one,two/db?w=1&tlsCertificateKeyFilePassword=hunter3";
  EXPECT_THAT(print(common_table(), with),
              HasSubstr("uri = \"mongodb://me:***@one,two/db?w=1&tlsCertificateKeyFilePassword=***\"\n"));
}

// However a URL is broken, its password does not show.
TEST(MaskUrl, HidesThePasswordOfABrokenUrl) {
  EXPECT_EQ(mask_url(""), "");
  EXPECT_EQ(mask_url("me:hunter2@host"), "***");
  EXPECT_EQ(mask_url("mongodb://host:27017/"), "mongodb://host:27017/");
  EXPECT_EQ(mask_url("mongodb://hunter2@host/"), "mongodb://***@host/");
  EXPECT_EQ(mask_url("redis://:hunter2@host"), "redis://:***@host");
  EXPECT_EQ(mask_url("mongodb://me:hunter2@host:99999/"), "mongodb://***");
  EXPECT_EQ(mask_url("redis://me&tlsPassword=hunter2:x@host"), "redis://***:***@host");
  EXPECT_EQ(mask_url("mongodb://h/?authMechanismProperties=AWS_SESSION_TOKEN:x&hunter2=y"),
            "mongodb://h/?authMechanismProperties=***");
  for (const char* scheme : {"a", "mongodb", "mongodb+srv", "redis", "rediss", "hunter2"})
    for (const auto* rest : {"me:hunter2@",
                             "me:hunter2/@host",
                             "me:hunter2?@host/",
                             "me:x@hunter2@host/",
                             "me:hunter2",
                             "me:hunter2/host",
                             "me:x:hunter2@host",
                             "me:x%hunter2@host",
                             "me:x#hunter2@host",
                             "h/?hunter2",
                             "me:x[hunter2@host",
                             "me:x\nhunter2@host",
                             ":hunter2",
                             "h/x?a=b&hunter2@host",
                             "h/&tlsCertificateKeyFilePassword=hunter2",
                             "h/:hunter2",
                             "h/?w=1?password=hunter2",
                             "h/?w=1;password=hunter2",
                             "h/?tlsPasword=hunter2",
                             "h/?pwd=hunter2",
                             "h/?w=1&x=hunter2"})
      EXPECT_THAT(mask_url(std::string(scheme) + "://" + rest), Not(HasSubstr("hunter2"))) << scheme << ' ' << rest;
}

// What is carved from the total is a comment, so that reading it back leaves it carved.
TEST(Print, LeavesTheCarvedToTheTotal) {
  auto some = defaults();
  some.common.shutdown.drain = 3s;
  EXPECT_THAT(print(common_table(), some), HasSubstr("# idle_grace (carved from total)\n"));
  EXPECT_THAT(print(common_table(), some), HasSubstr("\ndrain = \"3s\"\n"));
}

}  // namespace
}  // namespace sundown::configuration
