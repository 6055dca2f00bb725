#include "support/mongo_server.hpp"

#include "support/testing.hpp"
#include "wire/socket_table.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace sundown::test {
namespace {

std::string find_mongod() {
  const char* const path = std::getenv("PATH");
  std::istringstream directories(path ? path : "");
  for (std::string one; std::getline(directories, one, ':');)
    if (const auto program = one + "/mongod"; ::access(program.c_str(), X_OK) == 0) return program;
  return {};
}

std::string find_ferretdb() {
#ifdef SUNDOWN_FERRETDB
  if (::access(SUNDOWN_FERRETDB, X_OK) == 0) return SUNDOWN_FERRETDB;
#endif
  return {};
}

command command_for(const endpoint& where, const std::string& directory) {
  command what;
  what.directory = directory;
  for (const char* name : {"PATH", "HOME", "TMPDIR"})
    if (const char* value = std::getenv(name)) what.environment.push_back(std::string(name) + '=' + value);
  if (what.program = find_mongod(); !what.program.empty()) {
    what.arguments = {"--bind_ip", where.address, "--port",        std::to_string(where.port),
                      "--dbpath",  directory,     "--nounixsocket"};
  } else {
    what.program = find_ferretdb();
    what.arguments = {where.address + ':' + std::to_string(where.port), directory};
  }
  return what;
}

bool accepts(const endpoint& where) {
  raw_client client;
  return client.connect(where, 1s) == connecting::connected;
}

/// The signal reaches one thread after the other.
bool all_stopped(pid_t pid) {
  for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    std::string stat;
    std::getline(std::ifstream(thread.path() / "stat"), stat);
    const auto name_end = stat.rfind(") ");
    if (name_end == std::string::npos || stat.at(name_end + 2) != 'T') return false;
  }
  return true;
}

}  // namespace

std::string mongo_server::missing() {
  if (!find_mongod().empty() || !find_ferretdb().empty()) return {};
  return "no MongoDB server to test with: install mongod, or Go 1.24 or newer and configure again";
}

mongo_server::mongo_server(bool started) : where_{"127.0.0.1", reserved_.number()} {
  if (started) start();
}

std::string mongo_server::uri_of(const endpoint& where, std::string_view user) {
  return "mongodb://" + std::string(user) + where.address + ':' + std::to_string(where.port) + '/';
}

void mongo_server::start() {
  process_.emplace(command_for(where_, directory_.path().string()));
  const auto ended = [&] { return process_->wait_exit(0ms).has_value(); };
  if (!eventually(ample, [&] { return accepts(where_) || ended(); }) || ended())
    throw std::runtime_error("the MongoDB server does not start\n" + process_->out().text() + process_->err().text());
}

void mongo_server::kill() {
  process_->signal(SIGKILL);
  if (!process_->wait_exit()) throw std::runtime_error("the MongoDB server does not end");
}

void mongo_server::freeze() {
  process_->signal(SIGSTOP);
  if (!eventually(ample, [&] { return all_stopped(process_->pid()); })) throw std::runtime_error("it does not freeze");
}

void mongo_server::thaw() { process_->signal(SIGCONT); }

std::size_t mongo_server::connections() const {
  const auto sockets = socket_table();
  return static_cast<std::size_t>(std::count_if(sockets.begin(), sockets.end(), [&](const socket_entry& one) {
    return one.local_port == where_.port && !one.listening && !one.left;
  }));
}

std::optional<std::string> given_mongo_uri() {
  const char* const given = std::getenv("SUNDOWN_TEST_MONGODB_URI");
  if (!given || !*given) return std::nullopt;
  return given;
}

}  // namespace sundown::test
