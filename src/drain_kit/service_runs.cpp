#include "drain_kit/created_file.hpp"
#include "drain_kit/judge.hpp"
#include "drain_kit/only.hpp"
#include "drain_kit/runs.hpp"
#include "drain_kit/table.hpp"
#include "drain_kit/text.hpp"
#ifdef DRAIN_KIT_TLS
#include "wire/certificates.hpp"
#endif

#include <filesystem>
#include <iostream>

namespace sundown::testing::drain_kit {
namespace {

/// How the service is to speak, and its clients.
class speaking {
 public:
#ifdef DRAIN_KIT_TLS
  explicit speaking(const options& asked)
      : speech_(asked.tls ? protocol(asked.http2, own_.pem()) : protocol(asked.http2)) {
    if (!asked.tls) return;
    const auto crt = (folder_ / "tls.crt").string(), key = (folder_ / "tls.key").string();
    write_file(crt, own_.pem());
    write_file(key, own_.key_pem());
    settings_ = {{"SUNDOWN_HTTP__PLAIN", "false"},
                 {"SUNDOWN_HTTP__TLS__CERTIFICATE", crt},
                 {"SUNDOWN_HTTP__TLS__KEY", key},
                 {"SUNDOWN_HTTP__TLS__PORT", "0"}};
  }
#else
  explicit speaking(const options& asked) : speech_(asked.http2) {}
#endif

  const protocol& speech() const { return speech_; }
  const std::map<std::string, std::string>& settings() const { return settings_; }

 private:
#ifdef DRAIN_KIT_TLS
  const certificate own_;
  const temp_dir folder_;
#endif
  const protocol speech_;
  std::map<std::string, std::string> settings_;
};

outcome start_and_stop(const scenario& play, const options& asked, const speaking& as, progress& show) {
  service_options how;
  how.environment = play.settings;
  how.environment.insert(as.settings().begin(), as.settings().end());
  // What is to be read in the log is the stop, not thousands of requests.
  how.environment.emplace("SUNDOWN_LOG__ACCESS", "false");
  started_service service(std::filesystem::absolute(asked.start), how);
  auto out = perform(play.plan, service, as.speech(), show);
  judge(out, play, asked.margin);
  if (!asked.logs.empty()) created_file(std::filesystem::path(asked.logs) / (out.name + ".log")) << service.log();
  return out;
}

/// A service that doesn't start fails its scenario, not the others.
outcome run_scenario(const scenario& play, const options& asked, const speaking& as, progress& show) {
  show.begin(play.plan.name);
  outcome out;
  try {
    out = start_and_stop(play, asked, as, show);
  } catch (const std::runtime_error& e) {
    out.name = play.plan.name;
    out.title = play.plan.title;
    out.broken.push_back(e.what());
  }
  show.end(counts_text(out.total()) + "  " + (out.exit ? fixed(out.seconds(), 3) + " s" : "no end") + "  " +
           (out.broken.empty() ? "ok" : "FAIL"));
  return out;
}

}  // namespace

std::vector<outcome> run_scenarios(const options& asked) {
  auto chosen = scenarios(asked.http2);
  keep_only(chosen, asked.only, [](const scenario& each) { return each.plan.name; });
  if (::access(asked.start.c_str(), X_OK) != 0) throw usage_error("--start: can't execute '" + asked.start + "'");
  const speaking as(asked);
  std::cout << as.speech().name() << "\n";
  std::vector<outcome> all;
  progress show;
  for (const auto& play : chosen) all.push_back(run_scenario(play, asked, as, show));
  write_table(std::cout, all);
  return all;
}

}  // namespace sundown::testing::drain_kit
