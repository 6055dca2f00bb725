// What is told of a heartbeat that fails: the driver's words, and what to mend where these don't say it.
#include "storage/mongodb/heartbeat_fault.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

using mongodb::heartbeat_facts;
using mongodb::heartbeat_fault;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

struct told {
  const char* said;
  bool tls, reached;
  const char* advice;  ///< or "" for the driver's words alone
};

TEST(MongoHeartbeatFault, SaysWhatToMend) {
  constexpr told all[] = {
      {"TLS handshake failed: certificate verify failed (20): unable to get local issuer certificate", true, false,
       "tlsCAFile names a private one"},
      {"TLS handshake failed: certificate verify failed (64): IP address mismatch", true, false, "for the host in uri"},
      {"TLS handshake failed: certificate verify failed (10): certificate has expired", true, true, "must be valid"},
      {"TLS handshake failed: error:0A00010B:SSL routines::wrong version number", true, false,
       "does it speak TLS there, as tls=true in uri says?"},
      {"TLS handshake timed out.", true, false, "does it speak TLS there"},
      {"TLS handshake timed out.", true, true, ""},
      {"Failed to read 4 bytes: socket error or timeout", false, false, "uri needs tls=true"},
      {"Failed to read 4 bytes: socket error or timeout", false, true, ""},
      {"Failed to read 4 bytes: socket error or timeout", true, false, ""},
      {"connection refused calling hello on '127.0.0.1:1'", false, false, ""},
      {"connection timeout calling hello on '127.0.0.1:1'", true, false, ""},
  };
  for (const auto& one : all) {
    const auto text = heartbeat_fault(one.said, heartbeat_facts(one.tls, one.reached, "uri"));
    if (*one.advice)
      EXPECT_THAT(text, AllOf(StartsWith(one.said), HasSubstr(one.advice)));
    else
      EXPECT_EQ(text, one.said);
  }
}

}  // namespace
}  // namespace sundown::test
