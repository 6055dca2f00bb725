// What control groups allow, read from a tree of files as the kernel has them.
#include "base/cgroup.hpp"

#include "support/testing.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace sundown::base {
namespace {

/// A root with /proc and /sys.
class machine {
 public:
  machine& has(const std::string& file, const std::string& text) {
    const auto path = root_ / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return *this;
  }
  cgroup_limits limits() const { return read_cgroup_limits(root_.path()); }

 private:
  test::temp_dir root_;
};

/// A mount of version 2 with this group at the mount point.
std::string unified(const std::string& begin = "/") {
  return "22 1 0:21 / / rw - ext4 /dev/sda rw\n"
         "30 23 0:26 " +
         begin + " /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
}

/// Mounts of version 1, as Docker's: cpu with cpuacct, memory.
std::string split(const std::string& begin = "/") {
  return "31 30 0:27 " + begin + " /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n" + "32 30 0:28 " +
         begin + " /sys/fs/cgroup/memory rw master:1 - cgroup cgroup rw,memory\n" +
         "33 30 0:29 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n";
}

// A quota is a part of a period; "max" is none.
TEST(Cgroup, ReadsVersionTwo) {
  for (const auto& [text, cpus] : {std::pair{"50000 100000\n", 0.5}, {"150000 100000\n", 1.5}, {"20000 10000", 2.0}}) {
    machine here;
    here.has("proc/self/mountinfo", unified()).has("proc/self/cgroup", "0::/service\n");
    here.has("sys/fs/cgroup/service/cpu.max", text).has("sys/fs/cgroup/service/memory.max", "268435456\n");
    EXPECT_EQ(here.limits().cpus, cpus) << text;
    EXPECT_EQ(here.limits().memory, 268'435'456U);
  }
  machine open;
  open.has("proc/self/mountinfo", unified()).has("proc/self/cgroup", "0::/service\n");
  open.has("sys/fs/cgroup/service/cpu.max", "max 100000\n").has("sys/fs/cgroup/service/memory.max", "max\n");
  EXPECT_FALSE(open.limits().cpus);
  EXPECT_FALSE(open.limits().memory);
}

// In version 1 controllers have hierarchies of their own; -1, and the largest number there is, are no limit.
TEST(Cgroup, ReadsVersionOne) {
  const std::string groups = "5:memory:/box\n4:cpu,cpuacct:/box\n1:name=systemd:/init\n";
  machine here;
  here.has("proc/self/mountinfo", split()).has("proc/self/cgroup", groups);
  here.has("sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us", "150000\n");
  here.has("sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us", "100000\n");
  here.has("sys/fs/cgroup/memory/box/memory.limit_in_bytes", "67108864\n");
  EXPECT_EQ(here.limits().cpus, 1.5);
  EXPECT_EQ(here.limits().memory, 67'108'864U);
  here.has("sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us", "-1\n");
  here.has("sys/fs/cgroup/memory/box/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_FALSE(here.limits().cpus);
  EXPECT_FALSE(here.limits().memory);
}

// What holds is the least along the way up to the topmost group, wherever it stands, in both versions together.
TEST(Cgroup, TakesTheLeastAlongTheWay) {
  for (const std::string least : {"", "pods/", "pods/one/", "pods/one/box/"}) {
    machine here;
    here.has("proc/self/mountinfo", unified()).has("proc/self/cgroup", "0::/pods/one/box\n");
    for (const std::string group : {"", "pods/", "pods/one/", "pods/one/box/"}) {
      here.has("sys/fs/cgroup/" + group + "cpu.max", group == least ? "120000 100000\n" : "400000 100000\n");
      here.has("sys/fs/cgroup/" + group + "memory.max", group == least ? "1000000\n" : "max\n");
    }
    EXPECT_EQ(here.limits().cpus, 1.2) << least;
    EXPECT_EQ(here.limits().memory, 1'000'000U) << least;
  }
  machine both;
  both.has("proc/self/mountinfo", split() + "41 30 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
  both.has("proc/self/cgroup", "4:cpu,cpuacct:/box\n0::/box\n");
  both.has("sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us", "300000\n");
  both.has("sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us", "100000\n");
  both.has("sys/fs/cgroup/unified/box/cpu.max", "250000 100000\n");
  EXPECT_EQ(both.limits().cpus, 2.5);
}

// In a container the group at the mount point may be its own, by the host's name or by "/"; a group that isn't to be
// seen there leaves the mount point.
TEST(Cgroup, FindsTheGroupOfAContainer) {
  const struct {
    std::string begin, group;
  } table[] = {{"/docker/abc", "/docker/abc"},
               {"/", "/"},
               {"/docker/abc", "/elsewhere"},
               {"/", "/../outside"},
               {"/", "/not/mounted/here"}};
  for (const auto& [begin, group] : table) {
    machine two;
    two.has("proc/self/mountinfo", unified(begin)).has("proc/self/cgroup", "0::" + group + "\n");
    two.has("sys/fs/cgroup/cpu.max", "50000 100000\n");
    EXPECT_EQ(two.limits().cpus, 0.5) << begin << ' ' << group;
    machine one;
    one.has("proc/self/mountinfo", split(begin)).has("proc/self/cgroup", "4:cpu,cpuacct:" + group + "\n");
    one.has("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "50000\n");
    one.has("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    EXPECT_EQ(one.limits().cpus, 0.5) << begin << ' ' << group;
  }
  machine inner;
  inner.has("proc/self/mountinfo", unified("/docker/abc")).has("proc/self/cgroup", "0::/docker/abc/inner\n");
  inner.has("sys/fs/cgroup/inner/cpu.max", "50000 100000\n");
  EXPECT_EQ(inner.limits().cpus, 0.5);
}

// Where nothing can be read, or what is read is nothing, there is no limit.
TEST(Cgroup, HasNoLimitWhereNoneIsToBeRead) {
  EXPECT_FALSE(machine().limits().cpus);
  for (const std::string text : {"", "\n", "max", "x 100000", "0", "-1", "0 100000", "50000 0", "-5 100000", "1 2 3",
                                 "99999999999999999999 100000"}) {
    machine here;
    here.has("proc/self/mountinfo", unified() + "odd\n1 2 3 - \n").has("proc/self/cgroup", "odd\n0:\n:\n0::/a\n");
    here.has("sys/fs/cgroup/a/cpu.max", text).has("sys/fs/cgroup/a/memory.max", text);
    EXPECT_FALSE(here.limits().cpus) << text;
    EXPECT_FALSE(here.limits().memory) << text;
  }
}

// A quota is rounded up to whole threads, at least one, and never more than there are cores.
TEST(Cgroup, MakesTheQuotaThreads) {
  const struct {
    double cpus;
    std::size_t cores, threads;
  } table[] = {{0.05, 8, 1}, {0.5, 8, 1}, {1, 8, 1},  {1.01, 8, 2}, {1.5, 8, 2},
               {2, 8, 2},    {7.5, 8, 8}, {64, 8, 8}, {0.5, 1, 1},  {3, 2, 2}};
  for (const auto& [cpus, cores, threads] : table) {
    cgroup_limits limits;
    limits.cpus = cpus;
    EXPECT_EQ(fitting_threads(cores, limits), threads) << cpus << " of " << cores;
  }
  EXPECT_EQ(fitting_threads(8, {}), 8U);
  EXPECT_GE(usable_cores(), 1U);
}

}  // namespace
}  // namespace sundown::base
