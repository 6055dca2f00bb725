// Faults at the start that the user can mend: exit 1 and a text that says what is wrong, and of what.
#include "process/outcome.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// A port that another instance has is taken, although both would be allowed to share it (SO_REUSEPORT).
TEST(StartFaults, PortOfAnotherInstance) {
  running first;
  const auto http = std::to_string(first.http().port), admin = std::to_string(first.admin().port);
  EXPECT_THAT(failed_start(with({{"SUNDOWN_HTTP__PORT", http}})),
              AllOf(HasSubstr("127.0.0.1:" + http), HasSubstr("http.port")));
  EXPECT_THAT(failed_start(with({{"SUNDOWN_ADMIN__PORT", admin}})),
              AllOf(HasSubstr("127.0.0.1:" + admin), HasSubstr("admin.port")));
  EXPECT_EQ(ask(first.http(), get("/hello")).status, 200);
}

// An address that this machine doesn't have can't be listened on.
TEST(StartFaults, AddressOfAnotherMachine) {
  EXPECT_THAT(failed_start(with({{"SUNDOWN_HTTP__ADDRESS", "198.51.100.1"}})),
              AllOf(HasSubstr("198.51.100.1"), HasSubstr("http.address")));
  EXPECT_THAT(failed_start(with({{"SUNDOWN_ADMIN__ADDRESS", "2001:db8::1"}})), HasSubstr("admin.address"));
}

}  // namespace
}  // namespace sundown::test
