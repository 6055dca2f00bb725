// What is said of a MongoDB URI before anything is connected to.
#include "storage/mongodb/uri_check.hpp"

#include "config/mask_url.hpp"
#include "storage/redis/url.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <random>
#include <string>
#include <vector>

namespace sundown::test {
namespace {

using storage::mongo_uri_fault;
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
        "mongodb://host/?READCONCERNLEVEL=majority", "mongodb://host/?retryWrites=1", "mongodb://host/?appName=a%20b"})
    EXPECT_THAT(mongo_uri_fault(uri), IsEmpty()) << uri;
}

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
           wrong{"mongodb://host/a/b", "behind its hosts"},
           wrong{"mongodb://host?tls=true", "'/'"},
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
           wrong{"mongodb://host/?replicaSet=", "replicaset"},
           wrong{"mongodb://host/?w=0", "w=0"},
           wrong{"mongodb://host/?w=-3", "w value"},
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
    EXPECT_THAT(mongo_uri_fault(uri), HasSubstr(told)) << uri;
}

// A TLS file that is there is taken for what it is called.
TEST(MongoUriCheck, LooksForTlsFiles) {
  const temp_dir directory;
  const auto file = (directory / "ca.pem").string();
  std::ofstream(file) << "not looked into";
  EXPECT_THAT(mongo_uri_fault("mongodb://host/?tls=true&tlsCAFile=" + file), IsEmpty());
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
    const auto told = mongo_uri_fault(uri);
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
