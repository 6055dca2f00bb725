// What holds for the URL of any server that a service configures, whichever component reads the rest of it.
#include <sundown/mongodb/settings.hpp>
#include <sundown/redis/settings.hpp>

#include <gmock/gmock.h>

#include <string>

namespace sundown::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct server {
  const char* name;
  text_rule rule;
  std::string scheme;        ///< with its slashes
  std::string other_scheme;  ///< what is said of one
};

class ServerUrls : public testing::TestWithParam<server> {
 protected:
  std::string fault(const std::string& text) const { return GetParam().rule.fault(text); }
  std::string url(const std::string& rest) const { return GetParam().scheme + rest; }
};

// No server is a setting too, and a host is enough for one.
TEST_P(ServerUrls, AreAHostOrNothing) {
  EXPECT_EQ(fault(""), "");
  EXPECT_EQ(fault(url("host")), "");
  EXPECT_EQ(fault(url("user:hunter2@host:1234")), "");
}

// White space and line ends are refused wherever they stand, also before the scheme; the text is not shown.
TEST_P(ServerUrls, HaveNoWhiteSpace) {
  const auto whole = url("user:hunter2@host");
  const std::string all_white[] = {" ", "\t", "\n", "\r\n", "\x7f", std::string(1, '\0')};
  for (const auto& white : all_white) {
    for (const auto at : {std::size_t{0}, std::size_t{3}, whole.find("hunter2"), whole.find('@'), whole.size()}) {
      auto text = whole;
      text.insert(at, white);
      EXPECT_THAT(fault(text), AllOf(HasSubstr("white space or a line end"), Not(HasSubstr("hunter2")))) << text;
    }
    EXPECT_THAT(fault(white), HasSubstr("white space or a line end"));
  }
}

// Another scheme, and none, are told with what the URL must be like; the text is not shown.
TEST_P(ServerUrls, HaveAKnownScheme) {
  for (const auto* text :
       {"host", "host:1234", "://host", "http://user:hunter2@host", "user:hunter2@host", "x", ":", "//host"})
    EXPECT_THAT(fault(text), AllOf(HasSubstr(GetParam().other_scheme), Not(HasSubstr("hunter2")))) << text;
  const auto scheme = GetParam().scheme.substr(0, GetParam().scheme.find(':'));
  for (const auto& text : {scheme, scheme + ':', scheme + ":/host", scheme + "x://host", 'x' + scheme + "://host"})
    EXPECT_THAT(fault(text), HasSubstr(GetParam().other_scheme)) << text;
}

// What follows the scheme is the component's own: a URL without a host is a fault of it.
TEST_P(ServerUrls, NeedAHost) { EXPECT_THAT(fault(url("")), AllOf(Not(""), Not(HasSubstr(GetParam().other_scheme)))); }

INSTANTIATE_TEST_SUITE_P(
    All, ServerUrls,
    testing::Values(server{"Redis", redis::a_url(), "redis://", "is no URL of a Redis server; it must be redis://"},
                    server{"RedisTls", redis::a_url(), "rediss://", "is no URL of a Redis server; it must be redis://"},
                    server{"Mongo", mongodb::a_uri(), "mongodb://", "is no MongoDB URI; it must be like"}),
    [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace sundown::test
