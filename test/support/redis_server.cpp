#include "support/redis_server.hpp"

#include "support/all_stopped.hpp"
#include "support/testing.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace sundown::test {
namespace {

/// The server's program. Debian's package redis-server would start a service of the system, so the tests ask only for
/// redis-tools: that has the same program under the name of a tool, and by which name it is called decides what it
/// does.
std::string program() {
  for (const char* path : {"/usr/bin/redis-server", "/usr/local/bin/redis-server", "/usr/bin/redis-check-rdb"}) {
    if (::access(path, X_OK) == 0) return path;
  }
  return {};
}

/// That program under a name, in whose directory it runs.
command called(const char* name, const temp_dir& directory) {
  command what;
  what.program = (directory / name).string();
  if (!std::filesystem::exists(what.program)) std::filesystem::create_symlink(program(), what.program);
  what.directory = directory.path().string();
  return what;
}

}  // namespace

redis_connection::redis_connection(const endpoint& where) {
  if (client_.connect(where) != connecting::connected) throw std::runtime_error("can't connect to redis-server");
}

void redis_connection::send(const std::vector<std::string>& command) {
  std::string out = "*" + std::to_string(command.size()) + "\r\n";
  for (const auto& one : command) out += "$" + std::to_string(one.size()) + "\r\n" + one + "\r\n";
  if (client_.send(out) != sending::sent) throw std::runtime_error("redis-server takes no commands");
}

std::vector<std::string> redis_connection::ask(const std::vector<std::string>& command) {
  send(command);
  std::vector<std::string> out;
  read(out);
  return out;
}

std::optional<std::string> redis_connection::next_line(milliseconds limit) {
  if (!client_.read_until("\r\n", limit)) return std::nullopt;
  auto& input = client_.received();
  const auto end = input.find("\r\n");
  auto out = input.substr(0, end);
  input.erase(0, end + 2);
  return out;
}

std::string redis_connection::line() {
  auto out = next_line(ample);
  if (!out) throw std::runtime_error("redis-server does not answer");
  return std::move(*out);
}

std::string redis_connection::bytes(std::size_t count) {
  auto& input = client_.received();
  while (input.size() < count) {
    if (client_.read_some(count - input.size()) != ending::open)
      throw std::runtime_error("redis-server does not answer");
  }
  auto out = input.substr(0, count);
  input.erase(0, count);
  return out;
}

void redis_connection::read(std::vector<std::string>& into) {
  const auto head = line();
  const auto rest = head.substr(1);
  if (head[0] == '*') {
    for (auto left = std::stol(rest); left > 0; --left) read(into);
  } else if (head[0] == '$') {
    const auto size = std::stol(rest);
    into.push_back(size < 0 ? "(nil)" : bytes(static_cast<std::size_t>(size)));
    if (size >= 0) bytes(2);
  } else {
    into.push_back(head[0] == '-' ? head : rest);
  }
}

redis_server::redis_server(const redis_setup& how) : how_(how) { start(); }

void redis_server::start() {
  command what = called("redis-server", directory_);
  what.arguments = {"--port", std::to_string(where_.port), "--bind", "127.0.0.1", "--daemonize", "no", "--save", ""};
  what.arguments.insert(what.arguments.end(), {"--appendonly", how_.durable ? "yes" : "no", "--appendfsync", "always"});
  if (!how_.password.empty()) what.arguments.insert(what.arguments.end(), {"--requirepass", how_.password});
  for (const auto& each : how_.users) {
    what.arguments.push_back("--user");
    std::istringstream rules(each);
    for (std::string rule; rules >> rule;) what.arguments.push_back(rule);
  }
  if (!how_.certificate.empty()) {
    what.arguments.insert(what.arguments.end(),
                          {"--tls-port", std::to_string(where_by_tls_.port), "--tls-cert-file", how_.certificate,
                           "--tls-key-file", how_.key, "--tls-auth-clients", how_.client_ca.empty() ? "no" : "yes"});
    const auto& authority = how_.client_ca.empty() ? how_.certificate : how_.client_ca;  // it wants one in any case
    what.arguments.insert(what.arguments.end(), {"--tls-ca-cert-file", authority});
  }
  process_.reset();
  process_.emplace(what);
  if (!process_->out().wait_for("Ready to accept connections")) {
    throw std::runtime_error("redis-server does not start\n" + process_->out().text() + process_->err().text());
  }
}

std::string redis_server::url() const {
  const auto user = how_.password.empty() ? std::string() : ":" + how_.password + "@";
  return "redis://" + user + where_.address + ":" + std::to_string(where_.port);
}

void redis_server::kill() {
  process_->signal(SIGKILL);
  if (!process_->wait_exit()) throw std::runtime_error("redis-server survives SIGKILL");
}

void redis_server::freeze() {
  process_->signal(SIGSTOP);
  wait_stopped(process_->pid());
}

std::vector<std::string> redis_server::ask(const std::vector<std::string>& command) const {
  redis_connection fresh(where_);
  if (!how_.password.empty()) fresh.ask({"AUTH", how_.password});
  return fresh.ask(command);
}

std::size_t redis_server::count(const std::string& command, const std::string& what) const {
  std::istringstream lines(ask({"INFO", "commandstats"}).at(0));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("cmdstat_" + command + ':')) continue;
    const auto at = line.find(what);
    return at == std::string::npos ? 0 : std::stoul(line.substr(at + what.size()));
  }
  return 0;
}

std::size_t redis_server::clients() const {
  std::istringstream lines(ask({"CLIENT", "LIST"}).at(0));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) count += line.find("name=sundown") != std::string::npos ? 1 : 0;
  return count;
}

redis_sentinel::redis_sentinel(const redis_server& primary) {
  auto what = called("redis-sentinel", directory_);
  const auto file = directory_ / "sentinel.conf";
  std::ofstream(file) << "port " << where_.port << "\nbind 127.0.0.1\nsentinel monitor shop " << primary.where().address
                      << ' ' << primary.where().port << " 1\n";
  what.arguments = {file.string()};
  process_.emplace(what);
  if (!process_->out().wait_for("+monitor master shop"))
    throw std::runtime_error("no Sentinel starts\n" + process_->out().text() + process_->err().text());
}

std::string redis_missing() {
  return program().empty() ? "there is no redis-server: run scripts/bootstrap --test" : "";
}

}  // namespace sundown::test
