#include "drain_kit/started_server.hpp"

#include "drain_kit/attempt.hpp"
#include "drain_kit/interruption.hpp"
#include "drain_kit/placeholders.hpp"
#include "drain_kit/private_network.hpp"
#include "drain_kit/run.hpp"
#include "drain_kit/shell.hpp"
#include "drain_kit/sweep.hpp"
#include "drain_kit/text.hpp"
#include "wire/reserved_port.hpp"

#include <sched.h>
#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace sundown::testing::drain_kit {
namespace {

command command_of(const start_settings& how, const start_order& order, const variables& values) {
  const bool has_exec = how.command.find("exec ") != std::string::npos;
  auto what = shell_command((has_exec ? "" : "exec ") + filled(how.command, values));
  what.prepare = [] { return ::setpgid(0, 0) == 0; };
  if (order.network != nullptr) {
    what.namespaces = CLONE_NEWPID;
    what.prepare = [inside = order.network->inside()] {
      return ::setpgid(0, 0) == 0 && ::setns(inside, CLONE_NEWNET) == 0;
    };
  }
  auto environment = how.known->environment;
  if (!how.certificate.empty())
    for (const auto& [name, value] : how.known->tls_environment) environment[name] = value;
  for (const auto& [name, value] : order.environment) environment[name] = value;
  for (const auto& [name, value] : environment) {
    std::erase_if(what.environment, [&](const auto& given) { return given.starts_with(name + "="); });
    what.environment.push_back(name + "=" + filled(value, values));
  }
  return what;
}

/// The port in a network of its own, where all are free.
constexpr std::uint16_t in_own_network = 8080;

class started_server : public server {
 public:
  /// The process is there by the first constructor: where it doesn't start, the destructor ends what it has left.
  started_server(const start_settings& how, const start_order& order) : started_server(process_alone{}, how, order) {
    if (network_ != nullptr) network_->hand_over();
    if (order.wait)
      wait_ready();
    else
      wait_executed();
  }
  ~started_server() override {
    if (!process_.wait_exit(0ms)) ::kill(-process_.pid(), SIGKILL);
    process_.wait_exit(ample);
    sweep(process_.pid());
    while (::waitpid(-1, nullptr, WNOHANG) > 0) continue;
  }

  pid_t process() const override { return process_.pid(); }
  endpoint where() const override { return where_; }
  void stop(int signal) override {
    if (signal == 0 && !how_.exec.empty())
      stopping_.emplace(shell_command(filled(how_.exec, values(process_.pid()))));
    else
      process_.signal(signal != 0 ? signal : how_.signal);
  }
  bool stops_at_once() const override { return how_.exec.empty(); }
  std::string stop_name(int signal) const override {
    return signal == 0 && !how_.exec.empty() ? "stop" : signal_name(signal != 0 ? signal : how_.signal);
  }
  std::optional<exit_report> wait_exit(milliseconds limit) override {
    auto how = process_.wait_exit(limit);
    if (how && network_ != nullptr) network_->cut();
    return how;
  }
  void give_up() override { ::kill(-process_.pid(), SIGKILL); }
  bool heard() const override { return true; }
  std::string report() override {
    if (how_.known->report.empty()) return {};
    // On stderr where nobody has taken it from stdout in time.
    for (const auto* each : {&process_.out(), &process_.err()}) {
      each->wait_end();
      if (auto line = each->wait_for(how_.known->report, 0ms)) return *std::move(line);
    }
    return {};
  }
  std::string log() const override { return process_.out().text() + process_.err().text(); }
  std::vector<std::string> left_behind() override {
    std::vector<std::string> names;
    // Children may be on their way: they have half a second.
    eventually(500ms, [&] { return left_of(process_.pid()).empty(); });
    for (const auto& one : left_of(process_.pid())) names.push_back(std::to_string(one.pid) + " (" + one.name + ")");
    return names;
  }

 private:
  struct process_alone {};
  started_server(process_alone, const start_settings& how, const start_order& order)
      : how_(how),
        where_{"127.0.0.1", port_for(order)},
        network_(order.network),
        process_(command_of(how, order, values())) {}

  std::uint16_t port_for(const start_order& order) {
    if (order.port != 0) return order.port;
    return order.network != nullptr ? in_own_network : reserved_.emplace().number();
  }
  variables values(pid_t pid = 0) const {
    variables all{{"port", std::to_string(where_.port)}, {"dir", directory_.path().string()}};
    if (pid != 0) all["pid"] = std::to_string(pid);
    if (!how_.certificate.empty()) all.insert({{"certificate", how_.certificate}, {"key", how_.key}});
    return all;
  }
  void wait_ready() {
    attempt last;
    const bool answers = eventually(how_.limit, [&] {
      last = tried(*how_.speech->begin(), where_, {how_.known->quick}, 1s);
      return last.status == 200 || process_.wait_exit(0ms);
    });
    if (answers && !process_.wait_exit(0ms)) return;
    const auto why = process_.wait_exit(0ms) ? "ended at once, " + how_ended(*process_.wait_exit(0ms)) + in_background()
                                             : "does not answer GET " + how_.known->quick + " with 200 on port " +
                                                   std::to_string(where_.port) + " within " +
                                                   fixed(std::chrono::duration<double>(how_.limit).count(), 0) +
                                                   " s (--start-timeout): " + last.seen;
    throw std::runtime_error("'" + how_.command + "' " + why + "\n" + last_of_log());
  }
  /// Of one that goes on without its first process nobody can say when it has ended.
  std::string in_background() const {
    return left_of(process_.pid()).empty() ? "" : ", and goes on in the background: it must stay in the foreground";
  }
  /// What it has to say on why it didn't start.
  std::string last_of_log() {
    constexpr std::size_t most = 2000;
    if (process_.wait_exit(0ms))
      for (const auto* each : {&process_.out(), &process_.err()}) each->wait_end(100ms);
    auto text = log();
    if (text.size() > most) text.erase(0, text.size() - most);
    while (text.ends_with('\n')) text.pop_back();
    return text;
  }
  static std::string how_ended(const exit_report& how) {
    return how.signal != 0 ? "killed by " + signal_name(how.signal) : "with exit code " + std::to_string(how.code);
  }
  /// The signal is for the server, not for the shell that becomes it (which ignores SIGQUIT).
  void wait_executed() const {
    const auto link = "/proc/" + std::to_string(process_.pid()) + "/exe";
    eventually(1s, [&] {
      std::error_code fault;
      const auto name = std::filesystem::read_symlink(link, fault).filename().string();
      return fault || (name != "sh" && name != "dash" && name != "bash" && name != "env" && name != "drain-kit");
    });
  }

  const start_settings& how_;
  kit_folder directory_{data_directory()};
  std::optional<reserved_port> reserved_;
  endpoint where_;
  private_network* const network_;
  child_process process_;
  std::optional<child_process> stopping_;
};

}  // namespace

std::unique_ptr<server> command_source::start(const start_order& order) {
  return std::make_unique<started_server>(how_, order);
}

}  // namespace sundown::testing::drain_kit
