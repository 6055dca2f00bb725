#include "process/upgrade/inheritance.hpp"

#include <sundown/error.hpp>

#include <gmock/gmock.h>

#include <unistd.h>

namespace sundown::test {
namespace {

using process::inheritance;
using process::variables;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const auto our_pid = std::to_string(::getpid());

inheritance take(const variables& from) { return process::take_inheritance(from, {"http", "admin"}); }

std::string fault_of(const variables& from) {
  try {
    take(from);
  } catch (const startup_error& e) {
    return e.what();
  }
  return "none";
}

// A process that nobody hands anything to has nothing.
TEST(Inheritance, OfNobody) {
  const auto got = take({{"PATH", "/bin"}});
  EXPECT_THAT(got.sockets, IsEmpty());
  EXPECT_EQ(got.predecessor, -1);
  EXPECT_EQ(got.watchdog.count(), 0);
  EXPECT_THAT(got.notify_socket, IsEmpty());
}

// Sockets by name; systemd keeps them open.
TEST(Inheritance, OfSystemd) {
  const auto got = take({{"LISTEN_PID", our_pid},
                         {"LISTEN_FDS", "3"},
                         {"LISTEN_FDNAMES", "http:admin:http"},
                         {"NOTIFY_SOCKET", "/run/notify"},
                         {"WATCHDOG_PID", our_pid},
                         {"WATCHDOG_USEC", "30000000"}});
  EXPECT_THAT(got.sockets_of("http"), ElementsAre(3, 5));
  EXPECT_THAT(got.sockets_of("admin"), ElementsAre(4));
  EXPECT_TRUE(got.owned_externally("http"));
  EXPECT_TRUE(got.owned_externally("admin"));
  EXPECT_EQ(got.watchdog, std::chrono::seconds(30));
  EXPECT_EQ(got.notify_socket, "/run/notify");
}

// A predecessor's own sockets are kept by nobody once it is gone; those that it had from systemd still are.
TEST(Inheritance, OfAPredecessor) {
  const auto got = take({{"LISTEN_PID", our_pid},
                         {"LISTEN_FDS", "2"},
                         {"LISTEN_FDNAMES", "http:admin"},
                         {process::channel_variable(), "5"},
                         {process::kept_variable(), "http"}});
  EXPECT_EQ(got.predecessor, 5);
  EXPECT_TRUE(got.owned_externally("http"));
  EXPECT_FALSE(got.owned_externally("admin"));
}

// Its channel stands behind the sockets; a descriptor that is somebody else's is not touched.
TEST(Inheritance, OfAPredecessorWithAnotherChannel) {
  for (const auto* channel : {"0", "2", "3", "4", "6", "1000"})
    EXPECT_THAT(fault_of({{"LISTEN_PID", our_pid}, {"LISTEN_FDS", "2"}, {process::channel_variable(), channel}}),
                HasSubstr(process::channel_variable() + " is '" + channel + "': it must be 5"));
}

// What is meant for another process is not ours: environments are inherited.
TEST(Inheritance, OfAnotherProcess) {
  const auto got = take({{"LISTEN_PID", "1"},
                         {"LISTEN_FDS", "2"},
                         {"WATCHDOG_PID", "1"},
                         {"WATCHDOG_USEC", "1000"},
                         {process::channel_variable(), "5"}});
  EXPECT_THAT(got.sockets, IsEmpty());
  EXPECT_EQ(got.watchdog.count(), 0);
  EXPECT_EQ(got.predecessor, -1);
}

// Numbers that are none are told by the variable's name.
TEST(Inheritance, Faults) {
  for (const auto* garbage : {"", "x", "-1", "3x", "99999999999999999999"})
    EXPECT_THAT(fault_of({{"LISTEN_PID", our_pid}, {"LISTEN_FDS", garbage}}), HasSubstr("LISTEN_FDS is"));
  EXPECT_THAT(fault_of({{"LISTEN_PID", "me"}, {"LISTEN_FDS", "1"}}), HasSubstr("LISTEN_PID is 'me'"));
  EXPECT_THAT(fault_of({{"WATCHDOG_USEC", "soon"}}), HasSubstr("WATCHDOG_USEC is 'soon'"));
}

// To a successor goes the whole environment but what was for this process alone.
TEST(Inheritance, PassedOn) {
  const auto passed = process::environment_to_pass_on({{"PATH", "/bin"},
                                                       {"LISTEN_PID", "1"},
                                                       {"LISTEN_FDS", "1"},
                                                       {"LISTEN_FDNAMES", "http"},
                                                       {"WATCHDOG_PID", "1"},
                                                       {process::channel_variable(), "5"},
                                                       {process::kept_variable(), ""},
                                                       {"WATCHDOG_USEC", "1"},
                                                       {"NOTIFY_SOCKET", "@n"}});
  EXPECT_THAT(passed, ElementsAre("PATH=/bin", "WATCHDOG_USEC=1", "NOTIFY_SOCKET=@n"));
}

}  // namespace
}  // namespace sundown::test
