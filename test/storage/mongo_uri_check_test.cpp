// What is said of a MongoDB URI before anything is connected to.
#include "storage/mongodb/uri_check.hpp"

#include "config/mask_url.hpp"
#include "storage/redis/url.hpp"
#include "support/testing.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <random>
#include <string>
#include <vector>

namespace sundown::test {
namespace {

using mongodb::check_uri;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// What is right is taken.
TEST(MongoUriCheck, TakesWhatIsRight) {
  for (const char* uri :
       {"mongodb://host", "mongodb://host/", "mongodb://host:27017/notes",
        "mongodb://one,two:27018,[::1]:27019/?replicaSet=rs", "mongodb://%2Ftmp%2Fmongodb-27017.sock/notes",
        "mongodb://me:p%40ss%2Fword%25@host/notes?authSource=admin",
        "mongodb+srv://cluster0.example.com/notes?retryWrites=true&w=majority", "mongodb://host/?directConnection=true",
        "mongodb://host/?w=2&journal=true&wTimeoutMS=500", "mongodb://host/?compressors=zlib",
        "mongodb://me:secret@host/?authMechanism=SCRAM-SHA-256",
        "mongodb://me@host/?tls=true&authMechanism=MONGODB-X509",
        "mongodb://host/?readPreference=secondaryPreferred&readPreferenceTags=dc:ny&readPreferenceTags=",
        "mongodb://host/?readPreference=nearest&maxStalenessSeconds=90",
        "mongodb://host/?readPreference=secondary&maxStalenessSeconds=-1", "mongodb://host/?w=three",
        "mongodb://host/?READCONCERNLEVEL=majority", "mongodb://host/?retryWrites=1", "mongodb://host/?appName=a%20b"})
    EXPECT_THAT(check_uri(uri), IsEmpty()) << uri;
}

/// What it is told in every version of the driver, up to the driver's own words.
struct wrong {
  const char *uri, *told;
};

// All that the driver would refuse at the start is refused, what it only warns about too, and what would bring us to
// nothing.
TEST(MongoUriCheck, RefusesWhatIsWrong) {
  for (const auto& [uri, told] : {
           wrong{"", "scheme"},
           wrong{"mongodb:/host", "scheme"},
           wrong{"http://host", "scheme"},
           wrong{"redis://host", "mongodb://"},
           wrong{"mongodb://", "host"},
           wrong{"mongodb:///notes", "host"},
           wrong{"mongodb://host,/", "host"},
           wrong{"mongodb://,host/", "host"},
           wrong{"mongodb://host:/", "port"},
           wrong{"mongodb://host:0/", "port"},
           wrong{"mongodb://host:65536/", "port"},
           wrong{"mongodb://host:99999999/", "port"},
           wrong{"mongodb://host:12x/", "port"},
           wrong{"mongodb://[::1/", "host"},
           wrong{"mongodb://ho st/", "white space"},
           wrong{"mongodb://host/notes\n", "line end"},
           wrong{" mongodb://host/notes", "white space"},
           wrong{"mongodb://host/my.db", "database name"},
           wrong{"mongodb://host/a$b", "database name"},
           wrong{"mongodb://host/a%2Eb", "database name"},
           wrong{"mongodb://host/a%20b?tls=true", "database name"},
           wrong{"mongodb://host/a/b", "behind its hosts"},
           wrong{"mongodb://host?tls=true", "'/'"},
           wrong{"mongodb://one,two?replicaSet=rs", "'/'"},
           wrong{"mongodb://host/db&tls=true", "behind its hosts"},
           wrong{"mongodb://host/?w=1?tls=true", "name=value"},
           wrong{"mongodb://host/?w=1;tls=true", "name=value"},
           wrong{"mongodb+srv://nodots/db", "service name"},
           wrong{"mongodb+srv://a.example.com:27017/db", "Port"},
           wrong{"mongodb+srv://a.example.com,b.example.com/", "Multiple"},
           wrong{"mongodb://u:100%@host/", "percent-encode"},
           wrong{"mongodb://u:p%zz@host/", "percent-encode"},
           wrong{"mongodb://u:p%00@host/", "percent-encode"},
           wrong{"mongodb://u:p:q@host/", "percent-encode"},
           wrong{"mongodb://u:p@q@host/", "percent-encode"},
           wrong{"mongodb://u:p/q@host/", "percent-encode"},
           wrong{"mongodb://u:p?q@host/", "percent-encode"},
           wrong{"mongodb://u:p#q@host/", "percent-encode"},
           wrong{"mongodb://u:p[q@host/", "percent-encode"},
           wrong{"mongodb://:p@host/", "user"},
           wrong{"mongodb://u:@host/", "password"},
           wrong{"mongodb://u@host/", "password"},
           wrong{"mongodb://host/?x", "name=value"},
           wrong{"mongodb://host/?=x", "name=value"},
           wrong{"mongodb://host/?foo=bar", "unknown option"},
           wrong{"mongodb://host/?tls=true&retryWrite=true", "place 2 behind the '?' (did you mean 'retryWrites'?)"},
           wrong{"mongodb://host/?tls=maybe", "tls"},
           wrong{"mongodb://host/?tls=true&tls=true", "tls"},
           wrong{"mongodb://host/?ssl=true&tls=false", "tls"},
           wrong{"mongodb://host/?tlsInsecure=true&tlsAllowInvalidCertificates=true", "tlsinsecure"},
           wrong{"mongodb://host/?tls=true&tlsCAFile=/no/such/file", "tlscafile that can't be read"},
           wrong{"mongodb://host/?tls=true&tlsCertificateKeyFile=/no/such", "tlscertificatekeyfile that can't be read"},
           wrong{"mongodb://one,two/?directConnection=true", "directConnection"},
           wrong{"mongodb://one,two/?directConnection=true&replicaSet=rs", "directConnection"},
           wrong{"mongodb://host/?loadBalanced=true&replicaSet=rs", "replicaset"},
           wrong{"mongodb://host/?replicaSet=", "option replicaSet without a value"},
           wrong{"mongodb://host/?w=0", "w=0"},
           wrong{"mongodb://host/?w=-3", "w that is no number of servers"},
           wrong{"mongodb://host/?w=-1", "w that is no number of servers"},
           wrong{"mongodb://host/?w=%32x&journal=true", "w that is no number of servers"},
           wrong{"mongodb://host/?w=", "option w without a value"},
           wrong{"mongodb://host/?tls=true&authSource=", "option authSource without a value"},
           wrong{"mongodb://host/?w=99999999999", "w that is no number of servers"},
           wrong{"mongodb://host/?w=2x", "w that is no number of servers"},
           wrong{"mongodb://host/?w=0&journal=true", "ournal"},
           wrong{"mongodb://host/?journal=maybe", "journal"},
           wrong{"mongodb://host/?wTimeoutMS=-1", "wtimeout"},
           wrong{"mongodb://host/?authMechanism=NONSENSE", "authMechanism that does not exist"},
           wrong{"mongodb://u:p@host/?authMechanism=NONSENSE", "authMechanism that does not exist"},
           wrong{"mongodb://host/?authMechanism=SCRAM-SHA-1", "needs a user"},
           wrong{"mongodb://host/?authMechanism=PLAIN", "needs a user"},
           wrong{"mongodb://u:p@host/?authMechanism=MONGODB-X509", "does not accept a password"},
           wrong{"mongodb://u:p@host/?authMechanismProperties=abc", "authMechanismProperties"},
           wrong{"mongodb://u:p@host/?authMechanismProperties=FOO:abc", "authMechanismProperties"},
           wrong{"mongodb://host/?compressors=foo", "foo"},
           wrong{"mongodb://host/?zlibCompressionLevel=99", "zlib"},
           wrong{"mongodb://host/?readPreference=nonsense", "readPreference"},
           wrong{"mongodb://host/?readPreference=primary&maxStalenessSeconds=100", "readPreferences"},
           wrong{"mongodb://host/?maxStalenessSeconds=5", "readPreferences"},
           wrong{"mongodb://host/?readPreference=secondary&maxStalenessSeconds=5", "maxStalenessSeconds below"},
           wrong{"mongodb://host/?readPreference=secondary&maxStalenessSeconds=89", "maxStalenessSeconds below"},
           wrong{"mongodb://host/?readPreference=nearest&maxStalenessSeconds=120&heartbeatFrequencyMS=115000",
                 "maxStalenessSeconds below"},
           wrong{"mongodb://host/?readConcernLevel=foo", "readConcernLevel"},
           wrong{"mongodb://host/?socketTimeoutMS=abc", "sockettimeoutms"},
           wrong{"mongodb://host/?serverSelectionTimeoutMS=99999999999", "serverselectiontimeoutms"},
           wrong{"mongodb://host/?heartbeatFrequencyMS=10", "heartbeatfrequencyms"},
           wrong{"mongodb://host/?socketTimeoutMS=0", "sockettimeoutms below 1"},
           wrong{"mongodb://host/?socketTimeoutMS=-1", "sockettimeoutms below 1"},
           wrong{"mongodb://host/?connectTimeoutMS=0", "connecttimeoutms below 1"},
           wrong{"mongodb://host/?maxPoolSize=0", "maxPoolSize below 1"},
           wrong{"mongodb://host/?maxPoolSize=-1", "maxPoolSize below 1"},
           wrong{"mongodb://host/?srvServiceName=x", "srvservicename"},
       })
    EXPECT_THAT(check_uri(uri), HasSubstr(told)) << uri;
}

/// Made for this test: a certificate that nobody trusts, its key, and the same key encrypted with "hunter2".
constexpr const char* certificate = R"(-----BEGIN CERTIFICATE-----
MIIBhTCCASugAwIBAgIUdZG5LUlN0Q3Ixq6Cqtm2EozpXMYwCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMc3VuZG93bi10ZXN0MCAXDTI2MTEyNjA3NTUyMFoYDzIxMjYx
MTAyMDc1NTIwWjAXMRUwEwYDVQQDDAxzdW5kb3duLXRlc3QwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAAQJwtVW4oFrkJ6SJIfxyJ3b0JZGV6Nfckf4D/nIEQu7QyIj
FNOsQnM/jwZgS+dctXgou44mq5IvfJpAwI3+aAPQo1MwUTAdBgNVHQ4EFgQUvEbV
TAWa+6h8jQKOfAxxUnrlV5MwHwYDVR0jBBgwFoAUvEbVTAWa+6h8jQKOfAxxUnrl
V5MwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEAiMA8HJu7QkD9
c/qMi8TpMRu4f+Ws39Kb7pTYsVAcfn4CICDu6HZPEggB9utmLMjbJQP81cZlQnwi
r6FsP1T4zZl4
-----END CERTIFICATE-----
)";
constexpr const char* plain_key = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgZ26s29ovuUz2DpW+
Jfu4VAwxPxGDTGC3s8hOuDviriGhRANCAAQJwtVW4oFrkJ6SJIfxyJ3b0JZGV6Nf
ckf4D/nIEQu7QyIjFNOsQnM/jwZgS+dctXgou44mq5IvfJpAwI3+aAPQ
-----END PRIVATE KEY-----
)";
constexpr const char* encrypted_key = R"(-----BEGIN EC PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-256-CBC,C62AAA65061999F104FF3FA333663CF3

8tPin1KgSx5td0otwK+RUxvnzy0CHHQAUp2O1Mqh4WUpBlfb5PS8cmlE/BKDB4yL
hc5Qy7vsFyl4uPM/iInX+8n/P9q5sjOnYJrwA70bGh8mr5/ZmT/uRtZc67jj9na7
PIUcRwsJwn1Cvj5DCS+Cfxe9XLUlCnSGRN+TpeKYphs=
-----END EC PRIVATE KEY-----
)";

// The driver reads the TLS files at the check: one that holds no certificate, or no key, would fail every connection.
TEST(MongoUriCheck, HasTheDriverReadTlsFiles) {
  const temp_dir directory;
  const auto path = [&](const char* name) { return (directory / name).string(); };
  std::ofstream(path("ca.pem")) << certificate;
  std::ofstream(path("pair.pem")) << certificate << plain_key;
  std::ofstream(path("locked.pem")) << certificate << encrypted_key;
  std::ofstream(path("text.pem")) << "no certificate";
  const std::string authorities = "mongodb://host/?tls=true&tlsCAFile=";
  const std::string pair = "mongodb://host/?tls=true&tlsCertificateKeyFile=";
  EXPECT_THAT(check_uri(authorities + path("ca.pem")), IsEmpty());
  EXPECT_THAT(check_uri(pair + path("pair.pem")), IsEmpty());
  EXPECT_THAT(check_uri(pair + path("locked.pem") + "&tlsCertificateKeyFilePassword=hunter2"), IsEmpty());
  for (const auto& uri : {authorities + directory.path().string(), authorities + path("text.pem")})
    EXPECT_THAT(check_uri(uri), HasSubstr("tlsCAFile in which the driver finds no certificate")) << uri;
  for (const auto& uri : {pair + directory.path().string(), pair + path("ca.pem"), pair + path("locked.pem"),
                          pair + path("locked.pem") + "&tlsCertificateKeyFilePassword=hunter3"}) {
    EXPECT_THAT(check_uri(uri), HasSubstr("tlsCertificateKeyFile in which the driver finds no certificate")) << uri;
    EXPECT_THAT(check_uri(uri), Not(HasSubstr("hunter"))) << uri;
  }
}

/// Random texts out of what URIs consist of, with a secret where a password or another secret stands.
class random_uri {
 public:
  explicit random_uri(unsigned seed) : random_(seed) {}

  std::string operator()() {
    const auto secret = noise() + marker + noise();
    std::string out = one_of({"mongodb", "mongodb+srv", "redis", "rediss", "mongo", ""});
    out += one_of({"://", "://", "://", "://", ":/", ":", "//", ""});
    if (chance(4)) return out + one_of({"me:", ":"}) + marker + one_of({"", "/", "/db", "?", "x", ":", "%"});
    // The user comes first, so that the secret is no user, and a host last, so that it is no host.
    out += one_of({"me:", "me:", "me:", ":", "me::", "me:x@", "me:x/", "me:x?", "me:x#", "me:x&"}) + secret;
    out += one_of({"@", "@", "@", "@@", ":@", "/@", "?@", "%@", "@ ", "@\n"});
    out += one_of({"host", "host:27017", "one,two", "[::1]:1", "host:0", "host:x", "", ",", "[::1"});
    out += one_of({"", "/", "/db", "/0", "/d.b", "//", "/db?", "?"});
    if (chance(2)) out += "?tlsCertificateKeyFilePassword=" + noise() + marker + noise();
    if (chance(3)) out += "&authMechanismProperties=AWS_SESSION_TOKEN:" + noise() + marker + noise();
    if (chance(3)) out += one_of({"&tls=true", "&w=x", "&foo=bar", "&", "=", "&readPreference=x", "\n", " "});
    return out;
  }

  static constexpr const char* marker = "hunter2";

 private:
  bool chance(int in) { return std::uniform_int_distribution(1, in)(random_) == 1; }
  std::string one_of(const std::vector<std::string>& all) {
    return all[std::uniform_int_distribution<std::size_t>(0, all.size() - 1)(random_)];
  }
  std::string noise() {
    return one_of({"",  "",  "",  "x",   "@",   ":",   "/", "?",  "#",  "[",    "]",        "%", "%4", "%40",
                   "&", "=", ",", "a@b", "a:b", "a/b", "+", "\t", "\n", "\xff", "\xc3\xa9", "$", "://"});
  }

  std::mt19937 random_;
};

// However a URL is malformed, its secrets are in no text that is made of it.
TEST(SecretsInUrls, NeverShow) {
  random_uri next(7);
  for (int i = 0; i < 20'000; ++i) {
    const auto uri = next();
    const auto told = check_uri(uri);
    ASSERT_THAT(told, Not(HasSubstr(random_uri::marker))) << uri;
    ASSERT_THAT(configuration::mask_url(uri), Not(HasSubstr(random_uri::marker))) << uri;
    const auto redis = sundown::redis::parse_url(uri);
    if (!redis)
      ASSERT_THAT(redis.error().detail, Not(HasSubstr(random_uri::marker))) << uri;
    else
      ASSERT_THAT(redis->text(), Not(HasSubstr(random_uri::marker))) << uri;
  }
}

}  // namespace
}  // namespace sundown::test
