#include "tls/keeper.hpp"

#include "support/testing.hpp"
#include "tls/file_watch.hpp"
#include "wire/certificates.hpp"

#include <sundown/error.hpp>
#include <sundown/log.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace sundown::test {
namespace {

namespace fs = std::filesystem;

certificate named(const std::string& name) { return certificate(certificate_content(name)); }

/// A folder with a pair, and a keeper of it.
class TlsKeeper : public testing::Test {
 protected:
  TlsKeeper() {
    log::set_level(log::level::off);
    limits_.fault_patience = slack(300ms);
    given_.certificate = (folder_ / "tls" / "tls.crt").string();
    given_.key = (folder_ / "tls" / "tls.key").string();
    fs::create_directory(folder_ / "tls");
  }

  void put(const certificate& pair) const {
    write_file(given_.certificate, pair.pem());
    write_file(given_.key, pair.key_pem());
  }
  void begin() {
    keeper_.emplace(limits_);
    store_ = std::dynamic_pointer_cast<const tls::store>(keeper_->add("http.tls", given_, {"http/1.1"}));
  }
  std::string now() const { return store_->current()->subject(); }
  bool becomes(const std::string& name) const {
    return eventually(ample, [&] { return now() == "CN=" + name; });
  }

  temp_dir folder_;
  tls_config given_;
  tls::keeper::timing limits_;
  std::optional<tls::keeper> keeper_;
  std::shared_ptr<const tls::store> store_;
};

// Files that are written in place, one after the other, are taken once they fit; nothing is told of the time between.
TEST_F(TlsKeeper, TakesAPairThatIsWrittenInTwoSteps) {
  put(named("first"));
  limits_.fault_patience = 2 * ample;
  begin();
  EXPECT_EQ(now(), "CN=first");
  const auto second = named("second");
  write_file(given_.certificate, second.pem());
  std::this_thread::sleep_for(2 * limits_.settle);  // it may look now: the pair doesn't fit
  EXPECT_EQ(now(), "CN=first");
  write_file(given_.key, second.key_pem());
  EXPECT_TRUE(becomes("second"));  // which doesn't wait for the patience to end
  EXPECT_EQ(store_->renewed(), 1U);
  EXPECT_EQ(store_->refused(), 0U);
}

// A pair that doesn't fit keeps the one before, and is counted once however often it is looked at.
TEST_F(TlsKeeper, KeepsThePairBeforeABadOne) {
  put(named("first"));
  begin();
  const auto second = named("second");
  write_file(given_.certificate, second.pem());
  EXPECT_TRUE(eventually(ample, [&] { return store_->refused() == 1; }));
  write_file(folder_ / "tls" / "other", "");
  write_file(given_.certificate, second.pem());
  std::this_thread::sleep_for(2 * limits_.fault_patience);
  EXPECT_EQ(store_->refused(), 1U);
  EXPECT_EQ(now(), "CN=first");

  keeper_->reload("http.tls", given_);  // who asks is told
  EXPECT_TRUE(eventually(ample, [&] { return store_->refused() == 2; }));

  fs::remove(given_.certificate);
  EXPECT_TRUE(eventually(ample, [&] { return store_->refused() == 3; }));
  EXPECT_EQ(now(), "CN=first");
  put(second);
  EXPECT_TRUE(becomes("second"));
  EXPECT_EQ(store_->renewed(), 1U);
}

// What has expired does not replace what has not.
TEST_F(TlsKeeper, RefusesAPairThatHasExpired) {
  put(named("first"));
  begin();
  certificate_content old("second");
  old.begins = -2h;
  old.ends = -1h;
  put(certificate(old));
  // Once, or twice if it has looked between the two files.
  EXPECT_TRUE(eventually(ample, [&] { return store_->refused() >= 1; }));
  EXPECT_EQ(now(), "CN=first");
}

/// As the kubelet writes a secret: a folder for each version, ..data as a link to it, and the files as links through
/// that.
class projected_secret {
 public:
  explicit projected_secret(fs::path folder) : folder_(std::move(folder)) {}

  void put(const certificate& pair) {
    const auto version = "..version_" + std::to_string(++versions_);
    fs::create_directory(folder_ / version);
    write_file(folder_ / version / "tls.crt", pair.pem());
    write_file(folder_ / version / "tls.key", pair.key_pem());
    fs::create_symlink(version, folder_ / "..data_tmp");
    fs::rename(folder_ / "..data_tmp", folder_ / "..data");
    if (versions_ == 1) {
      for (const char* name : {"tls.crt", "tls.key"}) fs::create_symlink(fs::path("..data") / name, folder_ / name);
    } else {
      fs::remove_all(folder_ / ("..version_" + std::to_string(versions_ - 1)));
    }
  }

 private:
  const fs::path folder_;
  int versions_ = 0;
};

// The swap of a mounted secret is seen each time, not only the first.
TEST_F(TlsKeeper, SeesEverySwapOfAMountedSecret) {
  projected_secret secret(folder_ / "tls");
  secret.put(named("version 0"));
  begin();
  for (int i = 1; i <= 10; ++i) {
    const auto name = "version " + std::to_string(i);
    secret.put(named(name));
    ASSERT_TRUE(becomes(name));
  }
  EXPECT_EQ(store_->renewed(), 10U);
  EXPECT_EQ(store_->refused(), 0U);
}

// A folder that is removed and made again, or replaced by another one, is heard as before.
TEST_F(TlsKeeper, HearsOfAFolderThatIsReplaced) {
  put(named("first"));
  begin();
  const auto folder = folder_ / "tls";
  fs::remove_all(folder);
  EXPECT_TRUE(eventually(ample, [&] { return store_->refused() >= 1; }));
  fs::create_directory(folder);
  put(named("second"));
  EXPECT_TRUE(becomes("second"));
  put(named("third"));
  EXPECT_TRUE(becomes("third"));

  const auto fourth = named("fourth");
  fs::create_directory(folder_ / "next");
  write_file(folder_ / "next" / "tls.crt", fourth.pem());
  write_file(folder_ / "next" / "tls.key", fourth.key_pem());
  fs::rename(folder, folder_ / "before");
  fs::rename(folder_ / "next", folder);
  EXPECT_TRUE(becomes("fourth"));
  put(named("fifth"));
  EXPECT_TRUE(becomes("fifth"));
}

// Files behind links to elsewhere, as certbot has them, are heard where they are.
TEST_F(TlsKeeper, HearsOfAFileBehindLinks) {
  const auto archive = folder_ / "archive";
  fs::create_directory(archive);
  const auto first = named("first"), second = named("second");
  write_file(archive / "crt", first.pem());
  write_file(archive / "key", first.key_pem());
  fs::create_symlink("../archive/crt", given_.certificate);
  fs::create_symlink(archive / "key", given_.key);
  begin();
  write_file(archive / "crt", second.pem());
  write_file(archive / "key", second.key_pem());
  EXPECT_TRUE(becomes("second"));
}

// Without inotify the files are looked at, each second.
TEST_F(TlsKeeper, LooksByItselfWithoutInotify) {
  put(named("first"));
  limits_.inotify = false;
  limits_.poll = 50ms;
  begin();
  put(named("second"));
  EXPECT_TRUE(becomes("second"));
  put(named("third"));
  EXPECT_TRUE(becomes("third"));
}

// Other paths, by a reload of the configuration, are read at once and watched from then on.
TEST_F(TlsKeeper, FollowsOtherPaths) {
  put(named("first"));
  begin();
  const auto second = named("second");
  given_.certificate = (folder_ / "crt").string();
  given_.key = (folder_ / "key").string();
  put(second);
  keeper_->reload("http.tls", given_);
  EXPECT_TRUE(becomes("second"));
  put(named("third"));
  EXPECT_TRUE(becomes("third"));
}

// Tickets are worth nothing after a while: the context is made anew, though nothing has changed, and nobody is told.
TEST_F(TlsKeeper, MakesTheContextAnewForItsTickets) {
  put(named("first"));
  limits_.inotify = false;
  limits_.poll = limits_.ticket_age = 50ms;
  begin();
  const auto before = store_->current();
  EXPECT_TRUE(eventually(ample, [&] { return store_->current() != before; }));
  EXPECT_EQ(store_->renewed(), 0U);
}

// A start with a bad pair fails, and says why; so does one whose files don't answer.
TEST_F(TlsKeeper, FailsAtTheStart) {
  const auto failure = [&] {
    try {
      begin();
    } catch (const startup_error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_NE(failure().find("http.tls.certificate: cannot read"), std::string::npos);
  put(named("first"));
  EXPECT_EQ(failure(), "");
  limits_.start_limit = 0ms;  // it may be faster than the look at the clock
  EXPECT_TRUE(
      eventually(ample, [&] { return failure().find("the files could not be read in time") != std::string::npos; }));
}

// The way to a file has every directory that can change what it leads to, whether or not the file is there.
TEST(FileWatch, KnowsTheWayToAFile) {
  const temp_dir folder;
  const auto base = fs::canonical(folder.path());
  fs::create_directory(base / "real");
  fs::create_directory_symlink("real", base / "link");
  const auto way = tls::directories_to((base / "link" / "file").string());
  ASSERT_TRUE(way.contains(base.string()));
  EXPECT_TRUE(way.at(base.string()).contains("link"));
  ASSERT_TRUE(way.contains((base / "real").string()));
  EXPECT_TRUE(way.at((base / "real").string()).contains("file"));
  EXPECT_TRUE(tls::directories_to((base / "not" / "there").string()).at(base.string()).contains("not"));
  fs::create_symlink("loop", base / "loop");
  EXPECT_FALSE(tls::directories_to((base / "loop").string()).empty());
}

}  // namespace
}  // namespace sundown::test
