// What the kit refuses to do.
#include "drain_kit/run_kit.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

using testing::HasSubstr;

/// Exit code 2, and one line that tells why.
void expect_refused(const std::vector<std::string>& arguments, const std::string& why) {
  const auto result = run_kit(arguments);
  EXPECT_EQ(result.code, 2) << result.out << result.err;
  EXPECT_THAT(result.err, HasSubstr(why));
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
}

// A command line that makes no sense gets one clear message and exit code 2.
TEST(DrainKitOptions, RefusesWhatMakesNoSense) {
  expect_refused({}, "either --start");
  expect_refused({"--start", "/bin/true", "--target", "http://127.0.0.1:1", "--pid", "5"}, "either --start");
  expect_refused({"--sart", "/bin/true"}, "'--sart' is no option");
  expect_refused({"--start"}, "--start takes a value");
  expect_refused({"--start", "/bin/true {port}", "--only", "nonsense"}, "--only: there is no 'nonsense'");
  expect_refused({"--start", "/bin/true"}, "says nowhere which port to listen on");
  expect_refused({"--start", "/bin/true", "--runs", "0"}, "--runs takes a whole number from 1 to 1000, not '0'");
  for (const char* runs : {"1001", "2.5", "1e2", "-1", "+1", " 1", "x", "99999999999999999999"})
    expect_refused({"--start", "/bin/true {port}", "--runs", runs},
                   std::string("--runs takes a whole number from 1 to 1000, not '") + runs + "'");
  expect_refused({"--start", "/bin/true {port}", "--seed", "4294967296"}, "from 0 to 4294967295, not");
  for (const char* name : {"--grace", "--margin"})
    for (const char* value : {"5000", "-1", "inf", "nan", "1s"})
      expect_refused({"--start", "/bin/true {port}", name, value},
                     std::string(name) + " takes a number of seconds from 0 to 3600, not '" + value + "'");
  expect_refused({"--start", "/bin/true", "--profile", "nonsense"}, "the kit comes with sundown, go");
  expect_refused({"--start", "/bin/true", "--unit", "web"}, "need --target");
  expect_refused({"--target", "http://127.0.0.1:1", "--pid", "5", "--runs", "3"}, "others end with one stop");
  expect_refused({"--target", "http://127.0.0.1:1", "--pid", "5", "--start-timeout", "3"}, "others end with one stop");
  expect_refused({"--start", "/bin/true {port}", "--start-timeout", "0"},
                 "--start-timeout takes a number of seconds from 1 to 3600");
  expect_refused({"--start", "/bin/true {port}", "--logs", "/proc/x"}, "--logs: can't write in '/proc/x'");
  expect_refused({"--target", "http://127.0.0.1:1"}, "needs what stops it: --pid");
  expect_refused({"--target", "http://127.0.0.1:1", "--container", "a", "--unit", "b"}, "--container or --unit");
  expect_refused({"--target", "http://127.0.0.1:1", "--exec", "true", "--signal", "INT"}, "--signal goes with");
  expect_refused({"--target", "http://127.0.0.1:1", "--pid", "12x"}, "not '12x'");
  expect_refused({"--target", "http://127.0.0.1:1", "--pid", "1"},
                 "--pid takes a whole number from 2 to 4194304, not '1'");
  expect_refused({"--target", "ftp://127.0.0.1:1", "--pid", "5"}, "http://ADDRESS:PORT");
  expect_refused({"--target", "http://127.0.0.1:1/hello", "--pid", "5"}, "use --path");
  expect_refused({"--target=http://127.0.0.1:1", "--pid=5", "--signal=KILL"}, "not 'KILL'");
  expect_refused({"--target", "http://127.0.0.1:1", "--pid", "5", "--insecure"}, "go with https://");
  expect_refused({"--start", "/bin/true", "--insecure"}, "--insecure goes with --target");
  expect_refused({"compare", "one.json"}, "compare takes two files");
  expect_refused({"--explain", "nonsense"}, "--explain: there is no 'nonsense'");
}

// What the server's certificate is worth has to be said.
TEST(DrainKitOptions, WantsAnAuthority) {
  if (run_kit({"--start", "/no/such/program", "--tls", "--only", "idle-1000"}).err.find("built without") !=
      std::string::npos)
    GTEST_SKIP() << "this kit is built without TLS: configure with SUNDOWN_TLS";
  expect_refused({"--target", "https://127.0.0.1:1", "--pid", "5"}, "needs --ca FILE, or --insecure");
  expect_refused({"--target", "https://127.0.0.1:1", "--pid", "5", "--ca", "a", "--insecure"}, "needs --ca FILE, or");
  expect_refused({"--target", "http://127.0.0.1:1", "--pid", "5", "--tls"}, "--tls goes with --start");
}

// Clients and signals are for this machine only.
TEST(DrainKitOptions, RefusesOtherMachines) {
  for (const char* url :
       {"http://192.0.2.1:80", "http://example.com:80", "http://[2001:db8::1]:80", "http://0.0.0.0:80"})
    expect_refused({"--target", url, "--pid", "5"}, "loopback");
}

// A process that doesn't listen where the target is gets no signal: it is somebody else.
TEST(DrainKitOptions, SparesTheWrongProcess) {
  command what;
  what.program = "/bin/sleep";
  what.arguments = {"60"};
  child_process bystander(what);
  expect_refused({"--target", "http://127.0.0.1:1", "--pid", std::to_string(bystander.pid())},
                 "doesn't listen on port 1");
  EXPECT_FALSE(bystander.wait_exit(0ms));
}

}  // namespace
}  // namespace sundown::test
