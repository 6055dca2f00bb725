// Certificates that are renewed while the service runs.
#include "process/tls_frames.hpp"
#include "support/random.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace sundown::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// A secret as Kubernetes mounts it: the files are links through `..data`, which each renewal swaps at once.
class mounted_secret {
 public:
  explicit mounted_secret(const certificate& first) {
    put(first);
    for (const char* name : {"tls.crt", "tls.key"}) fs::create_symlink(fs::path("..data") / name, folder_ / name);
  }

  void put(const certificate& own) { put(own.pem(), own.key_pem()); }
  void put(const std::string& crt, const std::string& key) {
    const auto name = "..2026_" + std::to_string(++versions_);
    fs::create_directory(folder_ / name);
    write_file(folder_ / name / "tls.crt", crt);
    write_file(folder_ / name / "tls.key", key);
    fs::create_symlink(name, folder_ / "..data_tmp");
    fs::rename(folder_ / "..data_tmp", folder_ / "..data");
    if (versions_ > 1) fs::remove_all(folder_ / ("..2026_" + std::to_string(versions_ - 1)));
  }
  settings of_http(settings more = {}) const {
    more.insert({{"SUNDOWN_HTTP__TLS__CERTIFICATE", (folder_ / "tls.crt").string()},
                 {"SUNDOWN_HTTP__TLS__KEY", (folder_ / "tls.key").string()},
                 {"SUNDOWN_HTTP__TLS__PORT", "0"}});
    return more;
  }

 private:
  temp_dir folder_;
  int versions_ = 0;
};

/// Clients that ask without a pause, on connections that stay and on such as end, until the test is over.
class steady_clients {
 public:
  explicit steady_clients(const endpoint& where) {
    for (int i = 0; i < 4; ++i) threads_.emplace_back([this, where, keeps = i % 2 == 0] { run(where, keeps); });
  }
  ~steady_clients() { end(); }

  void end() {
    over_ = true;
    threads_.clear();
  }
  int losses() const { return losses_; }
  tally& answered() { return answered_; }

 private:
  void run(const endpoint& where, bool keeps) {
    while (!over_) {
      tls_client client;
      if (client.connect(where) != connecting::connected || !client.handshake()) {
        ++losses_;
        continue;
      }
      for (int requests = keeps ? 50 : 1; requests > 0 && !over_; --requests) {
        if (client.send(get("/hello")) != sending::sent || !client.read_response().whole()) ++losses_;
        answered_.add();
        std::this_thread::sleep_for(2ms);
      }
    }
  }

  std::atomic<bool> over_{false};
  std::atomic<int> losses_{0};
  tally answered_;
  std::vector<std::jthread> threads_;
};

/// By either protocol.
bool serves(const endpoint& where, const certificate& expected) {
  tls_client_options http2;
  http2.protocols = "\x02h2";
  return connected_by_tls(where).server_serial() == expected.serial() &&
         connected_by_tls(where, http2).server_serial() == expected.serial();
}

// A mounted secret is swapped twenty times (a hundred by SUNDOWN_TEST_ROUNDS=100) under load of HTTP/1.1 and HTTP/2: no
// request fails, a new certificate is seen within two seconds, and each swap is counted. Broken ones between them
// change nothing, are logged, and are counted too.
TEST(TlsRenewal, OfAMountedSecretLosesNothing) {
  mounted_secret secret{certificate()};
  running app(with(secret.of_http({{"SUNDOWN_LOG__ACCESS", "false"}})));
  steady_clients clients(app.https());
  steady_streams streams(app.https());
  std::vector<milliseconds> seen_after;
  const auto renewals = static_cast<int>(random_source::rounds(20));
  int broken = 0;
  for (int i = 0; i < renewals; ++i) {
    const certificate next(certificate_content("renewal " + std::to_string(i)));
    secret.put(next);
    const auto begin = clock::now();
    ASSERT_TRUE(eventually(ample, [&] { return serves(app.https(), next); })) << i;
    seen_after.push_back(between(begin, clock::now()));
    if (i % 20 != 10) continue;
    secret.put("broken", next.key_pem());
    ++broken;
    ASSERT_TRUE(eventually(ample, [&] {
      return ask(app.admin(), get("/metrics")).body.find("result=\"refused\"} " + std::to_string(broken) + '\n') !=
             std::string::npos;
    }));
    EXPECT_TRUE(app.process().out().wait_for("certificate not renewed: the one before stays"));
    EXPECT_TRUE(serves(app.https(), next));
  }
  EXPECT_TRUE(clients.answered().wait_for(clients.answered().count() + 20, ample));
  EXPECT_TRUE(streams.go_on(20));
  clients.end();
  streams.end();
  EXPECT_EQ(clients.losses(), 0);
  EXPECT_THAT(streams.losses(), testing::IsEmpty());
  std::ranges::sort(seen_after);
  EXPECT_LT(seen_after.front(), slack(2s));  // the others may have met a machine that was busy
  RecordProperty("requests", static_cast<int>(clients.answered().count() + streams.answered()));
  RecordProperty("slowest_ms", static_cast<int>(seen_after.back().count()));
  const auto figures = ask(app.admin(), get("/metrics")).body;
  const auto reloads = [](const std::string& result, int count) {
    return HasSubstr("sundown_tls_certificate_reloads_total{listener=\"http.tls\",result=\"" + result + "\"} " +
                     std::to_string(count) + "\n");
  };
  EXPECT_THAT(figures, reloads("renewed", renewals));
  EXPECT_THAT(figures, reloads("refused", broken));
  EXPECT_THAT(figures, HasSubstr("sundown_tls_certificate_expiry_seconds{listener=\"http.tls\"} "));
}

// Files that are replaced one after the other are never served as half a pair: until both are there, it is the one
// before. No request is lost meanwhile, of HTTP/1.1 or of HTTP/2.
TEST(TlsRenewal, InTwoStepsServesNoHalf) {
  const certificate first(certificate_content("first")), second(certificate_content("second"));
  const pair_on_disk pair(first);
  running app(with(pair.of_http({{"SUNDOWN_LOG__ACCESS", "false"}})));
  steady_clients clients(app.https());
  steady_streams streams(app.https());
  ASSERT_TRUE(streams.go_on(20));
  write_file(pair.crt(), second.pem());
  ASSERT_TRUE(app.process().out().wait_for("certificate not renewed: the one before stays"));
  EXPECT_TRUE(serves(app.https(), first));
  EXPECT_TRUE(streams.go_on(20));
  write_file(pair.key(), second.key_pem());
  EXPECT_TRUE(eventually(ample, [&] { return serves(app.https(), second); }));
  EXPECT_TRUE(streams.go_on(20));
  clients.end();
  streams.end();
  EXPECT_EQ(clients.losses(), 0);
  EXPECT_THAT(streams.losses(), testing::IsEmpty());
}

// SIGHUP takes other paths, and tells again of a pair that is bad.
TEST(TlsRenewal, HangupReadsAnew) {
  const pair_on_disk first;
  const certificate next(certificate_content("next"));
  const pair_on_disk second(next);
  temp_dir folder;
  const auto file = (folder / "service.toml").string();
  const auto write = [&](const pair_on_disk& pair) {
    write_file(file, "[http.tls]\nport = 0\ncertificate = \"" + pair.crt() + "\"\nkey = \"" + pair.key() + "\"\n");
  };
  write(first);
  service_options options;
  options.arguments = {"--config", file};
  running app(options);
  write(second);
  app.signal(SIGHUP);
  EXPECT_TRUE(eventually(ample, [&] { return connected_by_tls(app.https()).server_serial() == next.serial(); }));
  write_file(second.key(), "broken");
  app.signal(SIGHUP);
  EXPECT_TRUE(app.process().out().wait_for("certificate not renewed: the one before stays"));
  EXPECT_EQ(ask_by_tls(app.https(), get("/hello")).status, 200);
}

}  // namespace
}  // namespace sundown::test
