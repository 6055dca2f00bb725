// What a program that a handler starts inherits of the service's descriptors: nothing. A listening socket would keep
// the port busy after our end and let clients wait for nobody; a connection would not end for its peer when we close
// it.
#include "process/both_servers.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fcntl.h>

namespace sundown::test {
namespace {

namespace fs = std::filesystem;

/// The flags of open(2) with which the process holds this descriptor.
int flags_of(pid_t pid, const std::string& descriptor) {
  std::ifstream info("/proc/" + std::to_string(pid) + "/fdinfo/" + descriptor);
  for (std::string name, value; info >> name >> value;)
    if (name == "flags:") return std::stoi(value, nullptr, 8);
  return O_CLOEXEC;  // closed meanwhile: nobody inherits it
}

/// What this process has open; its children have the same, as far as nobody has asked for something else.
std::set<std::string> open_here() {
  std::set<std::string> all;
  std::error_code closed;
  for (const auto& one : fs::directory_iterator("/proc/self/fd")) all.insert(fs::read_symlink(one.path(), closed));
  return all;
}

std::vector<std::string> inheritable(pid_t pid) {
  const auto not_its_own = open_here();
  std::vector<std::string> all;
  for (const auto& one : fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
    const auto number = one.path().filename().string();
    std::error_code closed;  // meanwhile
    const auto target = fs::read_symlink(one.path(), closed).string();
    if (closed || std::stoi(number) <= STDERR_FILENO || not_its_own.contains(target)) continue;
    if ((flags_of(pid, number) & O_CLOEXEC) == 0) all.push_back(number + " " + target);
  }
  return all;
}

std::size_t sockets(pid_t pid) {
  const auto is_socket = [](const auto& one) {
    std::error_code closed;
    return fs::read_symlink(one.path(), closed).string().starts_with("socket:");
  };
  const fs::directory_iterator all("/proc/" + std::to_string(pid) + "/fd");
  return static_cast<std::size_t>(std::count_if(begin(all), end(all), is_socket));
}

class Descriptors : public both_servers {};

// With the notes in SQLite: files, listening sockets, a connection to each listener.
TEST(SqliteDescriptors, AreNotInherited) {
  running app;
  const auto client = connected(app.http());
  const auto probe = connected(app.admin());
  ASSERT_TRUE(eventually(ample, [&] { return sockets(app.process().pid()) >= 4; }));
  EXPECT_THAT(inheritable(app.process().pid()), testing::IsEmpty());
}

// With both servers: the connections of their clients too.
TEST_F(Descriptors, AreNotInherited) {
  running app(options());
  wait_connected(app);
  EXPECT_EQ(ask(app.http(), post("/v1/notes", R"({"title":"a","body":"b"})")).status, 201);
  EXPECT_THAT(inheritable(app.process().pid()), testing::IsEmpty());
}

}  // namespace
}  // namespace sundown::test
