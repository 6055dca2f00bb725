#include "drain_kit/managed_server.hpp"

#include "drain_kit/run.hpp"
#include "drain_kit/shell.hpp"

#include <poll.h>
#include <sys/syscall.h>

#include <charconv>
#include <stdexcept>

namespace sundown::testing::drain_kit {
namespace {

std::optional<int> number_by(const std::string& line) {
  const auto [code, text] = run_shell(line);
  int value = 0;
  if (code != 0 || std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{}) return {};
  return value;
}

bool answers(const endpoint& where, const protocol& speech, const std::string& path) {
  const auto client = speech.begin();
  if (client->connect(where, 1s) != connecting::connected) return false;
  if (client->ask({{path}}, 1s) != sending::sent) return false;
  return client->take(1s).status == 200;
}

class managed_server : public server {
 public:
  managed_server(const manager& by, endpoint where, const std::string& mark, pid_t pid)
      : by_(by),
        where_(std::move(where)),
        mark_(mark),
        pid_(pid),
        process_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}
  ~managed_server() override {
    if (stopping_) stopping_->wait_exit(30s);
  }

  pid_t process() const override { return pid_; }
  endpoint where() const override { return where_; }
  void stop(int) override {
    if (!stopping_) stopping_.emplace(shell_command(by_.stop));
  }
  bool stops_at_once() const override { return false; }
  std::string stop_name(int) const override { return by_.name; }
  bool heard() const override { return true; }
  bool killed_as_late(milliseconds after) override {
    return by_.grace ? after >= *by_.grace : run_shell(by_.late).first == 0;
  }
  std::string log() const override { return run_shell(by_.log).second; }
  std::string report() override {
    const auto text = log();
    const auto at = mark_.empty() ? std::string::npos : text.rfind(mark_);  // earlier ones are of earlier stops
    if (at == std::string::npos) return {};
    const auto begin = text.rfind('\n', at) + 1;  // at the text's begin too
    return text.substr(begin, text.find('\n', at) - begin);
  }
  std::optional<exit_report> wait_exit(milliseconds limit) override {
    pollfd one{process_.get(), POLLIN, 0};
    if (process_ ? ::poll(&one, 1, static_cast<int>(limit.count())) <= 0 : !stopping_->wait_exit(limit)) return {};
    exit_report how;
    how.at = clock::now();
    stopping_->wait_exit(30s);  // the manager knows the exit code only then
    how.code = number_by(by_.code).value_or(-1);
    return how;
  }

 private:
  const manager& by_;
  const endpoint where_;
  const std::string& mark_;  ///< of its report
  const pid_t pid_;
  const unique_fd process_;  ///< none where the process is in another namespace: then the manager's word has to do
  std::optional<child_process> stopping_;
};

}  // namespace

manager docker_manager(const std::string& container, milliseconds grace) {
  const auto word = shell_word(container);
  const auto seconds = std::max(1s, std::chrono::duration_cast<std::chrono::seconds>(grace));
  return {"docker stop",
          "docker start " + word,
          "docker stop --time " + std::to_string(seconds.count()) + " " + word,
          "docker inspect --format '{{.State.Pid}}' " + word,
          "docker inspect --format '{{.State.ExitCode}}' " + word,
          "docker logs --tail 1000 " + word,
          seconds};
}

manager systemd_manager(const std::string& unit) {
  const auto word = shell_word(unit);
  return {"systemctl stop", "systemctl start " + word, "systemctl stop " + word,
          "systemctl show --property MainPID --value " + word,
          // As a shell tells it: of who was killed, the status is the signal's number. Of a unit that has ended well
          // and isn't needed any more, systemd knows neither.
          "status=$(systemctl show --property ExecMainStatus --value " + word +
              "); case $(systemctl show --property ExecMainCode --value " + word +
              ") in 0) ;; 1) echo $status ;; *) echo $((128 + status)) ;; esac",
          "journalctl --unit " + word + " --lines 1000 --output cat --no-pager", std::nullopt,
          "test \"$(systemctl show --property Result --value " + word + ")\" = timeout"};
}

managed_source::~managed_source() {
  if (ran_) run_shell(*ran_ ? by_.start : by_.stop, 60s);
}

std::unique_ptr<server> managed_source::start(const start_order&) {
  const auto pid_before = number_by(by_.pid);
  if (!ran_) ran_ = pid_before.value_or(0) > 0;
  if (const auto [code, text] = run_shell(by_.start, 30s + limit_); code != 0)
    throw std::runtime_error("'" + by_.start + "' fails: " + text);
  const auto pid = number_by(by_.pid);
  if (!pid || *pid <= 0) throw std::runtime_error("it does not stay up after '" + by_.start + "'");
  if (!eventually(limit_, [&] { return answers(where_, speech_, known_.quick); }))
    throw std::runtime_error("no answer with 200 to GET " + known_.quick + " on " + where_.address + ":" +
                             std::to_string(where_.port) + " " + std::to_string(limit_.count() / 1000) + " s after '" +
                             by_.start + "' (--start-timeout)");
  return std::make_unique<managed_server>(by_, where_, known_.report, *pid);
}

}  // namespace sundown::testing::drain_kit
