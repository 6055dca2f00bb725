#include <sundown/testing/in_process.hpp>

#include "base/program_name.hpp"
#include "base/start_thread.hpp"
#include "config/load.hpp"
#include "log/writer.hpp"
#include "service/reload.hpp"
#include "service/serve.hpp"
#include "stop/watchdog.hpp"

#include <sundown/error.hpp>
#include <sundown/stop/shutdown.hpp>
#include <sundown/testing/line_capture.hpp>
#include <sundown/testing/service_command.hpp>
#include <sundown/testing/temp_dir.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <exception>
#include <fstream>
#include <future>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <system_error>

namespace sundown::testing {
namespace {

/// The log, the program's name: a process has each of them once.
class sole {
 public:
  sole() {
    if (taken.exchange(true)) throw std::logic_error("another service runs in this process: stop it first");
  }
  sole(const sole&) = delete;
  sole& operator=(const sole&) = delete;
  ~sole() { taken = false; }

 private:
  static inline std::atomic<bool> taken = false;
};

/// The log of the process, as lines.
class captured_log {
 public:
  explicit captured_log(const log::options& how) : lines_(open(write_end_)) { log::start_on(write_end_.get(), how); }
  captured_log(const captured_log&) = delete;
  captured_log& operator=(const captured_log&) = delete;
  ~captured_log() { end(); }

  /// No more lines come, and all that were written are there.
  void end() {
    log::stop(ample, ample);
    write_end_.reset();
    lines_.wait_end();
  }
  const line_capture& lines() const { return lines_; }

 private:
  static unique_fd open(unique_fd& write_end) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe2");
    write_end.reset(ends[1]);
    return unique_fd(ends[0]);
  }

  unique_fd write_end_;
  line_capture lines_;
};

configuration::settings load(const configuration::key_table& keys, const in_process_options& how) {
  std::map<std::string, std::string> settings{{"http.address", "127.0.0.1"}, {"http.port", "0"},
                                              {"http.workers", "2"},         {"admin.address", "127.0.0.1"},
                                              {"admin.port", "0"},           {"log.format", "json"}};
  for (const auto& [key, value] : how.settings) settings[key] = value;
  configuration::environment variables;
  std::string faults;
  for (const auto& [key, value] : settings) {
    if (const auto* const known = keys.find(key))
      variables.emplace_back(keys.variable(*known), value);
    else
      faults += '\n' + key + ": names no key";
  }
  std::optional<temp_dir> folder;
  std::optional<std::string> file;
  if (!how.text.empty()) {
    file = folder.emplace() / "service.toml";
    std::ofstream(*file) << how.text;
  }
  auto loaded = configuration::load(keys, file, variables);
  for (const auto& fault : loaded.faults) faults += '\n' + fault;
  if (!faults.empty()) throw startup_error("the configuration of the service under test is faulty:" + faults);
  return std::move(loaded.values);
}

}  // namespace

class in_process::running final : public serving::host {
 public:
  running(const program& identity, const configuration::key_list& own, const in_process_options& how,
          serving::build_with_settings build)
      : keys_(serving::keys_of(identity, own)),
        build_(std::move(build)),
        variables_(how.variables),
        settings_(load(*keys_, how)),
        log_(settings_.common.log) {
    base::name_program(identity.name);
    auto begun = begun_.get_future();
    thread_ = base::start_thread("control", [this] { run(); });
    try {
      begun.get();
    } catch (...) {
      thread_.join();
      throw;
    }
  }
  ~running() {
    begin_stop();
    wait_end();
  }

  const endpoint& http() const { return http_; }
  const endpoint& admin() const { return admin_; }
  const line_capture& lines() const { return log_.lines(); }

  void begin_stop() {
    boost::asio::post(control_, [this] {
      if (stop_ != nullptr) stop_->trigger(stop::stop_kind::orderly, "the test");
    });
  }
  const stop::report& wait_end() {
    if (thread_.joinable()) thread_.join();
    log_.end();
    return report_;
  }

 private:
  void run() {
    try {
      report_ = serving::serve(settings_, {control_, *this, watchdog_, reload_, *keys_, {}, {}, variables_}, build_);
      watchdog_.disarm();
    } catch (const std::exception& e) {
      report_.exit_code = stop::failed;
      report_.failure = e.what();
      if (!is_ready_) begun_.set_exception(std::current_exception());
    }
  }

  void plan(milliseconds) override {}
  bool stop_requested() override { return false; }
  void bind(stop::shutdown& stop, std::function<void()>, std::function<void()>) override { stop_ = &stop; }
  void ready(const serving::addresses& bound) override {
    http_ = parse_endpoint(bound.http.empty() ? bound.https : bound.http).value();
    admin_ = parse_endpoint(bound.admin).value();
    is_ready_ = true;
    begun_.set_value();
  }
  void stop_waiting() override { stop_ = nullptr; }
  [[noreturn]] void leave(int code) override {
    log::stop(ample, ample);
    lines().wait_for("shutdown report", 1s);
    std::cerr << lines().text() << "the stop of the service under test was forced, with exit code " << code
              << std::endl;
    ::_exit(code == 0 ? 1 : code);
  }

  sole only_one_;
  const std::shared_ptr<const configuration::key_table> keys_;
  const serving::build_with_settings build_;
  const serving::environment_variables variables_;
  const configuration::settings settings_;
  captured_log log_;
  boost::asio::io_context control_{1};
  stop::watchdog watchdog_;
  serving::reload reload_{control_, [] { return configuration::loaded(); }};
  stop::shutdown* stop_ = nullptr;  // on the control thread, as the next
  bool is_ready_ = false;
  endpoint http_, admin_;
  stop::report report_;
  std::promise<void> begun_;
  std::thread thread_;
};

in_process::in_process(const program& identity, const configuration::key_list& own, const in_process_options& how,
                       std::function<void(sundown::service&, const void*)> build)
    : running_(std::make_unique<running>(identity, own, how, std::move(build))) {}

in_process::in_process(const program& identity, const build_function& build, const in_process_options& how)
    : in_process(identity, {}, how, [build](sundown::service& app, const void*) { build(app); }) {}

in_process::~in_process() = default;

const endpoint& in_process::http() const noexcept { return running_->http(); }
const endpoint& in_process::admin() const noexcept { return running_->admin(); }

reply in_process::ask(std::string_view request, milliseconds limit) const {
  return testing::ask(http(), request, limit);
}

reply in_process::ask_admin(std::string_view request, milliseconds limit) const {
  return testing::ask(admin(), request, limit);
}

void in_process::begin_stop() { running_->begin_stop(); }
const stop::report& in_process::wait_end() { return running_->wait_end(); }

const stop::report& in_process::stop() {
  begin_stop();
  return wait_end();
}

std::optional<std::string> in_process::wait_line(std::string_view text, milliseconds limit) const {
  return running_->lines().wait_for(text, limit);
}

std::vector<std::string> in_process::lines() const { return running_->lines().lines(); }
std::string in_process::log() const { return running_->lines().text(); }

}  // namespace sundown::testing
