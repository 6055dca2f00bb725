#include "support/mongo_server.hpp"

#include "support/all_stopped.hpp"
#include "support/testing.hpp"
#include "wire/socket_table.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
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

std::string find_ferretdb_server() {
#ifdef SUNDOWN_FERRETDB_SERVER
  if (::access(SUNDOWN_FERRETDB_SERVER, X_OK) == 0) return SUNDOWN_FERRETDB_SERVER;
#endif
  return {};
}

/// FerretDB calls its users experimental, and has no other name for them.
std::vector<std::string> arguments_of(const mongo_setup& setup, const std::string& address,
                                      const std::string& directory) {
  const bool tls = !setup.certificate.empty();
  std::vector<std::string> all{"--handler=sqlite",
                               "--sqlite-url=file:" + directory + '/',
                               "--state-dir=" + directory,
                               "--telemetry=disable",
                               "--debug-addr=-",
                               "--log-level=error",
                               "--listen-addr=" + (tls ? "" : address)};
  if (tls)
    all.insert(all.end(), {"--listen-tls=" + address, "--listen-tls-cert-file=" + setup.certificate,
                           "--listen-tls-key-file=" + setup.key});
  if (!setup.user.empty())
    all.insert(all.end(), {"--test-enable-new-auth", "--setup-database=admin", "--setup-username=" + setup.user,
                           "--setup-password=" + setup.password});
  return all;
}

command command_for(const mongo_setup& setup, const endpoint& where, const std::string& directory) {
  command what;
  what.directory = directory;
  for (const char* name : {"PATH", "HOME", "TMPDIR"})
    if (const char* value = std::getenv(name)) what.environment.push_back(std::string(name) + '=' + value);
  if (setup.guarded()) {
    what.program = find_ferretdb_server();
    what.arguments = arguments_of(setup, where.address + ':' + std::to_string(where.port), directory);
  } else if (what.program = find_mongod(); !what.program.empty()) {
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

}  // namespace

std::string mongo_server::missing() {
  if (!find_mongod().empty() || !find_ferretdb().empty()) return {};
  return "no MongoDB server to test with: install mongod, or Go 1.24 or newer and configure again";
}

std::string mongo_server::guarded_missing() {
  if (!find_ferretdb_server().empty()) return {};
  return "no MongoDB server with users to test with: install Go 1.24 or newer and configure again";
}

mongo_server::mongo_server(const mongo_setup& setup) : setup_(setup), where_{"127.0.0.1", reserved_.number()} {
  start();
}

mongo_server::mongo_server(bool started) : where_{"127.0.0.1", reserved_.number()} {
  if (started) start();
}

std::string mongo_server::uri_of(const endpoint& where, std::string_view user) {
  return "mongodb://" + std::string(user) + where.address + ':' + std::to_string(where.port) + '/';
}

void mongo_server::start() {
  process_.emplace(command_for(setup_, where_, directory_.path().string()));
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
  wait_stopped(process_->pid());
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
