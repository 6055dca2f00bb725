#include "tls/context.hpp"

#include "support/testing.hpp"
#include "wire/certificates.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <chrono>
#include <string>
#include <vector>

namespace sundown::test {
namespace {

using namespace std::chrono_literals;

/// Files of TLS in a folder of the test.
class files {
 public:
  files() {
    given_.certificate = (folder_ / "server.crt").string();
    given_.key = (folder_ / "server.key").string();
  }

  tls_config& given() { return given_; }
  std::filesystem::path path(const std::string& name) const { return folder_ / name; }
  void put(std::string_view certificate, std::string_view key) const {
    write_file(given_.certificate, certificate);
    write_file(given_.key, key);
  }
  void put_authorities(std::string_view pem) {
    given_.client_ca = (folder_ / "ca.crt").string();
    write_file(given_.client_ca, pem);
  }
  /// What is wrong; "" if nothing is.
  std::string fault() const {
    const auto made = tls::load(given_, "http.tls", {});
    return made ? std::string() : made.error().detail;
  }

 private:
  temp_dir folder_;
  tls_config given_;
};

bool holds(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

// Every form that keys are written in is read: EC and RSA, PKCS#8 and traditional, encrypted and not.
TEST(TlsContext, ReadsEveryFormOfKeys) {
  files tls;
  for (const bool rsa : {false, true}) {
    certificate_content content;
    content.rsa = rsa;
    const certificate own(content);
    for (const auto& key : {own.key_pem(), own.traditional_key_pem()}) {
      tls.put(own.pem(), key);
      EXPECT_EQ(tls.fault(), "") << key.substr(0, 40);
    }
    tls.given().key_password = "open sesame";
    for (const auto& key : {own.key_pem("open sesame"), own.traditional_key_pem("open sesame")}) {
      tls.put(own.pem(), key);
      EXPECT_EQ(tls.fault(), "") << key.substr(0, 40);
    }
    tls.given().key_password.clear();
  }
}

// Text around the blocks, the parameters of a curve before its key, both in one file: as tools write them.
TEST(TlsContext, ReadsFilesAsToolsWriteThem) {
  files tls;
  const certificate own;
  const auto parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
  tls.put("subject=CN = localhost\n" + own.pem(), parameters + own.traditional_key_pem());
  EXPECT_EQ(tls.fault(), "");

  tls.put(own.pem() + own.key_pem(), "");
  tls.given().key = tls.given().certificate;
  EXPECT_EQ(tls.fault(), "");
}

// The whole chain counts: it is not good for longer than the first of its certificates.
TEST(TlsContext, IsGoodForAsLongAsItsChain) {
  files tls;
  certificate_content authority("Authority");
  authority.authority = true;
  authority.ends = 2h;
  const certificate root(authority);
  const certificate own({}, &root);
  tls.put(own.pem() + root.pem(), own.key_pem());
  const auto made = tls::load(tls.given(), "http.tls", {});
  ASSERT_TRUE(made) << made.error().detail;
  const auto left = (*made)->expires() - std::chrono::system_clock::now();
  EXPECT_GT(left, 1h);
  EXPECT_LT(left, 3h);
  EXPECT_EQ((*made)->subject(), "CN=localhost");
}

struct faulty {
  std::string certificate, key, password;
  std::vector<std::string> said;  ///< each is in the message
};

// Whatever is wrong with a pair is said in one sentence: the key of the configuration, the file, what to do.
TEST(TlsContext, SaysWhatIsWrongWithAPair) {
  files tls;
  const certificate own, other;
  certificate_content small;
  small.rsa = true;
  small.rsa_bits = 1024;
  const certificate weak(small);
  const auto crt = "http.tls.certificate: '" + tls.given().certificate + "'";
  const auto key = "http.tls.key: '" + tls.given().key + "'";
  const auto half = own.pem().substr(0, own.pem().size() / 2);
  const std::vector<faulty> table{
      {"", own.key_pem(), "", {crt, "holds no certificate in PEM", "it is empty"}},
      {"hello", own.key_pem(), "", {crt, "holds no certificate in PEM"}},
      {own.der(), own.key_pem(), "", {crt, "DER", "openssl x509 -inform der"}},
      {own.key_pem(), own.key_pem(), "", {crt, "holds no certificate in PEM"}},
      {half, own.key_pem(), "", {crt, "its certificate 1 is damaged"}},
      {own.pem() + half, own.key_pem(), "", {crt, "its certificate 2 is damaged"}},
      {own.pem(), "", "", {key, "holds no private key in PEM", "it is empty"}},
      {own.pem(), own.key_der(), "", {key, "DER", "openssl pkey -inform der"}},
      {own.pem(), own.pem(), "", {key, "exchanged"}},
      {own.pem(), own.key_pem().substr(0, 60), "", {key, "damaged"}},
      {own.pem(), own.key_pem("secret"), "", {key, "is encrypted: set http.tls.key_password"}},
      {own.pem(), own.traditional_key_pem("secret"), "", {key, "is encrypted: set http.tls.key_password"}},
      {own.pem(), own.key_pem("secret"), "guess", {key, "http.tls.key_password does not open it"}},
      {own.pem(), other.key_pem(), "", {key, "does not belong to the certificate", "give both files of one pair"}},
      {other.pem() + own.pem(), own.key_pem(), "", {key, "the one in place 2", "must come first"}},
      {weak.pem(), weak.key_pem(), "", {crt, "is refused", "2048"}}};
  for (const auto& each : table) {
    tls.put(each.certificate, each.key);
    tls.given().key_password = each.password;
    const auto fault = tls.fault();
    for (const auto& part : each.said) EXPECT_TRUE(holds(fault, part)) << "'" << part << "' is not in: " << fault;
    EXPECT_FALSE(holds(fault, "secret") || holds(fault, "guess")) << fault;
    EXPECT_FALSE(holds(fault, "\n")) << fault;
  }
}

// A file that can't be read is named, and nothing waits for one that is no file.
TEST(TlsContext, SaysWhichFileCannotBeRead) {
  files tls;
  const certificate own;
  EXPECT_TRUE(holds(tls.fault(), "http.tls.certificate: cannot read '" + tls.given().certificate + "': No such file"));
  write_file(tls.given().certificate, own.pem());
  EXPECT_TRUE(holds(tls.fault(), "http.tls.key: cannot read '" + tls.given().key + "': No such file")) << tls.fault();
  ASSERT_EQ(::mkfifo(tls.given().key.c_str(), 0600), 0);
  EXPECT_TRUE(holds(tls.fault(), "it is no regular file")) << tls.fault();
  tls.given().key = tls.path("").string();
  EXPECT_TRUE(holds(tls.fault(), "http.tls.key: cannot read '")) << tls.fault();
}

// The authorities of clients are read as the certificate is, and missing ones are named.
TEST(TlsContext, SaysWhatIsWrongWithTheAuthorities) {
  files tls;
  const certificate own;
  tls.put(own.pem(), own.key_pem());
  tls.given().client_auth = "require";
  tls.put_authorities("nobody");
  EXPECT_TRUE(holds(tls.fault(), "http.tls.client_ca: '" + tls.given().client_ca + "' holds no certificate"))
      << tls.fault();
  tls.put_authorities(own.pem());
  EXPECT_EQ(tls.fault(), "");
}

// The check of a configuration tells of dates as well.
TEST(TlsContext, TellsOfDates) {
  files tls;
  certificate_content content;
  content.begins = -2h;
  content.ends = -1h;
  const certificate old(content);
  tls.put(old.pem(), old.key_pem());
  EXPECT_EQ(tls.fault(), "");
  EXPECT_TRUE(holds(tls::fault_of(tls.given(), "http.tls"), "has expired: it was good until 20"));
  content.begins = 1h;
  content.ends = 2h;
  const certificate early(content);
  tls.put(early.pem(), early.key_pem());
  EXPECT_TRUE(holds(tls::fault_of(tls.given(), "http.tls"), "is not good yet, but from 20"));
  const certificate good;
  tls.put(good.pem(), good.key_pem());
  EXPECT_EQ(tls::fault_of(tls.given(), "http.tls"), "");
}

}  // namespace
}  // namespace sundown::test
