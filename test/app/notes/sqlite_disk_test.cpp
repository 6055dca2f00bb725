#include "app/notes/sqlite_fixture.hpp"

#include <gtest/gtest.h>

#include <functional>

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sundown::test {
namespace {

constexpr int cannot_mount = 77;

/// Runs the check in a child with a file system of its own of 1 MiB, mounted on the directory in a mount namespace that
/// ends with the child. Real faults: root ignores permission bits, but neither a full nor a read-only file system.
/// The check returns "" or what was wrong.
void on_small_disk(const std::filesystem::path& directory, const std::function<std::string()>& check) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const auto child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    alarm(60);
    const bool isolated = unshare(CLONE_NEWNS) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;
    if (!isolated || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("small", directory.c_str(), "tmpfs", 0, "size=1m") != 0) {
      _exit(cannot_mount);
    }
    const auto wrong = check();
    (void)!write(ends[1], wrong.data(), wrong.size());
    _exit(wrong.empty() ? 0 : 1);
  }
  close(ends[1]);
  std::string wrong;
  char block[4096];
  for (ssize_t got = 0; (got = read(ends[0], block, sizeof block)) > 0;) {
    wrong.append(block, static_cast<std::size_t>(got));
  }
  close(ends[0]);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == cannot_mount) {
    GTEST_SKIP() << "needs to mount a tmpfs in a namespace of its own: run as root (in a container: --cap-add "
                    "SYS_ADMIN), or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1)";
  }
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << wrong << " (status " << status << ')';
}

std::string full_disk(const sqlite::options& options) {
  blocking_pool pool({.threads = 1, .queue = 8});
  storage::sqlite_store store(options, pool);
  worker_thread worker;
  std::vector<std::string> stored;
  for (;;) {
    const auto made = worker.run(store.create({"t", std::string(50'000, 'x')}));
    if (!made) {
      if (made.error().code != errc::unavailable) return "wrong code: " + made.error().detail;
      if (made.error().detail.find("is full") == std::string::npos) return "wrong detail: " + made.error().detail;
      if (made.error().detail.find(options.path.string()) == std::string::npos) return "names no file";
      break;
    }
    stored.push_back(made->id);
    if (stored.size() > 100) return "never full";
  }
  const auto page = worker.run(store.list(1000, ""));
  if (!page || page->notes.size() != stored.size()) return "what was stored can't be read from a full disk";
  mount(nullptr, options.path.parent_path().c_str(), nullptr, MS_REMOUNT, "size=4m");
  if (const auto made = worker.run(store.create({"t", "b"})); !made) {
    return "no write after space came: " + made.error().detail;
  }
  worker.run(store.close());
  worker.run(pool.close());
  return {};
}

// A full disk: writes are unavailable and say so, reads go on, and writes work again once there is space.
TEST(SqliteDisk, Full) {
  temp_dir directory;
  const sqlite::options options(directory / "notes.db", 2s);
  on_small_disk(directory.path(), [&] { return full_disk(options); });
}

std::string read_only_disk(const std::filesystem::path& file, bool with_database) {
  if (with_database && !start_fault(file).empty()) return "no start on a writable disk";
  mount(nullptr, file.parent_path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr);
  const auto fault = start_fault(file);
  if (fault.find(file.string()) == std::string::npos) return "names no file: " + fault;
  if (fault.find("storage.sqlite.path") == std::string::npos) return "says not what to do: " + fault;
  if (fault.find("ead-only") == std::string::npos) return "says not why: " + fault;
  return {};
}

// A read-only file system stops the start, whether the database is there already or not.
TEST(SqliteDisk, ReadOnly) {
  temp_dir directory;
  for (const bool with_database : {true, false}) {
    on_small_disk(directory.path(), [&] { return read_only_disk(directory / "notes.db", with_database); });
  }
}

}  // namespace
}  // namespace sundown::test
