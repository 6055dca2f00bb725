#include "drain_kit/judge.hpp"
#include "drain_kit/only.hpp"
#include "drain_kit/runs.hpp"
#include "drain_kit/table.hpp"

#include <fstream>
#include <iostream>
#include <sstream>

namespace sundown::testing::drain_kit {
namespace {

std::string text_of(const std::string& path) {
  std::ostringstream text;
  if (!(text << std::ifstream(path).rdbuf())) throw usage_error("--ca: can't read '" + path + "'");
  return text.str();
}

protocol speech_of(const options& asked) {
  if (!asked.tls) return protocol(asked.http2);
  try {
    return protocol(asked.http2, asked.ca.empty() ? std::string() : text_of(asked.ca));
  } catch (const usage_error&) {
    throw;
  } catch (const std::runtime_error& e) {
    throw usage_error("--ca " + asked.ca + ": " + e.what());
  }
}

/// The status of a whole answer; 0 if there is none.
int status_of(const endpoint& where, const protocol& speech, const std::string& path) {
  const auto client = speech.begin();
  const auto how = client->connect(where, ample);
  if (how == connecting::failed && speech.tls())
    throw usage_error("--target: no handshake of TLS, or no certificate by --ca");
  if (how != connecting::connected || client->ask({{path}}, ample) != sending::sent) return 0;
  const auto answer = client->take(ample);
  return answer.whole() ? answer.status : 0;
}

void check_paths(options& asked, const protocol& speech) {
  const auto status = status_of(*asked.target, speech, asked.path);
  if (status == 0) throw usage_error("--target: no answer to GET " + asked.path + " in " + speech.name());
  if (status != 200)
    throw usage_error("--path: GET " + asked.path + " answers " + std::to_string(status) + ", not 200");
  const auto begin = clock::now();
  const auto slow = status_of(*asked.target, speech, asked.slow_path);
  const bool given = asked.given.contains("--slow-path");
  if (slow != 200 && given)
    throw usage_error("--slow-path: GET " + asked.slow_path + " answers " + std::to_string(slow) + ", not 200");
  // A server may answer any path: what is not slow is not under way at the signal.
  const bool takes_time = between(begin, clock::now()) >= 100ms;
  if (takes_time && slow == 200) return;
  if (given) throw usage_error("--slow-path: GET " + asked.slow_path + " takes less than 0.1 s");
  asked.slow_path.clear();
}

}  // namespace

std::vector<outcome> run_target(options asked) {
  running_process server(asked.pid, *asked.target);
  const auto speech = speech_of(asked);
  check_paths(asked, speech);
  auto plan = generic_plan(asked.http2, asked.path, asked.slow_path, asked.signal, asked.limit);
  keep_only(plan.kinds, asked.only, [](const kind& each) { return each.name; });
  std::cout << speech.name() << "\n";
  progress show;
  show.begin("target");
  auto out = perform(plan, server, speech, show);
  judge(out, asked.limit);
  show.end(counts_text(out.total()) + (asked.slow_path.empty() ? "  (without slow requests: see --slow-path)" : ""));
  write_kinds(std::cout, out);
  return {out};
}

}  // namespace sundown::testing::drain_kit
