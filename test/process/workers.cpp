// How many workers there are where the configuration doesn't say.
#include "process/scenario.hpp"

#include "base/cgroup.hpp"

#include <gmock/gmock.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>

#include <fcntl.h>
#include <unistd.h>

namespace sundown::test {
namespace {

using testing::HasSubstr;

/// The file that a child writes itself into: between fork(2) and execve(2) nothing is allocated.
char procs[512];

bool join_the_group() noexcept {
  const int file = ::open(procs, O_WRONLY | O_CLOEXEC);
  const bool joined = file >= 0 && ::write(file, "0\n", 2) == 2;
  if (file >= 0) ::close(file);
  return joined;
}

bool put(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file);
  out << text << std::flush;
  return out.good();
}

/// A control group of the test's own, with this quota of a period of 100 ms; removed when nothing is in it any more.
class group_with_quota {
 public:
  explicit group_with_quota(int quota) {
    const std::filesystem::path one = "/sys/fs/cgroup/cpu", two = "/sys/fs/cgroup";
    const bool split = std::filesystem::exists(one / "cpu.cfs_quota_us") || std::filesystem::exists(one / "tasks");
    path_ = (split ? one : two) / ("sundown-test-" + std::to_string(::getpid()));
    std::error_code refused;
    std::filesystem::create_directory(path_, refused);
    made_ = split ? put(path_ / "cpu.cfs_period_us", "100000") && put(path_ / "cpu.cfs_quota_us", std::to_string(quota))
                  : put(two / "cgroup.subtree_control", "+cpu") &&
                        put(path_ / "cpu.max", std::to_string(quota) + " 100000");
    std::snprintf(procs, sizeof procs, "%s", (path_ / "cgroup.procs").c_str());
  }
  group_with_quota(const group_with_quota&) = delete;
  group_with_quota& operator=(const group_with_quota&) = delete;
  ~group_with_quota() {
    std::error_code ignored;
    const bool removed = eventually(ample, [&] { return std::filesystem::remove(path_, ignored) || !exists(path_); });
    EXPECT_TRUE(removed) << path_;
  }

  bool made() const { return made_; }

 private:
  std::filesystem::path path_;
  bool made_ = false;
};

/// What the ready line says of them.
std::string workers_of(const service& app) {
  const auto log = app.log();
  const auto from = log.find("\"workers\":");
  return log.substr(from, log.find(",\"pid\"", from) - from);
}

std::string said(std::size_t workers, const std::string& quota) {
  return "\"workers\":" + std::to_string(workers) + ",\"cores\":" + std::to_string(base::usable_cores()) +
         ",\"cpu_quota\":\"" + quota + '"';
}

// Half a core is one worker, one and a half are two, if there are as many cores; the ready line says why. A number in
// the configuration counts whatever the quota is.
TEST(Workers, AreAsManyAsTheQuotaKeepsBusy) {
  const auto cores = base::usable_cores();
  for (const auto& [quota, workers, text] : {std::tuple{50'000, std::size_t{1}, "0.5"}, {150'000, 2, "1.5"}}) {
    const group_with_quota group(quota);
    if (!group.made()) GTEST_SKIP() << "needs root and a writable /sys/fs/cgroup, to make a control group with a quota";
    auto options = with({{"SUNDOWN_HTTP__WORKERS", "0"}});
    options.prepare = join_the_group;
    {
      running app(options);
      EXPECT_EQ(workers_of(app), said(std::min(workers, cores), text));
      EXPECT_EQ(ask(app.http(), get("/hello")).status, 200);
      app.signal(SIGTERM);
      expect_exit(app, 0, slack(8s));
    }
    options.environment = {{"SUNDOWN_HTTP__WORKERS", "3"}};
    running told(options);
    EXPECT_EQ(workers_of(told), said(3, text));
    told.signal(SIGKILL);
    told.wait_exit();
  }
}

// Without a quota there is one for each core that the process may run on.
TEST(Workers, AreAsManyAsTheCores) {
  if (base::read_cgroup_limits().cpus) GTEST_SKIP() << "this machine's own control group has a quota of CPU";
  running app(with({{"SUNDOWN_HTTP__WORKERS", "0"}}));
  EXPECT_EQ(workers_of(app), said(base::usable_cores(), "none"));
}

}  // namespace
}  // namespace sundown::test
